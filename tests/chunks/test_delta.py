"""Chunks of a changed file from its earlier version: the key is the one hf-xet gives the whole file."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dotscience_server.chunks.delta import PART_MOST, Facts, compare
from dotscience_server.chunks.engine_settings import imported
from dotscience_server.chunks.model import ChunkRef, NewFile
from dotscience_server.chunks.store import ChunkStore
from dotscience_server.chunks.writer import ChunkWriter

MIB = 1 << 20
CHUNK = 64 << 10

Edit = tuple[str, float, int]
"""What is done, where (a part of the size), with how many bytes."""

EDITS = st.lists(
    st.tuples(
        st.sampled_from(["overwrite", "insert", "delete", "zero", "repeat"]),
        st.floats(0, 1),
        st.sampled_from([0, 1, 63, 4096, 8192, 65_536, 131_072, 200_000, 700_000]),
    ),
    max_size=5,
)


class Bench:
    """A store with one base file, and its chunks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = ChunkStore(folder / "chunks")
        self.writer = ChunkWriter(self.store, folder / "cache")
        self.base = (
            random.Random(1).randbytes(3 * MIB) + bytes(MIB) + random.Random(2).randbytes(MIB)
        )
        self.old = self.store.chunks_of(self.put(self.base))

    def put(self, data: bytes) -> str:
        upload = self.writer.add_bytes(data)
        self.writer.commit()
        return upload.result()[0]

    def made(self, data: bytes, facts: Facts) -> list[ChunkRef]:
        """Have hf-xet cut what is asked for until all is known."""
        for _ in range(100):
            chunks = facts.chunks()
            if chunks is not None:
                return chunks
            for part in facts.wanted():
                key = self.put(data[part.start : part.end])
                facts.add_part(part, self.store.chunks_of(key))
        raise AssertionError("it does not end")

    def key_of(self, data: bytes) -> str:
        path = self.folder / "whole"
        path.write_bytes(data)
        [found] = imported(self.folder / "cache").hash_files([str(path)])
        return f"x{found.hash}"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    found = Bench(tmp_path_factory.mktemp("delta"))
    yield found
    found.writer.close()
    found.store.close()


def edited(data: bytes, edits: list[Edit], seed: int = 0) -> bytes:
    dice = random.Random(seed)
    for what, where, count in edits:
        at = int(where * len(data))
        if what == "insert":
            data = data[:at] + dice.randbytes(count) + data[at:]
        elif what == "delete":
            data = data[:at] + data[at + count :]
        elif what == "repeat":
            data = data[:at] + data[:count] + data[at:]
        else:
            new = bytes(count) if what == "zero" else dice.randbytes(count)
            data = data[:at] + new + data[at + count :]
    return data


def reading(data: bytes):  # type: ignore[no-untyped-def]
    def read(buffer: memoryview, at: int) -> int:
        some = data[at : at + len(buffer)]
        buffer[: len(some)] = some
        return len(some)

    return read


@pytest.mark.parametrize(
    "edits",
    [
        [],
        [("insert", 0.0, 1)],
        [("insert", 1.0, 1000)],
        [("delete", 0.0, 700_000)],
        [("delete", 0.9, 700_000)],
        [("overwrite", 0.5, 4096), ("overwrite", 0.1, 1), ("insert", 0.99, 1)],
    ],
)
def test_the_key_is_that_of_the_whole_file(bench: Bench, edits: list[Edit]) -> None:
    data = edited(bench.base, edits)
    facts = compare(reading(data), len(data), bench.old)
    chunks = bench.made(data, facts)
    [key] = bench.store.register([NewFile(chunks)])
    assert key == bench.key_of(data)
    assert bench.store.read(key) == data


@pytest.mark.slow
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(EDITS)
def test_the_key_is_that_of_the_whole_file_whatever_the_edits(
    bench: Bench, edits: list[Edit]
) -> None:
    test_the_key_is_that_of_the_whole_file(bench, edits)


@pytest.mark.slow
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.floats(0, 1), st.sampled_from([1, 4096, 100_000])), max_size=4),
    st.sampled_from([-70_000, 0, 70_000]),
)
def test_with_told_ranges_nothing_unchanged_is_read(
    bench: Bench, places: list[tuple[float, int]], grown: int
) -> None:
    ranges = [(int(where * (len(bench.base) - count)), count) for where, count in places]
    data = bytearray(bench.base)
    for start, count in ranges:
        data[start : start + count] = os.urandom(count)
    if grown < 0:
        del data[grown:]
    else:
        data += os.urandom(grown)
        ranges.append((len(bench.base), grown))

    def read(_buffer: memoryview, _at: int) -> int:
        raise AssertionError("it was read")

    facts = compare(read, len(data), bench.old, ranges)
    chunks = bench.made(bytes(data), facts)
    [key] = bench.store.register([NewFile(chunks)])
    assert key == bench.key_of(bytes(data))


def test_of_a_small_change_little_is_cut_anew(bench: Bench) -> None:
    data = edited(bench.base, [("overwrite", 0.3, 4096)])
    facts = compare(reading(data), len(data), bench.old)
    bench.made(data, facts)
    assert facts.fed <= 8 * CHUNK


def test_an_insertion_moves_what_is_behind_it(bench: Bench) -> None:
    data = edited(bench.base, [("insert", 0.3, 1000)])
    facts = compare(reading(data), len(data), bench.old)
    bench.made(data, facts)
    assert facts.fed <= 8 * CHUNK


def test_a_part_has_a_bound() -> None:
    [part] = Facts(10 * PART_MOST).wanted()
    assert (part.start, part.end) == (0, PART_MOST)


def test_an_empty_file_has_no_chunks(bench: Bench) -> None:
    assert compare(reading(b""), 0, bench.old).chunks() == []
