"""Carries a stream from one process or file to another, counted, and ended at once when it is no longer wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO

PIECE = 1 << 20

Tell = Callable[[int], None]
"""Called with bytes just carried; may raise to stop."""


def carry(source: IO[bytes], write: Callable[[bytes], object], tell: Tell) -> int:
    """All of it; how many bytes. Raises what either side raises: BrokenPipeError when the receiver has gone."""
    total = 0
    while data := source.read(PIECE):
        write(data)
        total += len(data)
        tell(len(data))
    return total
