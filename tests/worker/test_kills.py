"""G1, G2: the worker is killed at every named step from publish to index; nothing is lost or doubled."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dotscience_server.client import WorkerClient
from tests.worker.workspaces import (
    Workspace,
    block,
    read_file,
    runs_of,
    wait_for,
    wait_frozen,
)

pytestmark = pytest.mark.fault

STEPS = (
    "journal-read",
    "run.block-synced",
    "run.block-indexed",
    "pins-stored",
    "pins-recorded",
    "tree-frozen",
    "snapshot-recorded",
)
THREE = """
for number in range(3):
    ds.start(str(number))
    with open(ds.output("model.bin"), "w") as file:
        file.write(f"model {number}")
    ds.publish()
"""


def _models(client: WorkerClient) -> dict[str, str]:
    runs = runs_of(client)
    wait_frozen(client, *(run["id"] for run in runs))
    assert len({run["id"] for run in runs}) == len(runs)
    return {run["description"]: read_file(client, run["id"], "model.bin").decode() for run in runs}


@pytest.mark.parametrize("step", STEPS)
def test_killed_while_it_takes_runs_over(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    reached = tmp_path / "reached"
    monkeypatch.setenv("DOTSCIENCE_TEST_BARRIER", f"{step}:{reached}")
    workspace.connect()
    workspace.script(THREE)
    wait_for(reached.exists, step)
    workspace.kill_worker()
    monkeypatch.delenv("DOTSCIENCE_TEST_BARRIER")

    client = workspace.connect()
    wait_for(lambda: len(runs_of(client)) == 3)
    assert _models(client) == {str(number): f"model {number}" for number in range(3)}
    _same_after_rebuild(client)


@pytest.mark.parametrize(
    "step", ["run.block-synced", "run.block-indexed", "run.notebook-synced", "tree-frozen"]
)
def test_killed_while_it_takes_a_notebook_over(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    reached = tmp_path / "reached"
    workspace.write_notebook("a.ipynb", block("one") + block("two"))
    monkeypatch.setenv("DOTSCIENCE_TEST_BARRIER", f"{step}:{reached}")
    workspace.connect()
    wait_for(reached.exists, step)
    workspace.kill_worker()
    monkeypatch.delenv("DOTSCIENCE_TEST_BARRIER")

    client = workspace.connect()
    wait_for(lambda: {run["id"] for run in runs_of(client)} == {"one", "two"})
    wait_frozen(client, "one", "two")
    assert b"DOTSCIENCE" in read_file(client, "one", "a.ipynb")


def test_killed_while_it_publishes_and_the_index_is_lost(workspace: Workspace, home: Path) -> None:
    """The cache folder is nobody's truth."""
    client = workspace.connect()
    workspace.script(THREE)
    wait_for(lambda: len(runs_of(client)) == 3)
    before = _models(client)
    workspace.kill_worker()
    for file in home.parent.rglob("index.sqlite*"):
        file.unlink()
    assert _models(workspace.connect()) == before


def _same_after_rebuild(client: WorkerClient) -> None:
    wait_for(lambda: client.get("status")["state"] == "idle", "all that journals say is recorded")
    before = runs_of(client)
    client.post("rebuild")
    wait_for(lambda: all(job["state"] == "done" for job in client.get("status")["jobs"]))
    assert runs_of(client) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: mounts")
def test_a_full_disk_is_said_and_heals(tmp_path: Path) -> None:
    """G2; on a disk of its own."""
    command = ["unshare", "-m", sys.executable, "-m", "tests.worker.mounted", str(tmp_path)]
    project = Path(__file__).resolve().parents[2]
    subprocess.run(command, cwd=project, check=True, timeout=120)
