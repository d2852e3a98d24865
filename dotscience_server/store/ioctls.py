"""Calls of Linux to file systems that share blocks between files: clones, extents, subvolumes of btrfs.

Sizes of the structures are part of the calls' numbers, so the kernel refuses a wrong one. Everything
raises OSError as the kernel says it: EOPNOTSUPP or ENOTTY where a file system knows no such call, EXDEV
between two. Elsewhere than on Linux `SUPPORTED` is false and each call raises ENOTTY.
"""

from __future__ import annotations

import errno
import os
import platform
import struct
import sys
from collections.abc import Iterator
from typing import NamedTuple

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_OTHER_NUMBERS = ("alpha", "mips", "parisc", "ppc", "sparc")
SUPPORTED = sys.platform.startswith("linux") and not platform.machine().startswith(_OTHER_NUMBERS)
"""A few machines number these calls another way: they do without."""

_NONE, _WRITE, _READ = 0, 1, 2


def _number(direction: int, group: int, number: int, size: int) -> int:
    return direction << 30 | size << 16 | group << 8 | number


_CLONE_RANGE = struct.Struct("=qQQQ")
_FIEMAP = struct.Struct("=QQIIII")
_EXTENT = struct.Struct("=QQQ16xI12x")
_VOLUME = struct.Struct("=qQQ32x4040s")
_SUBVOLUME = struct.Struct("=Q256sQQQQ16s16s16sQQQQ64x64x")
_FILE_SYSTEM = struct.Struct("=QQ16s992x")
_FLAGS = struct.Struct("=Q")

FICLONE = _number(_WRITE, 0x94, 9, 4)
FICLONERANGE = _number(_WRITE, 0x94, 13, _CLONE_RANGE.size)
FIEMAP = _number(_READ | _WRITE, ord("f"), 11, _FIEMAP.size)
BTRFS_SYNC = _number(_NONE, 0x94, 8, 0)
BTRFS_SNAPSHOT = _number(_WRITE, 0x94, 23, _VOLUME.size)
BTRFS_CREATE = _number(_WRITE, 0x94, 24, _VOLUME.size)
BTRFS_GET_FLAGS = _number(_READ, 0x94, 25, _FLAGS.size)
BTRFS_SET_FLAGS = _number(_WRITE, 0x94, 26, _FLAGS.size)
BTRFS_FILE_SYSTEM = _number(_READ, 0x94, 31, _FILE_SYSTEM.size)
BTRFS_SUBVOLUME = _number(_READ, 0x94, 60, _SUBVOLUME.size)
BTRFS_DESTROY = _number(_WRITE, 0x94, 63, _VOLUME.size)

READ_ONLY = 1 << 1
_PAGE = 512
_SYNC = 1
_LAST = 0x1
_TELLING = 0x1 | 0x1000 | 0x2000
"""LAST, MERGED, SHARED: of such an extent the place tells its bytes. All others (delayed, unknown, encoded,
unaligned, inline, packed, unwritten, and what is not invented yet) do not."""


class Extent(NamedTuple):
    """Bytes of a file in a row on the disk. `told`: the same place later means the same bytes, as long
    as the file stands.
    """

    offset: int
    length: int
    place: int
    told: bool


class Subvolume(NamedTuple):
    """`top` is the number of its tree; `generation` grows with each change; `made` is the one in which
    it was made; `parent` the uuid of what it is a snapshot of, zeros for none.
    """

    top: int
    uuid: bytes
    parent: bytes
    generation: int
    made: int
    read_only: bool


def clone(source: int, target: int) -> None:
    """Make `target` hold what `source` holds now, without a copy. The flags of both stay."""
    _call(target, FICLONE, source)


def clone_range(source: int, offset: int, length: int, target: int, to: int) -> None:
    """Share a range, in blocks of the file system; `length` 0 means to the end."""
    _call(target, FICLONERANGE, bytearray(_CLONE_RANGE.pack(source, offset, length, to)))


def extents(fd: int) -> Iterator[Extent]:
    """The extents of a file in order, holes left out; what is written but on no disk yet goes there first."""
    at, last = 0, False
    while not last:
        found, last = _some_extents(fd, at, _PAGE)
        yield from found
        if not found:
            return
        at = found[-1].offset + found[-1].length


def _some_extents(fd: int, at: int, most: int) -> tuple[list[Extent], bool]:
    """Up to `most` extents that reach beyond `at`, and whether the file ends with them."""
    buffer = bytearray(_FIEMAP.size + most * _EXTENT.size)
    _FIEMAP.pack_into(buffer, 0, at, (1 << 64) - 1 - at, _SYNC, 0, most, 0)
    _call(fd, FIEMAP, buffer)
    count = _FIEMAP.unpack_from(buffer)[3]
    found = [
        _EXTENT.unpack_from(buffer, _FIEMAP.size + number * _EXTENT.size) for number in range(count)
    ]
    last = bool(found) and bool(found[-1][3] & _LAST)
    return [
        Extent(offset, length, place, not flags & ~_TELLING)
        for offset, place, length, flags in found
    ], last


def snapshot(subvolume: int, folder: int, name: bytes) -> None:
    """Make a read-only snapshot of the subvolume `name` in `folder` (all descriptors). Its transaction is
    committed on return: it is durable.
    """
    _call(folder, BTRFS_SNAPSHOT, bytearray(_VOLUME.pack(subvolume, 0, READ_ONLY, name)))


def create_subvolume(folder: int, name: bytes) -> None:
    """Make an empty one."""
    _call(folder, BTRFS_CREATE, bytearray(_VOLUME.pack(0, 0, 0, name)))


def destroy_subvolume(folder: int, name: bytes) -> None:
    """Remove a subvolume with all that is in it. EPERM for users, unless the disk is mounted with
    `user_subvol_rm_allowed`.
    """
    _call(folder, BTRFS_DESTROY, bytearray(_VOLUME.pack(0, 0, 0, name)))


def subvolume(fd: int) -> Subvolume:
    """The one in which a file or folder lies."""
    buffer = bytearray(_SUBVOLUME.size)
    _call(fd, BTRFS_SUBVOLUME, buffer)
    top, _, _, _, generation, flags, uuid, parent, _, _, made, _, _ = _SUBVOLUME.unpack(buffer)
    # The flags are those of the tree's root item there: bit 0 is "read only".
    return Subvolume(top, uuid, parent, generation, made, bool(flags & 1))


def set_read_only(fd: int, read_only: bool) -> None:
    """Of the subvolume whose top `fd` is; for its owner."""
    buffer = bytearray(_FLAGS.size)
    _call(fd, BTRFS_GET_FLAGS, buffer)
    (flags,) = _FLAGS.unpack(buffer)
    flags = flags | READ_ONLY if read_only else flags & ~READ_ONLY
    _call(fd, BTRFS_SET_FLAGS, bytearray(_FLAGS.pack(flags)))


def btrfs_id(fd: int) -> bytes:
    """The uuid of the btrfs file system, the same for all its subvolumes. ENOTTY where it is none."""
    buffer = bytearray(_FILE_SYSTEM.size)
    _call(fd, BTRFS_FILE_SYSTEM, buffer)
    uuid: bytes = _FILE_SYSTEM.unpack(buffer)[2]
    return uuid


def sync_btrfs(fd: int) -> None:
    """Write what is not on the disk yet of the file system, and commit."""
    _call(fd, BTRFS_SYNC, 0)


def _call(fd: int, number: int, argument: int | bytearray) -> None:
    if not SUPPORTED:
        raise OSError(errno.ENOTTY, os.strerror(errno.ENOTTY))
    fcntl.ioctl(fd, number, argument)
