"""What a run ran in: recorded once, shown, compared with the run before, with now, with any run."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pytest

from dotscience._facts import PointsPart
from dotscience_server.client import WorkerClient
from dotscience_server.protocol.failure import ApiError
from dotscience_server.worker.environment_changes import changes
from dotscience_server.worker.meter_summary import meter_summary
from tests.worker.schemas import check
from tests.worker.workspaces import Workspace, runs_of, wait_for, wait_run

HELD = """
import sys
for number in range(int(sys.argv[1])):
    ds.start(f"run {number}"); ds.metric("m", number); ds.publish()
sys.stdout.flush(); sys.stdin.readline()
"""


def held(workspace: Workspace, client: WorkerClient, count: int) -> list[str]:
    """Runs of one session whose environment is recorded; their ids."""
    before = {run["id"] for run in runs_of(client)}
    running = workspace.begin(HELD, str(count))
    try:
        wait_for(lambda: len(runs_of(client)) == len(before) + count, "runs")
        new = [run["id"] for run in runs_of(client) if run["id"] not in before]
        wait_for(lambda: all(client.get(f"runs/{run}")["environment"] for run in new), "facts")
    finally:
        running.communicate("\n", timeout=60)
    return new


def git(workspace: Workspace, *arguments: str) -> None:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
    subprocess.run(command, cwd=workspace.path, check=True, capture_output=True)


def facts(workspace: Workspace, kind: str) -> list[dict[str, Any]]:
    lines = [
        line
        for file in workspace.path.glob("**/records/*.jsonl")
        for line in file.read_text().splitlines()
    ]
    return [record for record in (json.loads(line[9:]) for line in lines) if record["kind"] == kind]


def test_a_session_has_one_object_and_its_diff(workspace: Workspace) -> None:
    git(workspace, "init", "-qb", "main")
    (workspace.path / "a.py").write_text("1\n")
    git(workspace, "add", "a.py")
    git(workspace, "commit", "-qm", "x")
    (workspace.path / "a.py").write_text("2\n")
    client = workspace.connect(idle_seconds=60)
    runs = held(workspace, client, 5)
    assert len({fact["body"]["object"] for fact in facts(workspace, "run.environment")}) == 1
    told = client.get(f"runs/{runs[0]}/environment")
    check("environment", told)
    assert told["packages"]["pytest"] and told["python"].startswith("3.")
    assert told["git"]["dirty"] is True and "-1\n+2\n" in told["git"]["diff"]
    assert told["machine"]["cores"] >= 1
    assert not list(workspace.path.glob(".git/dotscience/main/pins/*/diff"))
    detail = client.get(f"runs/{runs[0]}")
    assert detail["context"]["packages"] == told["packages"]
    assert detail["context"]["git"]["branch"] == "main"


def test_compared_with_the_run_before_with_now_and_with_any(
    workspace: Workspace, client: WorkerClient
) -> None:
    [first] = held(workspace, client, 1)
    workspace.environment["OMP_NUM_THREADS"] = "3"
    [second] = held(workspace, client, 1)
    [third] = held(workspace, client, 1)

    def compared(run: str, **query: str) -> Any:
        told = client.get(f"runs/{run}/environment", query)
        check("environment", told)
        return told["compared"]

    change = {"name": "OMP_NUM_THREADS", "before": None, "after": "3"}
    assert compared(first) is None
    assert (compared(second)["to"], compared(second)["other"]) == (first, [change])
    assert (compared(third)["to"], compared(third)["other"]) == (second, [])
    assert compared(third, to=first[:8])["other"] == [change]
    assert compared(first, to="now")["other"] == [change]
    assert compared(first, to="now")["to"] == "now"
    with pytest.raises(ApiError, match="none"):
        compared(first, to="none")


def test_seeds_set_in_code(workspace: Workspace, client: WorkerClient) -> None:
    """Each run has those set before it was published; they share one object."""
    workspace.script(
        "import random\n"
        "for number in range(3):\n"
        "    ds.start(f'run {number}')\n"
        "    if number: random.seed(number)\n"
        "    ds.publish()\n"
        "ds.start('run 3'); ds.publish()\n",
    )
    wait_for(lambda: len(runs_of(client)) == 4, "runs")
    wait_for(lambda: len(facts(workspace, "run.environment")) >= 4, "facts")
    seeds = {}
    for run in runs_of(client):
        told = client.get(f"runs/{run['id']}/environment")
        check("environment", told)
        seeds[run["description"]] = told["seeds"].get("random.seed")
    assert seeds == {"run 0": None, "run 1": "1", "run 2": "2", "run 3": "2"}
    assert len({fact["body"]["object"] for fact in facts(workspace, "run.environment")}) == 1


def test_a_run_that_goes_on(workspace: Workspace, client: WorkerClient) -> None:
    git(workspace, "init", "-qb", "main")
    [before] = held(workspace, client, 1)
    running = workspace.begin(
        "import random, sys\n"
        "ds.start('live'); random.seed(5); ds.metric('a', 1); sys.stdin.readline(); ds.publish()\n"
    )
    try:
        wait_for(lambda: client.get("status")["running"], "a run that goes on")
        [live] = client.get("status")["running"]

        def told() -> Any:
            try:
                found = client.get(f"runs/{live['id']}/environment", {"to": before[:8]})
            except ApiError:
                return None
            return found if found["seeds"].get("random.seed") else None

        wait_for(told, "its environment")
        found = told()
        check("environment", found)
        assert found["packages"]["pytest"] and found["seeds"]["random.seed"] == "5"
        assert found["compared"]["to"] == before
    finally:
        running.communicate("\n", timeout=60)


def test_a_forked_child_has_its_parents(workspace: Workspace, client: WorkerClient) -> None:
    """Also where the child's end comes before the parent knows."""
    workspace.script(
        "import os, time\n"
        "from dotscience import _background\n"
        "_background._FORK_S = 0\n"
        "from dotscience import _environment\n"
        "slow = _environment.git_state\n"
        "_environment.git_state = lambda *a: (time.sleep(0.15), slow(*a))[1]\n"
        "ds.start('parent')\n"
        "if os.fork() == 0:\n"
        "    ds.start('child'); ds.publish(); os._exit(0)\n"
        "os.wait(); time.sleep(0.3); ds.publish()\n",
    )
    wait_for(lambda: len(runs_of(client)) == 2, "runs")
    wait_for(lambda: len({f["run"] for f in facts(workspace, "run.environment")}) == 2, "facts")


