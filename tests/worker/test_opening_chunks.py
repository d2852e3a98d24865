"""`ds.open` in a process that has the library alone gives chunked files: from the worker, or through the command."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from dotscience_server.client import WorkerClient
from tests.worker.workspaces import Workspace, wait_for

BYTES = bytes(range(256)) * 2000

#: The standard library and ours: neither blake3 nor lz4 nor the server part can be imported.
OPEN = """
import sys
sys.path[:] = [path for path in sys.path if 'site-packages' not in path]
with ds.open("{path}", run=sys.argv[1]) as file:
    file.seek(1000)
    print(file.read(4).hex(), len(file.read()))
"""
EXPECTED = BYTES[1000:1004].hex() + f" {len(BYTES) - 1004}\n"


@pytest.fixture
def run(workspace: Workspace, client: WorkerClient) -> str:
    """A run whose snapshot holds `data.bin`, which is something else by now."""
    (workspace.path / "data.bin").write_bytes(BYTES)
    identity = workspace.publish("one")
    wait_for(lambda: client.get(f"runs/{identity}")["snapshot"]["id"], "the snapshot")
    listed = client.get(f"runs/{identity}/files")["files"]
    assert [file["object"][0] for file in listed if file["path"] == "data.bin"] == ["x"]
    (workspace.path / "data.bin").write_bytes(b"other")
    return identity


def test_from_the_worker(workspace: Workspace, run: str) -> None:
    assert workspace.script(OPEN.format(path="data.bin"), run).stdout == EXPECTED


def test_through_the_command_where_no_worker_listens(
    workspace: Workspace, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.kill_worker()
    monkeypatch.setenv("DOTSCIENCE_SERVER_PYTHON", sys.executable)
    root = Path(__file__).resolve().parents[2]
    monkeypatch.setenv("PYTHONPATH", str(root))
    assert workspace.script(OPEN.format(path="data.bin"), run).stdout == EXPECTED


def test_damaged_bytes_are_an_error_that_says_so(workspace: Workspace, run: str) -> None:
    for xorb in (workspace.path / ".dotscience" / "chunks" / "xorbs").rglob("*.xorb"):
        xorb.chmod(0o600)
        data = bytearray(xorb.read_bytes())
        data[len(data) // 2] ^= 1
        xorb.write_bytes(data)
    code = (
        OPEN.format(path="data.bin")
        .replace("with ds", "try:\n  with ds")
        .replace("\n    ", "\n      ")
    )
    said = workspace.script(code + "except OSError as error:\n  print(error)", run).stdout
    assert "damaged" in said


def test_without_the_server_part_the_error_says_what_to_do(workspace: Workspace, run: str) -> None:
    workspace.kill_worker()
    workspace.environment["DOTSCIENCE_SERVER_PYTHON"] = "/nonexistent/python"
    code = (
        OPEN.format(path="data.bin")
        .replace("with ds", "try:\n  with ds")
        .replace("\n    ", "\n      ")
    )
    said = workspace.script(code + "except OSError as error:\n  print(error)", run).stdout
    assert "start JupyterLab here, or install jupyterlab-dotscience" in said
