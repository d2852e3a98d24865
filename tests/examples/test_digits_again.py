"""The proof: track the example, wipe the folder, bring everything back from the store alone, run it again: same metrics."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dotscience_server.client import WorkerClient, connect
from tests.examples.test_digits import executed
from tests.running_workers import end_workers

pytestmark = pytest.mark.examples

__all__ = ["executed"]

_WITHIN_S = 120
_RUNS = 13


@pytest.fixture(scope="module")
def wiped(executed: Path) -> Iterator[WorkerClient]:
    """The example's workspace with nothing but its store; no worker, index or cache of before."""
    client = connect(executed)
    runs = _runs(client)
    deadline = time.monotonic() + _WITHIN_S
    while len(runs) < _RUNS or any(run["snapshot"]["state"] == "pending" for run in runs):
        assert time.monotonic() < deadline, [run["snapshot"] for run in runs]
        time.sleep(0.05)
        runs = _runs(client)
    end_workers(executed)
    for path in executed.iterdir():
        if path.name != ".dotscience":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    shutil.rmtree(executed.parent / "xdg_cache_home")
    (executed.parent / "xdg_cache_home").mkdir(mode=0o700)
    yield connect(executed)
    end_workers(executed)


def _runs(client: WorkerClient) -> list[dict[str, Any]]:
    """Oldest first."""
    return sorted(client.get("runs", {"since": 0})["runs"], key=lambda run: run["seq"])


def _again(client: WorkerClient, run: str) -> dict[str, Any]:
    """The verdict of its repetition."""
    job = client.post(f"runs/{run}/rerun", {})
    deadline = time.monotonic() + _WITHIN_S
    while job["state"] not in ("done", "failed", "cancelled"):
        assert time.monotonic() < deadline, job
        time.sleep(0.05)
        job = client.get(f"jobs/{job['id']}")
    assert job["state"] == "done", job["error"]
    return client.get(f"runs/{job['result']['run']}/verdict")


def test_every_notebook_gives_the_same_again(wiped: WorkerClient) -> None:
    """The split of 01, the nine trainings and the failed one of 02, the evaluation of 03."""
    runs = _runs(wiped)
    by_notebook: dict[str, list[dict[str, Any]]] = {}
    for run in runs:
        by_notebook.setdefault(run["notebook"], []).append(run)
    assert [len(some) for some in by_notebook.values()] == [2, 10, 1]
    compared = 0
    for some in by_notebook.values():
        last = next(run for run in reversed(some) if run["metrics"])
        verdict = _again(wiped, last["id"])
        assert verdict["verdict"] == "same", verdict
        assert not Path(verdict["folder"]).parent.samefile(wiped.path)
    again = [wiped.get(f"runs/{run['id']}") for run in _runs(wiped)[_RUNS:]]
    for run in (one for one in again if one["metrics"]):
        verdict = wiped.get(f"runs/{run['id']}/verdict")
        assert verdict["verdict"] == "same", verdict
        keys = [metric["key"] for metric in verdict["metrics"]]
        assert keys, run["description"]
        assert "fit_seconds" not in keys
        compared += len(keys)
    assert compared >= 30, "1 + 3, 9 times 3, 2"
