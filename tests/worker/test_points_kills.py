"""G2: killed at every step between a journal's last record and its removal, and at random; no point is lost or doubled."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from dotscience_server.client import WorkerClient
from tests.worker.sessions import Session
from tests.worker.test_media import PICTURE, _log
from tests.worker.workspaces import Workspace, runs_of, wait_for, wait_run

pytestmark = [pytest.mark.fault, pytest.mark.slow]

STEPS = (
    "points-stored",
    "points-recorded",
    "media-stored",
    "media-recorded",
    "journal-durable",
    "lock-removed",
    "journal-removed",
)
COUNT = 3000


@pytest.mark.parametrize("ending", ["published", "interrupted"])
@pytest.mark.parametrize("step", STEPS)
def test_killed_while_a_journal_is_taken_over(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, ending: str
) -> None:
    reached = tmp_path / "reached"
    session = Session(workspace)
    run = session.start()
    session.points(run, "loss", [value / 7 for value in range(COUNT)])
    session.points(run, "small", [1.0, 2.0])
    _log(session, run, 0, PICTURE, kind="image", mime="image/png")
    if ending == "published":
        session.publish(run)
        session.end()
    session.die()
    monkeypatch.setenv("DOTSCIENCE_TEST_BARRIER", f"{step}:{reached}")
    workspace.connect()
    wait_for(reached.exists, step)
    workspace.kill_worker()
    monkeypatch.delenv("DOTSCIENCE_TEST_BARRIER")

    client = workspace.connect()
    wait_for(lambda: not session.path.exists() and not session.lock.exists(), "the journal's end")
    told = wait_run(client, run)
    assert (told["state"], told["curves"]) == (ending, 2)
    assert _all_values(client, run) == {
        "loss": [value / 7 for value in range(COUNT)],
        "small": [1.0, 2.0],
    }
    assert [one["size"] for one in client.get(f"runs/{run}")["media"]] == [len(PICTURE)]
    _same_after_rebuild(client)


def _all_values(client: WorkerClient, run: str) -> dict[str, list[Any]]:
    told = client.get(f"runs/{run}/series", {"points": 10_000})["series"]
    return {one["key"]: one["values"] for one in told}


def _same_after_rebuild(client: WorkerClient) -> None:
    wait_for(lambda: all(run["snapshot"]["state"] != "pending" for run in runs_of(client)))
    before = runs_of(client)
    client.post("rebuild")
    wait_for(lambda: all(job["state"] == "done" for job in client.get("status")["jobs"]))
    assert runs_of(client) == before


SCRIPT = """
import random, sys, time
chance = random.Random(int(sys.argv[1]))
count = chance.randrange(1, 4)
for number in range(count):
    run = f"{sys.argv[1]} {number}"
    ds.start(run)
    values = []
    for step in range(chance.randrange(1, 400)):
        ds.metric("loss", step / 3)
        values.append(step)
        if chance.random() < 0.3:
            ds.metric("acc", chance.random())
        if chance.random() < 0.02:
            print("told", run, len(values), flush=True)
            time.sleep(chance.random() / 20)
    print("told", run, len(values), flush=True)
    if number < count - 1 or chance.random() < 0.7:  # a start takes the place of an unpublished run
        ds.publish()
"""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_storm(workspace: Workspace, seed: int) -> None:
    """What a returned call wrote is in the series, whoever was killed meanwhile."""
    chance = random.Random(seed)
    workspace.connect(idle_seconds=60)
    scripts = [workspace.begin(SCRIPT, str(seed * 100 + number)) for number in range(5)]
    deadline = time.monotonic() + 60
    while any(one.poll() is None for one in scripts) and time.monotonic() < deadline:
        time.sleep(chance.random() / 5)
        if chance.random() < 0.4:
            workspace.kill_worker()
            workspace.connect(idle_seconds=60)
        elif chance.random() < 0.2:
            living = [one for one in scripts if one.poll() is None]
            if living:
                chance.choice(living).send_signal(signal.SIGKILL)
    told = _told(scripts)
    client = workspace.connect(idle_seconds=60)
    journals = workspace.path / ".dotscience" / "journal"
    wait_for(lambda: not list(journals.glob("*.dsj")), "the journals' end")
    runs = {run["description"]: run for run in runs_of(client)}
    assert runs.keys() >= told.keys()
    for name, count in told.items():
        values = _all_values(client, runs[name]["id"]).get("loss")
        if count == 1 and values is None:
            metrics = {one["key"]: one["text"] for one in runs[name]["metrics"]}
            values = [float(metrics["loss"])]
        assert values is not None and len(values) >= count, name
        assert values == [step / 3 for step in range(len(values))], name
        if runs[name]["state"] == "published":
            assert len(values) == count
    assert len({run["id"] for run in runs.values()}) == len(runs_of(client))
    _same_after_rebuild(client)


def _told(scripts: list[subprocess.Popen[str]]) -> dict[str, int]:
    """The highest number of values of each run that a script had told before it said so."""
    told: dict[str, int] = {}
    for script in scripts:
        out, _ = script.communicate(timeout=30)
        for line in out.splitlines():
            if line.startswith("told "):
                name, _, count = line[5:].rpartition(" ")
                told[name] = max(told.get(name, 0), int(count))
    return told