def test_a_run_that_was_found_in_a_notebook_has_none(
    workspace: Workspace, client: WorkerClient
) -> None:
    from tests.worker.workspaces import block

    run = "11111111-1111-4111-8111-111111111111"
    workspace.write_notebook("a.ipynb", block(run))
    client.post("notify", {"path": "a.ipynb"})
    wait_run(client, run)
    with pytest.raises(ApiError) as refused:
        client.get(f"runs/{run}/environment")
    assert refused.value.code == "not-recorded"


def test_changes_name_what_differs() -> None:
    nothing = {"kind": "editable", "url": None, "dirty": False}
    before: dict[str, Any] = {
        **dict.fromkeys(("executable", "host", "platform", "container", "git")),
        **{"python": "3.10.1", "packages": {"a": "1", "b": "1", "mine": "0"}},
        **{"origins": {"mine": {**nothing, "commit": "abc"}}, "machine": {"gpus": []}},
        **{"seeds": {}, "variables": {}},
    }
    after = {
        **before,
        **{"python": "3.11.2", "packages": {"a": "2", "c": "1", "mine": "0"}},
        "origins": {"mine": {**nothing, "commit": "abc", "dirty": True}},
        "machine": {"gpus": [{"name": "H200"}, {"name": "H200"}]},
        "git": {"commit": "0123456789abcdef", "branch": "main", "dirty": True},
    }
    told = changes(before, after)
    assert told["python"] == {"name": "Python", "before": "3.10.1", "after": "3.11.2"}
    assert [tuple(one.values()) for one in told["packages"]] == [
        ("a", "1", "2"),
        ("b", "1", None),
        ("c", None, "1"),
        ("mine", "0 @ abc", "0 @ abc with changes"),
    ]
    assert [(one["name"], one["after"]) for one in told["other"]] == [
        ("Git branch", "main"),
        ("Git commit", "0123456789ab with changes"),
        ("GPUs", "H200, H200"),
    ]
    assert changes(after, after) == {"python": None, "packages": [], "other": []}


def test_a_meters_summary() -> None:
    from array import array
    from types import SimpleNamespace

    from dotscience import _points

    times = array("q", [10**18 + n * 10**9 for n in range(3)])

    def curve(key: str, *values: float) -> _points.Curve:
        return _points.Curve(key, array("d", range(3)), times, array("d", values), None)

    data = _points.encode(
        [
            curve("system/cpu_percent", 100, 50, 150),
            curve("system/memory_bytes", 5, 9, 7),
            curve("system/gpu0_percent", 0, 50, 100),
            curve("system/gpu0_memory_bytes", 1, 2, 3),
            curve("system/gpu1_memory_bytes", 4, 4, 4),
        ]
    )
    series = tuple(_points.heads(data))
    run: Any = SimpleNamespace(points=(PointsPart("journal:a", 0, "x", None, series, False),))
    assert meter_summary(run, lambda name: data) == {
        **{"cpu_s": 2.0, "cpu_percent": 100.0, "peak_rss_bytes": 9, "gpu_percent": 50.0},
        **{"gpu_memory_bytes": 7, "samples": 3},
    }
