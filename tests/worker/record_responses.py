"""Writes ``protocol/vectors/responses/<schema>.<case>.json`` from a real worker: run it by hand.

``python -m tests.worker.record_responses``
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from tests.worker.schemas import record
from tests.worker.test_api import RICH
from tests.worker.workspaces import Workspace, block, runs_of, wait_for, wait_frozen, wait_job


def main() -> None:
    """Every kind of answer once."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
            own = Path(folder) / name
            own.mkdir(mode=0o700)
            os.environ[name] = str(own)
        workspace = Workspace(Path(folder) / "digits")
        workspace.path.mkdir()
        try:
            _record(workspace)
        finally:
            workspace.kill_worker()


def _record(workspace: Workspace) -> None:
    client = workspace.connect()
    record("workspace.new", client.info)
    record("status.empty", client.get("status"))
    record("feed.empty", client.get("runs", {"since": 0}))
    workspace.script(RICH)
    failed = block(
        "11111111-1111-4111-8111-000000000001", error="it broke", description="x <b>y</b>"
    )
    workspace.write_notebook(
        "train.ipynb", failed, "[[DOTSCIENCE-RUN:bad]]{[[/DOTSCIENCE-RUN:bad]]"
    )
    client.post("notify", {"path": "train.ipynb"})
    runs = wait_for(lambda: (found := runs_of(client)) and len(found) == 2 and found)
    wait_frozen(client, *(run["id"] for run in runs))
    record("feed.two", client.get("runs", {"since": 0}))
    for run in runs:
        record(f"run.{run['state']}", client.get(f"runs/{run['id']}"))
    record("files.all", client.get(f"runs/{runs[0]['id']}/files"))
    job = client.post("snapshots", {"message": "by hand"})
    record("job.waiting", job)
    record("job.done", wait_job(client, job))
    record("snapshot.user", client.get("snapshots")["snapshots"][0])
    with workspace.begin(
        "ds.start('going')\nds.metric('loss', 0.5)\nprint(flush=True)\ninput()"
    ) as process:
        assert process.stdin is not None
        wait_for(lambda: client.get("status")["running"])
        record("status.busy", client.get("status"))
        process.stdin.close()
    reply = client.request("GET", f"w/{client.id}/runs/nothing")
    record("error.run-not-found", json.loads(reply.body))


if __name__ == "__main__":
    main()
