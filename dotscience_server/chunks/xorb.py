"""Xorbs: chunks in a row, each with a header of 8 bytes (Xet specification 1.1, `xorb.md`).

Nothing here trusts the bytes: sizes and counts are bounded before anything is unpacked, and a xorb
is verified while it streams by, a chunk at a time; it is never in memory as a whole.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import lz4.frame

from .hashing import HASH_BYTES, chunk_hash, xorb_hash

MOST_CHUNK_BYTES = 128 << 10
MOST_XORB_BYTES = 64 << 20
MOST_CHUNKS = 8192
HEADER_BYTES = 8
_BUFFER_BYTES = 1 << 20
_PLAIN, _LZ4, _GROUPED_LZ4 = 0, 1, 2

Source = Callable[[memoryview], int]
"""Fills a buffer from the front; the bytes put there, 0 at the end."""
Sink = Callable[[memoryview], None]


class BadXorb(ValueError):
    """The bytes are no xorb, or not the one they should be."""


@dataclass(frozen=True, slots=True)
class XorbLayout:
    """What a xorb holds. `hashes`: 32 bytes a chunk; `sizes`: unpacked bytes; `offsets`: where each
    chunk's header lies in the file, and last the file's size. 32-bit numbers.
    """

    hashes: bytes
    sizes: array[int]
    offsets: array[int]

    @property
    def count(self) -> int:
        """How many chunks."""
        return len(self.sizes)

    def hash_of(self, index: int) -> bytes:
        """The hash of a chunk."""
        return self.hashes[HASH_BYTES * index : HASH_BYTES * (index + 1)]

    def all_hashes(self) -> list[bytes]:
        """The hashes of all chunks in order."""
        return [self.hash_of(index) for index in range(self.count)]

    def xorb_hash(self) -> bytes:
        """The xorb's hash."""
        return xorb_hash(self.all_hashes(), self.sizes)


def parse_header(buffer: bytes | memoryview, at: int) -> tuple[int, int, int]:
    """Packed bytes, scheme and unpacked bytes of the chunk whose header is at `at`. Raises BadXorb."""
    packed = int.from_bytes(buffer[at + 1 : at + 4], "little")
    scheme = buffer[at + 4]
    size = int.from_bytes(buffer[at + 5 : at + 8], "little")
    if buffer[at] != 0 or scheme > _GROUPED_LZ4:
        raise BadXorb("a chunk of an unknown format")
    if not 0 < size <= MOST_CHUNK_BYTES or not 0 < packed <= MOST_CHUNK_BYTES:
        raise BadXorb("a chunk of a forbidden size")
    return packed, scheme, size


def unpack(packed: bytes | memoryview, scheme: int, size: int) -> bytes | memoryview:
    """The bytes of a chunk, exactly `size`; never unpacks more. Raises BadXorb."""
    if scheme == _PLAIN:
        data: bytes | memoryview = packed
    else:
        data = _unpack_lz4(packed, size)
    if len(data) != size:
        raise BadXorb("a chunk that unpacks to another size")
    return _ungrouped(data) if scheme == _GROUPED_LZ4 else data


def pack(data: bytes) -> bytes:
    """A chunk as it stands in a xorb: header, and its bytes compressed where that helps."""
    body: bytes = lz4.frame.compress(data)
    scheme = _LZ4
    if len(body) >= len(data):
        body, scheme = data, _PLAIN
    sizes = len(body).to_bytes(3, "little"), len(data).to_bytes(3, "little")
    return bytes((0, *sizes[0], scheme, *sizes[1])) + body


def verify(source: Source, sink: Sink | None = None) -> XorbLayout:
    """Read a xorb to its end, hash every chunk, and hand its bytes on to `sink` as they come; what
    it holds. The caller compares `xorb_hash`. Raises BadXorb.
    """
    growing = _Growing()
    buffer = memoryview(bytearray(_BUFFER_BYTES))
    filled = 0
    while got := source(buffer[filled:]):
        filled += got
        used = growing.take(buffer[:filled])
        if used:
            if sink is not None:
                sink(buffer[:used])
            left = bytes(buffer[used:filled])
            filled = len(left)
            buffer[:filled] = left
    if filled:
        raise BadXorb("it ends within a chunk")
    return growing.finish()


