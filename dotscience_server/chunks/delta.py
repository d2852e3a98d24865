"""The chunks of a changed file from those of its earlier version, without chunking it all anew.

What a chunk is depends only on the bytes from its own start: cutting begins afresh behind every cut
(Xet specification, `chunking.md`). So "a chunk that starts at this offset is this one" is a *fact*
once it was seen, be it an old chunk whose bytes stand there still or one cut from a part that
began at a cut. A file's chunks are the facts followed from offset 0; where none is known, a part
is asked for that reaches just beyond the next fact. The last chunk of a part or of the old file is
no fact, because its end was no cut, unless the new file ends there too.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from typing import NamedTuple

from .hashing import chunk_hash, raw_of
from .model import ChunkRef
from .xorb import MOST_CHUNK_BYTES

PART_MOST = 32 << 20
_READ = 1 << 20

Read = Callable[[memoryview, int], int]
"""Fills a buffer with the new file's bytes from an offset on; how many. Fewer only where it ends."""


class Part(NamedTuple):
    """Bytes `start` to `end` of the new file, to be cut into chunks."""

    start: int
    end: int


class Facts:
    """What is known of the new file of `size` bytes: at most `known_bytes` of it. `fed` counts the bytes
    asked for.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._known: dict[int, ChunkRef] = {}
        self._starts: list[int] = []
        self._asked: dict[int, int] = {}
        self.fed = 0
        self.known_bytes = 0

    def add(self, start: int, chunk: ChunkRef) -> None:
        """A chunk that starts at `start`, if one starts there, is this one."""
        if start not in self._known:
            self._known[start] = chunk
            self.known_bytes += chunk.size
            if not self._starts or start > self._starts[-1]:
                self._starts.append(start)
            else:
                insort(self._starts, start)

    def add_part(self, part: Part, chunks: Sequence[ChunkRef]) -> None:
        """A part was cut into these."""
        whole = chunks if part.end == self._size else chunks[:-1]
        at = part.start
        for chunk in whole:
            self.add(at, chunk)
            at += chunk.size

    def chunks(self) -> list[ChunkRef] | None:
        """The file's chunks, once all are known."""
        found, at = self._follow(0)
        return found if at == self._size else None

    def wanted(self) -> list[Part]:
        """The parts to be cut next; behind a gap it is hoped that the next fact will be reached."""
        parts = []
        at: int | None = self._follow(0)[1]
        while at is not None and at < self._size:
            tries = self._asked[at] = self._asked.get(at, 0) + 1
            part = self._part(at, tries)
            parts.append(part)
            self.fed += part.end - part.start
            at = self._next_gap(part)
        return parts

    def _follow(self, at: int) -> tuple[list[ChunkRef], int]:
        found = []
        while (chunk := self._known.get(at)) is not None:
            found.append(chunk)
            at += chunk.size
        return found, at

    def _part(self, at: int, tries: int) -> Part:
        """From `at` to a byte beyond the second next fact (the first is missed one time in four), so that
        a cut there shows; further each time.
        """
        number = bisect_left(self._starts, at) + 2**tries - 1
        end = self._starts[number] + 1 if number < len(self._starts) else self._size
        if tries > 1:
            end = max(end, at + tries * (MOST_CHUNK_BYTES + 1))
        return Part(at, min(end, at + PART_MOST, self._size))

    def _next_gap(self, part: Part) -> int | None:
        """Where the facts behind a part end, taken that its cuts meet one of them."""
        at = part.start
        while at < part.end:
            number = bisect_left(self._starts, at + 1 if at == part.start else at)
            if number == len(self._starts):
                return None
            at = self._follow(self._starts[number])[1]
        return at


def compare(
    read: Read, size: int, old: Sequence[ChunkRef], changed: Sequence[tuple[int, int]] | None = None
) -> Facts:
    """What the earlier version's chunks tell of a file of `size` bytes. Every old chunk is looked for
    at its own offset and, once one has failed, also where it would be if the file's end had moved
    along. With `changed` (offset, length of all that differs at the same offset) nothing is read.
    """
    facts = Facts(size)
    if changed is None:
        _by_reading(facts, read, size, old)
    else:
        _by_ranges(facts, size, old, changed)
    return facts


def _by_ranges(
    facts: Facts, size: int, old: Sequence[ChunkRef], changed: Sequence[tuple[int, int]]
) -> None:
    ranges = sorted((start, start + length) for start, length in changed if length > 0)
    number = at = 0
    for position, chunk in enumerate(old):
        end = at + chunk.size
        if end > size or (position == len(old) - 1 and end != size):
            break
        while number < len(ranges) and ranges[number][1] <= at:
            number += 1
        if number == len(ranges) or ranges[number][0] >= end:
            facts.add(at, chunk)
        at = end


def _by_reading(facts: Facts, read: Read, size: int, old: Sequence[ChunkRef]) -> None:
    shift = size - sum(chunk.size for chunk in old)
    windows = {0: _Window(read, size), shift: _Window(read, size)}
    shifts = (0, shift) if shift else (0,)
    at = free = 0
    for position, chunk in enumerate(old):
        hashed = raw_of(chunk.hash)
        is_last = position == len(old) - 1
        for by in shifts:
            start, end = at + by, at + by + chunk.size
            if start < free or end > size or (is_last and end != size):
                continue
            if chunk_hash(windows[by].bytes(start, end)) == hashed:
                facts.add(start, chunk)
                free = end
                if by != shifts[0]:
                    shifts = shifts[::-1]  # where one was found, the next are
                break
        at += chunk.size


def is_made_of(
    read: Callable[[int, int], bytes | memoryview],
    size: int,
    chunks: Sequence[ChunkRef],
    check: Callable[[], None] = lambda: None,
) -> bool:
    """Whether `size` bytes are those of `chunks`, told by hashes; `read` gives so many of them from an offset on.
    `check` is called once a chunk and may raise.
    """
    if sum(chunk.size for chunk in chunks) != size:
        return False
    at = 0
    for chunk in chunks:
        check()
        data = read(at, chunk.size)
        if len(data) != chunk.size or chunk_hash(data) != raw_of(chunk.hash):
            return False
        at += chunk.size
    return True


class _Window:
    """Reads ahead in large steps: most chunks are asked for one after the other."""

    def __init__(self, read: Read, size: int) -> None:
        self._read = read
        self._buffer = memoryview(bytearray(min(_READ, size)))
        self._start = self._end = 0

    def bytes(self, start: int, end: int) -> memoryview:
        if start < self._start or end > self._end:
            self._start = start
            self._end = start + self._read(self._buffer, start)
        return self._buffer[start - self._start : end - self._start]
