"""Keeping Python's cycle collector out of the way while a great many small objects are made.

A plan of a million files is some millions of tuples without a cycle; the collector would look at all
of them again each time their number has grown by a quarter.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Pauses:
    """How many want it, and whether it ran before the first did."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.count = 0
        self.ran = False


_pauses = _Pauses()


@contextmanager
def paused() -> Iterator[None]:
    """No collection in this process meanwhile; may be nested, and used by several threads."""
    with _pauses.lock:
        if _pauses.count == 0:
            _pauses.ran = gc.isenabled()
            gc.disable()
        _pauses.count += 1
    try:
        yield
    finally:
        with _pauses.lock:
            _pauses.count -= 1
            if _pauses.count == 0 and _pauses.ran:
                gc.enable()
