"""The command ``ds`` as a process of its own, in a workspace of its own."""

from __future__ import annotations

import json
import os
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


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder to work in, the current one; every XDG folder and the home are the test's."""
    for name in ("CACHE", "STATE", "CONFIG", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / f"xdg-{name.lower()}"))
    (tmp_path / "home").mkdir()
    (tmp_path / "run").mkdir(mode=0o700)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    yield folder
    end_workers(tmp_path)


Done = subprocess.CompletedProcess[str]
Ds = Callable[..., Done]


@pytest.fixture
def ds(workspace: Path) -> Ds:
    """Runs ``ds`` to its end; ``code`` is the exit code it must have."""

    def run(*arguments: str, code: int = 0, **environment: str) -> Done:
        command = [sys.executable, "-m", "dotscience_server", *arguments]
        env = {**os.environ, **environment}
        done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=60)
        assert done.returncode == code, done.stdout + done.stderr
        return done

    return run


@pytest.fixture
def ds_command(ds: Ds) -> Ds:
    """As `ds`, for a module where that is the library."""
    return ds


@pytest.fixture
def published(ds: Ds) -> list[str]:
    """Two runs of a script that overwrites its model; their ids, the newest first, both with a snapshot."""
    subprocess.run([sys.executable, "-c", SCRIPT], check=True, capture_output=True)
    ds("snapshot", "-m", "after the script")
    return [run["id"] for run in json.loads(ds("runs", "--json").stdout)]


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
