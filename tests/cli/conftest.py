"""The command ``ds`` as a process of its own, in a workspace of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from tests.running_workers import end_workers

ROOT = Path(__file__).resolve().parents[2]

SCRIPT = """
import dotscience as ds
for epochs, accuracy in ((5, "0.5"), (10, "0.75")):
    ds.start(f"epochs {epochs}")
    ds.parameter("epochs", epochs)
    ds.metric("accuracy", accuracy)
    with open(ds.output("model.bin"), "wb") as file:
        file.write(b"model %d" % epochs)
    ds.publish()
"""


def enter(place: Path, patch: pytest.MonkeyPatch) -> Path:
    """Work in ``place/work``; every XDG folder and the home are below ``place``."""
    for name in ("CACHE", "STATE", "CONFIG", "DATA"):
        patch.setenv(f"XDG_{name}_HOME", str(place / f"xdg-{name.lower()}"))
    (place / "home").mkdir(exist_ok=True)
    (place / "run").mkdir(mode=0o700, exist_ok=True)
    (place / "work").mkdir(exist_ok=True)
    patch.setenv("HOME", str(place / "home"))
    patch.setenv("XDG_RUNTIME_DIR", str(place / "run"))
    patch.chdir(place / "work")
    return place / "work"


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to work in, the current one."""
    yield enter(tmp_path, monkeypatch)
    end_workers(tmp_path)


Done = subprocess.CompletedProcess[str]
Ds = Callable[..., Done]


def run_ds(*arguments: str, code: int = 0) -> Done:
    """Run ``ds`` in the current folder to its end; ``code`` is the exit code it must have."""
    command = [sys.executable, "-m", "dotscience_server", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stdout + done.stderr
    return done


@pytest.fixture
def ds(workspace: Path) -> Ds:
    """`run_ds` in an empty folder."""
    return run_ds


@pytest.fixture
def ds_command(ds: Ds) -> Ds:
    """As `ds`, for a module where that is the library."""
    return ds


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A place with two runs of a script that overwrites its model, both with a snapshot."""
    place = tmp_path_factory.mktemp("used")
    with pytest.MonkeyPatch.context() as patch:
        enter(place, patch)
        subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True)
        run_ds("init")
        run_ds("snapshot", "-m", "after the script")
    yield place
    end_workers(place)


@pytest.fixture
def published(used: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of `used`, the newest first; its workspace is the current folder. Add no runs to it."""
    enter(used, monkeypatch)
    return [run["id"] for run in json.loads(run_ds("runs", "--json").stdout)]


def valid(schema: str, value: Any) -> Any:
    """``value``, which follows ``protocol/<schema>.schema.json``."""
    validator = Draft202012Validator({"$ref": f"{schema}.schema.json"}, registry=_registry())
    validator.validate(value)
    return value


def _registry() -> Registry[Any]:
    registry: Registry[Any] = Registry()
    for file in (ROOT / "protocol").glob("*.schema.json"):
        resource = Resource.from_contents(json.loads(file.read_text()))
        registry = registry.with_resource(file.name, resource).with_resource(
            resource.id() or "", resource
        )
    return registry
