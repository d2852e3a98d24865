"""What has changed of a file, told by where its bytes lie: no byte is read.

A file system that shares blocks never writes into a shared one: what is written to a file after it was cloned
lies elsewhere. So where the clone and the file have the same bytes of the disk at the same offset, nothing has
changed. Both must stand, unchanged, while they are compared; what is moved on the disk meanwhile (balance,
defragmentation) is noticed by a second look. Whatever an extent does not tell counts as changed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from dotscience._tree import Ranges

from .ioctls import Extent, extents

_MOST = 1_000_000
"""Extents of a file that are looked at; one with more has been written to everywhere."""


def changed_between(before: int, after: int) -> Ranges | None:
    """Which ranges (offset, length) of the files may differ, in order, apart from each other, within
    the longer of both; None where the file system does not tell. Raises OSError.
    """
    first = _all(before)
    second = _all(after)
    if first is None or second is None or _all(before) != first:
        return None
    return compared(first, second, os.fstat(before).st_size, os.fstat(after).st_size)


def compared(
    before: Sequence[Extent], after: Sequence[Extent], size_before: int, size_after: int
) -> Ranges:
    """The same from two lists of extents."""
    size, both = max(size_before, size_after), min(size_before, size_after)
    same = [*_same(before, after, both)]
    changed: list[tuple[int, int]] = []
    at = 0
    for start, end in [*same, (size, size)]:
        if start > at:
            changed.append((at, start - at))
        at = max(at, end)
    return tuple(changed)


def _all(fd: int) -> list[Extent] | None:
    """Those that lie in a row are one: where they are cut depends on what others share of them."""
    found: list[Extent] = []
    for extent in extents(fd):
        last = found[-1] if found else None
        if last is not None and _goes_on(last, extent):
            found[-1] = last._replace(length=last.length + extent.length)
        else:
            found.append(extent)
        if len(found) > _MOST:
            return None
    return found


def _goes_on(one: Extent, other: Extent) -> bool:
    ends = one.offset + one.length, one.place + one.length, one.told
    return ends == (other.offset, other.place, other.told)


def _same(
    before: Sequence[Extent], after: Sequence[Extent], size: int
) -> Iterable[tuple[int, int]]:
    """The ranges (start, end) below `size` that lie at one place in both, or are a hole in both."""
    one, other = _Pieces(before, size), _Pieces(after, size)
    at = 0
    while at < size:
        place, end = one.at(at)
        place_after, end_after = other.at(at)
        end = min(end, end_after)
        if place is not None and place == place_after:
            yield at, end
        at = end


Place = tuple[int, ...]
_HOLE: Place = ()


class _Pieces:
    """Asked for rising offsets."""

    def __init__(self, extents: Sequence[Extent], size: int) -> None:
        self._extents = extents
        self._size = size
        self._number = 0

    def at(self, offset: int) -> tuple[Place | None, int]:
        """What lies at an offset, and where that ends: where on the disk the file would begin if all of it
        lay in a row, or _HOLE; None for what nobody can tell.
        """
        while self._number < len(self._extents):
            extent = self._extents[self._number]
            if offset < extent.offset:
                return _HOLE, min(extent.offset, self._size)
            if offset < extent.offset + extent.length:
                end = min(extent.offset + extent.length, self._size)
                return (extent.place - extent.offset,) if extent.told else None, end
            self._number += 1
        return _HOLE, self._size
