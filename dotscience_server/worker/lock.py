"""The worker's lock: ``flock`` on ``<store>/worker.lock``, held for the worker's whole life.

Alive means that the lock is held; the file says who holds it and, for clients whose runtime folder is another,
where it listens. What an earlier holder (or the original of a copied store) wrote is gone at once. A store that was
removed took the lock's name with it: its holder is then nobody's worker any more.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path

from dotscience import __version__

_NAME = "worker.lock"


@dataclass(frozen=True)
class Lock:
    """A held lock; the process's end gives it back."""

    store: Path
    descriptor: int
    reads: Path | None = None
    """The store, where it cannot be written and the lock lies elsewhere."""

    def sign(self, socket: Path) -> None:
        """Write who holds it and listens at ``socket``, if the disk has room for it."""
        signed = {"pid": os.getpid(), "version": __version__, "socket": os.fspath(socket)}
        with contextlib.suppress(OSError):
            os.pwrite(self.descriptor, json.dumps(signed).encode(), 0)

    def stands(self) -> bool:
        """Whether the store, once opened, is still the one that was locked, and as writable or not: two ``stat``."""
        if self.reads is not None:
            known = (self.reads / "workspace.json").exists()
            return known and not os.access(self.reads, os.W_OK)
        held = os.fstat(self.descriptor)
        try:
            named = os.stat(self.store / _NAME, follow_symlinks=False)
            return os.path.samestat(held, named) and (self.store / "workspace.json").exists()
        except OSError:
            return False


def take_lock(store: Path, reads: Path | None = None) -> Lock | None:
    """The lock; None when another process holds it. Raises OSError."""
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(store / _NAME, flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    os.ftruncate(descriptor, 0)
    return Lock(store, descriptor, reads)


def signed_socket(store: Path) -> Path | None:
    """Where the holder listens; None when it has not said so. Only while the lock is known to be held: a copied
    store names the socket of the original's worker."""
    try:
        named = json.loads((store / _NAME).read_bytes())["socket"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return Path(named) if isinstance(named, str) else None
