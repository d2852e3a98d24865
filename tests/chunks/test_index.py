"""The index follows the shards; losing or damaging it costs nothing but time."""

from __future__ import annotations

import os
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dotscience_server.chunks import seeds
from dotscience_server.chunks.catalogue import Catalogue
from dotscience_server.chunks.model import NewFile
from dotscience_server.chunks.shard import Shard
from dotscience_server.chunks.store import ChunkStore
from tests.chunks.stores import noise, put, put_chunks, put_file, store_in, writing


def index_of(folder: Path) -> Path:
    return folder / "cache" / "chunks.sqlite"


def test_another_process_added_shards(tmp_path: Path) -> None:
    reading, other = store_in(tmp_path), ChunkStore(tmp_path / "chunks")
    key = put_file(reading, noise(100))
    assert other.has(key)
    later = put_file(reading, noise(200))
    assert other.has(later)
    assert other.read(later) == noise(200)


def test_shards_that_went(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    kept, gone = put_file(store, noise(100)), put_file(store, noise(200, 1))
    for shard in store.shards():
        if len(store.shard_of(shard).files) and store.shard_of(shard).files[0].size == 200:
            store.folder.shard_path(shard).unlink()
    store.refresh()
    assert store.has(kept)
    assert not store.has(gone)
    assert list(store.files()) == [kept]


def test_an_index_that_is_there_is_not_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = put_file(store_in(tmp_path), noise(100))

    def unexpected(self: Catalogue, name: str) -> Shard:
        raise AssertionError("read again")

    monkeypatch.setattr(Catalogue, "load", unexpected)
    assert store_in(tmp_path).read(key) == noise(100)


@pytest.mark.parametrize("damage", ["garbage", "empty", "table", "version", "removed", "folder"])
def test_a_lost_index(tmp_path: Path, damage: str) -> None:
    store = store_in(tmp_path)
    key = put_file(store, noise(100), noise(300))
    store.close()
    path = index_of(tmp_path)
    if damage == "table":
        with sqlite3.connect(path) as database:
            database.execute("DROP TABLE file")
        database.close()
    elif damage == "version":
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA user_version = 77")
        database.close()
    else:
        path.unlink()
        if damage == "folder":
            path.mkdir()
        elif damage != "removed":
            path.write_bytes(b"no database " * 1000 if damage == "garbage" else b"")
    assert store_in(tmp_path).read(key) == noise(100) + noise(300)
    assert store.read(key) == noise(100) + noise(300)


def test_damaged_while_it_is_in_use(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    keys = [put_file(store, noise(100, seed)) for seed in range(20)]
    with sqlite3.connect(index_of(tmp_path)) as database:
        database.execute("DROP TABLE file")
    database.close()
    assert [store.has(key) for key in keys] == [True] * 20
    keys.append(put_file(store, noise(100, 99)))
    assert all(map(store_in(tmp_path).has, keys))


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    key = put_file(store_in(tmp_path), noise(100))
    (tmp_path / "file").write_bytes(b"")
    store = ChunkStore(tmp_path / "chunks", tmp_path / "file" / "below" / "chunks.sqlite")
    assert store.read(key) == noise(100)


def test_the_later_description_of_a_file_counts(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    key = put_file(store, noise(100), noise(200, 1))
    (shard,) = store.shards()
    os.utime(store.folder.shard_path(shard), ns=(1, 1))
    moved = put_chunks(store, noise(50, 7), noise(100), noise(200, 1))[1:]
    assert store.register([NewFile(moved)]) == [key]
    assert store.chunks_of(key) == moved
    assert ChunkStore(tmp_path / "chunks").chunks_of(key) == moved


def test_a_file_that_is_open_while_it_moves(tmp_path: Path) -> None:
    """Its xorb is repacked by another process: reading goes on."""
    store, other = store_in(tmp_path), ChunkStore(tmp_path / "chunks")
    parts = [noise(300_000 // 3, seed) for seed in range(3)]
    key = put_file(store, *parts)
    (shard,), (xorb,) = store.shards(), store.xorbs()
    with store.open(key) as file, store.open(key) as fresh:
        assert file.read(10) == parts[0][:10]
        other.register([NewFile(put_chunks(other, noise(50, 7), *parts)[1:])])
        other.folder.shard_path(shard).unlink()
        Path(other.folder.xorb_path(xorb)).unlink()
        assert fresh.read() == b"".join(parts)
        file.seek(150_000)
        assert file.read() == b"".join(parts)[150_000:]
    assert len(store.chunks_of(key)) == 3


def test_many_threads_and_two_stores_on_one_index(tmp_path: Path) -> None:
    reading, other = store_in(tmp_path), store_in(tmp_path)
    contents = [noise(3000, seed) for seed in range(24)]
    keys: list[str] = []

    def read(number: int) -> None:
        for at in range(len(contents)):
            while len(keys) <= at:
                time.sleep(0.001)
            assert reading.read(keys[at]) == contents[at]
            with reading.open(keys[at]) as file:
                file.seek(100 * number)
                assert file.read(50) == contents[at][100 * number : 100 * number + 50]

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read, number) for number in range(4)]
        try:
            for content in contents:
                keys.append(put_file(other, content[:1000], content[1000:]))
        finally:
            contents = contents[: len(keys)]
        for reader in readers:
            reader.result(timeout=60)


def test_what_hf_xet_is_told_is_valid_for_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """hf-xet forgets after three weeks: it is told anew each time. What is too old it does not use."""
    store, content = store_in(tmp_path), noise(500_000)
    put(store, tmp_path, content)
    with monkeypatch.context() as patch:
        patch.setattr(seeds, "_VALID_S", -10)
        with writing(store, tmp_path) as writer:
            writer.add_bytes(content + b"1")
            writer.commit()
            assert writer.stored_bytes > 400_000
    with writing(store, tmp_path) as writer:
        writer.add_bytes(content + b"2")
        writer.commit()
        assert writer.stored_bytes < 140_000


def test_only_so_much_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_in(tmp_path)
    for seed in range(3):
        put_file(store, noise(100, seed), noise(200, seed))
    told = list(store.known_xorbs())
    assert seeds.tell(tmp_path / "all", told) == set(store.xorbs())
    monkeypatch.setattr(seeds, "MOST_CHUNKS_TOLD", 5)
    monkeypatch.setattr(seeds, "_CHUNKS_A_FILE", 1)
    assert seeds.tell(tmp_path / "some", told) == {xorb for xorb, _ in told[:2]}
    assert len(list((tmp_path / "some").iterdir())) == 2
