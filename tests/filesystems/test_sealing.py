"""A workspace on btrfs with its worker: frozen, sealed in the background or when somebody asks, through kills."""

from __future__ import annotations

import contextlib
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dotscience_server.client import WorkerClient
from dotscience_server.protocol.failure import ApiError
from dotscience_server.snapshots.btrfs import btrfs_freezer
from dotscience_server.snapshots.freezes import Freezer
from dotscience_server.store.layout import locate
from tests.worker.schemas import check
from tests.worker.workspaces import (
    Workspace,
    read_file,
    runs_of,
    wait_for,
    wait_frozen,
    wait_job,
    wait_run,
)

Json = dict[str, Any]
LARGE = random.Random(11).randbytes(12 << 20)
BARRIER = "DOTSCIENCE_TEST_BARRIER"


@pytest.fixture
def workspace(btrfs_disk: Path, home: Path, request: pytest.FixtureRequest) -> Iterator[Workspace]:
    path = btrfs_disk / request.node.name
    path.mkdir()
    made = Workspace(path)
    yield made
    made.kill_worker()


def begin(workspace: Workspace, **policy: object) -> WorkerClient:
    """A worker that keeps all."""
    client = workspace.connect(idle_seconds=60)
    client.put("policy", {"default": "keep", "floor_bytes": 0, "driver": "auto", **policy})
    return client


def freezer_of(workspace: Workspace) -> Freezer:
    freezer = btrfs_freezer(workspace.path, locate(workspace.path).store)
    assert freezer is not None
    return freezer


def snapshots(client: WorkerClient) -> list[Json]:
    told: list[Json] = client.get("snapshots")["snapshots"]
    for one in told:
        check("snapshot", one)
    return told


def state_of(client: WorkerClient, run: str) -> str:
    return str(wait_run(client, run)["snapshot"]["state"])


def test_the_driver_is_chosen_and_says_why(workspace: Workspace) -> None:
    client = begin(workspace)
    told = client.get("workspace")
    assert told["driver"] == "btrfs"
    assert "btrfs" in told["driver_reason"]


