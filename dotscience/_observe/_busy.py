"""Marks a thread as working for us: what it opens meanwhile is not the user's."""

from __future__ import annotations

import threading


class Busy:
    """A context; ``busy`` holds the threads that are in one."""

    __slots__ = ("_busy", "_is_outer")

    def __init__(self, busy: set[int]) -> None:
        self._busy = busy

    def __enter__(self) -> None:
        ident = threading.get_ident()
        self._is_outer = ident not in self._busy
        self._busy.add(ident)

    def __exit__(self, *error: object) -> None:
        if self._is_outer:
            self._busy.discard(threading.get_ident())
