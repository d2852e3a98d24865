"""G1, G2: whatever is killed, and whenever, every announced run is there once, with its own model.

A seeded walk of publishing scripts and ``kill -9`` on scripts and the worker; a seed that fails
becomes a test of its own. A run is *announced* when ``publish()`` has returned: the script says so.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dotscience_server.client import WorkerClient, connect

pytestmark = pytest.mark.fault

_PUBLISHER = """
import sys, time
import dotscience as ds
ds.interactive()
for index in range(int(sys.argv[2])):
    name = f"{sys.argv[1]}-{index}"
    ds.start(name)
    with open(ds.output("model.bin"), "w") as file:
        file.write(name * 1000)
    ds.parameter("index", index)
    ds.publish(stream=open("/dev/null", "w"))
    print(name, flush=True)
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for variable in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        folder = tmp_path / variable.lower()
        folder.mkdir(mode=0o700)
        monkeypatch.setenv(variable, str(folder))
    path = tmp_path / "work"
    path.mkdir()
    yield path
    _kill_worker(path)


def _publish(workspace: Path, name: str, runs: int, kill_after: int | None) -> list[str]:
    """The announced names; killed once ``kill_after`` of them are announced."""
    command = [sys.executable, "-c", _PUBLISHER, name, str(runs)]
    announced: list[str] = []
    with subprocess.Popen(command, cwd=workspace, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            announced.append(line.strip())
            if kill_after is not None and len(announced) >= kill_after:
                process.kill()
    return announced


def _worker_pids(workspace: Path) -> list[int]:
    wanted = os.fsencode(workspace)
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                arguments = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"dotscience_server.worker" in arguments and wanted in arguments:
                found.append(int(entry.name))
    return found


def _kill_worker(workspace: Path) -> None:
    for pid in _worker_pids(workspace):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def _eventually(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def _runs(client: WorkerClient) -> dict[str, dict[str, object]]:
    feed = client.get("runs", {"since": 0})
    names = [run["description"] for run in feed["runs"]]
    assert len(names) == len(set(names)), "a run appears twice"
    return {str(run["description"]): run for run in feed["runs"]}


@pytest.mark.parametrize("seed", range(4))
def test_every_announced_run_is_there_once_with_its_own_model(workspace: Path, seed: int) -> None:
    chance = random.Random(seed)
    connect(workspace)
    announced: list[str] = []
    for step in range(8):
        runs = chance.randint(1, 6)
        kill_after = chance.choice([None, chance.randint(1, runs)])
        announced += _publish(workspace, f"s{seed}-{step}", runs, kill_after)
        action = chance.choice(["kill worker", "kill and restart worker", "nothing"])
        if action != "nothing":
            _kill_worker(workspace)
        if action == "kill and restart worker":
            connect(workspace)

    client = connect(workspace)
    _eventually(lambda: set(announced) <= _runs(client).keys(), "an announced run is missing")
    _eventually(
        lambda: all(_runs(client)[name]["snapshot"]["state"] == "sealed" for name in announced),
        "a run got no snapshot",
    )
    found = _runs(client)
    for name in announced:
        with client.stream(f"runs/{found[name]['id']}/file", {"path": "model.bin"}) as answer:
            assert b"".join(answer.chunks).decode() == name * 1000
