"""Reads a `zfs send` stream from its first record to its last, and tells what changed in which object.

The object number of a file is its inode number. Payloads are skipped, so memory is bounded by the number of
changed files and their ranges. Hostile input is a `StreamError`, never more memory or another error.

Two things a stream does not tell by itself are added here, always towards more than has changed:
- a file that got the number of a removed one is changed as a whole (its generation is later than `since`);
- a file that only grew has a last block that is not sent: the block before the changed end counts as changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO

from dotscience._tree import Ranges

from . import records
from .command import never
from .fletcher import Fletcher4
from .ranges import END, Covered
from .records import Begin, Dnode, Extent, Finish, StreamError, Told

OBJECTS_MOST = 2_000_000
_PIECE = 1 << 20
_LOOK_EVERY = 256


class Stream:
    """`begin` is read at once. `verify`: every checksum is computed and compared, which is slow. `check` is called
    now and then and ends the reading by raising. Raises StreamError.
    """

    def __init__(
        self, file: IO[bytes], *, verify: bool = False, check: Callable[[], None] = never
    ) -> None:
        self._file = file
        self._check = check
        first = self._read(records.SIZE)
        self.begin: Begin = records.begin(first)
        self._sums = Fletcher4(self.begin.order) if verify else None
        if self._sums is not None:
            self._sums.update(first)
        self._skip(int.from_bytes(first[4:8], "little" if self.begin.order == "<" else "big"))

    def __iter__(self) -> Iterator[Told]:
        """What each record tells, the last is `Finish`. Raises StreamError."""
        order = self.begin.order
        for number in range(1 << 62):
            if number % _LOOK_EVERY == 0:
                self._check()
            record = self._read(records.SIZE)
            told, payload = records.read(record, order)
            self._verify(record, told)
            if isinstance(told, Dnode):
                told = records.with_attributes(told, record, self._payload(payload), order)
            else:
                self._skip(payload)
            yield told
            if isinstance(told, Finish):
                if told.to_guid != self.begin.to_guid:
                    raise StreamError("the end of another stream")
                return

    def _verify(self, record: bytes, told: Told) -> None:
        if self._sums is None:
            return
        if isinstance(told, Finish) and told.checksum != self._sums.sums:
            raise StreamError("the stream's checksum is wrong")
        at = records.CHECKSUM_AT
        self._sums.update(record[:at])
        order = "little" if self.begin.order == "<" else "big"
        words = [int.from_bytes(record[i : i + 8], order) for i in range(at, records.SIZE, 8)]  # type: ignore[arg-type]
        # Streams of zfs-fuse have no checksum of each record.
        if not isinstance(told, Finish) and any(words) and tuple(words) != self._sums.sums:
            raise StreamError("a record's checksum is wrong")
        self._sums.update(record[at:])

    def _payload(self, length: int) -> bytes:
        if length > _PIECE:
            raise StreamError(f"{length} bytes of attributes")
        data = self._read(length)
        if self._sums is not None:
            self._sums.update(data)
        return data

    def _skip(self, length: int) -> None:
        if length > records.PAYLOAD_MOST or (self._sums is not None and length % 4):
            raise StreamError(f"a payload of {length} bytes")
        while length > 0:
            data = self._read(min(length, _PIECE))
            length -= len(data)
            if self._sums is not None:
                self._sums.update(data)

    def _read(self, length: int) -> bytes:
        parts: list[bytes] = []
        while length > 0:
            data = self._file.read(length)
            if not data:
                raise StreamError("the stream is cut off")
            parts.append(data)
            length -= len(data)
        return parts[0] if len(parts) == 1 else b"".join(parts)


class Changes:
    """What an incremental stream says of each file, collected. `since`: the transaction group of the snapshot it
    starts from; None where that is not known, then every file that is named counts as changed as a whole.
    """

    def __init__(self, since: int | None) -> None:
        self._since = since
        self._covered: dict[int, Covered] = {}
        self._dnodes: dict[int, Dnode] = {}

    def add(self, told: Told) -> None:
        """The next record. Raises StreamError when there are too many objects to remember."""
        if isinstance(told, Extent):
            self._of(told.object).add(told.offset, told.length)
        elif isinstance(told, Dnode):
            self._dnodes[told.object] = told
            self._of(told.object)

    def ranges(self) -> dict[int, Ranges]:
        """By inode number."""
        return {number: ranges for number in self._covered if (ranges := self.of(number))}

    def of(self, number: int) -> Ranges:
        """Of one file; () when it has not changed."""
        covered = self._covered.get(number)
        if covered is None:
            return ()
        dnode = self._dnodes.get(number)
        if dnode is not None:
            covered.add(*self._end_of(dnode, covered))
        return covered.ranges()

    def _of(self, number: int) -> Covered:
        covered = self._covered.get(number)
        if covered is None:
            if len(self._covered) >= OBJECTS_MOST:
                raise StreamError(f"more than {OBJECTS_MOST} objects")
            covered = self._covered[number] = Covered()
        return covered

    def _end_of(self, dnode: Dnode, covered: Covered) -> tuple[int, int]:
        if not dnode.file:
            return 0, 0
        known = dnode.size is not None and dnode.generation is not None
        if not known or self._since is None or (dnode.generation or 0) > self._since:
            return 0, END
        tail, block = covered.tail(dnode.size or 0), max(dnode.block, 512)
        start = (tail - 1) // block * block if tail else 0
        return start, END - start


def changes(stream: Stream, since: int | None, until_past: int | None = None) -> Changes:
    """Read a whole stream, or where its objects come in order until one after `until_past`. Raises StreamError."""
    found = Changes(since)
    for told in stream:
        if until_past is not None and isinstance(told, Dnode) and told.object > until_past:
            break
        found.add(told)
    return found
