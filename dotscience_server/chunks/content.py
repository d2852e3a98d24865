"""The bytes of an open file that are stored for it: all of them, or, of a very sparse one, its data
ranges one after the other (docs/formats/store.md).
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

from dotscience._tree import Ranges

from ..store.copying import BUFFER


class Content:
    """Reads by offset. `fd` stays the caller's. A file that has become shorter gives fewer bytes."""

    def __init__(self, fd: int, size: int, ranges: Ranges | None = None) -> None:
        """`size`: of the file; `ranges`: of its data, where only that is stored."""
        self.fd = fd
        self.is_joined = ranges is not None
        self._ranges = [(0, size)] if ranges is None else ranges
        self._ends = list(accumulate(length for _, length in self._ranges))
        self.size = self._ends[-1] if self._ends else 0

    def readinto(self, buffer: memoryview, at: int) -> int:
        """Fill a buffer from offset `at` of the content on; how many bytes."""
        filled = 0
        while filled < len(buffer) and at + filled < self.size:
            start, left = self._place(at + filled)
            got = os.preadv(self.fd, [buffer[filled : filled + left]], start)
            if not got:
                break
            filled += got
        return filled

    def read(self, at: int, length: int) -> bytes:
        """So many bytes from offset `at` on."""
        if not self.is_joined:
            return os.pread(self.fd, length, at)
        data = bytearray(length)
        return bytes(data[: self.readinto(memoryview(data), at)])

    def pieces(self) -> Iterator[bytes]:
        """All of it."""
        at = 0
        while data := self.read(at, min(BUFFER, self.size - at)):
            yield data
            at += len(data)

    def _place(self, at: int) -> tuple[int, int]:
        """Where in the file that offset lies, and how many bytes of its range follow."""
        number = bisect_right(self._ends, at)
        start, length = self._ranges[number]
        left = self._ends[number] - at
        return start + length - left, left
