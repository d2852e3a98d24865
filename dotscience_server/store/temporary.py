"""The folders of a store, and the unfinished files in its `tmp/`."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from .copying import write_all
from .durability import Durability
from .failures import storing

_START_EVERY = 8 << 20


@dataclass(frozen=True)
class Places:
    """The folders of a store."""

    store: Path
    objects: Path
    tmp: Path
    durability: Durability

    def name(self, object_hash: str) -> str:
        """Where an object lies. `object_hash` must be a hash."""
        return f"{self.objects}/{object_hash[:2]}/{object_hash[2:]}"


class Target:
    """A temporary file. Its errors are failures of the store, never an OSError, so that nobody
    takes them for the source's.
    """

    def __init__(self, path: str, places: Places, size: int) -> None:
        self._places = places
        self._size = size
        self._unstarted = 0
        with self._storing():
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            self._fd = os.open(path, flags, 0o444)

    def __enter__(self) -> Target:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    def write(self, data: memoryview, at: int) -> None:
        """Write at an offset; every few MiB what is written is sent to the disk."""
        with self._storing():
            write_all(self._fd, data, at)
        self._unstarted += len(data)
        if self._unstarted >= _START_EVERY:
            self._places.durability.start(self._fd)
            self._unstarted = 0

    def truncate(self, size: int) -> None:
        """Set the size: a sparse file may end in a hole."""
        with self._storing():
            os.ftruncate(self._fd, size)

    def _storing(self) -> contextlib.AbstractContextManager[None]:
        return storing(self._places.store, "the snapshot was", self._size)


def remove(tmp: str) -> None:
    """Remove an unfinished file, if it is there."""
    with contextlib.suppress(OSError):
        os.unlink(tmp)
