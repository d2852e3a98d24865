"""Ctrl+C waits for a few lines: a run is published whole or not at all.

Only what takes well under a second may stand inside. Nothing to do outside the main thread: Python
raises there for no signal.
"""

from __future__ import annotations

import signal
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class uninterrupted:
    """``with uninterrupted():`` - the handler of SIGINT is called at its end, if it was called for."""

    __slots__ = ("_asked", "_handler")

    def __enter__(self) -> None:
        self._asked: list[Any] = []
        self._handler: Any = None
        if threading.current_thread() is not threading.main_thread():
            return
        handler = signal.getsignal(signal.SIGINT)
        if callable(handler):  # else the signal is ignored, kills, or belongs to a C library
            self._handler = handler  # first: once the other one is set, nothing can raise
            try:
                signal.signal(signal.SIGINT, self._later)
            except ValueError:  # a subinterpreter: signals are another one's
                self._handler = None

    def __exit__(self, *exception: object) -> None:
        if self._handler is not None:
            signal.signal(signal.SIGINT, self._handler)
            if self._asked:
                self._handler(signal.SIGINT, self._asked[0])

    def _later(self, number: int, frame: Any) -> None:
        self._asked.append(frame)
