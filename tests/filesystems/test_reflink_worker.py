"""A workspace on XFS with its worker: large files are cloned, read from there, and given up."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from dotscience_server.store.clones import CLONES, Clones
from dotscience_server.store.layout import locate
from dotscience_server.worker.gc import YOUNG_VARIABLE
from tests.worker.workspaces import Workspace, read_file, wait_frozen, wait_job

from .test_sealing import begin, verified

LARGE = random.Random(11).randbytes(17 << 20)


@pytest.fixture
def workspace(xfs_disk: Path, home: Path, request: pytest.FixtureRequest) -> Iterator[Workspace]:
    path = xfs_disk / request.node.name
    path.mkdir()
    made = Workspace(path)
    yield made
    made.kill_worker()


def clones_of(workspace: Workspace) -> list[str]:
    return sorted(Clones(locate(workspace.path).store / CLONES).keys())


@pytest.mark.slow
def test_a_runs_large_file_is_a_clone_that_survives_the_file(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(YOUNG_VARIABLE, "0")
    client = begin(workspace)
    told = client.get("workspace")
    assert told["driver"] == "reflink"
    assert "without reading" in told["driver_reason"]
    path = workspace.path / "model"
    path.write_bytes(LARGE)
    first = workspace.publish("one")
    wait_frozen(client, first)
    with path.open("r+b") as file:
        file.seek(5 << 20)
        file.write(b"changed")
    changed = path.read_bytes()
    second = workspace.publish("two")
    wait_frozen(client, second)
    assert len(clones_of(workspace)) == 2
    path.unlink()
    assert read_file(client, first, "model") == LARGE
    assert read_file(client, second, "model") == changed
    needed = clones_of(workspace)
    orphan = locate(workspace.path).store / CLONES / "00" / f"x00{'1' * 62}"
    orphan.parent.mkdir(exist_ok=True)
    orphan.write_bytes(b"nobody's")
    assert wait_job(client, client.post("gc", {"apply": True}))["state"] == "done"
    assert clones_of(workspace) == needed
    assert read_file(client, first, "model") == LARGE
    report = verified(client)
    assert (report["damaged"], report["checked_bytes"] >= len(LARGE)) == ([], True)


@pytest.mark.slow
def test_the_driver_can_be_changed_and_the_history_stays(workspace: Workspace) -> None:
    client = begin(workspace, driver="plain")
    assert client.get("workspace")["driver"] == "plain"
    path = workspace.path / "model"
    path.write_bytes(LARGE)
    first = workspace.publish("one")
    wait_frozen(client, first)
    assert clones_of(workspace) == []
    client.put("policy", {"default": "keep", "floor_bytes": 0, "driver": "auto"})
    path.write_bytes(LARGE[::-1])
    second = workspace.publish("two")
    wait_frozen(client, second)
    assert len(clones_of(workspace)) == 1
    path.unlink()
    assert read_file(client, first, "model") == LARGE
    assert read_file(client, second, "model") == LARGE[::-1]
