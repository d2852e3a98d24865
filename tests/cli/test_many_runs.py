"""More runs than one column block holds."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from dotscience._records import Line, Record, body_hash, encode, read_all, record_files
from tests.cli.conftest import Ds, valid
from tests.running_workers import kill_worker

COUNT = 4096 + 10


def add_runs(store: Path, count: int) -> None:
    """Records of runs, as a worker would have written them; nobody else may have the store open."""
    rev = max(
        (item.record.rev for item in read_all(str(store)) if isinstance(item, Line)), default=0
    )
    file = store / "records" / (record_files(str(store)) or ["00000001.jsonl"])[-1]
    with file.open("ab") as stream:
        for number in range(count):
            body = {
                "description": f"run {number}",
                "summary": {"n": str(number)},
                "text": "",
                "base": "",
            }
            run = f"{number:08x}-0000-4000-8000-000000000000"
            time = "2026-11-21T12:00:00.000000Z"
            fact = Record(
                rev + 1 + number, "run.block", time, run, "stdout:x", body_hash(body), body
            )
            stream.write(encode(fact))


def test_the_newest_come_from_blocks_too(ds: Ds, workspace: Path) -> None:
    ds("init")
    store = workspace / ".dotscience"
    kill_worker(store, signal.SIGTERM)
    add_runs(store, COUNT)
    runs = json.loads(ds("runs", "--json", "--limit", "15").stdout)
    assert [run["description"] for run in runs] == [f"run {COUNT - 1 - n}" for n in range(15)]
    assert all(valid("run-summary", run) for run in runs)
    assert f"{COUNT - 15:,} older runs" in ds("runs", "--limit", "15").stdout
