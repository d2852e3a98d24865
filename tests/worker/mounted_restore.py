"""A restore on a disk of its own that fills up; root, in a mount namespace that ends with it:

unshare -m python -m tests.worker.mounted_restore BASE
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.worker.workspaces import Workspace, wait_job


def main(base: Path) -> None:
    """G4: it does not fit, so nothing is changed; with room it works."""
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        own = base / name
        own.mkdir(mode=0o700)
        os.environ[name] = str(own)
    workspace = Workspace(base / "work")
    workspace.path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", workspace.path], check=True)
    try:
        _fill_and_heal(workspace)
    finally:
        workspace.kill_worker()


def _fill_and_heal(workspace: Workspace) -> None:
    client = workspace.connect()
    client.put("policy", {**client.get("status")["policy"], "default": "keep", "floor_bytes": 0})
    old = {f"{number}.bin": os.urandom(1_000_000) for number in range(5)}
    for name, data in old.items():
        (workspace.path / name).write_bytes(data)
    taken = wait_job(client, client.post("snapshots"))["result"]["snapshot"]
    for name in old:
        (workspace.path / name).write_bytes(b"new")
    (workspace.path / ".dotscienceignore").write_text("ballast\n")
    (workspace.path / "ballast").write_bytes(b"\0" * 8_000_000)
    for paths in ([""], ["0.bin", "1.bin", "2.bin", "3.bin"]):
        job = wait_job(client, client.post(f"runs/@{taken}/restore", {"paths": paths}))
        assert job["error"] and job["error"]["code"] == "disk-full", job
        assert all((workspace.path / name).read_bytes() == b"new" for name in old)
        assert not list(workspace.path.glob(".dotscience-checkout-*"))
        checkout = wait_job(client, client.post(f"runs/@{taken}/checkout", {"into": "back"}))
        assert checkout["error"]["code"] == "disk-full", checkout
        assert not (workspace.path / "back").exists()
    subprocess.run(["mount", "-o", "remount,size=64m", str(workspace.path)], check=True)
    job = wait_job(client, client.post(f"runs/@{taken}/restore", {"paths": [""]}))
    assert job["state"] == "done", job
    assert all((workspace.path / name).read_bytes() == data for name, data in old.items())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
