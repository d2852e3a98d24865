"""Environments of runs made again by the real uv: what it makes, and each way in which it fails."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dotscience_server.protocol.failure import ApiError
from dotscience_server.rerun.environment_plan import Plan
from tests.integrations.environments import PROJECT, interpreter
from tests.rerun.packages import (
    VERSION,
    bare_environment,
    install,
    left,
    made,
    sums,
    total_in,
    wheel,
)
from tests.rerun.programs import environment, repeat, run_program, verdict_of
from tests.worker.conftest import home, workspace
from tests.worker.workspaces import Workspace, wait_for

__all__ = ["home", "workspace"]

pytestmark = pytest.mark.integrations

Json = dict[str, Any]


def uv() -> str:
    return os.path.join(os.path.dirname(interpreter("uv")), "uv")


def offline(packages: Path) -> dict[str, str]:
    """Packages of this folder alone, no Python but what is here; uv on the path."""
    path = os.pathsep.join((os.path.dirname(uv()), "/usr/bin", "/bin"))
    found = {"UV_NO_INDEX": "1", "UV_FIND_LINKS": str(packages), "UV_PYTHON_DOWNLOADS": "never"}
    return {**found, "PATH": path}


def plan(*specs: str, version: str = VERSION, python: str | None = sys.executable) -> Plan:
    return Plan("uv", version, specs, (), uv(), python, python is not None and version == VERSION)


def run_with_sums(workspace: Workspace, tmp_path: Path) -> tuple[Json, Path, str]:
    """A run with version 1.0 of a package, its folder of both versions, the interpreter, which has 2.0 since."""
    packages, python = sums(tmp_path / "packages"), bare_environment(tmp_path / "env")
    install(python, packages, "sums==1.0")
    run = run_program(workspace, "import sums\nacc = sums.total(3)", interpreter=python)
    install(python, packages, "sums==2.0")
    return run, packages, python


def test_a_package_that_has_changed_since(workspace: Workspace, tmp_path: Path) -> None:
    """Differs as it is now; the same in its own environment, which is made once."""
    run, packages, _ = run_with_sums(workspace, tmp_path)
    client = workspace.connect()
    told = verdict_of(client, run["id"])
    assert [one["cause"] for one in told["causes"]] == ["package"]
    told = verdict_of(client, run["id"], environment="rebuild", env=offline(packages))
    assert told["verdict"] == "same"
    made_by_uv = Path(os.environ["XDG_CACHE_HOME"]) / "dotscience/environments" / left()[0]
    assert "uv = " in (made_by_uv / "pyvenv.cfg").read_text()
    nowhere = offline(tmp_path / "nowhere")
    told = verdict_of(client, run["id"], environment="rebuild", env=nowhere)
    assert told["verdict"] == "same", "the same environment is not made twice"


def test_a_package_that_is_no_more(workspace: Workspace, tmp_path: Path) -> None:
    """No side folder, no environment; the error says what to do."""
    run, packages, _ = run_with_sums(workspace, tmp_path)
    (packages / "sums-1.0-py3-none-any.whl").unlink()
    job = repeat(workspace.connect(), run["id"], environment="rebuild", env=offline(packages))
    assert (job["state"], job["error"]["code"]) == ("failed", "environment-not-rebuilt")
    assert "sums==1.0" in job["error"]["message"]
    assert "UV_FIND_LINKS" in job["error"]["next"]
    assert left() == []
    assert not (workspace.path / "reruns").exists()


def test_cancelled_midway(workspace: Workspace, tmp_path: Path) -> None:
    """While it waits for an index that never answers: it says so until then, and ends."""
    run, packages, _ = run_with_sums(workspace, tmp_path)
    client = workspace.connect()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        index = f"http://127.0.0.1:{silent.getsockname()[1]}/simple"
        env = {**environment(), "PATH": offline(packages)["PATH"], "UV_DEFAULT_INDEX": index}
        body = {"environment": "rebuild", "variables": env}
        id = client.post(f"runs/{run['id']}/rerun", body)["id"]
        connection, _ = silent.accept()
        with connection:
            job = client.get(f"jobs/{id}")
            assert job["title"].startswith(f"Rebuild the environment with uv: Python {VERSION}")
            assert (job["unit"], job["done"] > 0, bool(job["line"])) == ("lines", True, True)
            client.delete(f"jobs/{id}")
            wait_for(lambda: client.get(f"jobs/{id}")["state"] == "cancelled", "cancelled")
    assert left() == []
    assert not (workspace.path / "reruns").exists()
    assert not uses(tmp_path / "xdg_cache_home"), "uv has ended"


def uses(folder: Path) -> list[str]:
    """Processes with a word of their command below a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace")
        except OSError:
            continue
        if f"{folder}/dotscience/environments" in words:
            found.append(words)
    return found


