"""100,000 runs: the index is rebuilt, the feed is small and quick. No times asserted: the bench has bars."""

from __future__ import annotations

import gzip
import json
import random
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dotscience._records import Record, body_hash, encode
from dotscience_server.store.columns import BLOCK_RUNS
from dotscience_server.store.index import open_index
from tests.worker.test_facts import BLOCK

pytestmark = pytest.mark.slow

RUNS = 100_000


def synthetic_records(count: int) -> Iterator[Record]:
    """As a worker would have written them: blocks and contexts, a snapshot every ten runs."""
    chance = random.Random(7)
    revision = 0
    for number in range(count):
        run = f"{number:08x}-0000-4000-8000-000000000000"
        for kind, source, body in _facts(chance, number):
            revision += 1
            time_text = f"2026-11-21T10:11:12.{revision % 1_000_000:06d}Z"
            yield Record(revision, kind, time_text, run, source, body_hash(body), body)


def _facts(chance: random.Random, number: int) -> Iterator[tuple[str, str, dict[str, Any]]]:
    metrics = {f"metric_{index}": repr(chance.random()) for index in range(10)}
    parameters = {"lr": f"1e-{number % 6}", "depth": str(number % 20), "kind": f"kind {number % 5}"}
    body = {**BLOCK, "parameters": parameters, "summary": metrics, "base": ""}
    source = f"journal:session-{number // 50}"
    yield "run.block", source, body
    yield (
        "run.context",
        source,
        {"host": "h", "notebook": f"n{number % 7}.ipynb", "duration_s": 1.5},
    )
    told = {"snapshot": f"{number // 10:064x}", "duration_s": 0.1}
    yield "run.snapshot", "worker", told


def test_a_hundred_thousand_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = tmp_path / "store"
    (store / "records").mkdir(parents=True)
    with (store / "records" / "00000001.jsonl").open("wb") as file:
        file.writelines(encode(record) for record in synthetic_records(RUNS))

    begun = time.monotonic()
    index, damages = open_index(tmp_path / "cache", store)
    rebuilt_s = time.monotonic() - begun
    assert damages == [] and index.count() == RUNS

    begun = time.monotonic()
    feed = index.feed(0)
    packed = 0
    for number, revision in feed.blocks:
        found = index.block(number)
        assert found is not None and found[0] == revision
        packed += len(found[1])
    feed_s = time.monotonic() - begun
    assert len(feed.blocks) == RUNS // BLOCK_RUNS
    assert json.loads(gzip.decompress(found[1]))["count"] == BLOCK_RUNS
    sent = packed + len(zlib.compress("".join(feed.runs).encode(), 1))
    with capsys.disabled():
        size = (tmp_path / "cache" / "index.sqlite").stat().st_size
        print(f"\n{RUNS} runs: rebuilt {rebuilt_s:.1f} s, feed {feed_s * 1000:.0f} ms,", end=" ")
        print(f"{sent / 1e6:.1f} MB packed, index {size / 1e6:.0f} MB", end=" ")

    begun = time.monotonic()
    index.close()
    index, _ = open_index(tmp_path / "cache", store)
    assert time.monotonic() - begun < rebuilt_s
    index.close()
