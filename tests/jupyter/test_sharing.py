"""Two Jupyter servers and a ``ds watch`` on one workspace: one worker serves them all (issue 3, line 9)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.jupyter.conftest import WITHIN_S
from tests.running_workers import worker_pid

pytestmark = pytest.mark.slow

TOKEN = "secret"
ROOT = Path(__file__).resolve().parents[2]


def look_until(look: Callable[[], Any], what: str) -> Any:
    """The first true value of ``look``."""
    deadline = time.monotonic() + WITHIN_S
    while not (found := look()):
        assert time.monotonic() < deadline, f"never {what}"
        time.sleep(0.05)
    return found


@contextmanager
def begun(*command: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program of ours, ended afterwards."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        [sys.executable, "-m", *command], cwd=folder, env=environment, stdout=quiet, stderr=quiet
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


@contextmanager
def jupyter_server(folder: Path, runtime: Path) -> Iterator[str]:
    """A real server with the extension; its URL."""
    settings = [
        "--ServerApp.jpserver_extensions={'dotscience_server': True}",
        f"--IdentityProvider.token={TOKEN}",
        f"--ServerApp.root_dir={folder}",
        "--ServerApp.port=0",
        "--ServerApp.open_browser=False",
        "--allow-root",
    ]
    with begun("jupyter_server", *settings, folder=folder) as process:
        file = runtime / f"jpserver-{process.pid}.json"
        look_until(lambda: file.exists() and file.stat().st_size, "wrote where it listens")
        yield json.loads(file.read_text())["url"]


def opened(url: str) -> Any:
    """The workspace of the notebook by one server."""
    request = urllib.request.Request(f"{url}dotscience/api/workspace?path=train.ipynb")
    request.add_header("Authorization", f"token {TOKEN}")
    try:
        with urllib.request.urlopen(request, timeout=WITHIN_S) as answer:
            return json.load(answer)
    except urllib.error.URLError:
        return None


def test_two_servers_and_a_watch_share_one_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "jupyter"))
    folder = tmp_path / "project"
    folder.mkdir()
    nbformat.write(nbformat.v4.new_notebook(), folder / "train.ipynb")
    with ExitStack() as stack:
        urls = [stack.enter_context(jupyter_server(folder, tmp_path / "jupyter")) for _ in range(2)]
        first = look_until(lambda: opened(urls[0]), "opened by the first")
        pid = worker_pid(folder / ".dotscience")
        assert pid is not None
        second = look_until(lambda: opened(urls[1]), "opened by the second")
        watch = stack.enter_context(begun("dotscience_server", "watch", folder=folder))
        look_until(lambda: connections(folder) >= 3, "all three wait for the worker")
        assert watch.poll() is None
        assert first["id"] == second["id"]
        assert worker_pid(folder / ".dotscience") == pid


def connections(folder: Path) -> int:
    """How many clients are connected to the worker's socket now: each waits for changes."""
    signed = json.loads((folder / ".dotscience" / "worker.lock").read_text())
    established = "03"
    lines = [line.split() for line in Path("/proc/net/unix").read_text().splitlines()]
    return sum(line[5] == established and line[-1] == signed["socket"] for line in lines)
