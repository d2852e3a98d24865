"""A held content that is open for reading: bytes come from a file that the file system keeps, and each
chunk that is touched is hashed against the content's shard (G6).
"""

from __future__ import annotations

import os
from array import array
from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate
from typing import Protocol

from ..store.failures import ObjectDamaged
from .hashing import chunk_hash
from .reader import ChunkFile
from .shard import Term
from .xorb import XorbLayout

_RUN_BYTES = 1 << 20

LayoutOf = Callable[[bytes], XorbLayout]


class Source(Protocol):
    """Where the bytes of one content are."""

    def pread(self, length: int, offset: int) -> bytes:
        """Bytes of the content from an offset on; fewer where the file ends. Raises OSError, StoreFailure."""

    def close(self) -> None:
        """No more is read."""


class HeldFile(ChunkFile):
    """The content `key` made of `terms`; closes `source`. For one thread."""

    def __init__(self, key: str, terms: list[Term], layout_of: LayoutOf, source: Source) -> None:
        super().__init__(key, terms, lambda xorb: (layout_of(xorb), ""), lambda: terms)
        self._layout_of = layout_of
        self._source = source
        self._xorb_name: bytes | None = None
        self._data: bytes | memoryview = b""
        self._data_at = 0

    def close(self) -> None:
        """Close the source."""
        if not self.closed:
            self._source.close()
        super().close()

    def _copied(self, view: memoryview, one: bool) -> int:
        """Copy at least a byte from the position on; with `one` of a single chunk."""
        inside = self._position - self._data_at
        if not 0 <= inside < len(self._data):
            self._fill(1 if one else len(view))
            inside = self._position - self._data_at
        part = memoryview(self._data)[inside : inside + len(view)]
        view[: len(part)] = part
        return len(part)

    def _fill(self, wanted: int) -> None:
        """Read the chunks from that of the position on, at least one, and check them."""
        number = bisect_right(self._ends, self._position)
        term = self._terms[number]
        layout, starts = self._described(term.xorb)
        base = self._ends[number] - term.size - starts[term.start]
        first = bisect_right(starts, self._position - base) - 1
        last, most = first + 1, min(wanted, _RUN_BYTES)
        while last < term.end and starts[last] + base < self._position + most:
            last += 1
        at, end = starts[first] + base, starts[last] + base
        self._data, self._data_at = self._checked(layout, starts, (first, last), at, end), at

    def _checked(
        self, layout: XorbLayout, starts: array[int], some: tuple[int, int], at: int, end: int
    ) -> memoryview:
        try:
            data = memoryview(self._source.pread(end - at, at))
        except OSError as error:
            raise ObjectDamaged(self._key, error.strerror or str(error)) from error
        for index in range(*some):
            start = starts[index] - starts[some[0]]
            piece = data[start : start + layout.sizes[index]]
            if chunk_hash(piece) != layout.hash_of(index):
                raise ObjectDamaged(self._key, f"the bytes from {at + start} on have changed")
        return data

    def _described(self, xorb: bytes) -> tuple[XorbLayout, array[int]]:
        if self._xorb_name != xorb:
            layout = self._layout_of(xorb)
            self._layout, self._starts = layout, array("Q", accumulate(layout.sizes, initial=0))
            self._xorb_name = xorb
        return self._layout, self._starts


class FileSource:
    """The open file `descriptor`; `ranges` (offset, length) where the content is those alone. `then` is
    called when it is closed.
    """

    def __init__(
        self,
        descriptor: int,
        ranges: tuple[tuple[int, int], ...] | None = None,
        then: Callable[[], object] = lambda: None,
    ) -> None:
        self._descriptor = descriptor
        self._ranges = ranges
        self._then = then
        if ranges is not None:
            self._stored = [0, *accumulate(length for _, length in ranges)]

    def pread(self, length: int, offset: int) -> bytes:
        """See `Source`."""
        if self._ranges is None:
            return _whole(self._descriptor, length, offset)
        parts: list[bytes] = []
        while length > 0 and offset < self._stored[-1]:
            number = bisect_right(self._stored, offset) - 1
            inside = offset - self._stored[number]
            start, size = self._ranges[number]
            count = min(length, size - inside)
            parts.append(_whole(self._descriptor, count, start + inside))
            offset += count
            length -= count
        return b"".join(parts)

    def close(self) -> None:
        """See `Source`."""
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
            self._then()


def _whole(descriptor: int, length: int, offset: int) -> bytes:
    """As many bytes as there are: one call may give fewer."""
    data = os.pread(descriptor, length, offset)
    if len(data) == length or not data:
        return data
    return data + _whole(descriptor, length - len(data), offset + len(data))
