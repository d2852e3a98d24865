"""A fanotify group of this process, as an unprivileged user may have one (Linux 5.13, ctypes).

Facts of the kernel: the pid of an event is shown only to the process that caused it, else 0 (root sees
all); equal events of a file that were not read yet merge; a queue that is full says so once and drops.
A container's default seccomp profile refuses the group: then `Group` raises OSError.
"""

from __future__ import annotations

import ctypes
import os
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator

CLOSE_WRITE, CLOSE_NOWRITE, OPEN, MOVED_TO, CREATE = 0x8, 0x10, 0x20, 0x80, 0x100
OVERFLOW, ONDIR = 0x4000, 0x40000000
_MASK = OPEN | CLOSE_WRITE | CLOSE_NOWRITE | MOVED_TO | CREATE | 0x08000000 | ONDIR
_INIT = 0xC00 | 0x1 | 0x2  # DFID_NAME, CLOEXEC, NONBLOCK
_ADD_FOLDER = 0x1 | 0x8
_HERE = -100  # AT_FDCWD
_FID = 0x200  # AT_HANDLE_FID: a handle where the file system can't open by it (overlayfs)
_EVENT = struct.Struct("<IBBHQii")
_HANDLE = struct.Struct("=Ii")
_READ = 262_144
_LINK = "anon_inode:[fanotify]"


class Group:
    """One group. Raises OSError where there is none to be had."""

    def __init__(self) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        try:
            self._init, self._mark = libc.fanotify_init, libc.fanotify_mark
            self._to_handle = libc.name_to_handle_at
        except AttributeError:
            raise OSError("no fanotify in this C library") from None
        self.pid = os.getpid()
        self.fd = -1
        self._buffer = ctypes.create_string_buffer(136)
        self._mount = ctypes.c_int()
        self._flags = _FID
        self.open()

    def open(self) -> None:
        """A new group, with no marks; for a forked child too. Raises OSError."""
        flags = os.O_RDONLY | getattr(os, "O_LARGEFILE", 0) | os.O_CLOEXEC
        fd = self._init(ctypes.c_uint(_INIT), ctypes.c_uint(flags))
        if fd < 0:
            raise _error("fanotify_init")
        self.fd, self.pid = fd, os.getpid()

    def close(self) -> None:
        if self.is_ours():
            os.close(self.fd)
        self.fd = -1

    def is_ours(self) -> bool:
        """Whether the descriptor is still the group: the user's code may have closed it."""
        try:
            return os.readlink(f"/proc/self/fd/{self.fd}") == _LINK
        except OSError:
            return False

    def mark(self, folder: bytes) -> None:
        """Be told of what happens in the folder itself. Raises OSError."""
        mask = ctypes.c_uint64(_MASK)
        if self._mark(self.fd, ctypes.c_uint(_ADD_FOLDER), mask, _HERE, folder) < 0:
            raise _error("fanotify_mark")

    def key(self, folder: bytes) -> bytes:
        """How events name the folder. Raises OSError."""
        while True:
            _HANDLE.pack_into(self._buffer, 0, 128, 0)
            mount = ctypes.byref(self._mount)
            if self._to_handle(_HERE, folder, self._buffer, mount, self._flags) == 0:
                break
            if not self._flags:
                raise _error("name_to_handle_at")
            self._flags = 0
        length = _HANDLE.unpack_from(self._buffer)[0]
        fsid = os.statvfs(folder).f_fsid & 0xFFFFFFFFFFFFFFFF
        return fsid.to_bytes(8, "little") + self._buffer.raw[: 8 + length]

    def read(self) -> Iterator[tuple[int, int, bytes]]:
        """Events in order: (mask, pid, where), until none is left. Raises OSError."""
        while True:
            try:
                data = os.read(self.fd, _READ)
            except BlockingIOError:
                return
            at = 0
            while at < len(data):
                length, _, _, head, mask, _, pid = _EVENT.unpack_from(data, at)
                yield mask, pid, data[at + head : at + length]
                at += length


def where(info: bytes) -> tuple[bytes, bytes]:
    """(key of the folder, name in it) of an event's ``where``; the name is "." for the folder itself."""
    length = _HANDLE.unpack_from(info, 12)[0]
    end = 20 + length
    return info[4:end], info[end:].split(b"\0", 1)[0]


def _error(what: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{what}: {os.strerror(number)}")
