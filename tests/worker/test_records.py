"""Records: what is written is read, damage is reported and never spreads."""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dotscience import _records
from dotscience._records import Damage, DamagedRecord, Line, Record, decode, encode, read_all
from dotscience_server.store import records as writer_module
from dotscience_server.store.failures import StoreFailure
from dotscience_server.store.records import Draft, RecordWriter, set_torn_tail_aside

texts = st.text(st.characters(exclude_categories=()), max_size=20)  # lone surrogates too
values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
bodies = st.dictionaries(texts, values, max_size=4)


@st.composite
def records(draw: st.DrawFn) -> Record:
    body = draw(bodies)
    run = draw(st.none() | texts)
    digest = _records.body_hash(body)
    return Record(draw(st.integers(1)), draw(texts), draw(texts), run, draw(texts), digest, body)


@given(records())
def test_a_record_is_one_line_and_reads_back(record: Record) -> None:
    line = encode(record)
    assert line.count(b"\n") == 1 and line.endswith(b"\n")
    assert decode(line) == record


@given(records(), st.data())
def test_no_changed_byte_goes_unseen(record: Record, data: st.DataObject) -> None:
    """G6."""
    line = bytearray(encode(record)[:-1])
    at = data.draw(st.integers(0, len(line) - 1))
    line[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(DamagedRecord):
        decode(bytes(line))


def test_a_later_format_is_no_damage() -> None:
    payload = json.dumps({"v": 2}).encode()
    with pytest.raises(DamagedRecord) as caught:
        decode(b"%08x %s\n" % (zlib.crc32(payload), payload))
    assert caught.value.newer


def _store(tmp_path: Path, count: int) -> Path:
    (tmp_path / "records").mkdir()
    writer = RecordWriter(tmp_path, 0)
    for number in range(count):
        writer.append([Draft("run.block", "journal:x", {"n": number}, f"run{number}")])
    writer.close()
    return tmp_path


def _read(store: Path) -> list[Line | Damage]:
    return list(read_all(os.fspath(store)))


def _revisions(items: list[Line | Damage]) -> list[int]:
    return [item.record.rev for item in items if isinstance(item, Line)]


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_torn_tail_is_set_aside(tmp_path: Path, cut: int) -> None:
    store = _store(tmp_path, 3)
    path = store / "records" / "00000001.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    *good, torn = _read(store)
    assert _revisions(good) == [1, 2] and isinstance(torn, Damage) and torn.torn
    aside = set_torn_tail_aside(store, torn)
    assert whole.startswith(path.read_bytes() + aside.read_bytes())
    RecordWriter(store, 2).append([Draft("run.block", "journal:x", {}, "next")])
    assert _revisions(_read(store)) == [1, 2, 3]


def test_a_damaged_middle_is_reported_and_skipped(tmp_path: Path) -> None:
    store = _store(tmp_path, 3)
    path = store / "records" / "00000001.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1].replace(b"run1", b"run?") + lines[2])
    items = _read(store)
    assert _revisions(items) == [1, 3]
    (damage,) = [item for item in items if isinstance(item, Damage)]
    assert not damage.torn and "checksum" in damage.reason


def test_a_new_file_begins_at_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "FILE_LIMIT_BYTES", 500)
    store = _store(tmp_path, 9)
    assert len(_records.record_files(os.fspath(store))) > 1
    assert _revisions(_read(store)) == list(range(1, 10))


def test_a_refused_append_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk: a short write is taken back (G2: what was there stays)."""
    store = _store(tmp_path, 2)
    writer = RecordWriter(store, 2)
    real = os.write
    calls = iter([lambda fd, data: real(fd, data[:7]), _no_space])
    monkeypatch.setattr(os, "write", lambda fd, data: next(calls)(fd, data))
    with pytest.raises(StoreFailure) as caught:
        writer.append([Draft("run.block", "journal:x", {}, "refused")])
    assert caught.value.code == "disk-full"
    monkeypatch.undo()
    writer.append([Draft("run.block", "journal:x", {}, "taken")])
    assert _revisions(_read(store)) == [1, 2, 3]


def _no_space(descriptor: int, data: bytes) -> int:
    raise OSError(28, "No space left on device")
