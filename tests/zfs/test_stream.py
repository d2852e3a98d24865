"""Send streams: every kind of record, both byte orders, real ones, and whatever else may arrive."""

from __future__ import annotations

import gzip
import io
import itertools
import struct
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dotscience_server.zfs import records
from dotscience_server.zfs.ranges import END, Covered
from dotscience_server.zfs.records import StreamError
from dotscience_server.zfs.stream import Changes, Stream, changes

from .streams import SINCE, UNTIL, Writer, stream

FIXTURES = Path(__file__).parent / "fixtures"
K = 1024


def told(data: bytes, since: int | None = 100, **options: Any) -> dict[int, Any]:
    return changes(Stream(io.BytesIO(data), **options), since).ranges()


@pytest.mark.parametrize("order", "<>")
def test_the_header_is_read_first(order: str) -> None:
    begin = Stream(io.BytesIO(stream([], order))).begin
    assert (begin.to_guid, begin.from_guid) == (str(UNTIL), str(SINCE))
    assert (begin.name, begin.order, begin.features) == ("tank/ws@b", order, 4)


@pytest.mark.parametrize("kind", [44, 17])
@pytest.mark.parametrize("order", "<>")
def test_every_kind_of_record(order: str, kind: int) -> None:
    data = stream(
        [
            ("numbers", (records.OBJECT_RANGE, 0, 32)),
            ("object", (7, 128 * K, 1024 * K, 50, kind)),
            ("spill", (7, 512)),
            ("spill", (7, 1024, 512)),
            ("write", (7, 0, 128 * K)),
            ("write", (7, 256 * K, 128 * K, 4 * K)),
            ("embedded", (7, 512 * K, 128 * K, 77)),
            ("extent", (records.WRITE_BYREF, 7, 640 * K, 128 * K)),
            ("extent", (records.REDACT, 7, 768 * K, 128 * K)),
            ("extent", (records.FREE, 7, 1024 * K, -1)),
            ("numbers", (records.FREEOBJECTS, 8, 24)),
        ],
        order,
    )
    assert told(data, verify=True) == {
        7: ((0, 128 * K), (256 * K, 128 * K), (512 * K, END - 512 * K))
    }


def test_a_file_in_the_place_of_another_is_changed_as_a_whole() -> None:
    parts = [("object", (7, 128 * K, 1024 * K, 101)), ("write", (7, 0, 128 * K))]
    assert told(stream(parts)) == {7: ((0, END),)}


@pytest.mark.parametrize("parts", [[("object", (7, 512, 9, 50))], [("write", (7, 0, 512))]])
def test_without_the_moment_it_starts_from_every_file_named_is_changed(parts: Any) -> None:
    found = told(stream(parts), None)
    assert found == ({7: ((0, END),)} if parts[0][0] == "object" else {7: ((0, 512),)})


def test_a_file_that_only_grew_has_a_last_block_that_is_not_sent() -> None:
    # 300 KiB became 500 KiB by truncation: blocks 0 to 2 stay, block 3 is a hole.
    parts = [
        ("object", (7, 128 * K, 500 * K, 50)),
        ("extent", (records.FREE, 7, 384 * K, -1)),
    ]
    assert told(stream(parts)) == {7: ((256 * K, END - 256 * K),)}


@st.composite
def files(draw: st.DrawFn) -> tuple[list[int], list[int], int, bool]:
    """Blocks of a file before and after (0 is a hole), its sizes in quarters of a block."""
    old = draw(st.lists(st.integers(0, 3), min_size=0, max_size=8))
    new = [draw(st.sampled_from([b, b, 0, 4, 5])) for b in old]
    new = new[: draw(st.integers(0, len(new)))] + draw(st.lists(st.integers(0, 5), max_size=4))
    return old, new, draw(st.integers(1, 4)), draw(st.booleans())


@given(files(), st.sampled_from("<>"))
def test_what_is_not_told_is_the_same(case: Any, order: str) -> None:
    old, new, quarters, fuller = case
    block, size = 512, max(len(new) * 512 - (4 - quarters) * 128, 0)
    writer = Writer(order)
    writer.begin()
    writer.object(9, block, size, 50)
    last = max((i for i, b in enumerate(new) if b), default=-1)
    writer.extent(records.FREE, 9, (last + 1) * block, -1)
    for index, value in enumerate(new[: last + 1]):
        before = old[index] if index < len(old) else None
        if value != before or (fuller and index % 2):
            if value:
                writer.write(9, index * block, block)
            else:
                writer.extent(records.FREE, 9, index * block, block)
    found = told(writer.end(), verify=True).get(9, ())
    covered = [any(o <= i * block < o + n for o, n in found) for i in range(len(old) + len(new))]
    for index in range(max(len(old), len(new))):
        pair = [one[index] if index < len(one) else None for one in (old, new)]
        assert covered[index] or pair[0] == pair[1]


