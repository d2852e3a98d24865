"""Jobs: everything long that a client asked for, with progress and cancel.

    waiting ─► running ─► done | failed | cancelled
Ended jobs stay for ten minutes, at most twenty of them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from dotscience._tree import TreePath, name_to_json

from ..protocol.failure import ApiError
from ..snapshots.failures import Cancelled
from ..store.stamps import new_id, now
from .barrier import reach

Kind = Literal[
    "snapshot",
    "checkout",
    "rebuild",
    "restore",
    "branch",
    "verify",
    "gc",
    "migrate",
    "rerun",
    "bisect",
]
Unit = Literal["files", "bytes", "records", "cells", "lines"]
State = Literal["waiting", "running", "done", "failed", "cancelled"]

_KEEP_ENDED_S = 600
_KEEP_ENDED_COUNT = 20
PATHS_MOST = 1_000
LINE_MOST = 200
_TELL_EVERY_S = 0.1


@dataclass(frozen=True)
class JobResult:
    """What a job made; fields as in the protocol. ``not_kept``, ``paths``, ``created`` and ``lacking`` are shown up to ``PATHS_MOST``."""

    snapshot: str | None = None
    path: str | None = None
    message: str | None = None
    restored: int | None = None
    unchanged: int | None = None
    not_kept: Sequence[TreePath] | None = None
    paths: Sequence[TreePath] | None = None
    created: Sequence[TreePath] | None = None
    run: str | None = None
    bytes: int | None = None
    metrics: Mapping[str, str] | None = None
    lacking: Sequence[tuple[TreePath, str]] | None = None
    incomplete: bool | None = None

    def to_json(self) -> dict[str, Any]:
        """``JobResult`` of the protocol; the Jupyter side fills ``api_path``."""
        return {
            "snapshot": self.snapshot,
            "path": self.path,
            "api_path": None,
            "message": self.message,
            "restored": self.restored,
            "unchanged": self.unchanged,
            "not_kept": _paths_json(self.not_kept),
            "paths": _paths_json(self.paths),
            "created": _paths_json(self.created),
            "run": self.run,
            "bytes": self.bytes,
            "metrics": None if self.metrics is None else dict(self.metrics),
            "lacking": None if self.lacking is None else _lacking_json(self.lacking),
            "incomplete": self.incomplete,
        }


@dataclass
class Job:
    """One job; a ``Progress`` for the snapshot engine. Change it only through its methods."""

    kind: Kind
    title: str
    unit: Unit
    run: str | None
    tell: Callable[[], None]
    id: str = field(default_factory=new_id)
    state: State = "waiting"
    started: str = field(default_factory=now)
    done: int = 0
    total: int | None = None
    done_bytes: int | None = None
    total_bytes: int | None = None
    result: JobResult | None = None
    error: ApiError | None = None
    ended_s: float | None = None
    cancelled: bool = False
    line: str | None = None
    _told_s: float = 0

    def update(
        self, done: int, total: int | None, done_bytes: int | None, total_bytes: int | None
    ) -> None:
        """So much is done; clients hear of it at most ten times a second."""
        self.done, self.total = done, total
        self.done_bytes, self.total_bytes = done_bytes, total_bytes
        reach(f"{self.kind}-progress")
        if time.monotonic() - self._told_s > _TELL_EVERY_S:
            self._told_s = time.monotonic()
            self.tell()

    def say(self, line: bytes | str) -> None:
        """What it printed last, if it is anything; shown with the next `update`."""
        text = line.decode("utf-8", "replace") if isinstance(line, bytes) else line
        if text := text.strip()[:LINE_MOST]:
            self.line = text

    def turn(self, title: str, unit: Unit) -> None:
        """It comes to another part, counted in ``unit``."""
        self.title, self.unit = title, unit
        self.done, self.total, self.line = 0, None, None
        self.done_bytes = self.total_bytes = None
        self.tell()

    def check(self) -> None:
        """Raise Cancelled when somebody cancelled it."""
        if self.cancelled:
            raise Cancelled("cancelled by the user")

    def cancel(self) -> None:
        """Ask it to end; one that has ended is left as it is."""
        if self.ended_s is None:
            self.cancelled = True

    def begin(self) -> None:
        """It runs now. Raises Cancelled when it is not wanted any more."""
        self.check()
        self.state = "running"
        self.tell()

    def succeed(self, result: JobResult) -> None:
        """It is done."""
        self.result = result
        self._end("done")

    def fail(self, error: ApiError) -> None:
        """It ended without a result."""
        self.error = error
        self._end("cancelled" if error.code == "cancelled" else "failed")

    def to_json(self) -> dict[str, Any]:
        """``job.schema.json``."""
        return {
            "id": self.id,
            "kind": self.kind,
            "state": self.state,
            "title": self.title,
            "done": self.done,
            "total": self.total,
            "unit": self.unit,
            "done_bytes": self.done_bytes,
            "total_bytes": self.total_bytes,
            "started": self.started,
            "run": self.run,
            "line": self.line,
            "result": None if self.result is None else self.result.to_json(),
            "error": None if self.error is None else self.error.body(),
        }

    def _end(self, state: State) -> None:
        self.state = state
        self.ended_s = time.monotonic()
        self.tell()


def _lacking_json(lacking: Sequence[tuple[TreePath, str]]) -> list[Any]:
    return [{"path": name_to_json(path), "why": why} for path, why in lacking[:PATHS_MOST]]


def _paths_json(paths: Sequence[TreePath] | None) -> list[Any] | None:
    return None if paths is None else [name_to_json(path) for path in paths[:PATHS_MOST]]


class Jobs:
    """All jobs of the worker. Thread-safe."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._lock = threading.Lock()
        self._by_id: dict[str, Job] = {}

    def add(
        self,
        kind: Kind,
        title: str,
        unit: Unit,
        run: str | None = None,
    ) -> Job:
        """A new job that waits."""
        job = Job(kind, title, unit, run, self._changed)
        with self._lock:
            self._forget_old()
            self._by_id[job.id] = job
        self._changed()
        return job

    def get(self, identity: str) -> Job:
        """Raises ``ApiError`` ``job-not-found``."""
        job = self._by_id.get(identity)
        if job is None:
            raise ApiError.of("job-not-found", job=identity)
        return job

    def all(self) -> list[Job]:
        """Every job not forgotten, oldest first."""
        with self._lock:
            self._forget_old()
            return list(self._by_id.values())

    def active(self) -> bool:
        """Whether any job waits or runs."""
        return any(job.ended_s is None for job in self.all())

    def cancel_all(self) -> None:
        """The worker ends."""
        for job in self.all():
            job.cancel()

    def _forget_old(self) -> None:
        ended = [job for job in self._by_id.values() if job.ended_s is not None]
        ended.sort(key=lambda job: job.ended_s or 0)
        spare = len(ended) - _KEEP_ENDED_COUNT
        for position, job in enumerate(ended):
            if position < spare or time.monotonic() - (job.ended_s or 0) > _KEEP_ENDED_S:
                del self._by_id[job.id]
