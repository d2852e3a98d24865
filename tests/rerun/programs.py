"""Programs that publish one run, and their repetition by the API."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from dotscience_server.client import WorkerClient
from tests.worker.kernels import kernel
from tests.worker.workspaces import Workspace, runs_of, wait_for, wait_frozen

Json = dict[str, Any]
WITHIN_S = 120
_HEAD = "import dotscience as ds\nds.start('train')\n"


def program(code: str, name: str = "train.py") -> str:
    """A script whose ``acc`` is what ``code`` leaves in ``acc``."""
    return f"{_HEAD}{code}\nds.metric('acc', acc)\nds.publish()\n"


def run_program(
    workspace: Workspace,
    code: str,
    *arguments: str,
    interpreter: str = sys.executable,
    env: dict[str, str] | None = None,
    name: str = "train.py",
) -> Json:
    """Write the program, run it, and wait for its run with its snapshot."""
    (workspace.path / name).write_text(program(code))
    return started(workspace, [interpreter, name, *arguments], env)


def started(workspace: Workspace, command: list[str], env: dict[str, str] | None = None) -> Json:
    """Run a command; its run once it has its snapshot."""
    client = workspace.connect()
    known = {one["id"] for one in runs_of(client)}
    done = subprocess.run(
        command,
        cwd=workspace.path,
        env={**environment(), **(env or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    new = wait_for(lambda: next((r for r in runs_of(client) if r["id"] not in known), None))
    wait_frozen(client, new["id"])
    wait_for(lambda: not list((workspace.path / ".dotscience" / "journal").glob("*.dsj")), "facts")
    return next(one for one in runs_of(client) if one["id"] == new["id"])


def environment() -> dict[str, str]:
    """Ours, with the library within reach of any interpreter."""
    return {**os.environ, "PYTHONPATH": str(library())}


def library() -> Path:
    """A folder with nothing but our library."""
    from dotscience_server.jupyter.kernel_library import ensure_library

    return ensure_library()


def repeat(
    client: WorkerClient, run: str, *, env: dict[str, str] | None = None, **wanted: Any
) -> Json:
    """Run it again; the job when it has ended."""
    body = {"variables": {**environment(), **(env or {})}, **wanted}
    job = client.post(f"runs/{run}/rerun", body)

    def ended() -> Json | None:
        now = client.get(f"jobs/{job['id']}")
        return now if now["state"] in ("done", "failed", "cancelled") else None

    return wait_for(ended, "end of the repetition", WITHIN_S)


def verdict_of(client: WorkerClient, run: str, **wanted: Any) -> Json:
    """The verdict of its repetition."""
    job = repeat(client, run, **wanted)
    assert job["state"] == "done", job["error"]
    return client.get(f"runs/{job['result']['run']}/verdict")


def run_notebook(
    workspace: Workspace, sources: tuple[tuple[str, str], ...], order: tuple[int, ...]
) -> Json:
    """Execute cells in this order in a kernel, as JupyterLab does; the run once it has its snapshot."""
    cells: list[Json] = [
        {
            "cell_type": "code",
            "id": id,
            "metadata": {},
            "outputs": [],
            "source": source,
            "execution_count": None,
        }
        for id, source in sources
    ]
    told = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    client = workspace.connect()
    (workspace.path / "sub").mkdir()
    (workspace.path / "sub" / "train.ipynb").write_text(json.dumps(told))
    with kernel(workspace, "sub/train.ipynb") as execute:
        for at in order:
            execute(sources[at][1], cellId=sources[at][0])
    run = wait_for(lambda: next(iter(runs_of(client)), None), deadline_s=30)
    wait_frozen(client, run["id"])
    wait_for(
        lambda: not list((workspace.path / ".dotscience" / "journal").glob("*.dsj")), deadline_s=30
    )
    return run