def test_a_run_is_frozen_first_then_sealed_and_read(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    step = tmp_path / "step"
    monkeypatch.setenv(BARRIER, f"sealing:{step}")
    client = begin(workspace)
    (workspace.path / "data").write_bytes(LARGE)
    (workspace.path / "train.py").write_bytes(b"print()")
    run = workspace.publish("one")
    wait_for(step.exists)
    assert state_of(client, run) == "frozen"
    (taken,) = snapshots(client)
    assert taken["state"] == "frozen"
    files = {one["path"]: one for one in client.get(f"runs/{run}/files")["files"]}
    assert (files["data"]["state"], files["data"]["object"]) == ("kept", None)
    check("run", client.get(f"runs/{run}"))
    assert read_file(client, run, "train.py") == b"print()"
    (workspace.path / "data").write_bytes(b"something else")
    step.write_text("go on")
    wait_frozen(client, run)
    (sealed,) = snapshots(client)
    assert "state" not in sealed
    assert (sealed["id"], sealed["freeze"]) == (taken["id"], taken["freeze"])
    assert read_file(client, run, "data") == LARGE
    assert not list((locate(workspace.path).store / "chunks").rglob("*.xorb"))
    client.post("rebuild")
    wait_for(lambda: "state" not in snapshots(client)[0])
    assert read_file(client, run, "data") == LARGE


@pytest.mark.fault
@pytest.mark.parametrize("step", ["sealing", "sealed-unrecorded"])
def test_a_worker_killed_while_it_seals_has_a_successor_that_goes_on(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, step: str
) -> None:
    with monkeypatch.context() as stopped:
        stopped.setenv(BARRIER, f"{step}:{tmp_path / 'step'}")
        client = begin(workspace)
        (workspace.path / "data").write_bytes(LARGE)
        run = workspace.publish("one")
        wait_for((tmp_path / "step").exists)
        workspace.kill_worker()
    (workspace.path / "data").unlink()
    client = workspace.connect(idle_seconds=60)
    wait_frozen(client, run)
    assert read_file(client, run, "data") == LARGE


@pytest.mark.fault
def test_a_freeze_that_no_record_names_goes_when_the_next_worker_starts(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with monkeypatch.context() as stopped:
        stopped.setenv(BARRIER, f"tree-frozen:{tmp_path / 'step'}")
        begin(workspace)
        (workspace.path / "data").write_bytes(b"old")
        run = workspace.publish("one")
        wait_for((tmp_path / "step").exists)
        workspace.kill_worker()
    freezer = freezer_of(workspace)
    (lost,) = freezer.all()
    client = workspace.connect(idle_seconds=60)
    wait_frozen(client, run)
    assert not freezer.is_there(lost)
    assert len(freezer.all()) == 1
    assert read_file(client, run, "data") == b"old"


def test_bytes_are_sealed_at_once_when_somebody_asks(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Sealing in the background fails until the next worker; who asks has it done."""
    with monkeypatch.context() as stopped:
        stopped.setenv(BARRIER, f"snapshot-recorded:{tmp_path / 'step'}")
        client = begin(workspace)
        (workspace.path / "data").write_bytes(LARGE)
        run = workspace.publish("one")
        wait_for((tmp_path / "step").exists)
        assert state_of(client, run) == "frozen"
        assert read_file(client, run, "data") == LARGE
        assert state_of(client, run) == "sealed"
        (tmp_path / "step").write_text("go on")
    out = wait_job(client, client.post(f"runs/{run}/checkout", {}))
    assert out["state"] == "done", out
    assert (workspace.path / out["result"]["path"] / "data").read_bytes() == LARGE


def test_mixed_history_restores_alike(workspace: Workspace) -> None:
    client = begin(workspace, driver="plain")
    assert client.get("workspace")["driver"] == "plain"
    told: dict[str, bytes] = {}
    for number, driver in enumerate(("plain", "auto", "plain", "btrfs")):
        client.put("policy", {"default": "keep", "floor_bytes": 0, "driver": driver})
        wanted = "plain" if driver == "plain" else "btrfs"
        assert client.get("workspace")["driver"] == wanted
        content = LARGE + b"%d" % number
        (workspace.path / "data").write_bytes(content)
        (workspace.path / "same").write_bytes(b"same")
        run = workspace.publish(driver)
        wait_run(client, run)
        wait_frozen(client, run)
        told[run] = content
    assert ["freeze" in one for one in reversed(snapshots(client))] == [False, True, False, True]
    for number, (run, content) in enumerate(told.items()):
        job = wait_job(client, client.post(f"runs/{run}/checkout", {"path": f"out{number}"}))
        assert job["state"] == "done", job
        out = workspace.path / str(job["result"]["path"])
        assert (out / "data").read_bytes() == content
        assert (out / "same").read_bytes() == b"same"


@pytest.mark.fault
def test_g6_a_damaged_byte_that_the_file_system_keeps_is_found_with_its_runs(
    workspace: Workspace,
) -> None:
    client = begin(workspace)
    (workspace.path / "data").write_bytes(LARGE)
    (workspace.path / "other").write_bytes(b"sound")
    run = workspace.publish("one")
    wait_run(client, run)
    wait_frozen(client, run)
    assert verified(client)["damaged"] == []
    freeze = snapshots(client)[0]["freeze"]["name"]
    with writable(freeze), (Path(freeze) / workspace.path.name / "data").open("r+b") as file:
        file.seek(5_000_000)
        file.write(b"!")
    report = verified(client)
    (damaged,) = report["damaged"]
    assert damaged["what"] == "held"
    assert {one["path"] for one in damaged["files"]} == {"data"}
    assert [one["run"] for one in report["runs"]] == [run]
    assert read_file(client, run, "other") == b"sound"
    with pytest.raises(ApiError):  # cut off where the damage begins
        read_file(client, run, "data")


def verified(client: WorkerClient) -> Json:
    job = wait_job(client, client.post("verify", {}))
    assert job["state"] == "done", job
    report: Json = client.get("verify")
    check("verify", report)
    return report


@contextlib.contextmanager
def writable(subvolume: str) -> Iterator[None]:
    for setting in ("false", "true"):
        subprocess.run(["btrfs", "property", "set", "-f", subvolume, "ro", setting], check=True)
        if setting == "false":
            yield


@pytest.mark.slow
def test_a_freeze_is_given_up_and_what_another_run_needs_of_it_stays(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest run's large file goes with its freeze; a file that a plain snapshot has from there is kept."""
    monkeypatch.setenv("DOTSCIENCE_TEST_GC_YOUNG_S", "0")
    client = begin(workspace)
    shared = random.Random(12).randbytes(300_000)
    (workspace.path / "data").write_bytes(LARGE)
    (workspace.path / "shared").write_bytes(shared)
    first = workspace.publish("first")
    wait_run(client, first)
    wait_frozen(client, first)
    begin(workspace, driver="plain")
    (workspace.path / "data").unlink()
    second = workspace.publish("second")
    wait_run(client, second)
    wait_frozen(client, second)
    begin(workspace)
    (workspace.path / "shared").unlink()
    workspace.script("for n in range(25):\n    ds.start(str(n))\n    ds.publish()\n")
    wait_for(lambda: len(runs_of(client)) == 27)
    wait_frozen(client, *(run["id"] for run in runs_of(client)))
    freezer = freezer_of(workspace)
    oldest, newest = freezer.all()[0], freezer.all()[-1]
    told = client.get("storage", {"fresh": 1})
    alone = {one["run"]: one["alone_bytes"] for one in told["runs"]}
    assert alone[first] >= len(LARGE)
    client.put("storage/budget", {"budget_bytes": 1_000_000})
    job = wait_job(client, client.post("gc", {"apply": True}))
    assert job["state"] == "done", job
    assert not freezer.is_there(oldest)
    assert freezer.is_there(newest)
    assert read_file(client, second, "shared") == shared
    assert read_file(client, first, "shared") == shared
    with pytest.raises(ApiError) as refused:
        read_file(client, first, "data")
    assert refused.value.code == "content-thinned"
    assert verified(client)["damaged"] == []
    workspace.kill_worker()
    client = workspace.connect(idle_seconds=60)
    assert read_file(client, first, "shared") == shared
    assert verified(client)["damaged"] == []


def test_cleaning_up_puts_sealing_aside(workspace: Workspace) -> None:
    """It waits neither for what is sealed in the background nor keeps it from going on afterwards."""
    client = begin(workspace)
    for number in range(40):
        (workspace.path / f"data{number}").write_bytes(b"%d" % number + LARGE[: 3 << 20])
    run = workspace.publish("one")
    wait_run(client, run)
    wait_for(lambda: state_of(client, run) != "pending")
    job = wait_job(client, client.post("gc", {"apply": True}))
    assert job["state"] == "done", job
    wait_frozen(client, run)
    assert read_file(client, run, "data7") == b"7" + LARGE[: 3 << 20]


def test_a_snapshot_beside_a_sealing_comes_through(workspace: Workspace) -> None:
    """Each needs the engine and the stat cache: neither waits for the other with one of them in its hands."""
    client = begin(workspace)
    runs = []
    for number in range(4):
        for name in range(10):
            content = b"%d %d" % (number, name) + LARGE[: 3 << 20]
            (workspace.path / f"data{name}").write_bytes(content)
        (workspace.path / "train.py").write_text(f"print({number})")
        runs.append(workspace.publish(str(number)))
        wait_run(client, runs[-1])
    wait_frozen(client, *runs)
    assert read_file(client, runs[-1], "train.py") == b"print(3)"
