"""Running again for real: scripts, commands, notebooks; where it is recorded; cancelling; what goes wrong."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from dotscience_server.protocol.failure import ApiError
from tests.rerun.programs import (
    environment,
    repeat,
    run_notebook,
    run_program,
    started,
    verdict_of,
)
from tests.worker.schemas import check
from tests.worker.workspaces import Workspace, read_file, runs_of, wait_for, wait_frozen

pytestmark = pytest.mark.slow

Json = dict[str, Any]
SUM = "acc = sum(map(float, open(ds.input('data.csv'))))\nopen(ds.output('out.txt'), 'w').write(str(acc))"


@pytest.fixture
def data(workspace: Workspace) -> Path:
    path = workspace.path / "data.csv"
    path.write_text("1\n2\n3\n")
    return path


def test_a_script_again(workspace: Workspace, data: Path) -> None:
    """In a side folder, with the run's files; the workspace stays as it is; recorded beside the run, as its repetition."""
    run = run_program(workspace, SUM)
    client = workspace.connect()
    data.write_text("7\n")
    (workspace.path / "out.txt").write_text("mine")
    plan = client.get(f"runs/{run['id']}/rerun")
    check("rerun", plan)
    assert (plan["kind"], plan["reason"], plan["not_kept"]) == ("script", None, 0)
    assert plan["what"].endswith("train.py")
    assert [one for one in plan["environment"] if one["what"] != "variable"] == []
    job = repeat(client, run["id"])
    check("job", job)
    assert job["state"] == "done", job
    told = client.get(f"runs/{job['result']['run']}/verdict")
    check("verdict", told)
    assert (told["verdict"], told["of"]) == ("same", run["id"])
    folder = Path(told["folder"])
    assert folder == workspace.path / "reruns" / f"train-{run['id'][:8]}"
    assert (folder / "out.txt").read_text() == "6.0"
    assert ((workspace.path / "out.txt").read_text(), data.read_text()) == ("mine", "7\n")
    new = client.get(f"runs/{job['result']['run']}")
    check("run", new)
    assert (new["repeats"], new["verdict"]) == (run["id"], "same")
    assert client.get(f"runs/{run['id']}")["repeats"] is None
    listed = {one["id"]: one["repeats"] for one in runs_of(client)}
    assert listed == {run["id"]: None, new["id"]: run["id"]}
    assert new["outputs"][0]["path"] == "out.txt"
    wait_frozen(client, new["id"])
    assert runs_of(client)[-1]["snapshot"]["id"] == run["snapshot"]["id"]
    assert read_file(client, new["id"], "out.txt") == b"6.0"
    assert client.get(f"runs/{new['id']}/log")["source"] == "stdout"
    again = client.get(f"runs/{run['id']}")["repetitions"]
    assert again == client.get(f"runs/{run['id']}/rerun")["repetitions"]
    assert [(one["run"], one["verdict"]) for one in again] == [(new["id"], "same")]


def test_no_snapshot_holds_a_side_folder(workspace: Workspace, data: Path) -> None:
    run = run_program(workspace, SUM)
    client = workspace.connect()
    repeat(client, run["id"])
    client.post("snapshots", {"message": "after"})
    newest = wait_for(
        lambda: next(
            (s for s in client.get("snapshots")["snapshots"] if s["message"] == "after"), None
        )
    )
    page = client.get(f"runs/@{newest['id']}/files")
    assert not [one for one in page["files"] if one["path"].startswith("reruns/")]


def test_outside_the_workspace_it_is_recorded_all_the_same(
    workspace: Workspace, data: Path, tmp_path: Path
) -> None:
    run = run_program(workspace, SUM)
    told = verdict_of(workspace.connect(), run["id"], into=str(tmp_path / "elsewhere"))
    assert (told["verdict"], told["folder"]) == ("same", str(tmp_path / "elsewhere"))
    assert not (tmp_path / "elsewhere" / ".dotscience").exists()


def test_a_repetition_is_repeated(workspace: Workspace, data: Path) -> None:
    run = run_program(workspace, SUM)
    client = workspace.connect()
    first = verdict_of(client, run["id"])
    wait_frozen(client, first["run"])
    second = verdict_of(client, first["run"])
    assert (second["verdict"], second["of"]) == ("same", first["run"])


def test_a_command_without_the_library(workspace: Workspace, data: Path) -> None:
    command = [sys.executable, "-m", "dotscience_server", "run", "--", "sh", "-c", "wc -l data.csv"]
    run = started(workspace, command)
    client = workspace.connect()
    job = repeat(client, run["id"])
    assert job["state"] == "done", job
    told = client.get(f"runs/{job['result']['run']}/verdict")
    assert told["verdict"] == "unknown", "it told no metric"
    assert "data.csv" in client.get(f"runs/{told['run']}/log")["text"]


def test_a_sweep_is_repeated_run_by_run(workspace: Workspace) -> None:
    code = (
        "import dotscience as ds\nfor lr in (1, 2, 3):\n    ds.start('sweep')\n"
        "    ds.parameter('lr', lr)\n    ds.metric('acc', lr * 2)\n    ds.publish()\n"
    )
    (workspace.path / "sweep.py").write_text(code)
    started(workspace, [sys.executable, "sweep.py"])
    client = workspace.connect()
    runs = wait_for(lambda: (found := runs_of(client)) and len(found) == 3 and found)
    wait_frozen(client, *(one["id"] for one in runs))
    told = verdict_of(client, runs[1]["id"])
    assert (told["verdict"], told["metrics"][0]["after"]) == ("same", "4")
    again = [client.get(f"runs/{one['id']}") for one in runs_of(client)[3:]]
    assert [(one["repeats"], one["verdict"]) for one in again] == [
        (one["id"], "same") for one in runs
    ]


