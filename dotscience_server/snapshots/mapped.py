"""Files that some process has mapped to write: memory stores that no timestamp tells at once.

Linux notes the first store to a clean page in the file's times, and nothing of the next ones until the
page was written back; `synced` before such a file is read makes its pages clean, so that whatever is
stored from then on changes its times. If they have changed by the time the reading begins, a page is dirty
again and more may be stored to it unseen: the file is *doubtful*, and read again by the next snapshot. On tmpfs pages are never clean: there such files are read each time.

Known limits: processes of other users and other PID namespaces are not seen; a mapping made after
the look and before the read; on tmpfs also a file that was mapped and left again between two
snapshots.
"""

from __future__ import annotations

import contextlib
import os
from typing import NamedTuple

from .statcache import Inode, inode_of

Times = tuple[int, int, int, int]
"""Device, inode, mtime and ctime in nanoseconds."""

_NEVER_TELLS = frozenset({"tmpfs", "ramfs", "hugetlbfs"})


def tells_stores(kind: str) -> bool:
    """Whether a file system of this kind notes stores to mapped pages in a file's times."""
    return kind not in _NEVER_TELLS


class Mapped(NamedTuple):
    """By path, and by number for other names of the same file."""

    paths: frozenset[bytes] = frozenset()
    inodes: frozenset[Inode] = frozenset()

    def holds(self, path: bytes) -> bool:
        """Whether the file with this absolute path is one of them."""
        if not self.inodes or path in self.paths:
            return bool(self.inodes)
        try:
            return inode_of(os.lstat(path)) in self.inodes
        except OSError:
            return False


def mapped_to_write() -> Mapped:
    """What the processes that we may look at have mapped shared and writable; about 1 ms for ten
    processes.
    """
    paths: set[bytes] = set()
    inodes: set[Inode] = set()
    for name in os.listdir("/proc") if os.path.isdir("/proc/self") else ():
        if name.isdecimal():
            with contextlib.suppress(OSError, ValueError):
                _add(name, paths, inodes)
    return Mapped(frozenset(paths), frozenset(inodes))


def times_of(status: os.stat_result) -> Times:
    """What tells one state of a file from another."""
    return *inode_of(status), status.st_mtime_ns, status.st_ctime_ns


def synced(path: bytes) -> Times | None:
    """Write the file's dirty pages back, so that the next store to them is noted; the times it had before.
    None where that could not be done. Never raises: whoever reads the file next says what is wrong with it.
    """
    with contextlib.suppress(OSError):
        times = times_of(os.lstat(path))
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            os.fsync(fd)
            return times
        finally:
            os.close(fd)
    return None


def _add(process: str, paths: set[bytes], inodes: set[Inode]) -> None:
    with open(f"/proc/{process}/maps", "rb") as file:
        maps = file.read()
    if b"w-s " not in maps and b"wxs " not in maps:
        return
    for line in maps.splitlines():
        fields = line.split(None, 5)
        if len(fields) == 6 and fields[1][1:2] == b"w" and fields[1][3:4] == b"s":
            major, _, minor = fields[3].partition(b":")
            inodes.add((os.makedev(int(major, 16), int(minor, 16)), int(fields[4])))
            paths.add(fields[5].replace(b"\\012", b"\n"))
