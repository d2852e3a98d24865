"""What clients wait for: the revision and a counter of transient changes.

Invariant: both only rise; the status counter starts at the process's start time, so that a client of
an earlier worker sees it as newer.
"""

from __future__ import annotations

import asyncio
import threading
import time
from dataclasses import dataclass

_SPACING_S = 0.25


@dataclass(frozen=True)
class Moment:
    """``changes``: the ledger's revision and the status counter."""

    revision: int
    status: int


class Signals:
    """`set_revision` and `bump` may be called from any thread, `wait` on the loop."""

    def __init__(self, revision: int) -> None:
        self._revision = revision
        self._status = int(time.time())
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._spaced: asyncio.TimerHandle | None = None
        self._again = False
        self._waiting: set[asyncio.Future[None]] = set()

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """The loop on which clients wait."""
        self._loop = loop

    @property
    def now(self) -> Moment:
        """The present state."""
        return Moment(self._revision, self._status)

    def set_revision(self, revision: int) -> None:
        """Records up to this one are in the index."""
        with self._lock:
            self._revision = max(self._revision, revision)
        self._wake()

    def bump(self) -> None:
        """Jobs, notices or running runs changed."""
        with self._lock:
            self._status += 1
        self._wake()

    def bump_soon(self) -> None:
        """As `bump`, for what changes all the time: at most four times a second."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._bump_spaced)

    def _bump_spaced(self) -> None:
        assert self._loop is not None
        if self._spaced is None:
            self._spaced = self._loop.call_later(_SPACING_S, self._end_spacing)
            self.bump()
        else:
            self._again = True

    def _end_spacing(self) -> None:
        self._spaced = None
        if self._again:
            self._again = False
            self._bump_spaced()

    async def wait(self, revision: int, status: int | None, seconds: float) -> Moment:
        """The state as soon as it is newer than the one given (``status`` None: any is known)."""
        deadline = time.monotonic() + seconds
        while not self._is_newer(revision, status) and (left := deadline - time.monotonic()) > 0:
            future = asyncio.get_running_loop().create_future()
            self._waiting.add(future)
            try:
                await asyncio.wait([future], timeout=left)
            finally:
                self._waiting.discard(future)
        return self.now

    def release(self) -> None:
        """Answer everybody who waits: the worker ends."""
        for future in list(self._waiting):
            if not future.done():
                future.set_result(None)

    def _is_newer(self, revision: int, status: int | None) -> bool:
        return self._revision > revision or (status is not None and self._status > status)

    def _wake(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.release)
