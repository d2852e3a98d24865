"""A worker on a disk of its own that fills up; root, in a mount namespace that ends with it:

unshare -m python -m tests.worker.mounted BASE
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.worker.workspaces import Workspace, runs_of, wait_for, wait_frozen, wait_job

OVERWRITE = """
for number in range(3):
    ds.start(str(number))
    with open(ds.output("model.bin"), "wb") as file:
        file.write(bytes([number]) * 1000)
    ds.publish()
"""


def main(base: Path) -> None:
    """The snapshot does not fit: the runs stay, it is said, and heals when there is room (G2)."""
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        own = base / name
        own.mkdir(mode=0o700)
        os.environ[name] = str(own)
    workspace = Workspace(base / "work")
    workspace.path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", workspace.path], check=True)
    try:
        _fill_and_heal(workspace)
    finally:
        workspace.kill_worker()


def _fill_and_heal(workspace: Workspace) -> None:
    client = workspace.connect()
    policy = {**client.get("status")["policy"], "default": "keep", "floor_bytes": 0}
    client.put("policy", policy)
    (workspace.path / "data.bin").write_bytes(os.urandom(5_000_000))
    workspace.script(OVERWRITE)
    runs = wait_for(lambda: len(runs_of(client)) == 3 and runs_of(client))
    (notice,) = wait_for(lambda: client.get("status")["notices"])
    assert notice["code"] == "disk-full", notice
    assert {run["snapshot"]["state"] for run in runs_of(client)} == {"pending"}
    job = wait_job(client, client.post("snapshots"))
    assert job["error"]["code"] == "disk-full", job

    remount = ["mount", "-o", "remount,size=64m", str(workspace.path)]
    subprocess.run(remount, check=True)
    assert wait_job(client, client.post("snapshots"))["state"] == "done"
    wait_frozen(client, *(run["id"] for run in runs))
    assert client.get("status")["notices"] == []
    assert len(client.get("runs", {"since": 0})["runs"]) == 3


if __name__ == "__main__":
    main(Path(sys.argv[1]))
