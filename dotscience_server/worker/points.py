"""Points of runs become durable: parts of a million while a run goes on, the rest when it ends.

    filled ─► object (no record: a run that goes on has none) ┐
    ended  ─┬─ small ─► inline, with the run's own facts      ├─► ``run.points``, one append
            └─ else  ─► object ───────────────────────────────┘
Invariants: what is not recorded yet can be read here, by any thread; reading a journal again gives the same
parts, so the same records. Memory: a few parts wait at most, else the ingest thread waits.
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from dotscience import _points
from dotscience._points import Curve

from ..detect.journals import Filled, Journal
from ..detect.live import LiveRun
from ..store.objects import ObjectStore
from ..store.records import Draft
from ..store.stamps import rfc3339
from .barrier import reach
from .ledger import Ledger
from .storer import Storer

INLINE_BYTES = 2048
_INLINE_POINTS = 300
_WAITING_PARTS = 6
_WAIT_STEP_S = 0.02


@dataclass
class Part:
    """A complete part that is not recorded: its curves until they are an object."""

    source: str
    number: int
    system: bool
    started: str | None
    segment: bool
    curves: list[Curve]
    object: str | None = None
    data: bytes | None = None
    series: list[dict[str, Any]] | None = None

    def body(self) -> dict[str, Any]:
        """Of its ``run.points`` fact; it is encoded."""
        told: dict[str, Any] = {"part": self.number, "series": self.series, "started": self.started}
        if self.data is not None:
            told["data"] = base64.b64encode(self.data).decode("ascii")
        else:
            told["object"] = self.object
        for name in ("segment", "system"):
            if getattr(self, name):
                told[name] = True
        return told


class Points:
    """`filled` and `ended` on the ingest thread; `waiting` on any."""

    def __init__(self, ledger: Ledger, objects: ObjectStore, storer: Storer) -> None:
        self._ledger = ledger
        self._objects = objects
        self._storer = storer
        self._lock = threading.Lock()
        self._parts: dict[tuple[str, str], list[Part]] = {}

    def waiting(self, run: str) -> list[Part]:
        """Complete parts of the run that have no record yet."""
        with self._lock:
            return [part for (_, of), parts in self._parts.items() if of == run for part in parts]

    def filled(self, journal: Journal, happening: Filled) -> None:
        """A run that goes on filled a part: it leaves memory as soon as the disk takes it."""
        run = happening.run
        part = _part(journal, run, happening.number, happening.curves)
        self._keep(run.id, part)
        self._storer.submit(lambda: self._store(part))
        self._wait_for_room()

    def dropped(self, source: str, run: str) -> None:
        """The run is none any more, or its parts are recorded."""
        with self._lock:
            self._parts.pop((source, run), None)

    def ended(self, journal: Journal, run: LiveRun) -> tuple[list[Draft], list[Callable[[], None]]]:
        """No more points of the run come from this journal: facts to record now, and what to do once
        they are recorded."""
        self._complete(journal, run)
        with self._lock:
            parts = list(self._parts.get((journal.source, run.id), ()))
        forget = partial(self.dropped, journal.source, run.id)
        if all(self._is_small(part) for part in parts):
            return [self._draft(run.id, part) for part in parts], [forget] if parts else []

        def record() -> None:
            for part in parts:
                self._store(part)
            reach("points-stored")
            self._ledger.record([self._draft(run.id, part) for part in parts])
            reach("points-recorded")
            forget()

        return [], [record]

    def _complete(self, journal: Journal, run: LiveRun) -> None:
        """What the run still holds becomes its last parts."""
        if run.points.holds and (run.resumed or not run.points.is_single):
            number = journal.take_part(run.id)
            self._keep(run.id, _part(journal, run, number, run.points.take()))
        curves = run.machine.curves()
        if curves:
            number = journal.take_part(run.id, system=True)
            self._keep(run.id, _part(journal, run, number, curves, system=True))

    def _keep(self, run: str, part: Part) -> None:
        with self._lock:
            self._parts.setdefault((part.source, run), []).append(part)

    def _is_small(self, part: Part) -> bool:
        """Whether it fits into its record; then it is encoded."""
        if part.data is None and part.object is None:
            if sum(len(curve.values) for curve in part.curves) > _INLINE_POINTS:
                return False
            data = _points.encode(part.curves)
            if len(data) > INLINE_BYTES:
                return False
            part.data = data
            part.series = _points.heads(data)
        return part.data is not None

    def _store(self, part: Part) -> None:
        if part.object is None and part.data is None:
            data = _points.encode(part.curves)
            part.series = _points.heads(data)
            part.object = self._objects.add_bytes(data)
            part.curves = []

    def _draft(self, run: str, part: Part) -> Draft:
        return Draft("run.points", part.source, part.body(), run)

    def _wait_for_room(self) -> None:
        """The journal can wait, memory can't; where the disk refuses there is nothing to wait for."""
        while not self._storer.refused and self._in_memory() > _WAITING_PARTS:
            time.sleep(_WAIT_STEP_S)

    def _in_memory(self) -> int:
        with self._lock:
            return sum(1 for parts in self._parts.values() for part in parts if part.curves)


def _part(
    journal: Journal, run: LiveRun, number: int, curves: list[Curve], system: bool = False
) -> Part:
    started = rfc3339(run.started_ns) if run.begun_here else None
    return Part(journal.source, number, system, started, run.resumed, curves)