@pytest.mark.parametrize(
    ("name", "since", "expected"),
    [
        ("openzfs-2.3.2-Lec", 51, {2: ((131072, 131072), (2883584, END - 2883584))}),
        ("openzfs-2.3.2-Lec", 51, {128: ((0, END),), 129: ((0, END),)}),
        ("zfs-fuse-0.7", 30, {5: ((262144, 131072), (917504, END - 917504)), 6: ((0, END),)}),
    ],
)
def test_real_streams(name: str, since: int, expected: dict[int, Any]) -> None:
    with gzip.open(FIXTURES / f"{name}.zfs.gz") as file:
        found = changes(Stream(file, verify=True), since).ranges()  # type: ignore[arg-type]
    assert {number: found[number] for number in expected} == expected


def test_reading_may_stop_behind_an_object() -> None:
    parts = [("object", (n, 512, 512, 50)) for n in (5, 6, 7)]
    found = changes(Stream(io.BytesIO(stream(parts)[:-400])), 100, until_past=5)
    assert found.of(5) == ((0, END),)
    assert found.of(7) == ()


@given(st.data())
def test_cut_anywhere_it_says_so(data: st.DataObject) -> None:
    whole = stream([("object", (7, 512, 900, 50)), ("write", (7, 0, 512)), ("spill", (7, 512))])
    cut = data.draw(st.integers(0, len(whole) - 1))
    with pytest.raises(StreamError):
        told(whole[:cut])


@given(st.data())
def test_a_flipped_bit_is_found(data: st.DataObject) -> None:
    whole = bytearray(stream([("object", (7, 512, 900, 50)), ("write", (7, 0, 512))]))
    # What stands behind the checksum and the guid in the last record is read by nobody.
    bit = data.draw(st.integers(0, (len(whole) - records.SIZE + 48) * 8 - 1))
    whole[bit // 8] ^= 1 << bit % 8
    with pytest.raises(StreamError):
        told(bytes(whole), verify=True)


@given(st.binary(max_size=2000))
def test_anything_else_is_an_error_and_no_other(data: bytes) -> None:
    with pytest.raises(StreamError):
        told(data)
    with pytest.raises(StreamError):
        told(stream([])[: records.SIZE] + data[:311])


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.binary(min_size=304, max_size=304), st.sampled_from("<>"))
def test_hostile_records(kind: int, body: bytes, order: str) -> None:
    head = stream([], order)[: records.SIZE]
    for number in (kind, kind % 12):
        record = struct.pack(order + "II", number, 0) + body
        with pytest.raises(StreamError):
            told(head + record + b"x" * 100)


def test_several_snapshots_in_one_are_refused() -> None:
    writer = Writer()
    writer.begin(kind=2)
    with pytest.raises(StreamError, match="several snapshots"):
        told(writer.end())


def test_memory_does_not_grow_with_payloads_or_ranges() -> None:
    writer = Writer()
    writer.begin()
    writer.object(7, 512, 1 << 40, 50)
    head = bytes(writer.data)
    body = b"".join(
        struct.pack("<II", records.FREE, 0)
        + struct.pack("<QQQQ", 7, n * 2048, 512, UNTIL).ljust(304, b"\0")
        for n in range(1000)
    )
    file = _Repeating(head, body, 60)
    tracemalloc.start()
    found = Changes(100)
    with pytest.raises(StreamError):
        for one in Stream(file):  # type: ignore[arg-type]
            found.add(one)
    assert tracemalloc.get_traced_memory()[1] < 40 << 20
    tracemalloc.stop()
    assert found.of(7)


class _Repeating:
    def __init__(self, head: bytes, body: bytes, times: int) -> None:
        self._parts = [head] + [body] * times
        self._file = io.BytesIO(self._parts.pop(0))

    def read(self, length: int) -> bytes:
        data = self._file.read(length)
        while not data and self._parts:
            self._file = io.BytesIO(self._parts.pop(0))
            data = self._file.read(length)
        return data


@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 300))), st.integers(4, 40))
def test_ranges_cover_what_was_added_in_order_and_apart(
    spans: list[tuple[int, int]], most: int
) -> None:
    covered = Covered(most)
    for offset, length in spans:
        covered.add(offset, length)
    found = covered.ranges()
    assert len(found) <= most
    inside = {i for offset, length in found for i in range(offset, offset + length)}
    assert inside >= {i for offset, length in spans for i in range(offset, offset + length)}
    assert all(a + n < b for (a, n), (b, _) in itertools.pairwise(found))


def test_few_ranges_are_exact() -> None:
    covered = Covered()
    for offset in (30, 0, 10, 20, 2**64 - 10):
        covered.add(offset, 5)
    assert covered.ranges() == ((0, 5), (10, 5), (20, 5), (30, 5))
