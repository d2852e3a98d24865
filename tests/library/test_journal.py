"""Laws of the journal: what was written whole is read, whatever happened around it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dotscience._journal import NAMES, encode, frame, is_alive, parse, read_records

TYPES = st.sampled_from(sorted(NAMES))
PAYLOADS = st.dictionaries(st.text(), st.text() | st.none() | st.integers(), max_size=4)
RECORDS = st.lists(st.tuples(TYPES, PAYLOADS), max_size=6)
Told = list[tuple[int, dict[str, Any]]]


def told(data: bytes) -> Told:
    return [(record.type, record.payload) for record in parse(data)[0]]


@given(RECORDS)
def test_what_was_written_is_read(records: Told) -> None:
    data = b"".join(encode(*record) for record in records)
    found, end, damage = parse(data)
    assert [(record.type, record.payload) for record in found] == records
    assert (end, damage) == (len(data), [])


@given(RECORDS, st.data())
def test_a_file_cut_anywhere_yields_all_whole_records(records: Told, data: Any) -> None:
    encoded = [encode(*record) for record in records]
    whole = b"".join(encoded)
    cut = data.draw(st.integers(0, len(whole)))
    found, end, damage = parse(whole[:cut])
    assert [(record.type, record.payload) for record in found] == records[: len(found)]
    assert end == sum(len(record) for record in encoded[: len(found)])
    assert cut - end < (len(encoded[len(found)]) if len(found) < len(records) else 1)
    assert damage == []


@given(RECORDS, RECORDS, st.binary(max_size=40), st.data())
def test_damage_in_the_middle_loses_nothing_behind_it(
    before: Told, after: Told, noise: bytes, data: Any
) -> None:
    """A stump of a full disk, or noise."""
    stump = encode(3, {"lost": "x" * 20})
    stump = stump[: data.draw(st.integers(0, len(stump) - 1))]
    head = b"".join(encode(*record) for record in before)
    tail = b"".join(encode(*record) for record in after)
    assert told(head + stump + noise + tail) == before + after


@given(RECORDS, st.data())
def test_one_wrong_byte_costs_one_record(records: Told, data: Any) -> None:
    encoded = [encode(*record) for record in records]
    whole = bytearray(b"".join(encoded))
    if not whole:
        return
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] ^= data.draw(st.integers(1, 255))
    hit = next(n for n in range(len(encoded)) if at < sum(map(len, encoded[: n + 1])))
    assert told(bytes(whole)) == records[:hit] + records[hit + 1 :]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RECORDS, st.integers(1, 60))
def test_reading_in_pieces_is_reading_at_once(tmp_path: Path, records: Told, limit: int) -> None:
    path = tmp_path / "j.dsj"
    path.write_bytes(b"".join(encode(*record) for record in records) + b"\xd5\x4a\x03")
    found, offset = [], 0
    while True:
        more, following, _ = read_records(path, offset, limit)
        if following == offset:
            break
        found, offset = found + more, following
    assert [(record.type, record.payload) for record in found] == records


def test_a_tail_is_read_once_it_is_whole(tmp_path: Path) -> None:
    path, record = tmp_path / "j.dsj", encode(2, {"id": "a"})
    path.write_bytes(record + record[:-1])
    found, offset, damage = read_records(path)
    assert (len(found), offset, damage) == (1, len(record), [])
    path.write_bytes(record + record)
    assert [item.offset for item in read_records(path, offset)[0]] == [len(record)]


def test_a_later_versions_records_are_passed_over() -> None:
    future = bytearray(frame(3, b"{}"))
    assert told(bytes(future) + encode(99, {"new": 1})) == [(3, {}), (99, {"new": 1})]
    assert told(frame(3, b"[]") + frame(3, b"\xff") + encode(3, {})) == [(3, {})]


def test_a_stump_is_reported_when_a_record_follows() -> None:
    record = encode(3, {"a": "b"})
    (damage,) = parse(record[:-2] + record, 100)[2]
    assert (damage.offset, damage.length) == (100, len(record) - 2)


def test_alive_is_a_held_lock(tmp_path: Path) -> None:
    journal = tmp_path / "j.dsj"
    assert not is_alive(journal)
    lock = os.open(tmp_path / "j.lock", os.O_RDWR | os.O_CREAT)
    try:
        assert not is_alive(journal)
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert is_alive(journal)
        assert is_alive(journal), "testing must not take the lock away"
        fcntl.flock(lock, fcntl.LOCK_UN)
        assert not is_alive(journal)
    finally:
        os.close(lock)


@pytest.mark.parametrize("payload", [{"a": float("nan")}, {"a": object()}])
def test_what_json_cannot_hold_is_refused(payload: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        encode(3, payload)
