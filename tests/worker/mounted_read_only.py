"""Old files are read where nothing can be written; root, in a mount namespace that ends with it:

unshare -m python -m tests.worker.mounted_read_only BASE read-only|full|full-meanwhile
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from dotscience_server.client import WorkerClient
from dotscience_server.protocol.failure import ApiError
from tests.worker.workspaces import Workspace, read_file, wait_for, wait_frozen, wait_job


def main(base: Path, how: str) -> None:
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        own = base / name
        own.mkdir(mode=0o700)
        os.environ[name] = str(own)
    workspace = Workspace(base / "work")
    workspace.path.mkdir()
    _mount("-t", "tmpfs", "-o", "size=16m", "tmpfs", workspace.path)
    try:
        client = workspace.connect()
        policy = {**client.get("status")["policy"], "default": "keep", "floor_bytes": 0}
        client.put("policy", policy)
        (workspace.path / "data.bin").write_bytes(b"then" * 50_000)
        run = workspace.publish("one", loss=1)
        wait_frozen(client, run)
        (workspace.path / "data.bin").write_bytes(b"now!" * 50_000)
        if how != "full-meanwhile":
            workspace.kill_worker()
        if how == "read-only":
            _mount("--bind", workspace.path, workspace.path)
            _mount("-o", "remount,ro,bind", workspace.path)
        else:
            _fill(workspace.path)
        client = workspace.connect()
        _old_files_are_read(client, run, base)
        if how == "read-only":
            _what_writes_says_so(client, run)
            _mount("-o", "remount,rw,bind", workspace.path)
            wait_for(lambda: _saves(workspace), "a worker that writes")
    finally:
        workspace.kill_worker()


def _mount(*arguments: object) -> None:
    subprocess.run(["mount", *map(str, arguments)], check=True)


def _fill(folder: Path) -> None:
    with pytest.raises(OSError, match="No space"), open(folder / "filler", "wb", 0) as file:
        while True:
            file.write(bytes(4096))


def _old_files_are_read(client: WorkerClient, run: str, base: Path) -> None:
    assert [one["path"] for one in client.get(f"runs/{run}/files")["files"]] == ["data.bin"]
    assert read_file(client, run, "data.bin")[:4] == b"then"
    files = client.get("diff", {"a": run, "b": "now"})["files"]
    assert ("data.bin", "modified") in [(one["path"], one["kind"]) for one in files]
    assert client.get("versions", {"path": "data.bin"})["versions"][0]["runs"][0]["run"] == run
    into = base / "elsewhere"
    job = wait_job(client, client.post(f"runs/{run}/checkout", {"into": str(into)}))
    assert job["state"] == "done", job
    assert (into / "data.bin").read_bytes() == b"then" * 50_000


def _what_writes_says_so(client: WorkerClient, run: str) -> None:
    for route, body in (("snapshots", {}), (f"runs/{run}/restore", {"paths": ["data.bin"]})):
        with pytest.raises(ApiError) as caught:
            client.post(route, body)
        assert caught.value.code == "store-unwritable" and "checkout" in caught.value.next
    (notice,) = client.get("status")["notices"]
    assert notice["code"] == "store-unwritable"


def _saves(workspace: Workspace) -> bool:
    """The worker that only reads ends by itself when the store can be written again."""
    try:
        client = workspace.connect()
        return bool(wait_job(client, client.post("snapshots"))["state"] == "done")
    except ApiError:
        return False


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
