"""A sparse file whose data alone is stored, one range after the other: read with its holes as zeros."""

from __future__ import annotations

import io
import os
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, BinaryIO

from dotscience._tree import Ranges

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_ZEROS = bytes(1 << 16)


class WithHoles(io.RawIOBase):
    """The file of `size` bytes whose `data` lies at the sorted `ranges` (offset, length). Closes `data`."""

    def __init__(self, data: BinaryIO, ranges: Ranges, size: int) -> None:
        self._data = data
        self._starts = [start for start, _ in ranges]
        self._lengths = [length for _, length in ranges]
        self._stored = [0, *accumulate(self._lengths)]
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """The position in bytes."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move. Raises ValueError before the start."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("before the start")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill from the position on, up to the next border between data and hole."""
        view = memoryview(buffer).cast("B")
        number = bisect_right(self._starts, self._at) - 1
        inside = self._at - self._starts[number] if number >= 0 else 0
        if number >= 0 and inside < self._lengths[number]:
            self._data.seek(self._stored[number] + inside)
            count = self._data.readinto(view[: self._lengths[number] - inside])  # type: ignore[attr-defined]
            self._at += count
            return int(count)
        after = self._starts[number + 1] if number + 1 < len(self._starts) else self._size
        count = max(0, min(len(view), min(after, self._size) - self._at))
        for start in range(0, count, len(_ZEROS)):
            stop = min(count, start + len(_ZEROS))
            view[start:stop] = _ZEROS[: stop - start]
        self._at += count
        return count

    def close(self) -> None:
        """Close the data too."""
        self._data.close()
        super().close()
