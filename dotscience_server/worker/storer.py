"""Stores bytes that belong to runs (pins, notebooks, package lists), one task after the other.

Tasks are idempotent. One that the disk refuses stays at the head of the queue and is tried again every
30 s, so whatever was queued behind it (a journal's end) is done only when it is.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

from ..store.failures import StoreFailure

Task = Callable[[], None]

RETRY_S = 30.0
_CHECK_S = 0.1


class Storer:
    """A thread with a queue. ``failed`` hears of an error, ``recovered`` of the end of refusals,
    ``idle`` whenever nothing is left to do."""

    def __init__(
        self,
        failed: Callable[[BaseException], object],
        recovered: Callable[[], None],
        idle: Callable[[], None],
    ) -> None:
        self._idle = idle
        self._failed = failed
        self._recovered = recovered
        self._tasks: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._waiting = 0
        self._refused = False
        self._lock = threading.Lock()
        self._turn = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="storer", daemon=True)

    def start(self) -> None:
        """Begin with what is queued."""
        self._thread.start()

    def submit(self, task: Task) -> None:
        """Queue a task. Any thread."""
        with self._lock:
            self._waiting += 1
        self._tasks.put(task)

    def paused(self) -> AbstractContextManager[object]:
        """While this is held no task runs; one that the disk refuses may wait meanwhile."""
        return self._turn

    def busy(self) -> bool:
        """Whether anything is queued or running."""
        return self._waiting > 0

    @property
    def refused(self) -> bool:
        """Whether the disk takes nothing now, or the thread ends."""
        return self._refused or self._stop.is_set()

    def wait_done(self, check: Callable[[], None]) -> bool:
        """Block until all that is queued now is done; False as soon as the disk refuses it.
        Whatever ``check`` raises ends the wait."""
        done = threading.Event()
        self.submit(done.set)
        while not done.wait(_CHECK_S):
            check()
            if self._refused or self._stop.is_set():
                return False
        return True

    def stop(self) -> None:
        """End after the running task; what is queued is found again at the next start."""
        self._stop.set()
        self._tasks.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while (task := self._tasks.get()) is not None and not self._stop.is_set():
            self._do(task)
            with self._lock:
                self._waiting -= 1
            if self._waiting == 0:
                self._idle()

    def _do(self, task: Task) -> None:
        while not self._stop.is_set():
            try:
                with self._turn:
                    task()
                self._is_taken()
                return
            except StoreFailure as failure:
                self._failed(failure)
                if not _is_temporary(failure):
                    return
                self._refused = True
                self._stop.wait(RETRY_S)
            except Exception as error:
                self._failed(error)
                return

    def _is_taken(self) -> None:
        if self._refused:
            self._refused = False
            self._recovered()


def _is_temporary(failure: StoreFailure) -> bool:
    return failure.code in ("disk-full", "disk-floor", "store-unwritable")
