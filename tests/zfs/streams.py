"""Writes `zfs send` streams of every record kind, in either byte order, with right checksums."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field

from dotscience_server.zfs import records
from dotscience_server.zfs.fletcher import Fletcher4

SINCE, UNTIL = 2**64 - 5, 2**63 + 1


@dataclass
class Writer:
    """`each`: every record has its own checksum, as since 2014."""

    order: str = "<"
    each: bool = True
    data: bytearray = field(default_factory=bytearray)

    def __post_init__(self) -> None:
        self._sums = Fletcher4(self.order)

    def record(self, kind: int, body: bytes, payload: bytes = b"", told: int = 0) -> None:
        head = struct.pack(self.order + "II", kind, told) + body
        head += bytes(records.CHECKSUM_AT - len(head)) if kind != records.BEGIN else b""
        self._add(head[: records.CHECKSUM_AT])
        own = kind not in (records.BEGIN,) and self.each
        tail = struct.pack(self.order + "4Q", *self._sums.sums) if own else bytes(32)
        self._add(tail)
        self._add(payload)

    def begin(self, name: str = "tank/ws@b", payload: bytes = b"", kind: int = 1) -> None:
        numbers = (records.MAGIC, kind | 4 << 2, 7, 2, 12, UNTIL, SINCE)
        body = struct.pack(self.order + "QQQIIQQ", *numbers) + name.encode()
        self.record(records.BEGIN, body.ljust(304, b"\0"), payload, len(payload))

    def object(self, number: int, block: int, size: int, generation: int, kind: int = 44) -> None:
        order = self.order
        if kind == 44:
            bonus = struct.pack(order + "IHH", 0x2F505A, 2 | 1 << 10, 0)
            bonus += struct.pack(order + "QQQ", 0o100644, size, generation) + bytes(140)
        elif kind == 17:
            bonus = bytes(64) + struct.pack(order + "QQQ", generation, 0o100644, size) + bytes(176)
        else:
            bonus = b""
        body = struct.pack(order + "QIIII", number, 19, kind, block, len(bonus))
        self.record(records.OBJECT, body, bonus + bytes(-len(bonus) % 8))

    def write(self, number: int, offset: int, length: int, packed: int = 0) -> None:
        body = struct.pack(self.order + "QIIQQQ", number, 19, 0, offset, length, UNTIL)
        body += bytes([7, 0, 15 if packed else 0]).ljust(48, b"\0")
        body += struct.pack(self.order + "Q", packed)
        self.record(records.WRITE, body, b"w" * (packed or length))

    def embedded(self, number: int, offset: int, length: int, packed: int) -> None:
        body = struct.pack(self.order + "QQQQ", number, offset, length, UNTIL) + bytes(8)
        body += struct.pack(self.order + "II", length, packed)
        self.record(records.WRITE_EMBEDDED, body, b"e" * (-(-packed // 8) * 8))

    def spill(self, number: int, length: int, packed: int = 0) -> None:
        body = struct.pack(self.order + "QQQQQ", number, length, UNTIL, 0, packed)
        self.record(records.SPILL, body, b"s" * (packed or length))

    def extent(self, kind: int, number: int, offset: int, length: int) -> None:
        """FREE, REDACT and WRITE_BYREF begin alike."""
        wrapped = length % 2**64
        self.record(kind, struct.pack(self.order + "QQQQ", number, offset, wrapped, UNTIL))

    def numbers(self, kind: int, first: int, count: int) -> None:
        """FREEOBJECTS and OBJECT_RANGE."""
        self.record(kind, struct.pack(self.order + "QQQ", first, count, UNTIL))

    def end(self) -> bytes:
        body = struct.pack(self.order + "5Q", *self._sums.sums, UNTIL)
        self.record(records.END, body)
        return bytes(self.data)

    def _add(self, data: bytes) -> None:
        assert len(data) % 4 == 0
        self._sums.update(data)
        self.data += data


def stream(parts: Iterable[tuple[str, tuple[int, ...]]], order: str = "<") -> bytes:
    """A whole stream of the named calls of `Writer`."""
    writer = Writer(order)
    writer.begin()
    for name, numbers in parts:
        getattr(writer, name)(*numbers)
    return writer.end()
