"""A folder with all that it holds, made again below another one: bytes, modes, owners, times, links, hard links,
holes, extended attributes, pipes and devices.

Invariants: nothing of the source is written; nothing is entered through a link, and no other file system; what has been
copied by an earlier try (same size and time) is not copied again. Nothing is proved here: `tree_check` does.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ..snapshots.folders import Folders, lstat, remove_tree
from ..store.copying import BUFFER, data_ranges, write_all

Tell = Callable[[int, int], None]
"""Called with files and bytes just done; may raise to stop."""

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_MAKE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_XATTR = (errno.ENOTSUP, errno.EPERM, errno.EACCES, errno.ENOSPC, errno.E2BIG, errno.EINVAL)
_SECOND_NS = 1_000_000_000


class OtherFileSystem(Exception):
    """Something is mounted inside, at `path`."""

    def __init__(self, path: bytes) -> None:
        super().__init__(os.fsdecode(path))
        self.path = path


@dataclass(frozen=True)
class Found:
    """An entry of a tree: its path below the top (b"": the top itself) and its lstat."""

    path: bytes
    status: os.stat_result

    @property
    def is_folder(self) -> bool:
        return stat.S_ISDIR(self.status.st_mode)

    @property
    def is_file(self) -> bool:
        return stat.S_ISREG(self.status.st_mode)


@dataclass
class Size:
    """How much a tree is. `disk_bytes` counts what its files take, each hard-linked one once."""

    files: int = 0
    bytes: int = 0
    disk_bytes: int = 0


@dataclass
class Copied:
    """What a copy lacks: the paths whose extended attributes the target takes not all of."""

    without_attributes: list[bytes] = field(default_factory=list)


def walk(top: int) -> Iterator[Found]:
    """Everything below an open folder and itself, a folder before what it holds, in the order of names.

    Raises OSError, OtherFileSystem.
    """
    status = os.fstat(top)
    yield Found(b"", status)
    with Folders(top) as at:
        # No recursion: a tree may be as deep as it likes.
        waiting = [b""]
        while waiting:
            folder = waiting.pop()
            names = sorted(map(os.fsencode, os.listdir(at.folder(folder))))
            below = []
            for name in names:
                path = folder + b"/" + name if folder else name
                one = os.stat(name, dir_fd=at.folder(folder), follow_symlinks=False)
                if one.st_dev != status.st_dev:
                    raise OtherFileSystem(path)
                yield Found(path, one)
                if stat.S_ISDIR(one.st_mode):
                    below.append(path)
            waiting += reversed(below)


def measure(top: int) -> Size:
    """How much is to be copied. Raises OSError, OtherFileSystem."""
    size, seen = Size(), set()
    for found in walk(top):
        size.files += not found.is_folder
        if not found.is_file or (found.status.st_nlink > 1 and found.status.st_ino in seen):
            continue
        if found.status.st_nlink > 1:
            seen.add(found.status.st_ino)
        size.bytes += found.status.st_size
        size.disk_bytes += found.status.st_blocks * 512
    return size


def copy_tree(source: int, target: int, tell: Tell) -> Copied:
    """Make `target`, an open folder, like `source`. What stands there and is not as it should be is replaced.

    Raises OSError, OtherFileSystem.
    """
    with Folders(source) as left, Folders(target) as right:
        return _Copy(left, right, tell).run(source)


class _Copy:
    def __init__(self, left: Folders, right: Folders, tell: Tell) -> None:
        self._left = left
        self._right = right
        self._tell = tell
        self._firsts: dict[int, bytes] = {}
        self._done = Copied()

    def run(self, source: int) -> Copied:
        folders = []
        for found in walk(source):
            if found.is_folder:
                folders.append(found)
                self._folder(found)
            else:
                self._entry(found)
                self._tell(1, 0)
        self._drop_strangers(folders)
        for found in reversed(folders):
            self._finish_folder(found)
        return self._done

    def _folder(self, found: Found) -> None:
        if not found.path:
            return
        parent, name = self._right.parent(found.path)
        there = lstat(parent, name)
        if there is not None and not stat.S_ISDIR(there.st_mode):
            os.unlink(name, dir_fd=parent)
            there = None
        if there is None:
            os.mkdir(name, 0o700, dir_fd=parent)

    def _entry(self, found: Found) -> None:
        first = self._firsts.get(found.status.st_ino)
        if first is not None:
            self._further_name(found, first)
            return
        if found.status.st_nlink > 1:
            self._firsts[found.status.st_ino] = found.path
        parent, name = self._right.parent(found.path)
        there = lstat(parent, name)
        if there is not None and found.is_file and _same_content(found.status, there):
            self._tell(0, found.status.st_size)
        else:
            if there is not None:
                remove_tree(parent, name)
            self._make(found, parent, name)
        self._finish(found)

    def _further_name(self, found: Found, first: bytes) -> None:
        of_first, its_name = self._right.parent(first)
        made = os.stat(its_name, dir_fd=of_first, follow_symlinks=False)
        held = os.dup(of_first)
        try:
            parent, name = self._right.parent(found.path)
            there = lstat(parent, name)
            if there is not None and there.st_ino == made.st_ino:
                return
            if there is not None:
                remove_tree(parent, name)
            os.link(its_name, name, src_dir_fd=held, dst_dir_fd=parent, follow_symlinks=False)
        finally:
            os.close(held)

    def _make(self, found: Found, parent: int, name: bytes) -> None:
        kind = stat.S_IFMT(found.status.st_mode)
        if kind == stat.S_IFREG:
            self._file(found, parent, name)
        elif kind == stat.S_IFLNK:
            of, its = self._left.parent(found.path)
            os.symlink(os.readlink(its, dir_fd=of), name, dir_fd=parent)
        else:
            os.mknod(name, kind | 0o600, found.status.st_rdev, dir_fd=parent)

    def _file(self, found: Found, parent: int, name: bytes) -> None:
        with self._reading(found.path) as source:
            target = os.open(name, _MAKE, 0o600, dir_fd=parent)
            try:
                self._bytes(source, target)
            finally:
                os.close(target)

    def _bytes(self, source: int, target: int) -> None:
        status = os.fstat(source)
        buffer = memoryview(bytearray(BUFFER))
        for start, length in data_ranges(source, status) or ((0, status.st_size),):
            at, end = start, start + length
            while at < end:
                count = os.preadv(source, [buffer[: min(BUFFER, end - at)]], at)
                if count == 0:
                    break
                write_all(target, buffer[:count], at)
                at += count
                self._tell(0, count)
        os.ftruncate(target, status.st_size)

    def _finish(self, found: Found) -> None:
        """Owner, mode, attributes, and last the times: with them it counts as copied."""
        parent, name = self._right.parent(found.path)
        times = (found.status.st_atime_ns, found.status.st_mtime_ns)
        if os.geteuid() == 0:
            owner = (found.status.st_uid, found.status.st_gid)
            os.chown(name, *owner, dir_fd=parent, follow_symlinks=False)
        if not stat.S_ISLNK(found.status.st_mode):
            os.chmod(name, stat.S_IMODE(found.status.st_mode), dir_fd=parent)
        if found.is_file:
            self._attributes(found.path, name, parent)
        os.utime(name, ns=times, dir_fd=parent, follow_symlinks=False)

    def _finish_folder(self, found: Found) -> None:
        target = self._right.folder(found.path)
        if os.geteuid() == 0:
            os.fchown(target, found.status.st_uid, found.status.st_gid)
        os.fchmod(target, stat.S_IMODE(found.status.st_mode))
        if not copy_attributes(self._left.folder(found.path), target):
            self._done.without_attributes.append(found.path)
        os.utime(target, ns=(found.status.st_atime_ns, found.status.st_mtime_ns))

    def _attributes(self, path: bytes, name: bytes, parent: int) -> None:
        with self._reading(path) as source:
            if not os.listxattr(source):
                return
            target = os.open(name, _READ, dir_fd=parent)
            try:
                if not copy_attributes(source, target):
                    self._done.without_attributes.append(path)
            finally:
                os.close(target)

    def _drop_strangers(self, folders: list[Found]) -> None:
        """Names that an earlier try made and that the source has no longer."""
        for found in folders:
            here = set(os.listdir(self._left.folder(found.path)))
            there = set(os.listdir(self._right.folder(found.path)))
            for name in there - here:
                remove_tree(self._right.folder(found.path), os.fsencode(name))

    @contextlib.contextmanager
    def _reading(self, path: bytes) -> Iterator[int]:
        parent, name = self._left.parent(path)
        descriptor = open_quietly(name, parent)
        try:
            yield descriptor
        finally:
            os.close(descriptor)


def open_quietly(name: bytes, folder: int) -> int:
    """A file for reading, its access time left as it is where we may do that. Raises OSError."""
    try:
        return os.open(name, _READ | getattr(os, "O_NOATIME", 0), dir_fd=folder)
    except PermissionError:
        return os.open(name, _READ, dir_fd=folder)


def attributes(descriptor: int) -> dict[str, bytes]:
    """The extended attributes of an open file or folder; empty where there can be none."""
    try:
        names = os.listxattr(descriptor)
        return {name: os.getxattr(descriptor, name) for name in names}
    except OSError as error:
        if error.errno in _NO_XATTR:
            return {}
        raise


def copy_attributes(source: int, target: int) -> bool:
    """Whether the target has them all now."""
    whole = True
    for name, value in attributes(source).items():
        try:
            os.setxattr(target, name, value)
        except OSError as error:
            if error.errno not in _NO_XATTR:
                raise
            whole = False
    return whole


def same_time(original_ns: int, copied_ns: int) -> bool:
    """Whether a copy has the time of its original, as fine as its file system keeps it (zfs-fuse: whole seconds)."""
    return copied_ns in (original_ns, original_ns - original_ns % _SECOND_NS)


def _same_content(source: os.stat_result, target: os.stat_result) -> bool:
    """As an earlier try left it: times are set last."""
    return (
        stat.S_ISREG(target.st_mode)
        and target.st_size == source.st_size
        and same_time(source.st_mtime_ns, target.st_mtime_ns)
        and target.st_nlink == 1
    )
