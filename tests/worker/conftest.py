"""Workspaces whose workers do not outlive the test; HOME and the XDG folders are the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dotscience_server.client import WorkerClient
from tests.worker.workspaces import Workspace


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in (
        "HOME",
        "XDG_CACHE_HOME",
        "XDG_STATE_HOME",
        "XDG_RUNTIME_DIR",
        "XDG_CONFIG_HOME",
    ):
        folder = tmp_path / variable.lower()
        folder.mkdir(mode=0o700)
        monkeypatch.setenv(variable, str(folder))
    return tmp_path / "home"


@pytest.fixture
def workspace(tmp_path: Path, home: Path) -> Iterator[Workspace]:
    path = tmp_path / "work"
    path.mkdir()
    made = Workspace(path)
    yield made
    made.kill_worker()


@pytest.fixture
def client(workspace: Workspace) -> WorkerClient:
    return workspace.connect(idle_seconds=60)
