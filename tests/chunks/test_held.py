"""Chunk lists without bytes: what is told of them is what a chunk store tells of the same files."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from dotscience_server.chunks.held import HELD, INDEX, HeldChunks
from dotscience_server.chunks.store import ChunkStore
from dotscience_server.chunks.workshop import Places, Workshop
from dotscience_server.snapshots.contract import Unwatched
from dotscience_server.snapshots.reading import Stored, Task
from dotscience_server.snapshots.walk import PlannedFile, Status
from dotscience_server.store.failures import ObjectDamaged

Ranges = tuple[tuple[int, int], ...]


class Both:
    """The same files read into a chunk store and into held chunks."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.data = base / "data"
        self.data.mkdir()
        self.kept = Workshop(Places(base / "store", base / "cache"))
        self.held = Workshop(Places(base / "store", base / "cache", held=True))

    def read(
        self,
        workshop: Workshop,
        *names: str,
        earlier: str | None = None,
        changed: Ranges | None = None,
    ) -> list[str]:
        """The keys of files."""
        tasks = []
        for name in names:
            size = (self.data / name).stat().st_size
            file = PlannedFile(os.fsencode(name), Status(0, 0, size, 0, 0, 1, 0))
            tasks.append(Task(file, None, earlier, changed))
        outcomes, _ = workshop.read(os.fsencode(self.data), tasks, 0, Unwatched(), lambda _: None)
        found = [outcomes[os.fsencode(name)] for name in names]
        assert all(isinstance(one, Stored) for one in found)
        return [one.added.hash for one in found if isinstance(one, Stored)]

    def close(self) -> None:
        for workshop in (self.kept, self.held):
            workshop.close()
            workshop.chunks.close()


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    both = Both(tmp_path)
    (both.data / "small").write_bytes(b"few")
    (both.data / "middle").write_bytes(random.Random(1).randbytes(300_000))
    (both.data / "large").write_bytes(random.Random(2).randbytes(20 << 20))
    (both.data / "empty").write_bytes(b"")
    yield both
    both.close()


def told(chunks: ChunkStore, key: str) -> list[tuple[str, int]]:
    return [(chunk.hash, chunk.size) for chunk in chunks.chunks_of(key)]


def test_keys_sizes_and_chunks_are_those_of_a_chunk_store(both: Both, tmp_path: Path) -> None:
    names = ("small", "middle", "large", "empty")
    keys = both.read(both.held, *names)
    assert keys == both.read(both.kept, *names)
    anew = HeldChunks(tmp_path / "store" / HELD)  # as the shards alone tell it
    for chunks in (both.held.chunks, anew):
        assert chunks.held(keys) == set(keys)
        for key in keys:
            assert chunks.has(key)
            assert chunks.size(key) == both.kept.chunks.size(key)
            assert told(chunks, key) == told(both.kept.chunks, key)
    anew.close()


def test_no_bytes_are_kept(both: Both, tmp_path: Path) -> None:
    (key,) = both.read(both.held, "large")
    files = [path for path in (tmp_path / "store" / HELD).rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".mdb"}
    assert sum(path.stat().st_size for path in files) < 50_000
    with pytest.raises(ObjectDamaged):
        both.held.chunks.read(key)


def test_of_a_changed_file_only_the_changed_ranges_are_read(both: Both) -> None:
    (old,) = both.read(both.held, "large")
    path = both.data / "large"
    with path.open("r+b") as file:
        file.seek(10 << 20)
        file.write(b"changed")
        file.seek(15 << 20)
        file.write(b"not told")
    (told_new,) = both.read(both.held, "large", earlier=old, changed=((10 << 20, 7),))
    with path.open("r+b") as file:
        file.seek(15 << 20)
        file.write(random.Random(2).randbytes(20 << 20)[15 << 20 :][:8])
    assert told_new == both.read(both.kept, "large")[0]


def test_a_lost_index_is_made_anew_from_the_shards(both: Both, tmp_path: Path) -> None:
    (key,) = both.read(both.held, "large")
    both.close()
    (tmp_path / "cache" / INDEX).unlink()
    chunks = HeldChunks(tmp_path / "store" / HELD, tmp_path / "cache" / INDEX)
    assert chunks.size(key) == 20 << 20
    chunks.close()


def test_what_a_killed_process_had_not_described_is_sent_again(both: Both) -> None:
    writer = both.held.prepare(0)
    writer.add_path(str(both.data / "large")).result()
    writer.abort()
    both.held.close()
    (key,) = both.read(both.held, "large")
    assert both.held.chunks.has(key)
    assert told(both.held.chunks, key) == told(both.kept.chunks, both.read(both.kept, "large")[0])
