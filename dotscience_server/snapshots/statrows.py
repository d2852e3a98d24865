"""The rows of the stat cache in arrays: 114 bytes a file, where objects would take 550.

Invariant: rows are sorted by (dev, ino), both signed as SQLite holds them; nothing is changed after
loading.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left
from collections.abc import Iterator
from sqlite3 import Connection
from typing import NamedTuple

from dotscience._tree import Ranges, is_content_key

from ..store.attributes import LeftOut, kinds_of, number_of
from .collector import paused

Inode = tuple[int, int]

_WIDTH = 65  # the longest content key
_PORTION = 10_000
_MOST = (1 << 63) - 1
_QUERY = (
    "SELECT dev, ino, size, mtime_ns, ctime_ns, read_ns, hash, ranges, left_out FROM inode"
    " ORDER BY dev, ino"
)


class Known(NamedTuple):
    """What a file held when it was read at `read_ns`."""

    size: int
    mtime_ns: int
    ctime_ns: int
    hash: str
    ranges: Ranges | None
    read_ns: int
    left_out: LeftOut = ()


class StatRows:
    """Rows by (dev, ino)."""

    def __init__(self) -> None:
        self._devices: dict[int, tuple[int, int]] = {}
        self._numbers = [array("q") for _ in range(5)]  # ino, size, mtime, ctime, read
        self._keys = bytearray()
        self._ranges: dict[int, Ranges] = {}
        self._left_out = bytearray()

    @classmethod
    def load(cls, database: Connection) -> StatRows:
        """All rows of a cache. Raises sqlite3.Error, ValueError, TypeError, OverflowError."""
        rows = cls()
        cursor = database.execute(_QUERY)
        with paused():
            while portion := cursor.fetchmany(_PORTION):
                rows._extend(portion)
        return rows

    def __len__(self) -> int:
        return len(self._numbers[0])

    def get(self, inode: Inode) -> Known | None:
        """The row of an inode."""
        device, ino = inode
        if device > _MOST or ino > _MOST:
            device, ino = signed(device), signed(ino)
        low, high = self._devices.get(device, (0, 0))
        inos = self._numbers[0]
        at = bisect_left(inos, ino, low, high)
        return self._known(at) if at < high and inos[at] == ino else None

    def marked(self) -> bool:
        """Whether something is not kept of any of the files."""
        return any(self._left_out)

    def items(self) -> Iterator[tuple[Inode, Known]]:
        """All rows."""
        for device, (low, high) in self._devices.items():
            for at in range(low, high):
                yield (unsigned(device), unsigned(self._numbers[0][at])), self._known(at)

    def _extend(
        self, portion: list[tuple[int, int, int, int, int, int, str, str | None, int]]
    ) -> None:
        start = len(self)
        devices, *numbers, keys, ranges, left_out = zip(*portion, strict=True)
        for ours, column in zip(self._numbers, numbers, strict=True):
            ours.extend(column)
        if not all(map(is_content_key, keys)):
            raise ValueError("no content key")
        self._keys += "".join([key.rjust(_WIDTH) for key in keys]).encode()
        for number in set(left_out):
            kinds_of(number)
        self._left_out += bytes(left_out)
        for at, text in enumerate(ranges, start):
            if text is not None:
                self._ranges[at] = tuple((a, b) for a, b in json.loads(text))
        for device in dict.fromkeys(devices):
            first, count = start + devices.index(device), devices.count(device)
            self._devices[device] = self._devices.get(device, (first, 0))[0], first + count

    def _known(self, at: int) -> Known:
        _, size, mtime_ns, ctime_ns, read_ns = self._numbers
        key = self._keys[at * _WIDTH : (at + 1) * _WIDTH].decode().lstrip()
        ranges = self._ranges.get(at) if self._ranges else None
        left_out = kinds_of(self._left_out[at])
        return Known(size[at], mtime_ns[at], ctime_ns[at], key, ranges, read_ns[at], left_out)


def signed(value: int) -> int:
    """An unsigned 64-bit number as SQLite holds it."""
    return value - (1 << 64) if value > _MOST else value


def unsigned(value: int) -> int:
    """The inverse of `signed`."""
    return value + (1 << 64) if value < 0 else value


def to_row(inode: Inode, known: Known) -> tuple[object, ...]:
    """In the order of the table's columns."""
    ranges = None if known.ranges is None else json.dumps(known.ranges)
    return (
        *map(signed, inode),
        known.size,
        known.mtime_ns,
        known.ctime_ns,
        known.hash,
        ranges,
        known.read_ns,
        number_of(known.left_out),
    )
