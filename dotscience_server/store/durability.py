"""Making written files durable: one `syncfs` for many, `fsync` for few.

`syncfs` waits for everything dirty on the file system, the user's own writes included, so it is
used only from `MANY` files on. Where the C library has none (macOS), every file is fsynced.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Collection
from pathlib import Path

MANY = 24
_SYNC_FILE_RANGE_WRITE = 2


def _libc() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    try:
        return ctypes.CDLL(None, use_errno=True)
    except OSError:
        return None


class Durability:
    """Syncs files and folders that lie on the file system of `folder`."""

    def __init__(self, folder: Path) -> None:
        libc = _libc()
        self._folder = folder
        self._syncfs = getattr(libc, "syncfs", None)
        self._sync_range = getattr(libc, "sync_file_range", None)

    def sync(self, paths: Collection[str]) -> None:
        """Return once the content of all `paths` (files or folders) is on the disk."""
        if self._syncfs is not None and len(paths) >= MANY:
            self._sync_all()
            return
        for path in paths:
            self._fsync(path)

    def start(self, fd: int) -> None:
        """Send what is written of a file to the disk now, so that a later sync waits less."""
        if self._sync_range is not None:
            self._sync_range(fd, ctypes.c_int64(0), ctypes.c_int64(0), _SYNC_FILE_RANGE_WRITE)

    def _sync_all(self) -> None:
        assert self._syncfs is not None
        fd = os.open(self._folder, os.O_RDONLY)
        try:
            if self._syncfs(fd) != 0:
                code = ctypes.get_errno()
                raise OSError(code, os.strerror(code), str(self._folder))
        finally:
            os.close(fd)

    def _fsync(self, path: str) -> None:
        fd = os.open(path, os.O_RDONLY)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
