"""Runs tasks in fresh processes and folders."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .peerset import TASKS, Peer, environment, interpreter

Told = dict[str, Any]


class Place:
    """A project folder of one peer, with a home beside it."""

    def __init__(self, peer: Peer, folder: Path, prefix: tuple[str, ...] = ()) -> None:
        self.peer = peer
        self.home = folder / "home"
        self.work = folder / "work"
        self._prefix = prefix
        self.home.mkdir(exist_ok=True)
        self.work.mkdir(exist_ok=True)

    def run(self, task: str, *arguments: object, timeout_s: float = 180) -> Told:
        """What the task told; ``{"failed": …}`` where it did not end well, ``{"hung": s}`` where not at all."""
        process = self.begin(task, *arguments)
        return self.end(process, timeout_s)

    def begin(self, task: str, *arguments: object) -> subprocess.Popen[str]:
        """Start a task beside others."""
        argv = [*self._prefix, interpreter(self.peer), str(TASKS), self.peer.module, task]
        return subprocess.Popen(
            [*argv, *map(str, arguments)],
            cwd=self.work,
            env=environment(self.home),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def end(self, process: subprocess.Popen[str], timeout_s: float = 180) -> Told:
        """Wait for what `begin` started."""
        try:
            out, err = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            _kill(process)
            return {"hung": timeout_s}
        for line in reversed(out.splitlines()):
            if line.startswith("{"):
                return {**json.loads(line), "warned": bool(err.strip())}
        last = err.strip().splitlines()[-1:] or [f"exit {process.returncode}"]
        return {"failed": last[0][:200]}


@contextmanager
def place(peer: Peer) -> Iterator[Place]:
    """A new project folder, removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=f"bench-{peer.module}-"))
    try:
        yield Place(peer, folder)
    finally:
        _stop_workers(folder)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def small_disk(peer: Peer, size: str) -> Iterator[Place]:
    """A project on a tmpfs of its own: full after ``size``."""
    folder = Path(tempfile.mkdtemp(prefix="bench-disk-"))
    work = folder / "work"
    work.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", work], check=True)
    try:
        yield Place(peer, folder)
    finally:
        _stop_workers(folder)
        subprocess.run(["umount", "-l", work], check=False)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def unwritable(peer: Peer) -> Iterator[Place]:
    """A project folder that is root's, used by somebody else."""
    folder = Path(tempfile.mkdtemp(prefix="bench-readonly-"))
    folder.chmod(0o755)
    user = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
    try:
        made = Place(peer, folder, user)
        made.home.chmod(0o777)
        yield made
    finally:
        _stop_workers(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _kill(process: subprocess.Popen[str]) -> None:
    import os
    import signal

    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def _stop_workers(folder: Path) -> None:
    """End what a tracker left running below the folder (workers, side processes)."""
    import os
    import signal

    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.readlink(entry / "cwd").startswith(str(folder)) or f"{folder}/" in (
                    entry / "environ"
                ).read_text(errors="replace"):
                    os.kill(int(entry.name), signal.SIGKILL)
            except OSError:
                continue
