"""The records of a `zfs send` stream (OpenZFS `include/sys/zfs_ioctl.h`, `dmu_replay_record`): 312 bytes each, in
the byte order of the sender, some followed by a payload. A stream may come from anybody: what does not fit is
a `StreamError`, and nothing of a payload is kept.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

SIZE = 312
CHECKSUM_AT = SIZE - 32
MAGIC = 0x2F5BACBAC
PAYLOAD_MOST = 32 << 20
"""More than a block with everything around it can have (16 MiB)."""

BEGIN, OBJECT, FREEOBJECTS, WRITE, FREE, END, WRITE_BYREF, SPILL, WRITE_EMBEDDED = range(9)
OBJECT_RANGE, REDACT = 9, 10

_SUBSTREAM = 1
_NAME = slice(56, 312)
_ZNODE, _SYSTEM_ATTRIBUTES = 17, 44
_SA_MAGIC = 0x2F505A


class StreamError(ValueError):
    """Not a stream of `zfs send`, or one that is damaged, cut off or of a kind that we do not read."""


class Begin(NamedTuple):
    """The header: a hub checks it before it starts `zfs recv`. `from_guid` is "0" in a full stream."""

    to_guid: str
    from_guid: str
    name: str
    created: int
    features: int
    flags: int
    order: str


class Extent(NamedTuple):
    """`length` bytes at `offset` of an object may have changed."""

    object: int
    offset: int
    length: int


class Dnode(NamedTuple):
    """An object is there at the end. `generation`: the transaction group that made it, `size` its length in bytes;
    both None where they cannot be read. `file`: whether it has such attributes at all.
    """

    object: int
    block: int
    file: bool
    generation: int | None
    size: int | None


class Removed(NamedTuple):
    """Objects that are not there at the end."""

    first: int
    objects: int


class Finish(NamedTuple):
    """The end of the stream, with the checksum of all before it."""

    checksum: tuple[int, ...]
    to_guid: str


def begin(record: bytes) -> Begin:
    """The first record. Raises StreamError."""
    for order in "<>":
        kind, _, magic, version = struct.unpack_from(order + "IIQQ", record)
        if (kind, magic) == (BEGIN, MAGIC):
            break
    else:
        raise StreamError("not a stream of zfs send")
    if version & 3 != _SUBSTREAM:
        raise StreamError("a stream of several snapshots, or of an unknown kind")
    created, _, flags, to_guid, from_guid = struct.unpack_from(order + "QIIQQ", record, 24)
    name = record[_NAME].split(b"\0", 1)[0].decode("utf-8", "replace")
    return Begin(str(to_guid), str(from_guid), name, created, version >> 2, flags, order)


Told = Extent | Dnode | Removed | Finish | None


def read(record: bytes, order: str) -> tuple[Told, int]:
    """What a record behind the first tells, and how many bytes of payload follow. Raises StreamError."""
    kind, payload = struct.unpack_from(order + "II", record)
    reader = _READERS.get(kind)
    if reader is None:
        raise StreamError(f"an unknown record of kind {kind}")
    told, length = reader(record, order)
    if payload and kind != OBJECT and payload != length:
        raise StreamError("a payload of two lengths")
    if not 0 <= length <= PAYLOAD_MOST:
        raise StreamError(f"a payload of {length} bytes")
    return told, length


def _object(record: bytes, order: str) -> tuple[Told, int]:
    fields = struct.unpack_from(order + "QIIIIBBBBI", record, 8)
    number, _, bonus, block, bonus_length = fields[:5]
    raw_length = fields[9]
    file = bonus in (_ZNODE, _SYSTEM_ATTRIBUTES)
    return Dnode(number, block, file, None, None), raw_length or -(-bonus_length // 8) * 8


def with_attributes(dnode: Dnode, record: bytes, bonus: bytes, order: str) -> Dnode:
    """The same with what its payload tells (`zfs_sa.h`, `zfs_znode.h`)."""
    kind = struct.unpack_from(order + "I", record, 20)[0]
    raw = struct.unpack_from(order + "I", record, 36)[0]
    if raw:
        return dnode
    if kind == _ZNODE and len(bonus) >= 88:
        generation, _, size = struct.unpack_from(order + "QQQ", bonus, 64)
        return dnode._replace(generation=generation, size=size)
    if kind == _SYSTEM_ATTRIBUTES and len(bonus) >= 8:
        magic, layout = struct.unpack_from(order + "IH", bonus)
        at = (layout >> 10) * 8
        if magic == _SA_MAGIC and len(bonus) >= at + 24:
            size, generation = struct.unpack_from(order + "QQ", bonus, at + 8)
            return dnode._replace(generation=generation, size=size)
    return dnode


def _freeobjects(record: bytes, order: str) -> tuple[Told, int]:
    return Removed(*struct.unpack_from(order + "QQ", record, 8)), 0


def _write(record: bytes, order: str) -> tuple[Told, int]:
    number, _, _, offset, logical = struct.unpack_from(order + "QIIQQ", record, 8)
    compression = record[50]
    (compressed,) = struct.unpack_from(order + "Q", record, 96)
    return Extent(number, offset, logical), compressed if compression else logical


def _extent(record: bytes, order: str) -> tuple[Told, int]:
    return Extent(*struct.unpack_from(order + "QQQ", record, 8)), 0


def _spill(record: bytes, order: str) -> tuple[Told, int]:
    number, length = struct.unpack_from(order + "QQ", record, 8)
    (compressed,) = struct.unpack_from(order + "Q", record, 40)
    return Extent(number, 0, 0), compressed or length


def _embedded(record: bytes, order: str) -> tuple[Told, int]:
    number, offset, length = struct.unpack_from(order + "QQQ", record, 8)
    (packed,) = struct.unpack_from(order + "I", record, 52)
    return Extent(number, offset, length), -(-packed // 8) * 8


def _end(record: bytes, order: str) -> tuple[Told, int]:
    *checksum, guid = struct.unpack_from(order + "QQQQQ", record, 8)
    return Finish(tuple(checksum), str(guid)), 0


def _nothing(record: bytes, order: str) -> tuple[Told, int]:
    return None, 0


_READERS = {
    OBJECT: _object,
    FREEOBJECTS: _freeobjects,
    WRITE: _write,
    FREE: _extent,
    END: _end,
    WRITE_BYREF: _extent,
    SPILL: _spill,
    WRITE_EMBEDDED: _embedded,
    OBJECT_RANGE: _nothing,
    REDACT: _extent,
}