BACKEND = """
import pathlib, zipfile
def build_editable(folder, config_settings=None, metadata_directory=None):
    name, info = "ours-1.0-py3-none-any.whl", "ours-1.0.dist-info"
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as file:
        file.writestr("ours.pth", str(pathlib.Path(__file__).parent) + "\\n")
        file.writestr(info + "/METADATA", "Metadata-Version: 2.1\\nName: ours\\nVersion: 1.0\\n")
        file.writestr(info + "/WHEEL", "Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        file.writestr(info + "/RECORD", "".join(f"{one},,\\n" for one in (
            "ours.pth", info + "/METADATA", info + "/WHEEL", info + "/RECORD")))
    return name
"""


def editable(folder: Path, name: str, source: str) -> None:
    """A source that is installed in place, by a build backend of its own."""
    folder.mkdir()
    (folder / f"{name}.py").write_text(source)
    (folder / "backend.py").write_text(BACKEND)
    told = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    project = f'[project]\nname = "{name}"\nversion = "1.0"\n'
    (folder / "pyproject.toml").write_text(told + project)


def test_packages_that_came_from_elsewhere(home: Path, tmp_path: Path) -> None:
    """A folder with a space in its name, edited in place, and a wheel by its path."""
    packages, source = sums(tmp_path / "packages"), tmp_path / "my source"
    editable(source, "ours", "def total(n):\n    return n * 7\n")
    told = wheel(tmp_path / "other", "sums", "1.0", "def total(n):\n    return n * 5\n")
    python, said = made(
        plan(f"sums @ {told.as_uri()}", f"-e {source.as_uri()}"), **offline(packages)
    )
    assert total_in(python) == "15"
    assert total_in(python, "ours") == "21"
    assert any("sums" in line for line in said)


def test_another_python_of_the_same_minor_version_takes_its_place(
    home: Path, tmp_path: Path
) -> None:
    other = f"{VERSION}9"
    python, said = made(plan("sums==1.0", version=other), **offline(sums(tmp_path / "packages")))
    assert total_in(python) == "6"
    assert any(f"Python {other} is not here" in line for line in said)


def test_a_python_that_is_not_here(home: Path, tmp_path: Path) -> None:
    with pytest.raises(ApiError) as refused:
        made(plan("sums==1.0", version="3.99.1", python=None), **offline(tmp_path / "packages"))
    assert "3.99.1" in refused.value.message
    assert "uv python install 3.99.1" in refused.value.next
    assert left() == []


def test_without_a_network(home: Path, tmp_path: Path) -> None:
    index = {"UV_DEFAULT_INDEX": "http://127.0.0.1:9/simple", "UV_HTTP_RETRIES": "0"}
    with pytest.raises(ApiError) as refused:
        made(plan("sums==1.0"), **index)
    assert "Go online" in refused.value.next
    assert left() == []


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a disk of its own")
def test_a_full_disk(tmp_path: Path) -> None:
    module = [sys.executable, "-m", "tests.rerun.mounted_environments", "uv", tmp_path, uv()]
    subprocess.run(["unshare", "-m", *module], cwd=PROJECT, check=True, timeout=120)
