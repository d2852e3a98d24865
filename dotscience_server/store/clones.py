"""Clones of large files: bytes on the disk that a file of the workspace and the store share (decision 0100).

    <store>/held/clones/new-<random>         cloned, its content not known yet; nobody's after a crash
    <store>/held/clones/<2 hex>/<key>        what `HeldContents` reads: never written to again, mode 0444

Invariant: a clone bears a content key only once its bytes, and the list of its chunks, are durable.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Container, Iterator
from pathlib import Path
from uuid import uuid4

from dotscience._tree import is_chunked

from . import ioctls
from .layout import sync_folder

CLONES = "held/clones"
"""The folder below the store."""
_NEW = "new-"


class Clones:
    """The clones below `folder`, which is made when it is needed. Any thread. Raises OSError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def take(self, source: int) -> str:
        """Clone an open file as it is now; the name below `folder`. What it has not on the disk yet is
        written first. A refusal leaves nothing.
        """
        name = f"{_NEW}{uuid4().hex}"
        fd = self._created(name)
        try:
            ioctls.clone(source, fd)
            os.fchmod(fd, 0o444)
        except BaseException:
            self.drop(name)
            raise
        finally:
            os.close(fd)
        return name

    def open(self, name: str) -> int:
        """One that was taken."""
        return os.open(self.folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)

    def keep(self, name: str, target: Path) -> None:
        """Give a clone its place below `folder`, durable on return. The one that lies there makes room: of
        both, the newer shares more with the workspace.
        """
        fd = self.open(name)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
        if not target.parent.is_dir():
            target.parent.mkdir(mode=0o700, exist_ok=True)
            sync_folder(self.folder)
        os.rename(self.folder / name, target)
        sync_folder(target.parent)

    def drop(self, name: str) -> None:
        """Remove one that was taken, if it is there still."""
        with contextlib.suppress(OSError):
            os.unlink(self.folder / name)

    def keys(self) -> Iterator[str]:
        """The contents that have a clone."""
        for folder in _listed(self.folder):
            if len(folder) == 2:
                yield from (name for name in _listed(self.folder / folder) if is_chunked(name))

    def given_up(self, live: Container[str], before_ns: int) -> Iterator[str]:
        """Remove the clones of contents that are not `live` and were kept before a moment; the keys of the removed.
        The bytes stay where another file shares them.
        """
        for key in list(self.keys()):
            path = self.folder / key[1:3] / key
            try:
                if key not in live and path.lstat().st_ctime_ns < before_ns:
                    path.unlink()
                    yield key
            except FileNotFoundError:
                continue

    def clear_unfinished(self) -> None:
        """Remove what killed processes left. Only the one writer, at its start."""
        for name in _listed(self.folder):
            if name.startswith(_NEW):
                self.drop(name)

    def _created(self, name: str) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        try:
            return os.open(self.folder / name, flags, 0o600)
        except FileNotFoundError:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            return os.open(self.folder / name, flags, 0o600)


def _listed(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
