"""A run's records may lie in several journals: children, full disks, moved workspaces (G2)."""

from __future__ import annotations

import signal
from pathlib import Path

from dotscience_server.client import WorkerClient
from tests.worker.workspaces import Workspace, runs_of, wait_for, wait_run

CHILD = """
import os, sys
ds.start("parent")
ds.metric("of_parent", 1)
pid = os.fork()
if pid == 0:
    ds.metric("of_child", 2)
    os._exit(0)
os.waitpid(pid, 0)
"""


def test_a_childs_values_land_in_its_parents_run(
    workspace: Workspace, client: WorkerClient
) -> None:
    workspace.script(CHILD + "ds.publish()")
    wait_for(lambda: runs_of(client) and len(runs_of(client)[0]["metrics"]) == 2)
    (run,) = runs_of(client)
    assert run["state"] == "published"
    assert {one["key"]: one["text"] for one in run["metrics"]} == {
        "of_parent": "1",
        "of_child": "2",
    }


def test_a_dead_child_does_not_interrupt_a_living_parent(
    workspace: Workspace, client: WorkerClient
) -> None:
    code = CHILD + "print(flush=True)\ninput()\nds.publish()"
    with workspace.begin(code) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdout.readline()
        wait_for(lambda: len(client.get("status")["running"]) == 1)
        settled = workspace.publish("settled")  # polls pass meanwhile
        wait_run(client, settled)
        assert [one["id"] for one in runs_of(client)] == [settled]
        process.stdin.write("\n")
        process.stdin.close()
    wait_for(lambda: len(runs_of(client)) == 2 and len(runs_of(client)[1]["metrics"]) == 2)


def test_parent_and_child_die_together(workspace: Workspace, client: WorkerClient) -> None:
    workspace.script(CHILD + "os._exit(0)")
    wait_for(lambda: runs_of(client) and len(runs_of(client)[0]["metrics"]) == 2)
    (run,) = runs_of(client)
    assert run["state"] == "interrupted"


def test_what_was_not_taken_over_comes_along_when_the_workspace_moves(
    workspace: Workspace, tmp_path: Path
) -> None:
    code = "open('m', 'w').write('model')\nds.start('x')\nds.output('m')\nds.publish()"
    workspace.script(code)
    moved = Workspace(tmp_path / "moved")
    workspace.path.rename(moved.path)
    client = moved.connect()
    try:
        (run,) = wait_for(lambda: runs_of(client))
        (output,) = wait_for(
            lambda: [one for one in client.get(f"runs/{run['id']}")["outputs"] if one["pinned"]]
        )
        assert (output["path"], output["outside"], output["state"]) == ("m", False, "kept")
    finally:
        moved.kill_worker(signal.SIGKILL)


def test_a_journal_of_another_workspace_is_left_alone(
    workspace: Workspace, client: WorkerClient, tmp_path: Path
) -> None:
    """The fallback folder is shared by all workspaces of a user."""
    code = "ds.start('elsewhere')\nds.metric('a', 1)\nds.publish()"
    other = Workspace(tmp_path / "other")
    other.path.mkdir()
    (other.path / ".dotscience").write_text("in the way")
    other.script(code)
    fallback = tmp_path / "xdg_state_home" / "dotscience" / "journal"
    assert list(fallback.glob("*.dsj"))
    settled = workspace.publish("settled")
    wait_run(client, settled)
    assert [one["id"] for one in runs_of(client)] == [settled]
    (other.path / ".dotscience").unlink()
    try:
        assert wait_for(lambda: runs_of(other.connect()))[0]["description"] == "elsewhere"
    finally:
        other.kill_worker()
