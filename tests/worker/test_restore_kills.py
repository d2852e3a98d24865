"""G2, G4: the worker is killed at every step of a restore or a checkout; files are whole, and what is left is seen to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dotscience_server.client import WorkerClient
from dotscience_server.store.layout import locate
from tests.worker.workspaces import Workspace, read_file, wait_for, wait_job

pytestmark = pytest.mark.fault

BEFORE_THE_BEGIN = (
    "restore-planned",
    "tree-frozen",
    "restore-kept",
    "restore-progress",
    "restore-staged",
    "restore-noted",
)
AFTER_THE_BEGIN = ("restore-synced", "restore-indexed", "restore-moved")
FILES = 5


def prepared(workspace: Workspace) -> str:
    """A snapshot of old files; new ones stand there."""
    client = workspace.connect()
    for number in range(FILES):
        (workspace.path / f"{number}").write_text(f"old {number}")
    job = wait_job(client, client.post("snapshots"))
    for number in range(FILES):
        (workspace.path / f"{number}").write_text(f"newer {number}")
    workspace.kill_worker()
    return f"@{job['result']['snapshot']}"


def killed_at(workspace: Workspace, step: str, reached: Path, begin: Any) -> WorkerClient:
    """Begin, kill at the step, and connect to the next worker."""
    os.environ["DOTSCIENCE_TEST_BARRIER"] = f"{step}:{reached}"
    try:
        begin(workspace.connect())
        wait_for(reached.exists, step)
        workspace.kill_worker()
    finally:
        del os.environ["DOTSCIENCE_TEST_BARRIER"]
    return workspace.connect()


def contents(workspace: Workspace) -> list[str]:
    return [(workspace.path / f"{number}").read_text() for number in range(FILES)]


def nothing_is_left(workspace: Workspace) -> None:
    store = locate(workspace.path).store
    wait_for(lambda: not list((store / "unfinished").glob("*")))
    wait_for(lambda: not list(workspace.path.glob(".dotscience-*")))


@pytest.mark.parametrize("step", (*BEFORE_THE_BEGIN, *AFTER_THE_BEGIN))
def test_killed_while_it_restores(workspace: Workspace, tmp_path: Path, step: str) -> None:
    ref = prepared(workspace)
    body = {"paths": [""]}
    client = killed_at(
        workspace, step, tmp_path / "r", lambda c: c.post(f"runs/{ref}/restore", body)
    )
    nothing_is_left(workspace)
    finished = step in AFTER_THE_BEGIN
    word = "old" if finished else "newer"
    assert contents(workspace) == [f"{word} {number}" for number in range(FILES)]
    assert client.get("status")["notices"] == []
    if finished:
        newest = client.get("snapshots")["snapshots"][0]
        assert newest["reason"] == "restore"
        assert read_file(client, f"@{newest['id']}", "0") == b"newer 0"
    # The next one works.
    done = wait_job(client, client.post(f"runs/{ref}/restore", body))
    assert done["state"] == "done", done
    assert contents(workspace) == [f"old {number}" for number in range(FILES)]


def test_what_was_edited_after_the_kill_is_not_overwritten(
    workspace: Workspace, tmp_path: Path
) -> None:
    """G4: the next worker says what it could not bring back, and where the rest of it is."""
    ref = prepared(workspace)
    os.environ["DOTSCIENCE_TEST_BARRIER"] = f"restore-moved:{tmp_path / 'r'}"
    try:
        workspace.connect().post(f"runs/{ref}/restore", {"paths": [""]})
        wait_for((tmp_path / "r").exists)
        workspace.kill_worker()
    finally:
        del os.environ["DOTSCIENCE_TEST_BARRIER"]
    (workspace.path / "3").write_text("edited since")
    client = workspace.connect()
    nothing_is_left(workspace)
    assert contents(workspace) == ["old 0", "old 1", "old 2", "edited since", "old 4"]
    (notice,) = client.get("status")["notices"]
    assert notice["code"] == "restore-partial"
    before = client.get("snapshots")["snapshots"][0]["id"]
    assert before[:7] in notice["kept"] and "4 of 5" in notice["text"]


@pytest.mark.parametrize("step", ["checkout-progress"])
def test_killed_while_it_checks_out(workspace: Workspace, tmp_path: Path, step: str) -> None:
    """Half a checkout is never taken for a whole one, also outside of the workspace."""
    ref = prepared(workspace)
    into = tmp_path / "far" / "out"
    client = killed_at(
        workspace,
        step,
        tmp_path / "r",
        lambda c: c.post(f"runs/{ref}/checkout", {"into": str(into)}),
    )
    assert not into.exists()
    wait_for(lambda: not list((locate(workspace.path).store / "unfinished").glob("*")))
    assert list(into.parent.iterdir()) == []
    done = wait_job(client, client.post(f"runs/{ref}/checkout", {"into": str(into)}))
    assert done["state"] == "done", done
    assert (into / "0").read_text() == "old 0"


def test_a_note_of_somebody_else_removes_and_moves_nothing(
    workspace: Workspace, tmp_path: Path
) -> None:
    """G7: a store may have been copied from anywhere."""
    prepared(workspace)
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / "file").write_text("mine")
    folder = locate(workspace.path).store / "unfinished"
    folder.mkdir(exist_ok=True)
    (folder / "evil.json").write_text(json.dumps({"folder": str(mine)}))
    (folder / "worse.json").write_text('{"folder": 1, "steps": [["../../x", null]]}')
    (folder / "broken").write_text("{")
    workspace.connect()
    wait_for(lambda: not list(folder.glob("*")))
    assert (mine / "file").read_text() == "mine"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: mounts")
def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    """On a disk of its own."""
    command = ["unshare", "-m", sys.executable, "-m", "tests.worker.mounted_restore", str(tmp_path)]
    project = Path(__file__).resolve().parents[2]
    subprocess.run(command, cwd=project, check=True, timeout=120)
