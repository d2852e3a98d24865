"""Arrays as PNG files, with zlib alone.

8 bits a channel, no filter: what is quick counts more than the last byte.
"""

from __future__ import annotations

import struct
import sys
import zlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_COLOURS = {1: 0, 3: 2, 4: 6}  # channels → PNG colour type
_LEVEL = 3


def encode(width: int, height: int, channels: int, pixels: bytes) -> bytes:
    """The PNG of ``height`` rows of ``width`` × ``channels`` bytes. Raises ValueError where they do
    not fit each other."""
    row = width * channels
    if channels not in _COLOURS or width < 1 or height < 1 or len(pixels) != row * height:
        raise ValueError(f"{len(pixels)} bytes are no image of {height} × {width} × {channels}")
    rows = b"".join(b"\0" + pixels[at : at + row] for at in range(0, len(pixels), row))
    head = struct.pack(">IIBBBBB", width, height, 8, _COLOURS[channels], 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", head)
        + _chunk(b"IDAT", zlib.compress(rows, _LEVEL))
        + _chunk(b"IEND", b"")
    )


def encode_array(array: Any) -> tuple[bytes, list[int]]:
    """(PNG, [height, width]) of an array height × width (× 1, 3 or 4).

    Floats are taken as 0..1, bools as black and white, integers as 0..255; what lies beyond is cut,
    NaN is black. Raises ValueError for another shape or type.
    """
    if len(array.shape) == 2:
        array = array.reshape(*array.shape, 1)
    if len(array.shape) != 3 or array.shape[2] not in _COLOURS:
        raise ValueError(f"an array of shape {tuple(array.shape)} is no image")
    height, width, channels = (int(size) for size in array.shape)
    return encode(width, height, channels, _bytes(array).tobytes()), [height, width]


def _bytes(array: Any) -> Any:
    kind = array.dtype.kind
    if kind == "f":
        numpy = sys.modules["numpy"]
        array = numpy.nan_to_num(array.astype("float64")).clip(0, 1) * 255 + 0.5
    elif kind == "b":
        array = array.astype("uint8") * 255
    elif kind not in "iu":
        raise ValueError(f"an array of {array.dtype} is no image")
    return array.clip(0, 255).astype("uint8")


def _chunk(name: bytes, data: bytes) -> bytes:
    body = name + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))
