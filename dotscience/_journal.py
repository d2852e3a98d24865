"""The journal's format: framing, record types, reader, liveness (``docs/formats/journal.md``).

- A file is nothing but records; one record is one `write`. Nothing is ever rewritten.
- A reader that lost its place looks for the next magic whose checksum is right. JSON payloads can't
  contain a magic (it is no UTF-8); in a binary one the checksum tells.
- The writer is `dotscience._writer`.
"""

from __future__ import annotations

import json
import os
import struct
from zlib import crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SUFFIX = ".dsj"
LOCK_SUFFIX = ".lock"

SESSION, START, VALUE, PUBLISH, PIN, DROP, END, ENVIRONMENT = range(1, 9)
SERIES, POINTS, CELL, CELL_END, FILES, PROGRESS, MEDIA, METER, SEEDS = range(9, 18)
NAMES = {
    SESSION: "session",
    START: "start",
    VALUE: "value",
    PUBLISH: "publish",
    PIN: "pin",
    DROP: "drop",
    END: "end",
    ENVIRONMENT: "environment",
    SERIES: "series",
    POINTS: "points",
    CELL: "cell",
    CELL_END: "cell end",
    FILES: "files",
    PROGRESS: "progress",
    MEDIA: "media",
    METER: "meter",
    SEEDS: "seeds",
}
#: One point: series, kind, step, time in ns since the epoch, value.
POINT = struct.Struct("<IBdqd")
FLOAT64, INTEGER, FLOAT32, BOOL = range(4)

_BINARY = 1
_MAGIC = b"\xd5\x4a"
_HEAD = struct.Struct("<2sBBII")  # magic, type, flags, payload length, CRC-32
_SUMMED = struct.Struct("<2sBBI")
_POINTS_HEAD = _MAGIC + bytes((POINTS, _BINARY))
_ONE = _SUMMED.pack(_MAGIC, POINTS, _BINARY, POINT.size)
_ONE_SUM = crc32(_ONE[2:])
_TO_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode


class Record:
    """One record: ``type`` (a number of `NAMES`, or a later one), ``payload``, ``offset`` in bytes.

    A binary record (`POINTS`) has an empty payload and its bytes in ``data``; those that follow each other
    are read as one.
    """

    __slots__ = ("data", "offset", "payload", "type")

    def __init__(self, type: int, payload: dict[str, Any], offset: int, data: bytes = b"") -> None:
        self.type = type
        self.payload = payload
        self.offset = offset
        self.data = data

    def __repr__(self) -> str:
        return f"Record({NAMES.get(self.type, self.type)}, {self.payload!r}, {self.offset})"


class Damage:
    """``length`` bytes at ``offset`` that are no record: a stump of a full disk, or corruption."""

    __slots__ = ("length", "offset", "reason")

    def __init__(self, offset: int, length: int, reason: str) -> None:
        self.offset = offset
        self.length = length
        self.reason = reason

    def __repr__(self) -> str:
        return f"Damage({self.offset}, {self.length}, {self.reason!r})"


def frame(type: int, payload: bytes, flags: int = 0) -> bytes:
    """The bytes of one record; ``flags`` 1: a binary payload."""
    summed = _SUMMED.pack(_MAGIC, type, flags, len(payload))
    return b"%s%s%s" % (summed, crc32(payload, crc32(summed[2:])).to_bytes(4, "little"), payload)


def frame_points(payload: bytes) -> bytes:
    """The bytes of a points record: ``payload`` is one or more of `POINT`. As `frame`, but quicker:
    it is called in training loops."""
    if len(payload) == POINT.size:
        return b"%b%b%b" % (_ONE, crc32(payload, _ONE_SUM).to_bytes(4, "little"), payload)
    return frame(POINTS, payload, _BINARY)


def encode(type: int, payload: dict[str, Any]) -> bytes:
    """One record of a JSON object. Raises TypeError or ValueError for what JSON can't hold."""
    return frame(type, _TO_JSON(payload).encode("ascii"))


