"""Whether a copy is the same as its source, byte for byte: both are read and hashed.

What differs is told by path and in words; nothing is written. What cannot be the same on another file system (inode
numbers, change times, access times) is not compared.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest

from ..snapshots.folders import Folders, lstat
from ..store.copying import copy, no_tick
from .tree_copy import Found, Tell, attributes, open_quietly, same_time, walk


@dataclass(frozen=True)
class Difference:
    """`path` below the top; `what`: "bytes", "mode", "owner", "time", "link", "hard links", "attributes", "missing",
    "not in the original".
    """

    path: bytes
    what: str


@dataclass(frozen=True)
class Moment:
    """How a tree was when it was read: enough to see that nobody wrote since."""

    entries: tuple[tuple[bytes, int, int, int], ...]


def moment_of(top: int) -> Moment:
    """Path, inode, size, change time of everything. Raises OSError, OtherFileSystem."""
    return Moment(
        tuple(
            (one.path, one.status.st_ino, one.status.st_size, one.status.st_ctime_ns)
            for one in walk(top)
        )
    )


def differences(
    source: int, target: int, tell: Tell, without_attributes: frozenset[bytes] = frozenset()
) -> Iterator[Difference]:
    """What is not the same. Of `without_attributes` the extended attributes are not compared. Raises OSError,
    OtherFileSystem.
    """
    with Folders(source) as left, Folders(target) as right:
        yield from _Check(left, right, tell, without_attributes).run(source, target)


class _Check:
    def __init__(
        self, left: Folders, right: Folders, tell: Tell, without_attributes: frozenset[bytes]
    ) -> None:
        self._left = left
        self._right = right
        self._tell = tell
        self._without = without_attributes
        self._twins: dict[int, int] = {}

    def run(self, source: int, target: int) -> Iterator[Difference]:
        for one, other in zip_longest(walk(source), walk(target)):
            if one is None or (other is not None and other.path != one.path):
                # The same order on both sides: from the first name that differs on nothing can be said.
                yield self._stray(one, other)
                return
            if other is None:
                yield Difference(one.path, "missing")
                return
            yield from self._pair(one, other)
            self._tell(not one.is_folder, 0)

    def _pair(self, one: Found, other: Found) -> Iterator[Difference]:
        yield from (Difference(one.path, what) for what in _of_status(one.status, other.status))
        known = self._twins.setdefault(one.status.st_ino, other.status.st_ino)
        if not one.is_folder and one.status.st_nlink > 1 and known != other.status.st_ino:
            yield Difference(one.path, "hard links")
        if stat.S_ISLNK(one.status.st_mode) and self._link(one) != self._link(other, right=True):
            yield Difference(one.path, "link")
        if one.is_folder:
            left, right = self._left.folder(one.path), self._right.folder(one.path)
            if one.path not in self._without and attributes(left) != attributes(right):
                yield Difference(one.path, "attributes")
        if one.is_file and other.is_file:
            yield from self._files(one)

    def _files(self, one: Found) -> Iterator[Difference]:
        left, right = _open(self._left, one.path), _open(self._right, one.path)
        try:
            mine = copy(left, os.fstat(left), partial(self._tell, 0))
            copied = copy(right, os.fstat(right), no_tick)
            if (mine.hash, mine.size) != (copied.hash, copied.size):
                yield Difference(one.path, "bytes")
            if one.path not in self._without and attributes(left) != attributes(right):
                yield Difference(one.path, "attributes")
        finally:
            os.close(left)
            os.close(right)

    def _stray(self, one: Found | None, other: Found | None) -> Difference:
        if one is not None:
            with contextlib.suppress(FileNotFoundError, NotADirectoryError):
                parent, name = self._right.parent(one.path)
                if lstat(parent, name) is not None and other is not None:
                    return Difference(other.path, "not in the original")
            return Difference(one.path, "missing")
        assert other is not None
        return Difference(other.path, "not in the original")

    def _link(self, found: Found, right: bool = False) -> bytes:
        parent, name = (self._right if right else self._left).parent(found.path)
        return os.readlink(name, dir_fd=parent)


def _open(folders: Folders, path: bytes) -> int:
    parent, name = folders.parent(path)
    return open_quietly(name, parent)


def _of_status(one: os.stat_result, other: os.stat_result) -> Iterator[str]:
    if one.st_mode != other.st_mode:
        yield "mode"
    if os.geteuid() == 0 and (one.st_uid, one.st_gid) != (other.st_uid, other.st_gid):
        yield "owner"
    if not same_time(one.st_mtime_ns, other.st_mtime_ns):
        yield "time"
    if stat.S_ISREG(one.st_mode) and one.st_size != other.st_size:
        yield "bytes"
    if stat.S_IFMT(one.st_mode) in (stat.S_IFCHR, stat.S_IFBLK) and one.st_rdev != other.st_rdev:
        yield "device"
