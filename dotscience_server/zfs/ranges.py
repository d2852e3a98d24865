"""Ranges of bytes that are collected while a stream is read, in bounded memory: where there are too many, the
nearest ones are joined. What comes out covers what went in.
"""

from __future__ import annotations

from dotscience._tree import Ranges

END = (1 << 63) - 1
"""Past the end of every file."""
RANGES_MOST = 1 << 16


class Covered:
    """Ranges of one file, in any order at first."""

    __slots__ = ("_grain", "_most", "_spans")

    def __init__(self, most: int = RANGES_MOST) -> None:
        self._spans: list[tuple[int, int]] = []
        self._most = most
        self._grain = 0

    def add(self, offset: int, length: int) -> None:
        """Bytes that may have changed; what reaches past `END` is cut."""
        start, end = min(offset, END), min(offset + length, END)
        if start >= end:
            return
        spans = self._spans
        if spans and spans[-1][0] <= start <= spans[-1][1] + self._grain:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
            return
        spans.append((start, end))
        if len(spans) > self._most:
            self._join()

    def ranges(self) -> Ranges:
        """In order, apart from each other, (offset, length)."""
        return tuple((start, end - start) for start, end in _joined(self._spans, self._grain))

    def tail(self, size: int) -> int:
        """Where the last run begins that goes on to the end of a file of `size` bytes or past it; else its end."""
        spans = _joined(self._spans, self._grain)
        if spans and spans[-1][1] >= size:
            return min(spans[-1][0], size)
        return size

    def _join(self) -> None:
        self._spans = _joined(self._spans, self._grain)
        while len(self._spans) > self._most // 2:
            self._grain = max(4096, self._grain * 2)
            self._spans = _joined(self._spans, self._grain)


def _joined(spans: list[tuple[int, int]], grain: int) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1] + grain:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
