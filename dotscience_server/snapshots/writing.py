"""Writing the entries of a tree below a new, empty folder.

Folders are made first, with mode 0700, and get their own mode and time last, the deepest first.
Every file's bytes are hashed on their way (G6); what is zero inside a hole stays a hole.
"""

from __future__ import annotations

import errno
import hashlib
import os
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

from dotscience._tree import Entry, Ranges

from ..store.copying import BUFFER, write_all
from ..store.failures import UNWRITABLE, ObjectDamaged, write_failure
from ..store.objects import ObjectStore
from .contract import Progress
from .failures import CheckoutRefused, PathRefused

_BAD_NAME = (errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ, errno.EEXIST)
_HOLE_STEP = 1 << 12


class TreeWriter:
    """Writes below `top`, which must be empty and ours. Progress is called from this thread."""

    def __init__(self, objects: ObjectStore, top: bytes, progress: Progress) -> None:
        self._objects = objects
        self._top = top
        self._progress = progress
        self._first: dict[tuple[str, str], bytes] = {}
        self._done = 0
        self._done_bytes = 0

    def write(self, entries: Sequence[Entry]) -> None:
        """Make all of them; `entries` are sorted, safe, and hold every parent as a folder.

        Raises ObjectDamaged (with the path), PathRefused, CheckoutRefused, DiskFull, Cancelled.
        """
        self._total = sum(entry.hash is not None for entry in entries)
        self._total_bytes = sum(entry.size or 0 for entry in entries if entry.hash is not None)
        folders = [entry for entry in entries if entry.kind == "d"]
        for entry in folders:
            self._make(entry)
        for entry in entries:
            if entry.kind != "d":
                self._make(entry)
        for entry in reversed(folders):
            os.chmod(self._path(entry), entry.mode)
            _set_time(self._path(entry), entry)

    def _make(self, entry: Entry) -> None:
        self._progress.check()
        try:
            if entry.kind == "d":
                os.mkdir(self._path(entry), 0o700)
            elif entry.kind == "l":
                os.symlink(entry.target or b"", self._path(entry))
                _set_time(self._path(entry), entry)
            elif entry.hash is not None:
                self._file(entry, entry.hash)
        except OSError as error:
            if error.errno in _BAD_NAME:
                raise PathRefused(entry.path, error.strerror or str(error)) from error
            top = Path(os.fsdecode(self._top))
            if error.errno in UNWRITABLE:
                raise CheckoutRefused(str(top.parent), error.strerror or str(error)) from error
            raise write_failure(error, top, "the checkout was", entry.size or 0) from error

    def _file(self, entry: Entry, content: str) -> None:
        if not self._linked(entry, content):
            self._written(entry, content)
        self._done += 1
        self._progress.update(self._done, self._total, self._done_bytes, self._total_bytes)

    def _linked(self, entry: Entry, content: str) -> bool:
        """Whether the file could be made another name of one written before."""
        if entry.link is None:
            return False
        first = self._first.setdefault((entry.link, content), self._path(entry))
        if first == self._path(entry):
            return False
        try:
            os.link(first, self._path(entry), follow_symlinks=False)
        except OSError as error:
            if error.errno not in (errno.EMLINK, errno.EPERM, errno.ENOTSUP):
                raise
            return False
        self._done_bytes += entry.size or 0
        return True

    def _written(self, entry: Entry, content: str) -> None:
        try:
            source = os.open(self._objects.path(content), os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise ObjectDamaged(content, error.strerror or str(error), entry.path) from error
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            target = os.open(self._path(entry), flags, 0o600)
            try:
                self._copied(source, target, entry, content)
                os.fchmod(target, entry.mode)
                os.utime(target, ns=(entry.mtime_ns, entry.mtime_ns))
            finally:
                os.close(target)
        finally:
            os.close(source)

    def _copied(self, source: int, target: int, entry: Entry, content: str) -> None:
        digest = hashlib.sha256()
        at = 0
        while data := os.pread(source, BUFFER, at):
            digest.update(data)
            if entry.ranges is None:
                write_all(target, data, at)
            else:
                _write_around_holes(target, data, at, entry.ranges)
            at += len(data)
            self._done_bytes += len(data)
            if len(data) == BUFFER:
                self._progress.update(self._done, self._total, self._done_bytes, self._total_bytes)
                self._progress.check()
        if digest.hexdigest() != content or at != entry.size:
            raise ObjectDamaged(content, "its bytes have changed", entry.path)
        os.ftruncate(target, at)

    def _path(self, entry: Entry) -> bytes:
        return os.path.join(self._top, entry.path)


def _write_around_holes(target: int, data: bytes, at: int, ranges: Ranges) -> None:
    """Write `data`, but for blocks that are zero and lie wholly outside of `ranges`."""
    if not _touches(at, len(data), ranges) and not any(data):
        return
    for start in range(0, len(data), _HOLE_STEP):
        block = data[start : start + _HOLE_STEP]
        if _touches(at + start, len(block), ranges) or any(block):
            write_all(target, block, at + start)


def _touches(start: int, length: int, ranges: Ranges) -> bool:
    """Whether [start, start + length) and one of the sorted `ranges` have a byte in common."""
    number = bisect_left(ranges, (start + length,)) - 1
    return number >= 0 and ranges[number][0] + ranges[number][1] > start


def _set_time(path: bytes, entry: Entry) -> None:
    os.utime(path, ns=(entry.mtime_ns, entry.mtime_ns), follow_symlinks=False)
