"""Cancelling what runs: it stops in the middle, and nothing half-made stays (G4)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dotscience_server.client import WorkerClient
from dotscience_server.store.layout import locate
from tests.worker.workspaces import Workspace, wait_for, wait_frozen, wait_job

FILES = 200


@pytest.fixture
def reached(tmp_path: Path) -> Path:
    """Appears when the job is in the middle; the job goes on once something is written into it."""
    return tmp_path / "reached"


@pytest.fixture
def filled(workspace: Workspace) -> Iterator[Workspace]:
    for number in range(FILES):
        (workspace.path / f"{number}.bin").write_bytes(os.urandom(20_000))
    yield workspace


def cancel_in_the_middle(client: WorkerClient, job: dict[str, Any], reached: Path) -> Any:
    wait_for(reached.exists, "the middle of the job")
    assert client.get(f"jobs/{job['id']}")["state"] == "running"
    client.delete(f"jobs/{job['id']}")
    reached.write_text("go on")
    return wait_job(client, job)


def test_a_cancelled_snapshot_leaves_nothing_and_the_next_is_whole(
    filled: Workspace, reached: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOTSCIENCE_TEST_BARRIER", f"snapshot-progress:{reached}")
    client = filled.connect()
    job = client.post("snapshots", {"message": "cancelled"})
    ended = cancel_in_the_middle(client, job, reached)
    assert (ended["state"], ended["error"]["code"]) == ("cancelled", "cancelled")
    # Who stores is another process: it may be anywhere when we wait at the barrier.
    assert ended["done"] <= FILES
    assert ended["done_bytes"] > 0
    assert client.get("snapshots")["snapshots"] == []
    assert client.get("status")["notices"] == []
    assert list((locate(filled.path).store / "tmp").iterdir()) == []

    assert wait_job(client, client.post("snapshots"))["state"] == "done"
    (snapshot,) = client.get("snapshots")["snapshots"]
    assert snapshot["files"] == FILES


def test_a_cancelled_checkout_leaves_nothing_and_the_next_is_whole(
    filled: Workspace, reached: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOTSCIENCE_TEST_BARRIER", f"checkout-progress:{reached}")
    client = filled.connect()
    run = filled.publish("one")
    wait_frozen(client, run)
    before = everything(filled.path)
    job = client.post(f"runs/{run}/checkout", {"into": "back"})
    ended = cancel_in_the_middle(client, job, reached)
    assert (ended["state"], ended["error"]["code"]) == ("cancelled", "cancelled")
    assert 0 < ended["done"] < FILES
    assert everything(filled.path) == before

    again = wait_job(client, client.post(f"runs/{run}/checkout", {"into": "back"}))
    assert again["state"] == "done", again
    restored = {path.name: path.read_bytes() for path in (filled.path / "back").iterdir()}
    assert restored == {name: (filled.path / name).read_bytes() for name in before}


def everything(folder: Path) -> set[str]:
    """All names in the workspace but the store's, hidden ones too."""
    return {path.name for path in folder.iterdir()} - {".dotscience"}
