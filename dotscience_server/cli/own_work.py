"""Work that a command does itself, not the worker: how far it is, and its failures as errors of the catalogue."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ..protocol.errors import ERRORS
from ..protocol.failure import ApiError
from ..store.failures import StoreFailure
from .jobs import Job

_SHOW_EVERY_S = 0.1


class OwnWork:
    """Counts one part of the work after the other. Used by one thread."""

    def __init__(self, show: Callable[[Job], None]) -> None:
        self._show = show
        self._shown_s = 0.0
        self._job: Job = {}
        self.begin("", 0, 0)

    def begin(self, title: str, files: int, bytes_: int) -> None:
        """A new part: counted in bytes where there are some or nothing is known, else in files."""
        unit, total = ("bytes", bytes_) if bytes_ or not files else ("files", files)
        self._job = {"title": title, "unit": unit, "done": 0, "total": total, "done_bytes": 0}

    def tell(self, files: int, bytes_: int) -> None:
        """So much more is done."""
        self._job["done"] += bytes_ if self._job["unit"] == "bytes" else files
        now = time.monotonic()
        if now - self._shown_s >= _SHOW_EVERY_S:
            self._shown_s = now
            self._show(self._job)


@contextmanager
def failures_told() -> Iterator[None]:
    """Failures of the store and of ZFS leave as ``ApiError``."""
    try:
        yield
    except StoreFailure as failure:
        if failure.code in ERRORS:
            raise ApiError.of(failure.code, **failure.fields) from failure
        raise ApiError.of("internal", detail=str(failure), log="?") from failure
