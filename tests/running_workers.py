"""Ends the workers that a test's workspaces have, by their own pid, and waits until they are gone."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import time
from pathlib import Path

WITHIN_S = 15


def worker_pid(store: Path) -> int | None:
    """The pid of the worker that holds the store's lock; None when nobody holds it."""
    try:
        with (store / "worker.lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return None
    except FileNotFoundError:
        return None
    except BlockingIOError:
        text = (store / "worker.lock").read_text()
        return int(json.loads(text)["pid"]) if text else None


def kill_worker(store: Path, number: int = signal.SIGKILL) -> int:
    """End the worker and wait until its lock is free; its pid."""
    pid = worker_pid(store)
    assert pid is not None
    os.kill(pid, number)
    deadline = time.monotonic() + WITHIN_S
    while worker_pid(store) == pid:
        assert time.monotonic() < deadline, "the worker does not end"
        time.sleep(0.02)
    return pid


def end_workers(folder: Path) -> None:
    """End every worker of a store anywhere below ``folder``."""
    for lock in folder.rglob("worker.lock"):
        if worker_pid(lock.parent) is not None:
            kill_worker(lock.parent, signal.SIGTERM)
