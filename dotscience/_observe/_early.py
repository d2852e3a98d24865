"""The first moments of an observed process: the audit hook stands, the observer comes when there is a reason.

    start ──► hook ──first event that may matter, a cell, or `_background` after 20 ms──► Observer

- Making an observer takes some milliseconds; the first recorded thing does not wait for them. Nothing is lost: the
  event that is the reason waits until the observer stands, and is told to it.
- Where native readers may be loaded already (``ctypes`` is), they raise no event: then there is no such phase.
- No thread of another kind is kept waiting for long: it may hold the lock of a module that the observer imports.
  What it did is told late.
"""

from __future__ import annotations

import os
import sys
import threading

from dotscience._guard import guarded
from dotscience._observe._audit import Audit
from dotscience._observe._busy import Busy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from dotscience._observe._observer import Observer
    from dotscience._recorder import Recorder

_WAIT_S = 0.05
_FORK_S = 0.5
#: What an `Observer` handles, and what changes who could be seen.
_EVENTS = (
    *("import", "os.fork", "ctypes.dlopen", "sqlite3.connect"),
    *("os.rename", "os.remove", "os.truncate", "os.link", "os.chdir"),
    *("subprocess.Popen", "os.system", "os.posix_spawn", "os.exec", "os.spawn", "os.forkpty"),
)
_LIBRARY = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_OWN = tuple({path.rstrip("/") + "/" for path in (sys.prefix, sys.base_prefix, _LIBRARY, "/proc")})


class Early:
    """Stands for the observer until `settle` has made it with ``make``; takes the same calls."""

    def __init__(self, recorder: Recorder, make: Callable[[Recorder, Audit], Observer]) -> None:
        self._recorder = recorder
        self._make = make
        self._audit = Audit()
        self._lock = threading.RLock()  # re-entrant: a signal handler may open something
        self._is_making = False
        self._is_given_up = False
        self._observer: Observer | None = None
        self._missed: list[tuple[str, tuple[Any, ...]]] = []

    def start(self) -> None:
        from dotscience._observe._children import put_on_path

        put_on_path(
            self._recorder.workspace, os.environ
        )  # processes may be started without any event
        hook = self._audit.made()
        for event in _EVENTS:
            self._audit.handlers[event] = self._handler(event)
        self._audit.hand_over(self._opened, _OWN)
        sys.addaudithook(hook)

    def settle(self, wait_s: float = _WAIT_S) -> Observer | None:
        """The observer, made now unless it stands; None while it is being made."""
        if self._observer is not None or self._is_given_up:
            return self._observer
        if not self._lock.acquire(timeout=wait_s):
            return None
        try:
            if not self._is_making:
                self._is_making = True
                with Busy(self._audit.busy):
                    self._settle()
                self._tell_missed()
        finally:
            self._lock.release()
        return self._observer

    def expect(self, source: str, cell: int | None) -> None:
        observer = self.settle()
        if observer is not None:
            observer.expect(source, cell)

    def flush(self, cell: int | None = None) -> None:
        """Nothing was seen: there would be an observer."""

    def by_us(self) -> Busy:
        return Busy(self._audit.busy)

    def means(self) -> list[str]:
        observer = self.settle()
        return [] if observer is None else observer.means()

    @guarded
    def _settle(self) -> None:
        try:
            self._observer = self._make(self._recorder, self._audit)
        finally:
            if self._observer is None:
                self._is_given_up = True
                self._audit.handlers.clear()

    def _opened(self, path: Any, mode: Any, flags: int) -> None:
        if not isinstance(path, int):
            self._happened("open", (path, mode, flags))

    def _handler(self, event: str) -> Callable[..., None]:
        def told(*args: Any) -> None:
            if event != "import" or not str(args[0]).startswith("dotscience"):
                self._happened(event, args)

        return told

    def _happened(self, event: str, args: tuple[Any, ...]) -> None:
        is_fork = event in ("os.fork", "os.forkpty")
        if self.settle(_FORK_S if is_fork else _WAIT_S) is not None:
            self._tell(event, args)
        elif is_fork:
            self._is_given_up = True  # in the child: nobody makes it there
        elif not self._is_given_up:
            self._missed.append((event, args))

    def _tell_missed(self) -> None:
        while self._missed:
            self._tell(*self._missed.pop(0))

    def _tell(self, event: str, args: tuple[Any, ...]) -> None:
        observer = self._observer
        if observer is not None:
            observer.happened(event, args)
