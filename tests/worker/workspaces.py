"""Real workspaces with real workers: make one, publish into it, wait for what must come."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from dotscience_server.client import WorkerClient, connect
from dotscience_server.store.layout import locate

T = TypeVar("T")

DEADLINE_S = 20.0


def wait_for(
    look: Callable[[], T | bool | None], what: str = "", deadline_s: float = DEADLINE_S
) -> T:
    """The first true answer of ``look``; fails loudly after the deadline."""
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        if answer := look():
            return answer  # type: ignore[return-value]
        time.sleep(0.01)
    raise AssertionError(f"did not come: {what or look}")


@dataclass
class Workspace:
    """A folder, its worker, and the scripts that publish in it."""

    path: Path
    environment: dict[str, str] = field(default_factory=dict)

    def connect(self, **settings: Any) -> WorkerClient:
        """A client; the worker is started when there is none."""
        return connect(self.path, **settings)

    def script(self, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run code with the library until it ends."""
        done = subprocess.run(
            self.command(code, *arguments),
            cwd=self.path,
            env=self.env(),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        return done

    def begin(self, code: str, *arguments: str) -> subprocess.Popen[str]:
        """Start code with the library; the caller ends it."""
        return subprocess.Popen(
            self.command(code, *arguments),
            cwd=self.path,
            env=self.env(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def command(self, code: str, *arguments: str) -> list[str]:
        return [
            sys.executable,
            "-c",
            f"import dotscience as ds\nds.interactive()\n{code}",
            *arguments,
        ]

    def env(self) -> dict[str, str]:
        root = str(Path(__file__).resolve().parents[2])
        return {**os.environ, "PYTHONPATH": root, **self.environment}

    def publish(self, description: str = "one", **metrics: object) -> str:
        """One run by a script of its own; its id."""
        code = (
            "import sys, json\nds.start(sys.argv[1])\n"
            "for key, value in json.loads(sys.argv[2]).items():\n    ds.metric(key, value)\n"
            "ds.publish()"
        )
        text = self.script(code, description, json.dumps(metrics)).stdout
        return text.split("[[DOTSCIENCE-RUN:")[1].split("]]")[0]

    def worker_pid(self) -> int | None:
        """Who holds, or held, the lock."""
        if not self.path.exists():
            return None
        lock = locate(self.path).store / "worker.lock"
        try:
            return int(json.loads(lock.read_bytes())["pid"])
        except (OSError, ValueError, KeyError):
            return None

    def kill_worker(self, number: int = signal.SIGKILL) -> None:
        """Kill the worker, if there is one, and wait for its end."""
        pid = self.worker_pid()
        if pid is None or not is_worker(pid):
            return
        os.kill(pid, number)
        wait_for(lambda: not is_worker(pid), f"end of worker {pid}")

    def write_notebook(self, name: str, *outputs: str) -> Path:
        """A notebook whose cells have these texts on their stdout."""
        path = self.path / name
        path.write_text(json.dumps(notebook(*outputs)))
        return path


def is_worker(pid: int) -> bool:
    """Whether the process lives and is a worker (not a zombie)."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        return (
            status != "Z"
            and b"dotscience_server.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
        )
    except OSError:
        return False


def notebook(*outputs: str) -> dict[str, Any]:
    """nbformat 4 with one code cell a text."""
    cells = [
        {
            "cell_type": "code",
            "id": f"cell{number}",
            "execution_count": number,
            "metadata": {},
            "source": "",
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": text.splitlines(keepends=True)}
            ],
        }
        for number, text in enumerate(outputs)
    ]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def block(run: str, **values: Any) -> str:
    """A run block as a notebook holds it."""
    meta: dict[str, Any] = {
        "input": [],
        "output": [],
        "labels": {},
        "parameters": {},
        "summary": {},
        "start": "20261121T101112.000001",
        "end": "20261121T101113.000001",
        "version": "1",
        **values,
    }
    data = json.dumps(meta, sort_keys=True, indent=4)
    return f"[[DOTSCIENCE-RUN:{run}]]{data}[[/DOTSCIENCE-RUN:{run}]]\n"


def runs_of(client: WorkerClient) -> list[dict[str, Any]]:
    """Every run summary, by the feed; no column blocks expected."""
    feed = client.get("runs", {"since": 0})
    assert feed["blocks"] == []
    return sorted(feed["runs"], key=lambda run: int(run["seq"]))


def wait_run(client: WorkerClient, run: str) -> dict[str, Any]:
    """The run's summary once it is recorded."""
    return wait_for(lambda: next((one for one in runs_of(client) if one["id"] == run), None), run)


def wait_frozen(client: WorkerClient, *runs: str) -> None:
    """Return when these runs have their snapshot."""

    def frozen() -> bool:
        states = {one["id"]: one["snapshot"]["state"] for one in runs_of(client)}
        return all(states.get(run) == "sealed" for run in runs)

    wait_for(frozen, "snapshots")


def wait_job(client: WorkerClient, job: dict[str, Any]) -> dict[str, Any]:
    """The job when it has ended."""

    def ended() -> dict[str, Any] | None:
        now = client.get(f"jobs/{job['id']}")
        return now if now["state"] in ("done", "failed", "cancelled") else None

    return wait_for(ended, "end of the job")


def read_file(client: WorkerClient, run: str, path: str) -> bytes:
    """A file of a run by the API."""
    with client.stream(f"runs/{run}/file", {"path": path}) as reply:
        return b"".join(reply.chunks)