def read_records(
    path: str | os.PathLike[str], offset: int = 0, limit: int | None = None
) -> tuple[list[Record], int, list[Damage]]:
    """The whole records from ``offset`` on, the offset to go on from, and what was skipped.

    Reads to the end of the file, or about ``limit`` bytes (then call again until nothing new comes).
    A tail that is not yet complete is left for the next call; what stays at the end of a dead
    session's file is a stump. Unknown types are returned, unknown keys kept. Raises OSError.
    """
    with open(path, "rb") as file:
        file.seek(offset)
        data = file.read() if limit is None else file.read(limit)
        records, used, damage = parse(data, offset)
        while limit is not None and not used and len(data) == limit:
            limit *= 2  # one record is larger than the limit
            data += file.read(limit - len(data))
            records, used, damage = parse(data, offset)
    return records, offset + used, damage


def parse(data: bytes, base: int = 0) -> tuple[list[Record], int, list[Damage]]:
    """As `read_records`, of bytes that stand at ``base`` in the file; the offset is from ``data``'s
    beginning."""
    records: list[Record] = []
    damage: list[Damage] = []
    at = 0
    while at < len(data):
        if data.startswith(_POINTS_HEAD, at):
            points, end = _points_from(data, at)
            if points:
                records.append(Record(POINTS, {}, base + at, points))
                at = end
                continue
        found = _record_at(data, at, base)
        if found is None:
            good = _next_record(data, at + 1, base)
            if good is None:
                break  # an incomplete tail, or damage that only a later record can prove
            damage.append(Damage(base + at, good - at, "not a record"))
            at = good
            continue
        record, at = found
        if record is None:
            damage.append(Damage(base + at, 0, "a record of a later version"))
        else:
            records.append(record)
    return records, at, damage


def is_alive(path: str | os.PathLike[str]) -> bool:
    """Whether the process that writes this journal (``….dsj``) lives: it holds the lock beside it.

    Where the lock can't be read (another user's), True: nobody may take its runs for interrupted.
    """
    import fcntl

    try:
        lock = os.open(os.fspath(path)[: -len(SUFFIX)] + LOCK_SUFFIX, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False  # no locks on this file system: the writer could not take one either
    finally:
        os.close(lock)
    return False


def _points_from(data: bytes, at: int) -> tuple[bytes, int]:
    """The points of all whole records of that kind from ``at`` on, and where they end. The hot path of readers:
    records of one length are taken in one go."""
    pieces: list[bytes] = []
    view = memoryview(data)
    while data.startswith(_POINTS_HEAD, at) and len(data) - at >= _HEAD.size:
        head, length = data[at : at + 8], int.from_bytes(data[at + 4 : at + 8], "little")
        size = _HEAD.size + length
        if length == 0 or length % POINT.size or size > len(data) - at:
            break
        seed, before = crc32(head[2:]), at
        last = at + (len(data) - at) // size * size
        for one, checksum, payload in struct.iter_unpack(f"<8sI{length}s", view[at:last]):
            if one != head or crc32(payload, seed) != checksum:
                break
            pieces.append(payload)
            at += size
        if at == before:
            break
    return b"".join(pieces), at


def _record_at(data: bytes, at: int, base: int) -> tuple[Record | None, int] | None:
    """The record at ``at`` and where it ends; (None, end) for one this version can't read."""
    if len(data) - at < _HEAD.size:
        return None
    magic, type, flags, length, checksum = _HEAD.unpack_from(data, at)
    start, end = at + _HEAD.size, at + _HEAD.size + length
    if magic != _MAGIC or end > len(data):
        return None
    payload = data[start:end]
    if crc32(payload, crc32(data[at + 2 : at + 8])) != checksum:
        return None
    if flags == _BINARY and type == POINTS and length % POINT.size == 0:
        return Record(type, {}, base + at, payload), end
    try:
        decoded = json.loads(payload) if flags == 0 else None
    except ValueError:
        decoded = None
    if not isinstance(decoded, dict):
        return None, end
    return Record(type, decoded, base + at), end


def _next_record(data: bytes, at: int, base: int) -> int | None:
    """Where the next whole record begins at or after ``at``."""
    while True:
        at = data.find(_MAGIC, at)
        if at < 0:
            return None
        if _record_at(data, at, base) is not None:
            return at
        at += 1
