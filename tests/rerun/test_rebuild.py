"""Environments made again by venv and pip, for real; by conda's explicit list as far as a recorder of its commands tells."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dotscience_server.protocol.failure import ApiError
from dotscience_server.rerun.environment_plan import Plan, plan_of
from dotscience_server.snapshots.failures import Cancelled
from tests.rerun.packages import (
    VERSION,
    bare_environment,
    environments,
    install,
    left,
    made,
    sums,
    total_in,
)
from tests.rerun.programs import repeat, run_program, verdict_of
from tests.worker.workspaces import Workspace, wait_for

pytestmark = pytest.mark.slow

Json = dict[str, Any]
PROJECT = Path(__file__).resolve().parents[2]
UNREACHABLE = {
    "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
    "PIP_RETRIES": "1",
    "PIP_FIND_LINKS": "",
}


def offline(packages: Path) -> dict[str, str]:
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(packages)}


def plan(*specs: str, version: str = VERSION, exact: bool = True) -> Plan:
    return Plan("pip", version, specs, (), None, sys.executable, exact)


def test_a_package_that_has_changed_since(workspace: Workspace, tmp_path: Path) -> None:
    """Is there again in its own environment, which is made once."""
    packages, python = sums(tmp_path / "packages"), bare_environment(tmp_path / "env")
    install(python, packages, "sums==1.0")
    run = run_program(workspace, "import sums\nacc = sums.total(3)", interpreter=python)
    install(python, packages, "sums==2.0")
    client = workspace.connect()
    told = client.get(f"runs/{run['id']}/rerun")
    assert told["can_rebuild"] in ("pip", "uv")
    assert {"what": "package", "name": "sums", "then": "1.0", "now": "2.0"} in told["environment"]
    assert verdict_of(client, run["id"])["verdict"] == "differs"
    env = {"PATH": "/usr/bin:/bin", **offline(packages)}
    assert verdict_of(client, run["id"], environment="rebuild", env=env)["verdict"] == "same"
    env = {"PATH": "/usr/bin:/bin", "PIP_NO_INDEX": "1"}
    told = verdict_of(client, run["id"], environment="rebuild", env=env)
    assert told["verdict"] == "same", "the same environment is not made twice"
    for kept in environments().glob("*/complete"):
        kept.unlink()
    before = sorted(os.listdir(workspace.path / "reruns"))
    job = repeat(client, run["id"], environment="rebuild", env={**env, "PIP_FIND_LINKS": ""})
    assert (job["state"], job["error"]["code"]) == ("failed", "environment-not-rebuilt")
    assert "sums" in job["error"]["message"] and "PIP_FIND_LINKS" in job["error"]["next"]
    assert (left(), sorted(os.listdir(workspace.path / "reruns"))) == ([], before)


def test_it_says_what_it_does_and_that_a_python_is_another(home: Path, tmp_path: Path) -> None:
    other = f"{VERSION}9"
    wanted = plan("sums==1.0", version=other, exact=False)
    astray = {"PIP_TARGET": str(tmp_path / "elsewhere"), "PIP_USER": "1"}
    python, said = made(wanted, **offline(sums(tmp_path / "packages")), **astray)
    assert total_in(python) == "6"
    assert not (tmp_path / "elsewhere").exists()
    assert said[0] == f"Python {other} is not here: {sys.executable} takes its place"
    assert any("sums" in line for line in said)
    assert left() == [wanted.key]
    assert wanted.title == f"Rebuild the environment with pip: Python {other}, 1 package"


def test_without_a_network(home: Path) -> None:
    with pytest.raises(ApiError) as refused:
        made(plan("sums==1.0"), **UNREACHABLE)
    assert "Go online" in refused.value.next
    assert left() == []


@pytest.mark.fault
@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a disk of its own")
def test_a_full_disk(tmp_path: Path) -> None:
    module = [sys.executable, "-m", "tests.rerun.mounted_environments", "pip", tmp_path]
    subprocess.run(["unshare", "-m", *module], cwd=PROJECT, check=True, timeout=120)


def test_cancelled_midway(home: Path, tmp_path: Path) -> None:
    told: list[bool] = []

    def check() -> None:
        if environments().exists() and any(environments().glob("*/bin/python")):
            told.append(True)
            raise Cancelled("cancelled by the user")

    with pytest.raises(Cancelled):
        made(plan("sums==1.0"), check, **offline(sums(tmp_path / "packages")))
    assert told and left() == []


def test_two_at_once_make_one(home: Path, tmp_path: Path) -> None:
    """The second waits, and says so; cancelled, it waits no more."""
    import fcntl

    wanted = plan("sums==1.0")
    environments().mkdir(mode=0o700, parents=True)
    looked: list[bool] = []

    def check() -> None:
        looked.append(True)
        if len(looked) > 2:
            raise Cancelled("cancelled by the user")

    with (environments() / f"{wanted.key}.lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(Cancelled):
            made(wanted, check)


MAKING = """
import os, sys
from tests.rerun.packages import made, VERSION
from dotscience_server.rerun.environment_plan import Plan
made(Plan("conda", VERSION, (), ("file:///a/noarch/a-1-0.conda",), sys.argv[1]))
"""
HANGS = """#!{python}
import os, sys, time
place = sys.argv[sys.argv.index("--prefix") + 1]
os.makedirs(place + "/bin")
open({pid!r}, "w").write(str(os.getpid()))
time.sleep(600)
"""


def test_what_a_killed_worker_leaves_goes_with_the_next(home: Path, tmp_path: Path) -> None:
    """But not while its tool still writes."""
    pid, tool = tmp_path / "pid", tmp_path / "conda_recorder"
    tool.write_text(HANGS.format(python=sys.executable, pid=str(pid)))
    tool.chmod(0o755)
    worker = subprocess.Popen([sys.executable, "-c", MAKING, str(tool)])
    wait_for(lambda: pid.exists() and pid.read_text(), "its tool")
    worker.kill()
    worker.wait()
    (half,) = (name for name in left() if not name.endswith(".txt"))
    quick, _ = recorder(tmp_path / "conda_recorder_too")
    plans = [conda_plan(quick, f"https://conda.example/noarch/{n}-1-0.conda") for n in "ab"]
    try:
        made(plans[0])
        assert half in left(), "its tool lives"
    finally:
        os.kill(int(pid.read_text()), signal.SIGKILL)
    wait_for(lambda: not Path(f"/proc/{pid.read_text()}").exists(), "its end")
    made(plans[1])
    assert left() == sorted(one.key for one in plans)


RECORDER = """#!{python}
# Not conda: it records its arguments and its list, and makes an environment as conda's is laid out.
import json, os, subprocess, sys
place = sys.argv[sys.argv.index("--prefix") + 1]
listed = open(sys.argv[sys.argv.index("--file") + 1]).read()
told = {{"argv": sys.argv[1:], "listed": listed, "prefix": os.environ.get("CONDA_PREFIX")}}
open({told!r}, "w").write(json.dumps(told))
if "missing" in listed:
    sys.exit("PackagesNotFoundError: missing-1-0.conda is not available from current channels")
