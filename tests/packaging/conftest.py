"""Builds the distribution once, from a copy of the working tree as a clone would have it."""

from __future__ import annotations

import os
import shutil
import sys
import tarfile
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.packaging.environments import ROOT, Environment, MakeEnvironment, run


@pytest.fixture(scope="session")
def make_environment(work: Path) -> MakeEnvironment:
    def make(name: str) -> Environment:
        venv.create(work / name, with_pip=True)
        return Environment(work / name)

    return make


@pytest.fixture(scope="session")
def work() -> Iterator[Path]:
    """On the file system of the working tree, so that node_modules can be hard links."""
    folder = ROOT / ".cache" / "packaging" / str(os.getpid())
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(folder)


def copy_sources(to: Path) -> None:
    listing = run("git", "ls-files", "-z", "-co", "--exclude-standard", cwd=ROOT)
    for name in filter(None, listing.split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)


def link_node_modules(to: Path) -> None:
    run("cp", "-al", ROOT / "node_modules", to / "node_modules", cwd=ROOT)
    # npm and the build tools write into these in place, and so through a hard link.
    shutil.rmtree(to / "node_modules" / ".cache", ignore_errors=True)
    lock = to / "node_modules" / ".package-lock.json"
    lock.unlink()
    shutil.copy2(ROOT / "node_modules" / ".package-lock.json", lock)


@pytest.fixture(scope="session")
def checkout(work: Path) -> Path:
    folder = work / "checkout"
    folder.mkdir()
    copy_sources(folder)
    link_node_modules(folder)
    return folder


def build(kind: str, source: Path, into: Path) -> Path:
    arguments = ["-m", "build", "--no-isolation", f"--{kind}", "--outdir", str(into), str(source)]
    env = {name: value for name, value in os.environ.items() if name != "SKIP_JUPYTER_BUILDER"}
    run(sys.executable, *arguments, cwd=source, env=env)
    (built,) = into.iterdir()
    return built


@pytest.fixture(scope="session")
def sdist(checkout: Path, work: Path) -> Path:
    return build("sdist", checkout, work / "sdist")


@pytest.fixture(scope="session")
def wheel(checkout: Path, sdist: Path, work: Path) -> Path:
    """Built from the clone, where a bundle already lies around from building the sdist."""
    # A stale bundle must not get into the wheel.
    (checkout / "dotscience_server/labextension/static/stale.js").touch()
    return build("wheel", checkout, work / "wheel")


@pytest.fixture(scope="session")
def unpacked_sdist(sdist: Path, work: Path) -> Path:
    with tarfile.open(sdist) as archive:
        archive.extractall(work / "unpacked", filter="data")
    (folder,) = (work / "unpacked").iterdir()
    return folder


@pytest.fixture(scope="session")
def installed(wheel: Path, make_environment: MakeEnvironment) -> Environment:
    """The wheel with JupyterLab, as a user has it."""
    environment = make_environment("full")
    environment.pip_install("-c", ROOT / "requirements-dev.txt", wheel, "jupyterlab", "ipykernel")
    return environment


@pytest.fixture(scope="session")
def library_alone(wheel: Path, make_environment: MakeEnvironment) -> Environment:
    environment = make_environment("library")
    environment.pip_install("--no-deps", wheel)
    return environment
