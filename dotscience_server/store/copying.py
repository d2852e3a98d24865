"""Reading a file once: hashed while it is copied, holes kept, in bounded memory.

Invariant: what `copy` reports is exactly what it read: `length` bytes at most, zeros for holes.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable
from typing import NamedTuple

from dotscience._tree import Ranges

BUFFER = 1 << 20
RANGES_MOST = 4096
_ZEROS = bytes(BUFFER)

Tick = Callable[[int], None]
"""Called with the number of bytes just read; may raise to stop."""

Write = Callable[[memoryview, int], None]
"""Takes bytes and their offset."""


def no_tick(_count: int) -> None:
    """The tick of those who do not watch."""


class Copied(NamedTuple):
    """What was read: hash and size of the content, `ranges` for a sparse file, bytes written."""

    hash: str
    size: int
    ranges: Ranges | None
    written: int


def data_ranges(fd: int, status: os.stat_result) -> Ranges | None:
    """The data ranges of a sparse file; None when it has no holes, or too many to name."""
    size = status.st_size
    if not hasattr(os, "SEEK_DATA") or status.st_blocks * 512 >= size:
        return None
    ranges: list[tuple[int, int]] = []
    end = 0
    while end < size and len(ranges) <= RANGES_MOST:
        try:
            start = os.lseek(fd, end, os.SEEK_DATA)
            end = min(os.lseek(fd, start, os.SEEK_HOLE), size)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nothing but a hole from here on
                break
            return None
        if start < size:
            ranges.append((start, end - start))
    if len(ranges) > RANGES_MOST or ranges == [(0, size)]:
        return None
    return tuple(ranges)


def copy(source: int, status: os.stat_result, tick: Tick, write: Write | None = None) -> Copied:
    """Hash `source` as far as `status` says it reaches, giving what is no hole to `write`."""
    ranges = data_ranges(source, status)
    copier = _Copier(source, tick, write)
    for offset, length in ((0, status.st_size),) if ranges is None else ranges:
        copier.skip_to(offset)
        if not copier.take(length):
            return copier.done(None)
    if ranges is not None:
        copier.skip_to(status.st_size)
    return copier.done(ranges)


class _Copier:
    """Position and hash of one copy."""

    def __init__(self, source: int, tick: Tick, write: Write | None) -> None:
        self._source = source
        self._tick = tick
        self._write = write
        self._hash = hashlib.sha256()
        self._buffer = memoryview(bytearray(BUFFER))
        self._at = 0
        self._written = 0

    def skip_to(self, offset: int) -> None:
        """Take a hole: hashed as zeros, not written."""
        while self._at < offset:
            length = min(BUFFER, offset - self._at)
            self._hash.update(_ZEROS if length == BUFFER else _ZEROS[:length])
            self._at += length
            self._tick(0)

    def take(self, length: int) -> bool:
        """Copy `length` bytes; False when the file ends before."""
        end = self._at + length
        while self._at < end:
            space = self._buffer[: min(BUFFER, end - self._at)]
            count = os.preadv(self._source, [space], self._at)
            if count == 0:
                return False
            data = space[:count]
            self._hash.update(data)
            if self._write is not None:
                self._write(data, self._at)
                self._written += count
            self._at += count
            self._tick(count)
        return True

    def done(self, ranges: Ranges | None) -> Copied:
        return Copied(self._hash.hexdigest(), self._at, ranges, self._written)


def write_all(fd: int, data: bytes | memoryview, offset: int) -> None:
    """`pwrite` until everything is written."""
    view = memoryview(data)
    while view:
        count = os.pwrite(fd, view, offset)
        view = view[count:]
        offset += count
