"""Small contents go into xorbs without hf-xet: one chunk each, durable and registered with the commit."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from dotscience_server.chunks import packing, seeds
from dotscience_server.chunks.batch import ChunkBatch
from dotscience_server.chunks.hashing import chunk_hash, file_hash
from dotscience_server.chunks.packing import PACKED_MOST
from dotscience_server.chunks.store import ChunkStore, key_of
from dotscience_server.store.failures import DiskFloor, DiskFull
from tests.chunks.stores import noise, put, store_in, writing


def _key(data: bytes) -> str:
    return key_of(file_hash([chunk_hash(data)], [len(data)]))


def _sound(store: ChunkStore) -> bool:
    xorbs = [fault for name in store.xorbs() for fault in store.check_xorb(name)]
    return not xorbs + [fault for name in store.shards() for fault in store.check_shard(name)]


def test_one_chunk_each_in_one_xorb(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    contents = [b"a", b"text " * 4000, noise(PACKED_MOST), noise(30_000, 1)]
    with writing(store, tmp_path) as writer:
        keys = [writer.add_small(data) for data in (*contents, b"a")]
        assert keys == [_key(data) for data in (*contents, b"a")]
        assert list(store.shards()) == []
        writer.commit()
        assert writer.stored_bytes < sum(map(len, contents))
        assert len(list(store.xorbs())) == len(list(store.shards())) == 1
    again = ChunkStore(tmp_path / "chunks")
    assert [again.read(key) for key in keys[:4]] == contents
    assert [len(again.chunks_of(key)) for key in keys] == [1] * 5
    assert _sound(again)


def test_what_is_there_is_not_stored_again(tmp_path: Path) -> None:
    with writing(store_in(tmp_path), tmp_path) as writer:
        writer.add_small(b"here")
        writer.commit()
    with writing(store_in(tmp_path), tmp_path) as writer:
        writer.add_small(b"here")
        writer.commit()
        assert writer.stored_bytes == 0
        writer.add_small(b"here")
        writer.add_small(b"new")
        writer.commit()
        assert 0 < writer.stored_bytes < 20


def test_what_is_never_cut_is_not_told_to_hf_xet(tmp_path: Path) -> None:
    """A million small files would push all others out of what it is told."""
    store = store_in(tmp_path)
    with writing(store, tmp_path) as writer:
        writer.add_bytes(noise(9_000_000))
        for number in range(200):
            writer.add_small(b"%d" % number)
        writer.commit()
    known = dict(store.known_xorbs())
    assert sorted(layout.count > 190 for layout in known.values()) == [False, True]
    told = seeds.tell(tmp_path / "told", known.items())
    assert [known[xorb].count > 190 for xorb in told] == [False]


def test_a_lost_xorb_is_written_again(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    with writing(store, tmp_path) as writer:
        key = writer.add_small(noise(20_000))
        writer.commit()
        (xorb,) = store.xorbs()
        os.unlink(store.folder.xorb_path(xorb))
        assert writer.add_small(noise(20_000)) == key
        writer.commit()
    assert ChunkStore(tmp_path / "chunks").read(key) == noise(20_000)


def test_together_with_what_is_cut(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    with writing(store, tmp_path) as writer:
        cut = writer.add_bytes(noise(500_000))
        small = writer.add_small(noise(20_000, 1))
        writer.commit()
        assert writer.stored_bytes > 520_000
    assert store.read(small) == noise(20_000, 1)
    assert store.read(cut.result()[0]) == noise(500_000)


def test_a_full_xorb_is_followed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dotscience_server.chunks.xorb.MOST_CHUNKS", 10)
    monkeypatch.setattr(packing, "_WAITING_MOST", 7)
    store = store_in(tmp_path)
    with writing(store, tmp_path) as writer:
        keys = [writer.add_small(b"%d" % number) for number in range(35)]
        writer.commit()
    assert len(list(store.xorbs())) == 4
    assert [store.read(key) for key in keys] == [b"%d" % number for number in range(35)]


def test_dropped_with_the_commit(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    with writing(store, tmp_path) as writer:
        gone = writer.add_small(noise(60_000))
        writer.abort()
        kept = writer.add_small(b"kept")
        writer.commit()
        assert not store.has(gone)
        assert store.read(kept) == b"kept"
        writer.add_small(noise(60_000, 3))
    assert os.listdir(store.folder.tmp) == []


def test_a_full_disk_refuses_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit after it stores the same again."""
    store = store_in(tmp_path)
    with writing(store, tmp_path) as writer:
        writer.add_bytes(noise(200_000))
        small = writer.add_small(noise(20_000, 1))

        def full(_fd: int, *_: object) -> int:
            raise OSError(errno.ENOSPC, "full")

        with monkeypatch.context() as patched:
            patched.setattr(os, "pwrite", full)
            with pytest.raises(DiskFull):
                writer.commit()
        assert (list(store.shards()), os.listdir(store.folder.tmp)) == ([], [])
        assert writer.add_small(noise(20_000, 1)) == small
        writer.commit()
    assert store.read(small) == noise(20_000, 1)
    assert _sound(store)


def test_the_floor_stays_free(tmp_path: Path) -> None:
    with writing(store_in(tmp_path), tmp_path, floor_bytes=1 << 60) as writer:
        writer.add_small(b"more")
        with pytest.raises(DiskFloor):
            writer.commit()


@pytest.mark.parametrize("size", [PACKED_MOST, PACKED_MOST + 1])
def test_a_file_has_the_key_of_its_bytes(tmp_path: Path, size: int) -> None:
    """Up to the bound of one chunk, beyond it as hf-xet cuts."""
    store = store_in(tmp_path)
    file = tmp_path / "file"
    file.write_bytes(noise(size))
    with writing(store, tmp_path) as writer:
        batch = ChunkBatch(store, writer)
        added = batch.add_file(file)
        batch.flush()
    assert added is not None
    whole = size == PACKED_MOST
    expected = _key(noise(size)) if whole else put(store_in(tmp_path / "o"), tmp_path, noise(size))
    assert added.hash == (expected if whole else expected[0])
    assert store.read(added.hash) == noise(size)