def scan_offsets(fd: int, sizes: array[int]) -> array[int]:
    """Where the chunks of a xorb of these unpacked sizes lie, by its headers alone. Raises BadXorb."""
    offsets = array("I", [0])
    for size in sizes:
        at = offsets[-1]
        header = os.pread(fd, HEADER_BYTES, at)
        if len(header) != HEADER_BYTES:
            raise BadXorb("it is too short")
        packed, _, found = parse_header(header, 0)
        if found != size:
            raise BadXorb("a chunk has another size")
        offsets.append(at + HEADER_BYTES + packed)
    if os.fstat(fd).st_size != offsets[-1]:
        raise BadXorb("its size is wrong")
    return offsets


class _Growing:
    """A layout while its xorb streams by."""

    def __init__(self) -> None:
        self._hashes: list[bytes] = []
        self._sizes = array("I")
        self._offsets = array("I", [0])

    @property
    def count(self) -> int:
        return len(self._sizes)

    def take(self, buffer: memoryview) -> int:
        """Take the whole chunks at the front of `buffer`; the bytes they are."""
        at, end = 0, len(buffer)
        while at + HEADER_BYTES <= end:
            packed, scheme, size = parse_header(buffer, at)
            after = at + HEADER_BYTES + packed
            if after > end:
                break
            self._add(unpack(buffer[at + HEADER_BYTES : after], scheme, size), after - at)
            at = after
        return at

    def finish(self) -> XorbLayout:
        if not self._sizes:
            raise BadXorb("it is empty")
        return XorbLayout(b"".join(self._hashes), self._sizes, self._offsets)

    def _add(self, data: bytes | memoryview, stored: int) -> None:
        end = self._offsets[-1] + stored
        if len(self._sizes) >= MOST_CHUNKS or end > MOST_XORB_BYTES + MOST_CHUNKS * HEADER_BYTES:
            raise BadXorb("it is too large")
        self._hashes.append(chunk_hash(data))
        self._sizes.append(len(data))
        self._offsets.append(end)


class XorbBuilder:
    """A new xorb from chunks, packed or to be packed."""

    def __init__(self) -> None:
        self._growing = _Growing()
        self._parts: list[bytes] = []
        self.bytes_stored = 0

    def fits(self, stored: int) -> bool:
        """Whether a chunk of so many bytes, with its header, still fits."""
        return self._growing.count < MOST_CHUNKS and self.bytes_stored + stored <= MOST_XORB_BYTES

    def add(self, data: bytes) -> None:
        """Add a chunk's bytes (1 to 128 KiB)."""
        self.add_packed(pack(data))

    def add_packed(self, stored: bytes) -> None:
        """Add a chunk with its header as it stands in another xorb. Raises BadXorb."""
        if self._growing.take(memoryview(stored)) != len(stored):
            raise BadXorb("no whole chunk")
        self._parts.append(stored)
        self.bytes_stored += len(stored)

    def finish(self) -> tuple[XorbLayout, Iterator[bytes]]:
        """What it holds, and its bytes. Raises BadXorb when nothing was added."""
        return self.layout(), iter(self._parts)

    def layout(self) -> XorbLayout:
        """What it holds. Raises BadXorb when nothing was added."""
        return self._growing.finish()

    def taken(self) -> bytes:
        """The bytes since the last call; they are no longer kept, so `finish` lacks them."""
        parts, self._parts = self._parts, []
        return b"".join(parts)


def _unpack_lz4(packed: bytes | memoryview, size: int) -> bytes:
    """At most `size` bytes of one LZ4 frame that ends where `packed` does."""
    frame = lz4.frame.LZ4FrameDecompressor()
    try:
        data = bytes(frame.decompress(packed, max_length=size))
    except RuntimeError as error:
        raise BadXorb("a chunk that cannot be unpacked") from error
    if not frame.eof and frame.needs_input is False:
        # All bytes are out, the frame's end mark is not yet read; a byte more is one too many.
        data += frame.decompress(b"", max_length=1)
    if not frame.eof or frame.unused_data:
        raise BadXorb("a chunk that does not end where it should")
    return data


def _ungrouped(data: bytes | memoryview) -> bytes:
    """Undo the grouping by position: first bytes, second, third and fourth bytes of every four."""
    result = bytearray(len(data))
    at = 0
    for group in range(4):
        count = (len(data) - group + 3) // 4
        result[group::4] = data[at : at + count]
        at += count
    return bytes(result)
