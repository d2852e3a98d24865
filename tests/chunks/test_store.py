"""A chunk store gives back what it was given, verified, and no more is read than is asked for."""

from __future__ import annotations

import io
import os
import random
from pathlib import Path

import pytest

from dotscience_server.chunks import reader
from dotscience_server.chunks.model import ChunkRef, NewFile
from dotscience_server.store.failures import ChunksRefused, DiskFloor, ObjectDamaged
from tests.chunks.stores import change, noise, put, put_chunks, put_file, store_in


def test_reading_as_a_file(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    content = noise(400_000) + b"the same " * 50_000 + noise(400_000)
    (key,) = put(store, tmp_path, content)
    assert store.has(key)
    assert store.size(key) == len(content)
    assert store.read(key) == content
    chance, plain = random.Random(1), io.BytesIO(content)
    with store.open(key) as file:
        for _ in range(200):
            at, size = chance.randrange(len(content) + 10), chance.choice([1, 100, 70_000, 300_000])
            assert file.seek(at) == plain.seek(at)
            assert file.read(size) == plain.read(size)
            assert file.tell() == plain.tell()
        assert file.seek(-5, os.SEEK_END) == len(content) - 5
        assert file.read() == content[-5:]
        assert file.read(1) == b""


def test_the_empty_file(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    (key,) = put(store, tmp_path, b"")
    assert store.has(key)
    assert (store.size(key), store.read(key), store.chunks_of(key)) == (0, b"", [])
    with store.open(key) as file:
        assert file.read() == b""


def test_many_keys_are_asked_for_at_once(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    keys = store.register([NewFile([one]) for one in put_chunks(store, *map(noise, range(1, 701)))])
    (empty,) = put(store, tmp_path, b"")
    assert store.held([*keys, empty, "x" + "12" * 32]) == {*keys, empty}


def test_what_is_not_there(tmp_path: Path) -> None:
    store, key = store_in(tmp_path), "x" + "12" * 32
    assert not store.has(key)
    for ask in (store.size, store.read, store.open, store.chunks_of):
        with pytest.raises(ObjectDamaged):
            ask(key)
    assert list(store.files()) == list(store.xorbs()) == list(store.shards()) == []
    assert store.disk_usage() == 0
    assert store.key_of_sha256("12" * 32) is None
    with pytest.raises(ValueError, match="key"):
        store.has("../x")


def test_only_the_chunks_asked_for_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = store_in(tmp_path)
    content = noise(8 << 20)
    (key,) = put(store, tmp_path, content)
    read: list[int] = []
    pread = os.pread

    def counted(fd: int, size: int, at: int) -> bytes:
        read.append(size)
        return pread(fd, size, at)

    monkeypatch.setattr(reader.os, "pread", counted)
    with store.open(key) as file:
        file.seek(5 << 20)
        assert file.read(1000) == content[5 << 20 : (5 << 20) + 1000]
    assert sum(read) <= 2 * (128 << 10)


def test_a_changed_byte_is_an_error_that_names_it(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    chunks = [noise(50_000, 1), noise(60_000, 2), noise(70_000, 3)]
    key = put_file(store, *chunks)
    (xorb,) = store.xorbs()
    path = Path(store.folder.xorb_path(xorb))
    change(path, 8 + 50_000 + 8 + 30_000, 0)
    with store.open(key) as file:
        assert file.read(50_000) == chunks[0]
        with pytest.raises(ObjectDamaged, match=f"xorb {xorb}: chunk 1"):
            file.read(60_000)
        file.seek(110_000)
        assert file.read(70_000) == chunks[2]
    with pytest.raises(ObjectDamaged):
        store.read(key)
    assert [damage.name for damage in store.check_xorb(xorb)] == [xorb]
    path.chmod(0o600)
    os.truncate(path, 1000)
    with pytest.raises(ObjectDamaged):
        store.read(key)
    path.unlink()
    with pytest.raises(ObjectDamaged, match="missing"):
        store.read(key)
    assert store.check_xorb(xorb)[0].detail == "it is missing"
    (shard,) = store.shards()
    assert "not there" in store.check_shard(shard)[0].detail


def test_a_damaged_shard(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    key = put_file(store, noise(5000))
    (shard,) = store.shards()
    assert store.check_shard(shard) == []
    change(store.folder.shard_path(shard), 60, 1)
    assert len(store.check_shard(shard)) == 1
    anew = type(store)(store.folder.folder)
    assert not anew.has(key)
    store.folder.shard_path(shard).unlink()
    assert store.check_shard(shard)[0].detail == "it is missing"


def test_files_of_chunks_that_are_there(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    a, b, c = put_chunks(store, noise(100, 1), noise(200, 2), noise(300, 3))
    (d,) = put_chunks(store, noise(400, 4))
    files = [NewFile([a, b, c]), NewFile([c, d, a, b], "ab" * 32), NewFile([])]
    keys = store.register(files)
    assert store.read(keys[0]) == noise(100, 1) + noise(200, 2) + noise(300, 3)
    assert store.read(keys[1]) == noise(300, 3) + noise(400, 4) + noise(100, 1) + noise(200, 2)
    assert store.read(keys[2]) == b""
    assert store.chunks_of(keys[1]) == [c, d, a, b]
    assert store.key_of_sha256("ab" * 32) == keys[1]
    assert [store.check_shard(shard) for shard in store.shards()] == [[]]
    assert set(store.files()) == {keys[0], keys[1]}
    # The shard alone tells everything: another index gives the same.
    other = type(store)(store.folder.folder)
    assert other.read(keys[1]) == store.read(keys[1])


def test_a_file_of_chunks_that_are_not_there(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    (a,) = put_chunks(store, noise(100))
    for wrong in (
        ChunkRef("12" * 32, a.size, a.xorb, 0),
        ChunkRef(a.hash, a.size + 1, a.xorb, 0),
        ChunkRef(a.hash, a.size, a.xorb, 1),
        ChunkRef(a.hash, a.size, "34" * 32, 0),
    ):
        with pytest.raises(ChunksRefused):
            store.register([NewFile([a, wrong])])
    assert list(store.shards()) == []
    with pytest.raises(DiskFloor):
        store.register([NewFile([a])], floor_bytes=1 << 60)
    assert list(store.shards()) == []


def test_stored_files_are_never_writable(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    put_file(store, noise(100))
    found = [path for path in (tmp_path / "chunks").rglob("*") if path.is_file()]
    assert len(found) == 2
    assert {path.stat().st_mode & 0o777 for path in found} == {0o444}


def test_a_store_that_only_reads_makes_nothing(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    assert not store.has("x" + "12" * 32)
    assert not (tmp_path / "chunks").exists()
