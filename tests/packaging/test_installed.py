"""The wheel works where nothing of ours is, and without Node."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.environments import Environment, MakeEnvironment, end_worker

pytestmark = pytest.mark.packaging

PUBLISH = """
import dotscience as ds
ds.script()
ds.start()
ds.parameter("lr", 0.1)
ds.metric("accuracy", 0.97)
ds.publish("alone")
"""


def test_there_is_no_node(installed: Environment) -> None:
    path = installed.env()["PATH"]
    assert shutil.which("node", path=path) is None
    assert shutil.which("npm", path=path) is None


def test_what_pip_installed_fits_together(installed: Environment) -> None:
    installed.run("python", "-m", "pip", "check")


def test_the_command_answers(installed: Environment) -> None:
    assert "0.1.0" in installed.run("ds", "--version")


def test_the_server_extension_is_enabled(installed: Environment) -> None:
    listing = installed.run("jupyter-server", "extension", "list")
    (block,) = [part for part in listing.split("\n    -") if "dotscience_server" in part][-1:]
    assert "OK" in block


def test_the_lab_extension_is_enabled(installed: Environment) -> None:
    listing = installed.run("jupyter-labextension", "list")
    (line,) = [line for line in listing.splitlines() if "jupyterlab-dotscience" in line]
    assert "enabled" in line
    assert "OK" in line


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    end_worker(tmp_path)


def test_a_run_is_published_and_listed(installed: Environment, workspace: Path) -> None:
    (workspace / "train.py").write_text(PUBLISH)
    installed.run("ds", "init", cwd=workspace)
    assert "[[DOTSCIENCE-RUN:" in installed.run("python", "train.py", cwd=workspace)
    assert "alone" in installed.run("ds", "runs", cwd=workspace)


def test_the_library_alone_publishes(library_alone: Environment, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text(PUBLISH)
    output = library_alone.run("python", "train.py", cwd=tmp_path)
    assert "[[DOTSCIENCE-RUN:" in output
    assert '"accuracy": "0.97"' in output


def test_the_library_alone_brings_nothing_else(library_alone: Environment) -> None:
    listing = library_alone.run("python", "-m", "pip", "list", "--format=freeze")
    names = {line.partition("==")[0] for line in listing.split()}
    assert names - {"pip", "setuptools", "wheel"} == {"jupyterlab-dotscience"}


def test_the_sdist_installs_without_node(sdist: Path, make_environment: MakeEnvironment) -> None:
    environment = make_environment("from-sdist")
    environment.pip_install("--no-deps", sdist)
    environment.run("python", "-c", "import dotscience")
    extension = "share/jupyter/labextensions/jupyterlab-dotscience/package.json"
    assert (environment.folder / extension).is_file()
