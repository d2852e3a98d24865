"""Scalars in TensorBoard event files, read as they grow.

Formats: records as TensorFlow frames them (https://www.tensorflow.org/tutorials/load_data/tfrecord: length, masked
CRC-32C, data, CRC), each an ``Event`` protocol buffer (tensorflow/core/util/event.proto, summary.proto, tensor.proto).
Only what a scalar needs is decoded. Pure but for reading the file; the file may be torn or grow meanwhile.
"""

from __future__ import annotations

import os
import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

NAME = re.compile(r".*tfevents.*")
READ_LIMIT_BYTES = 16 * 1024 * 1024
_LARGEST_RECORD = 256 * 1024 * 1024
_HEAD = struct.Struct("<QI")
_TAIL_BYTES = 4
_FLOAT, _DOUBLE, _INT32, _INT64 = 1, 2, 3, 9


class Scalar(NamedTuple):
    """One point; ``time_ns`` since the epoch."""

    tag: str
    step: int
    time_ns: int
    value: float


def is_event_file(name: str) -> bool:
    """By its name, as TensorBoard finds them."""
    return NAME.fullmatch(os.path.basename(name)) is not None


def read_scalars(path: str, offset: int) -> tuple[list[Scalar], int, bool]:
    """Points from ``offset`` on, the offset to go on from, and whether all of the file was understood so far.

    At most about 16 MiB a call: call again while the offset moves. Raises OSError.
    """
    with open(path, "rb") as file:
        file.seek(offset)
        data = file.read(READ_LIMIT_BYTES)
        wanted = _wanted(data)
        if wanted > len(data):
            data += file.read(wanted - len(data))
    return _scalars(data, offset)


def _wanted(data: bytes) -> int:
    """Bytes that the first record needs, where it is larger than what was read."""
    if len(data) < _HEAD.size:
        return 0
    length = _HEAD.unpack_from(data)[0]
    return length + _HEAD.size + _TAIL_BYTES if length <= _LARGEST_RECORD else 0


def _scalars(data: bytes, base: int) -> tuple[list[Scalar], int, bool]:
    found: list[Scalar] = []
    at = 0
    while at + _HEAD.size <= len(data):
        length, checksum = _HEAD.unpack_from(data, at)
        if checksum != _masked(data[at : at + 8]):
            return found, base + at, False  # no event file, or damaged: what follows can't be found
        end = at + _HEAD.size + length + _TAIL_BYTES
        if end > len(data):
            break  # it is still being written, or the next call reads it
        event = data[at + _HEAD.size : end - _TAIL_BYTES]
        try:
            found += _of_event(event)
        except (ValueError, IndexError, struct.error):
            pass  # one event of a form we do not know
        at = end
    return found, base + at, True


def _of_event(event: bytes) -> Iterator[Scalar]:
    time_s, step, summary = 0.0, 0, b""
    for field, value in _fields(event):
        if field == 1 and isinstance(value, bytes):
            time_s = struct.unpack("<d", value)[0]
        elif field == 2 and isinstance(value, int):
            step = _signed(value)
        elif field == 5 and isinstance(value, bytes):
            summary = value
    for field, value in _fields(summary):
        if field == 1 and isinstance(value, bytes):
            tag, number = _of_value(value)
            if tag and number is not None:
                yield Scalar(tag, step, int(time_s * 1e9), number)


def _of_value(data: bytes) -> tuple[str, float | None]:
    """(tag, number) of a ``Summary.Value``; None where it is no scalar."""
    tag, number = "", None
    for field, value in _fields(data):
        if not isinstance(value, bytes):
            continue
        if field == 1:
            tag = value.decode("utf-8", "replace")
        elif field == 2:
            number = struct.unpack("<f", value)[0]
        elif field == 8:
            number = _of_tensor(value)
    return tag, number


def _of_tensor(data: bytes) -> float | None:
    """The number of a ``TensorProto`` without dimensions, None for all others."""
    kind, content = 0, {}
    for field, value in _fields(data):
        if field == 1 and isinstance(value, int):
            kind = value
        elif field == 2 and value:
            return None  # it has dimensions
        elif isinstance(value, bytes):
            content[field] = value
        elif isinstance(value, int):
            content[field] = struct.pack("<q", _signed(value))
    forms = {_FLOAT: ("<f", 5), _DOUBLE: ("<d", 6), _INT32: ("<i", 7), _INT64: ("<q", 10)}
    if kind not in forms:
        return None
    form, field = forms[kind]
    raw = content.get(4) or content.get(field)
    return float(struct.unpack(form, raw[: struct.calcsize(form)])[0]) if raw else None


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """(number, value) of a message's fields: varints as int, all else as bytes. Raises ValueError, IndexError."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        wire = key & 7
        if wire == 0:
            number, at = _varint(data, at)
            yield key >> 3, number
            continue
        if wire == 2:
            size, at = _varint(data, at)
        elif wire in (1, 5):
            size = 8 if wire == 1 else 4
        else:
            raise ValueError(f"wire type {wire}")
        if at + size > len(data):
            raise ValueError("cut short")
        yield key >> 3, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return number, at
        shift += 7
        if shift > 63:
            raise ValueError("varint")


def _signed(number: int) -> int:
    return number - (1 << 64) if number >= 1 << 63 else number


def _table() -> list[int]:
    made = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        made.append(byte)
    return made


_CRC32C = _table()


def _masked(data: bytes) -> int:
    """CRC-32C, rotated and shifted as the format wants it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _CRC32C[(crc ^ byte) & 0xFF] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
