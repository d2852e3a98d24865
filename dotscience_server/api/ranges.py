"""HTTP ranges: one range of bytes (RFC 9110 §14); several at once are answered with the whole."""

from __future__ import annotations

import re
from dataclasses import dataclass

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})$")


@dataclass(frozen=True)
class Piece:
    """What to send. ``status`` is 200 (whole), 206, or 416 with nothing to send."""

    status: int
    start: int
    length: int
    size: int

    @property
    def content_range(self) -> str:
        """The header for 206 and 416."""
        if self.status == 416:
            return f"bytes */{self.size}"
        return f"bytes {self.start}-{self.start + self.length - 1}/{self.size}"


def wanted_piece(header: str | None, size: int) -> Piece:
    """The piece that a Range header wants of ``size`` bytes."""
    found = _RANGE.match(header or "")
    if found is None or found[1] == found[2] == "":
        return Piece(200, 0, size, size)
    if found[1] == "":
        start, last = max(0, size - int(found[2])), size - 1
    else:
        start, last = int(found[1]), min(int(found[2] or size), size - 1)
    if start > last:
        return Piece(416, 0, 0, size)
    return Piece(206, start, last - start + 1, size)
