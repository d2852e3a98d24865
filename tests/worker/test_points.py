"""Points of runs: from journals to columns, told while the run goes on, kept when it ends (G1, G2)."""

from __future__ import annotations

import math
import struct
from pathlib import Path

import pytest

from dotscience import _journal
from dotscience_server.client import WorkerClient
from tests.worker.schemas import check
from tests.worker.sessions import Session
from tests.worker.workspaces import Workspace, runs_of, wait_for, wait_run


def _curves(client: WorkerClient, run: str) -> int:
    return int(wait_run(client, run)["curves"])


def test_a_running_run_tells_its_points(workspace: Workspace, client: WorkerClient) -> None:
    session = Session(workspace)
    run = session.start()
    session.value(run, "label", "group", "sweep 1")
    session.points(run, "loss", [3.0, 2.0, 1.5])
    session.points(run, "epoch", [1.0, 2.0], kind=_journal.INTEGER)
    progress = {"id": run, "done": 2, "total": 10, "label": "epochs"}
    session.write(_journal.PROGRESS, {**progress, "t": str(session.now_ns)})
    session.write(_journal.PROGRESS, {**progress, "done": 4, "t": str(session.now_ns + 2 * 10**9)})
    cell = {"n": 1, "t": "1", "cell": "cell-a", "uri": None, "hash": "0" * 64, "source": "x"}
    session.write(_journal.CELL, cell)
    wait_for(lambda: any(one["cell"] for one in client.get("status")["running"]))
    status = client.get("status")
    check("status", status)
    (live,) = status["running"]
    assert (live["id"], live["group"], live["points"], live["cell"]) == (
        run,
        "sweep 1",
        5,
        "cell-a",
    )
    assert {one["key"]: one["text"] for one in live["metrics"]} == {"loss": "1.5", "epoch": "2"}
    assert live["last_told"] > live["started"]
    assert (live["progress"]["done"], live["progress"]["total"]) == (4, 10)
    assert live["progress"]["label"] == "epochs"
    assert live["progress"]["left_s"] is not None
    assert live["workload"] == "train.py"
    detail = client.get(f"runs/{run}")
    check("run", detail)
    assert (detail["state"], detail["curves"]) == ("running", 2)
    session.die()


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (_journal.FLOAT64, 0.1, "0.1"),
        (_journal.FLOAT64, 64.0, "64.0"),
        (_journal.FLOAT64, math.nan, "nan"),
        (_journal.FLOAT64, 1e22, "1e+22"),
        (_journal.INTEGER, 64.0, "64"),
        (_journal.BOOL, 1.0, "True"),
        (_journal.FLOAT32, struct.unpack("<f", struct.pack("<f", 0.1))[0], "0.1"),
        (_journal.FLOAT32, struct.unpack("<f", struct.pack("<f", 1 / 3))[0], "0.33333334"),
        (_journal.FLOAT32, math.inf, "inf"),
    ],
)
def test_an_interrupted_run_has_the_last_points_text(kind: int, value: float, text: str) -> None:
    from dotscience._curves import text_of

    assert text_of(kind, value) == text


def test_a_killed_run_keeps_its_points(workspace: Workspace, client: WorkerClient) -> None:
    session = Session(workspace)
    run = session.start()
    session.points(run, "loss", [3.0, 2.0, 1.5])
    session.die()
    told = wait_run(client, run)
    assert (told["state"], told["ending"]) == ("interrupted", "crashed")
    assert {one["key"]: one["text"] for one in told["metrics"]} == {"loss": "1.5"}
    wait_for(lambda: _curves(client, run) == 1)
    wait_for(lambda: not session.path.exists())
    assert not session.lock.exists()


def test_endings_are_told_apart(workspace: Workspace) -> None:
    wanted = {}
    for ending, session in {
        "ended": {},
        "crashed": {},
        "lost": {"boot": "another"},
    }.items():
        one = Session(workspace, **session)
        run = one.start()
        one.points(run, "loss", [1.0, 2.0])
        if ending == "ended":
            one.end()
        one.die()
        wanted[run] = ending
    far = Session(workspace, host="elsewhere")
    wanted[far.start()] = "lost"
    far.value(next(reversed(wanted)), "metric", "note", "text")
    far.die()
    client = workspace.connect()
    wait_for(lambda: len(runs_of(client)) == len(wanted))
    assert {run["id"]: run["ending"] for run in runs_of(client)} == wanted


def test_a_published_run_has_its_curves(workspace: Workspace, client: WorkerClient) -> None:
    session = Session(workspace)
    run = session.start()
    session.points(run, "loss", [float(value) for value in range(1000)])
    session.points(run, "once", [1.0])
    session.publish(run, values={"summary": {"loss": "999.0", "once": "1.0"}})
    wait_for(lambda: _curves(client, run) == 1)
    session.end()
    session.die()
    wait_for(lambda: not session.path.exists())


def test_one_point_a_metric_is_no_curve(workspace: Workspace, client: WorkerClient) -> None:
    session = Session(workspace)
    run = session.start()
    session.points(run, "loss", [1.0])
    session.publish(run, values={"summary": {"loss": "1.0"}})
    session.die()
    assert wait_run(client, run)["curves"] == 0
    wait_for(lambda: not session.path.exists())
    records = (workspace.path / ".dotscience" / "records" / "00000001.jsonl").read_text()
    assert "run.points" not in records


def test_a_journal_with_damage_stays(workspace: Workspace, client: WorkerClient) -> None:
    session = Session(workspace)
    run = session.start()
    session.points(run, "loss", [1.0, 2.0])
    session._file.write(b"\xd5\x4a a stump of a full disk")
    session.points(run, "loss", [3.0], first_step=2)
    session.die()
    assert wait_run(client, run)["metrics"][0]["text"] == "3.0"
    settled = workspace.publish("settled")
    wait_run(client, settled)
    assert session.path.exists()


def test_a_journal_of_a_later_version_stays(workspace: Workspace, client: WorkerClient) -> None:
    session = Session(workspace)
    run = session.start()
    session.points(run, "loss", [1.0, 2.0])
    session.write(99, {"id": run})
    session.die()
    wait_run(client, run)
    wait_run(client, workspace.publish("settled"))
    assert session.path.exists()


def test_a_journal_of_the_first_format_opens(workspace: Workspace) -> None:
    folder = workspace.path / ".dotscience" / "journal"
    folder.mkdir(parents=True)
    copy = folder / "20251121T044000-4711-0a1b2c3d.dsj"
    copy.write_bytes((Path(__file__).parent / "fixtures" / "journal-format-1.dsj").read_bytes())
    client = workspace.connect()
    wait_for(lambda: not copy.exists())
    told = {run["description"]: run for run in runs_of(client)}
    assert {name: (run["state"], run["ending"]) for name, run in told.items()} == {
        "first format": ("published", None),
        "cut": ("interrupted", "ended"),
    }
    assert {one["key"]: one["text"] for one in told["cut"]["metrics"]} == {"loss": "0.8"}
    assert told["first format"]["duration_s"] == 1.5


@pytest.mark.parametrize("total", [60, None])
def test_an_interrupted_run_says_how_far_it_was(
    workspace: Workspace, client: WorkerClient, total: int | None
) -> None:
    session = Session(workspace)
    run = session.start()
    session.points(run, "loss", [1.0])
    told = {"id": run, "t": str(session.now_ns), "done": 12, "total": total, "label": None}
    session.write(_journal.PROGRESS, told)
    session.die()
    found = wait_run(client, run)
    assert (found["stopped_at"], found["stopped_of"]) == (12, total)
