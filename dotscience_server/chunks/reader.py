"""A chunked file that is open for reading: only the chunks asked for are read, each is hashed (G6)."""

from __future__ import annotations

import contextlib
import errno
import io
import os
from array import array
from bisect import bisect_right
from collections.abc import Callable
from itertools import accumulate
from typing import TYPE_CHECKING

from ..store.failures import ObjectDamaged
from .hashing import chunk_hash, text_of
from .shard import Term
from .xorb import HEADER_BYTES, BadXorb, XorbLayout, parse_header, unpack

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_RUN_BYTES = 1 << 20  # what is read from the disk at once
_SMALL = 128 << 10  # a read of no more than this touches one chunk
_GONE = (errno.EIO, errno.ENOENT, errno.ESTALE, errno.EUCLEAN)

Found = tuple[XorbLayout, str]
"""What a xorb holds, offsets included, and its path."""


class ChunkFile(io.RawIOBase):
    """The file `key` made of `terms`. `find` raises ObjectDamaged for a xorb that is not there; then
    `renew` is asked for the terms as they are now: xorbs are repacked while files are open.
    Not thread-safe: open one for each thread.
    """

    def __init__(
        self,
        key: str,
        terms: list[Term],
        find: Callable[[bytes], Found],
        renew: Callable[[], list[Term]],
    ) -> None:
        self._key = key
        self._find = find
        self._renew = renew
        self._position = 0
        self._xorb: _OpenXorb | None = None
        self._take(terms)

    def readable(self) -> bool:
        """Always."""
        return True

    def seekable(self) -> bool:
        """Always."""
        return True

    def tell(self) -> int:
        """The position in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move; a position behind the end reads nothing. Raises ValueError before the start."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError("before the start")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill the buffer from the position on; less at the end. Raises ObjectDamaged."""
        view = memoryview(buffer).cast("B")
        wanted = min(len(view), self._size - self._position)
        done = 0
        one = len(view) <= _SMALL
        while done < wanted:
            got = self._some(view[done:wanted], one)
            self._position += got
            done += got
            if one:
                break
        return done

    def readall(self) -> bytes:
        """Everything from the position on."""
        data = memoryview(bytearray(max(0, self._size - self._position)))
        done = 0
        while done < len(data):  # a small read may end where a term does
            done += self.readinto(data[done:])
        return bytes(data)

    def close(self) -> None:
        """Close the xorb that is open."""
        if self._xorb is not None:
            self._xorb.close()
            self._xorb = None
        super().close()

    def _take(self, terms: list[Term]) -> None:
        self._terms = terms
        self._ends = array("Q", accumulate(term.size for term in terms))
        self._size = self._ends[-1] if terms else 0

    def _some(self, view: memoryview, one: bool) -> int:
        """Copy at least a byte from the position on; with `one` of a single chunk."""
        try:
            return self._copied(view, one)
        except ObjectDamaged:
            terms = self._renew()
            if terms == self._terms:
                raise
            self._take(terms)
            return self._copied(view, one)

    def _copied(self, view: memoryview, one: bool) -> int:
        number = bisect_right(self._ends, self._position)
        term = self._terms[number]
        xorb = self._opened(term.xorb)
        start = xorb.starts[term.start] + self._position - (self._ends[number] - term.size)
        try:
            return xorb.copy(start, xorb.starts[term.end], view, one)
        except (BadXorb, OSError) as error:
            if isinstance(error, OSError) and error.errno not in _GONE:
                raise
            detail = f"xorb {text_of(term.xorb)}: {error}"
            raise ObjectDamaged(self._key, detail) from error

    def _opened(self, name: bytes) -> _OpenXorb:
        if self._xorb is None or self._xorb.name != name:
            layout, path = self._find(name)
            if self._xorb is not None:
                self._xorb.close()
                self._xorb = None
            self._xorb = _OpenXorb(name, layout, path)
        return self._xorb


class _OpenXorb:
    """A xorb of which ranges are read."""

    def __init__(self, name: bytes, layout: XorbLayout, path: str) -> None:
        self.name = name
        self._layout = layout
        self.starts = array("I", accumulate(layout.sizes, initial=0))
        self._path = path
        self._fd = -1
        self._chunk = -1
        self._data: bytes | memoryview = b""

    def copy(self, start: int, end: int, view: memoryview, one: bool) -> int:
        """Copy unpacked bytes from `start` on into `view`, none from `end` on, with `one` of a single
        chunk; how many: at least one. Raises BadXorb, OSError.
        """
        first = bisect_right(self.starts, start) - 1
        wanted = min(end, start + len(view), self.starts[first + 1] if one else end)
        if first == self._chunk:
            return self._part(start, wanted, view, 0)
        last = first + 1
        offsets = self._layout.offsets
        while self.starts[last] < wanted and offsets[last + 1] - offsets[first] <= _RUN_BYTES:
            last += 1
        stored = memoryview(self._read(offsets[first], offsets[last]))
        done = 0
        for index in range(first, last):
            at = offsets[index] - offsets[first]
            self._data = self._unpacked(index, stored[at : offsets[index + 1] - offsets[first]])
            self._chunk = index
            done += self._part(start + done, wanted, view, done)
        return done

    def close(self) -> None:
        """Close the file."""
        if self._fd >= 0:
            with contextlib.suppress(OSError):
                os.close(self._fd)
            self._fd = -1

    def _part(self, start: int, wanted: int, view: memoryview, at: int) -> int:
        """Copy what the chunk in hand has from `start` on to `at` of the view."""
        base = self.starts[self._chunk]
        stop = min(wanted, self.starts[self._chunk + 1])
        view[at : at + stop - start] = self._data[start - base : stop - base]
        return stop - start

    def _read(self, start: int, end: int) -> bytes:
        if self._fd < 0:
            self._fd = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        data = os.pread(self._fd, end - start, start)
        if len(data) != end - start:
            raise BadXorb("it is too short")
        return data

    def _unpacked(self, index: int, stored: memoryview) -> bytes | memoryview:
        packed, scheme, size = parse_header(stored, 0)
        if size != self._layout.sizes[index] or packed != len(stored) - HEADER_BYTES:
            raise BadXorb(f"chunk {index} has another size")
        data = unpack(stored[HEADER_BYTES:], scheme, size)
        if chunk_hash(data) != self._layout.hash_of(index):
            raise BadXorb(f"chunk {index} is not what was stored")
        return data
