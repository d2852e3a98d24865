"""The index is a function of the records: rebuilt or grown step by step, it is equal."""

from __future__ import annotations

import base64
import gzip
import json
import math
import struct
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dotscience import _records
from dotscience._facts import unite_all
from dotscience._records import Line
from dotscience_server.store import index as index_module
from dotscience_server.store import index_reads as reads_module
from dotscience_server.store.columns import encode_block
from dotscience_server.store.index import Index, open_index, rebuild_index
from dotscience_server.store.records import Draft, RecordWriter
from tests.worker.test_facts import BLOCK

RUNS = [f"run-{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]


@st.composite
def drafts(draw: st.DrawFn) -> list[Draft]:
    """Facts of some runs, repeated and mixed."""
    return draw(st.lists(st.builds(_draft, st.sampled_from(RUNS), st.integers(0, 9)), max_size=60))


def _draft(run: str, which: int) -> Draft:
    if which == 0:
        return Draft("policy", "user", {"default": "keep"})
    if which == 1:
        return Draft("run.snapshot", "worker", {"snapshot": "s1", "duration_s": 0.5}, run)
    if which == 2:
        files = [{"path": "m", "object": "o", "pin": f"{run}/0", "size": 3}]
        return Draft("run.pins", "journal:a", {"files": files}, run)
    if which in (6, 7):
        body = {"start": None, "last": which, "cells": 3, "notebook": "a.ipynb"}
        return Draft("run.draft", "journal:a", body, run)
    if which == 8:
        return Draft("run.kept", "user", {"description": "kept"}, run)
    if which == 9:
        return Draft("run.expired", "worker", {}, run)
    source = "journal:a" if which == 3 else f"notebook:{which}.ipynb"
    return Draft("run.block", source, {**BLOCK, "text": "", "base": ""}, run)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of four runs, encoded anew after two changes."""
    monkeypatch.setattr(index_module, "BLOCK_RUNS", 4)
    monkeypatch.setattr(reads_module, "BLOCK_RUNS", 4)
    monkeypatch.setattr(index_module, "REENCODE_AFTER", 2)


def _write(store: Path, facts: list[Draft]) -> list[Line]:
    (store / "records").mkdir(parents=True)
    writer = RecordWriter(store, 0)
    lines = [line for draft in facts for line in writer.append([draft])]
    writer.close()
    return lines


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(drafts(), st.lists(st.integers(1, 9), min_size=1))
def test_rebuilt_equals_grown(
    tmp_path_factory: pytest.TempPathFactory, facts: list[Draft], steps: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("index")
    lines = iter(_write(folder / "store", facts))
    (folder / "a").mkdir()
    grown = Index(folder / "a" / "index.sqlite", folder / "store")
    for step in _forever(steps):
        batch = list(islice(lines, step))
        if not batch:
            break
        grown.apply(batch)
    (folder / "b").mkdir()
    rebuilt, damages = rebuild_index(folder / "b", folder / "store")
    assert damages == []
    assert rebuilt.dump() == grown.dump()
    _check_feed(rebuilt, facts)
    _check_drafts(rebuilt, folder / "store", facts)
    grown.close()
    rebuilt.close()


def _forever(steps: list[int]) -> Iterator[int]:
    while True:
        yield from steps


def _check_feed(index: Index, facts: list[Draft]) -> None:
    """A client that starts at any revision and follows the feed has every run as it is."""
    drafts = {row.id for row in index.all_drafts() if row.state != "kept"}
    wanted = {run: index.run(run) for run in {fact.run for fact in facts if fact.run} - drafts}
    for since in (0, index.revision() // 2):
        known: dict[str, int] = {}
        if since:
            known = {run.id: -1 for run in wanted.values() if run and run.revision <= since}
        feed = index.feed(since)
        for number, _ in feed.blocks:
            block = index.block(number)
            assert block is not None
            for summary in decode_block(block[1]):
                known[summary["id"]] = int(summary["revision"])
        for text in feed.runs:
            summary = json.loads(text)
            known[summary["id"]] = summary["revision"]
        assert known.keys() == wanted.keys()
        assert all(rev in (-1, run.revision) for one, rev in known.items() if (run := wanted[one]))


def _check_drafts(index: Index, store: Path, facts: list[Draft]) -> None:
    """A draft is no run until it is kept; ``ds.runs()`` says the same as the index."""
    records = [item.record for item in _records.read_all(str(store)) if isinstance(item, Line)]
    once = {(one.run, one.kind, one.source, one.hash): one for one in reversed(records)}
    shown = unite_all(sorted(once.values(), key=lambda one: one.rev))
    assert index.count() == len(shown)
    assert [index.run(run.id) for run in shown] == shown
    for row in index.all_drafts():
        draft = index.run(row.id)
        assert draft is not None
        assert draft.draft == row.body or row.state == "kept"
        assert (draft.seq > 0) == (row.state == "kept")
        assert index.has_kind(row.id, "run.draft")
        waits = row.id in index.runs_waiting()
        if row.state != "kept":
            assert waits == (row.state == "open" and draft.snapshot.state == "pending")


def decode_block(data: bytes) -> list[dict[str, Any]]:
    """Rows of a column block: plain fields and texts, as a reader would."""
    block = json.loads(gzip.decompress(data))
    rows: list[dict[str, Any]] = [{} for _ in range(block["count"])]
    for column in block["columns"]:
        for row, value in zip(rows, _column(column, block["count"]), strict=True):
            row[column["name"]] = value
    return rows


def _column(column: dict[str, Any], count: int) -> list[Any]:
    data = base64.b64decode(column["data"])
    if column["type"] == "text":
        codes = struct.unpack(f"<{count}I", data)
        return [None if code == 0xFFFFFFFF else column["dictionary"][code] for code in codes]
    nulls = base64.b64decode(column["nulls"])
    numbers = struct.unpack(f"<{count}d", data)
    return [None if nulls[i // 8] >> i % 8 & 1 else number for i, number in enumerate(numbers)]


def test_columns_keep_numbers_and_texts() -> None:
    texts = ["1", "1e-4", "64.0", "0.5", "nan", "abc", "True", str(2**60), "-inf", None]
    runs = [_summary(number, text) for number, text in enumerate(texts)]
    rows = decode_block(encode_block(0, 7, runs))
    for row, text in zip(rows, texts, strict=True):
        number, kept = row["metric:x"], row["metric:x#text"]
        if text in ("1", "0.5"):
            assert kept is None and number == float(text)
        else:
            assert kept == text
    assert rows[1]["metric:x"] == 0.0001 and math.isnan(rows[4]["metric:x"])
    assert rows[5]["metric:x"] is None and rows[7]["metric:x"] is None


def _summary(number: int, text: str | None) -> dict[str, Any]:
    from dotscience._facts import unite
    from dotscience._records import Record
    from dotscience._run_json import summary

    metrics = {} if text is None else {"x": text}
    body = {**BLOCK, "summary": metrics}
    time = "2026-11-21T10:00:00.000000Z"
    return summary(
        unite([Record(1, "run.block", time, f"r{number}", "journal:a", "", body)], number)
    )


def _filled(tmp_path: Path) -> tuple[Path, Path]:
    store, cache = tmp_path / "store", tmp_path / "cache"
    _write(store, [_draft(run, 3) for run in RUNS])
    index, _ = open_index(cache, store)
    index.close()
    return store, cache


def test_an_index_that_does_not_fit_its_records_is_rebuilt(tmp_path: Path) -> None:
    store, cache = _filled(tmp_path)
    path = store / "records" / "00000001.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:10]))  # an older state came back from a backup
    index, _ = open_index(cache, store)
    assert (index.count(), index.revision()) == (10, 10)
    index.close()


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_a_damaged_index_is_rebuilt(tmp_path: Path, content: bytes) -> None:
    store, cache = _filled(tmp_path)
    for file in cache.iterdir():
        file.write_bytes(content)
    index, _ = open_index(cache, store)
    assert index.count() == len(RUNS)
    index.close()


def test_an_index_of_another_format_is_rebuilt(tmp_path: Path) -> None:
    store, cache = _filled(tmp_path)
    index = Index(cache / "index.sqlite", store)
    index._db.execute("PRAGMA user_version = 99")
    index.close()
    index, _ = open_index(cache, store)
    assert index.count() == len(RUNS)
    index.close()


def test_ids_are_found_by_their_beginning(tmp_path: Path) -> None:
    store, cache = tmp_path / "store", tmp_path / "cache"
    _write(store, [_draft(run, 3) for run in ("abc", "abd", "x%", "xy")])
    index, _ = open_index(cache, store)
    assert index.resolve("abc") == ["abc"]
    assert sorted(index.resolve("ab")) == ["abc", "abd"]
    assert index.resolve("x%") == ["x%"] and index.resolve("%") == []
    assert [one.body for one in index.all_of_workspace("policy")] == []
    index.close()


def test_records_know_their_place(tmp_path: Path) -> None:
    store = tmp_path / "store"
    for line in _write(store, [_draft(run, 3) for run in RUNS[:3]]):
        assert _records.read_at(str(store), line.file, line.offset, line.length) == line.record