bare = [] if "with-pip" in listed else ["--without-pip"]
subprocess.run([{python!r}, "-m", "venv", *bare, place], check=True)
"""


def recorder(folder: Path) -> tuple[str, Path]:
    """A stand-in for conda, and where it tells what it was asked."""
    folder.mkdir()
    told, path = folder / "told.json", folder / "conda"
    path.write_text(RECORDER.format(python=sys.executable, told=str(told)))
    path.chmod(0o755)
    return str(path), told


def conda_plan(tool: str, *listed: str, **packages: str) -> Plan:
    record = {"python": VERSION, "packages": packages, "conda": list(listed)}
    return plan_of(record, None, {"PATH": os.path.dirname(tool)})


def test_what_conda_is_asked_by_a_recorder(home: Path, tmp_path: Path) -> None:
    """Its list as `conda list --explicit` has it; what pip had added comes after it."""
    tool, told = recorder(tmp_path / "conda_recorder")
    listed = f"https://conda.example/noarch/with-pip-1-0.conda#{'a' * 32}"
    wanted = conda_plan(tool, listed, sums="1.0")
    env = {**offline(sums(tmp_path / "packages")), "CONDA_PREFIX": "/opt/conda/envs/mine"}
    python, _ = made(wanted, **env)
    asked: Json = json.loads(told.read_text())
    place = environments() / wanted.key
    file = str(place.with_suffix(".txt"))
    assert asked["argv"] == ["create", "--yes", "--prefix", str(place), "--file", file]
    assert (asked["listed"], asked["prefix"]) == (f"@EXPLICIT\n{listed}\n", None)
    assert total_in(python) == "6"
    assert left() == [wanted.key]


def test_a_package_that_conda_has_no_more_by_a_recorder(home: Path, tmp_path: Path) -> None:
    tool, _ = recorder(tmp_path / "conda_recorder")
    with pytest.raises(ApiError) as refused:
        made(conda_plan(tool, "https://conda.example/noarch/missing-1-0.conda"))
    assert "missing-1-0.conda is not available" in refused.value.message
    assert "conda's channels" in refused.value.next
    assert left() == []