def test_a_program_that_fails(workspace: Workspace, data: Path) -> None:
    code = "import os\nassert os.environ['WORKS'] == '1', 'it does not work'\n" + SUM
    run = run_program(workspace, code, env={"WORKS": "1"})
    told = verdict_of(workspace.connect(), run["id"], env={"WORKS": "0"})
    assert told["verdict"] == "differs"
    assert [one["cause"] for one in told["causes"]] == ["error"]
    assert "it does not work" in told["causes"][0]["detail"]


def test_it_ends_when_it_is_cancelled(workspace: Workspace, tmp_path: Path) -> None:
    """With all that it started."""
    mark = tmp_path / "pid"
    code = (
        "import os, subprocess, time\nacc = 1\nif os.environ.get('AGAIN'):\n"
        f"    child = subprocess.Popen(['sleep', '600'], start_new_session=True)\n"
        f"    open({str(mark)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n    time.sleep(600)\n"
    )
    run = run_program(workspace, code)
    client = workspace.connect()
    body = {"variables": {**environment(), "AGAIN": "1"}}
    job = client.post(f"runs/{run['id']}/rerun", body)
    pids = wait_for(lambda: mark.exists() and mark.read_text().split(), deadline_s=60)
    client.delete(f"jobs/{job['id']}")
    wait_for(lambda: client.get(f"jobs/{job['id']}")["state"] == "cancelled", deadline_s=30)
    wait_for(lambda: not Path(f"/proc/{pids[0]}").exists(), "end of the program")
    os.kill(int(pids[1]), 9)  # a session of its own is its own


def test_it_ends_when_it_takes_too_long(workspace: Workspace) -> None:
    code = "import os, time\ntime.sleep(600 if os.environ.get('AGAIN') else 0)\nacc = 1"
    run = run_program(workspace, code)
    told = verdict_of(workspace.connect(), run["id"], env={"AGAIN": "1"}, timeout_s=2)
    assert "longer than 2 s" in told["causes"][-1]["detail"]


def test_what_is_not_kept_is_linked_where_it_is_the_same(workspace: Workspace, data: Path) -> None:
    client = workspace.connect()
    policy = client.get("status")["policy"]
    client.put("policy", {**policy, "rules": [{"pattern": "data.csv", "policy": "fingerprint"}]})
    run = run_program(workspace, SUM)
    told = verdict_of(client, run["id"])
    assert told["verdict"] == "same"
    assert (Path(told["folder"]) / "data.csv").is_symlink()


CELLS = (
    ("one", "import dotscience as ds\nds.start('in cells')"),
    ("two", "n = 2"),
    ("three", "n = n * 3"),
    ("four", "ds.metric('acc', n)\nds.publish()"),
    ("five", "raise SystemExit('never again')"),
)


def test_a_notebook_again_from_top_to_bottom(workspace: Workspace) -> None:
    """Up to the cell that published; what ran out of order shows."""
    run = run_notebook(workspace, CELLS, (0, 1, 2, 2, 3))
    client = workspace.connect()
    assert client.get(f"runs/{run['id']}/rerun")["what"] == "sub/train.ipynb"
    job = repeat(client, run["id"])
    assert job["state"] == "done", job
    told = client.get(f"runs/{job['result']['run']}/verdict")
    assert (told["metrics"][0]["before"], told["metrics"][0]["after"]) == ("18", "6")
    assert (job["unit"], job["done"], job["total"]) == ("cells", 4, 4)
    new = client.get(f"runs/{told['run']}")
    assert (new["notebook"], new["repeats"]) == ("sub/train.ipynb", run["id"])
    saved = json.loads((Path(told["folder"]) / "sub" / "train.ipynb").read_text())
    assert [cell["execution_count"] for cell in saved["cells"]] == [1, 2, 3, 4, None]


def test_a_notebook_again_as_it_ran(workspace: Workspace) -> None:
    run = run_notebook(workspace, CELLS, (0, 1, 2, 2, 3))
    told = verdict_of(workspace.connect(), run["id"], as_ran=True)
    assert told["verdict"] == "same"


def test_what_cannot_be_run_again_says_why(workspace: Workspace) -> None:
    workspace.write_notebook("a.ipynb")
    run = workspace.publish(acc=1)
    client = workspace.connect()
    wait_frozen(client, run)
    plan = client.get(f"runs/{run}/rerun")
    if plan["kind"] == "none":
        with pytest.raises(ApiError) as refused:
            client.post(f"runs/{run}/rerun", {})
        assert refused.value.code == "nothing-to-run"
    with pytest.raises(ApiError) as refused:
        client.get(f"runs/{run}/verdict")
    assert refused.value.code == "not-recorded"
    for body in ({"environment": "other"}, {"why": 1}, {"tolerance": "x"}, {"timeout_s": -1}):
        with pytest.raises(ApiError) as refused:
            client.post(f"runs/{run}/rerun", body)
        assert refused.value.code == "bad-request"
