"""The worker and its chunk engine: what is in chunks, what is said when there are none, and going over to them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dotscience_server.client import WorkerClient
from dotscience_server.store.layout import locate
from tests.worker.workspaces import Workspace, read_file, wait_for, wait_frozen


def chunked(workspace: Workspace) -> list[Path]:
    """The xorbs of the store."""
    return list((locate(workspace.path).store / "chunks" / "xorbs").glob("*/*.xorb"))


def test_files_and_large_pins_are_in_chunks(workspace: Workspace, client: WorkerClient) -> None:
    data = os.urandom(200_000)
    (workspace.path / "data.bin").write_bytes(data)
    run = workspace.publish("first", acc=0.5)
    wait_frozen(client, run)
    assert chunked(workspace)
    assert read_file(client, run, "data.bin") == data
    assert not [one for one in client.get("status")["notices"] if one["code"] == "chunks-refused"]


@pytest.mark.slow
def test_a_refusing_engine_is_said_and_what_it_refused_goes_over_later(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "hf_xet.py").write_text("raise ImportError('not for this platform')")
    data = os.urandom(200_000)
    (workspace.path / "data.bin").write_bytes(data)
    with monkeypatch.context() as patched:
        patched.setenv("PYTHONPATH", str(broken))
        client = workspace.connect(idle_seconds=60)
        run = workspace.publish("whole", acc=0.5)
        wait_frozen(client, run)
        [notice] = [
            one for one in client.get("status")["notices"] if one["code"] == "chunks-refused"
        ]
        assert "stored whole" in notice["kept"]
        assert not chunked(workspace)
        workspace.kill_worker()
    client = workspace.connect(idle_seconds=60)
    assert read_file(client, run, "data.bin") == data
    wait_for(
        lambda: any(
            j["kind"] == "migrate" and j["state"] == "done" for j in client.get("status")["jobs"]
        )
    )
    assert chunked(workspace)
    assert read_file(client, run, "data.bin") == data
