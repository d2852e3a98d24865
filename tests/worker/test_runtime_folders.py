"""Clients whose runtime folder is not the worker's: a terminal beside a service."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dotscience_server.protocol.failure import ApiError
from dotscience_server.store.layout import locate
from tests.worker.workspaces import Workspace, is_worker, wait_for


@pytest.fixture
def runtimes() -> Iterator[list[Path]]:
    """Two runtime folders; short, because a socket's name has 107 bytes."""
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        yield [Path(one), Path(other)]


def test_a_client_with_another_runtime_folder_shares_the_worker(
    workspace: Workspace, runtimes: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtimes[0]))
    service = workspace.connect()
    pid = workspace.worker_pid()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtimes[1]))
    terminal = workspace.connect()
    assert (terminal.id, terminal.socket_path) == (service.id, service.socket_path)
    assert terminal.socket_path.is_relative_to(runtimes[0])
    assert workspace.worker_pid() == pid

    workspace.kill_worker()
    terminal.shake_hands()  # with a worker of its own
    assert terminal.socket_path.is_relative_to(runtimes[1])
    service.shake_hands()
    assert service.id == terminal.id
    assert service.socket_path == terminal.socket_path
    workspace.kill_worker()


def test_a_named_socket_in_a_folder_of_others_is_not_trusted(
    workspace: Workspace, runtimes: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """G7: the lock names it, but whoever can write there could answer for the worker."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtimes[0]))
    service = workspace.connect()
    service.socket_path.parent.chmod(0o777)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtimes[1]))
    with pytest.raises(ApiError) as caught:
        workspace.connect(timeout=1)
    assert caught.value.code == "worker-unreachable"
    service.socket_path.parent.chmod(0o700)
    assert workspace.connect().id == service.id
    workspace.kill_worker()


def test_a_copy_never_talks_to_the_worker_of_its_original(
    workspace: Workspace, tmp_path: Path
) -> None:
    """The copied lock names the original's socket: nobody holds the copy's lock, nobody reads it."""
    original = workspace.connect()
    copied = Workspace(tmp_path / "copied")
    shutil.copytree(workspace.path, copied.path)
    lock = locate(copied.path).store / "worker.lock"
    assert json.loads(lock.read_bytes())["socket"] == os.fspath(original.socket_path)
    try:
        copy = copied.connect()
        assert copy.id != original.id and copy.socket_path != original.socket_path
    finally:
        pid = copied.worker_pid()
        copied.kill_worker()
    wait_for(lambda: pid is not None and not is_worker(pid))
