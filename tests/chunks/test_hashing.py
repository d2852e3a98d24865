"""Our hashes are those of hf-xet."""

from __future__ import annotations

from pathlib import Path

import pytest
from blake3 import blake3

from dotscience_server.chunks.engine_settings import imported
from dotscience_server.chunks.hashing import (
    EMPTY_FILE,
    chunk_hash,
    file_hash,
    raw_of,
    text_of,
    xorb_hash,
)
from tests.chunks.stores import noise, put, store_in


def test_files_of_many_sizes(tmp_path: Path) -> None:
    sizes = [1, 7, 8191, 8192, 65_536, 131_073, 300_000, 1 << 20, 3_333_333, 12 << 20]
    contents = [noise(size, size) for size in sizes]
    contents += [b"", b"a" * 5_000_000, b"0123456789" * 40_000]
    store = store_in(tmp_path)
    keys = put(store, tmp_path, *contents)
    paths = []
    for number, content in enumerate(contents):
        paths.append(tmp_path / str(number))
        paths[-1].write_bytes(content)
    hf_xet = imported(tmp_path / "cache")
    theirs = [found.hash for found in hf_xet.hash_files([str(path) for path in paths])]
    assert [key[1:] for key in keys] == theirs
    for key, content in zip(keys, contents, strict=True):
        chunks = store.chunks_of(key)
        ours = file_hash([raw_of(c.hash) for c in chunks], [c.size for c in chunks])
        assert text_of(ours) == key[1:]
        assert sum(chunk.size for chunk in chunks) == len(content)


@pytest.mark.slow
def test_thousands_of_chunks(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    (key,) = put(store, tmp_path, noise(200 << 20))
    chunks = store.chunks_of(key)
    assert len(chunks) > 2500
    assert len({chunk.xorb for chunk in chunks}) > 2
    ours = file_hash([raw_of(c.hash) for c in chunks], [c.size for c in chunks])
    assert text_of(ours) == key[1:]


def test_example_of_the_specification() -> None:
    raw = bytes(range(32))
    text = "07060504030201000f0e0d0c0b0a090817161514131211101f1e1d1c1b1a1918"
    assert text_of(raw) == text
    assert raw_of(text_of(raw)) == raw
    with pytest.raises(ValueError, match="hash"):
        raw_of("00" * 31)


def test_small_trees() -> None:
    assert file_hash([], []) == EMPTY_FILE
    one = chunk_hash(b"x")
    assert xorb_hash([one], [1]) == one
    assert file_hash([one], [1]) == blake3(one, key=bytes(32)).digest()


def test_every_count_ends_in_one_root() -> None:
    """No count of chunks makes a level that does not shrink."""
    hashes = [chunk_hash(b"%d" % number) for number in range(60)]
    roots = {xorb_hash(hashes[:count], [9] * count) for count in range(1, 61)}
    assert len(roots) == 60
