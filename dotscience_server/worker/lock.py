"""The worker's lock: ``flock`` on ``<store>/worker.lock``, held for the worker's whole life.

Alive means that the lock is held; the file says who holds it, for people and tests only.
"""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

from dotscience import __version__


def take_lock(store: Path) -> int | None:
    """A descriptor that holds the lock; None when another process does. Raises OSError."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(store / "worker.lock", flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def sign_lock(descriptor: int) -> None:
    """Write who holds it."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, json.dumps({"pid": os.getpid(), "version": __version__}).encode(), 0)
