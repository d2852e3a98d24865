"""Follows one journal: its records become happenings, its unpublished runs stay live.

    start ─► live ─ publish ─► Published ─ pin ─► Pinned
              │ ├─ a million points ─► Filled
              │ └─ drop ─► gone
              └─ the session dies ─► Left (unless nothing but the start was written)

A run's records may lie in several journals (forked children, a full disk): what is left of one need not be
interrupted, `endings.py` decides.

Invariant: reading a journal again from its beginning gives the same happenings, so whatever is done
with them must be idempotent. Nothing here writes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from dotscience import _journal
from dotscience._curves import Names, by_run
from dotscience._journal import Record
from dotscience._points import Curve

from . import sessions
from .live import LiveRun, Payload, time_ns
from .meter import Meter
from .sessions import SessionLog

READ_LIMIT_BYTES = 8 * 1024 * 1024
_TAKEN = frozenset(_journal.NAMES)
"""Types of which nothing is lost when a journal is removed: all that they say becomes facts."""


@dataclass(frozen=True)
class Published:
    """A publish record; ``run`` is its id, ``told`` what this journal has told of it."""

    run: str
    payload: Payload
    told: LiveRun | None


@dataclass(frozen=True)
class Filled:
    """A run that goes on has filled part ``number`` of its points."""

    run: LiveRun
    number: int
    curves: list[Curve]


@dataclass(frozen=True)
class Pinned:
    """The outputs of a published run were pinned."""

    run: str
    files: list[Payload]


@dataclass(frozen=True)
class EnvironmentKnown:
    """Packages and Git state, once a session; ``runs`` were published before."""

    payload: Payload
    runs: tuple[str, ...]


@dataclass(frozen=True)
class Left:
    """The session died and this run was not published in this journal."""

    run: LiveRun


@dataclass(frozen=True)
class Dropped:
    """The run is none any more."""

    run: str


Happening = Published | Pinned | EnvironmentKnown | Filled | Dropped | Left


class Journal:
    """One journal being followed. Not thread-safe."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.session: Payload | None = None
        self.live: dict[str, LiveRun] = {}
        self.environment: Payload | None = None
        self.seeds: Payload = {}
        """Those set in code, as far as is known now."""
        self.unpinned: set[str] = set()
        """Published with outputs, the pin record still to come."""
        self.finished = False
        """The session is dead and everything of it has been read."""
        self.ended = False
        """It said that it ends."""
        self.whole = True
        """Nothing in it was damaged or of a later version."""
        self.sessionlog = SessionLog()
        self._offset = 0
        self._published: dict[str, Payload] = {}
        self._names: Names = {}
        self._parts: dict[tuple[str, bool], int] = {}
        self._meter = Meter()
        self._cells: list[str | None] = []

    @property
    def source(self) -> str:
        """The source of facts from here."""
        return f"journal:{self.path.stem}"

    @property
    def offset(self) -> int:
        """Bytes read."""
        return self._offset

    @property
    def cell(self) -> str | None:
        """The nbformat id of the cell that runs now."""
        return self._cells[-1] if self._cells else None

    def names(self, workspace: Path) -> bool:
        """Whether its session names this workspace; before a session record is read, True."""
        return self.session is None or self.session.get("workspace") == os.fspath(workspace)

    def advance(self) -> Iterator[Happening]:
        """What happened since the last call; to be read to its end. Raises OSError when the file
        can't be read."""
        if self.finished:
            return
        # Asked before reading: a session that dies in between is read to its end the next time.
        alive = _journal.is_alive(self.path)
        for record in self._new_records():
            yield from self._take(record)
        if not alive:
            self.whole = self.whole and self._offset == self.path.stat().st_size
            left = [run for run in self.live.values() if run.touched]
            self.live.clear()
            self.unpinned.clear()
            self.finished = True
            yield from map(Left, left)

    def seeds_of(self, run: str) -> Payload:
        """Those that were set in code before the run was published."""
        return self._published.get(run, self.seeds)

    @property
    def published(self) -> tuple[str, ...]:
        """The runs that it published."""
        return tuple(self._published)

    def next_part(self, run: str, system: bool = False) -> int:
        """The number of the run's next part of points, or of curves of the machine."""
        return self._parts.get((run, system), 0)

    def take_part(self, run: str, system: bool = False) -> int:
        """The same, given once: a part is complete."""
        number = self.next_part(run, system)
        self._parts[run, system] = number + 1
        return number

    def _new_records(self) -> Iterator[Record]:
        while True:
            records, offset, damages = _journal.read_records(
                self.path, self._offset, READ_LIMIT_BYTES
            )
            self.whole = self.whole and not damages
            behind, self._offset = self._offset, offset
            yield from records
            if offset == behind:
                return

    def _take(self, record: Record) -> Iterable[Happening]:
        payload = record.payload
        run = str(payload.get("id"))
        self.whole = self.whole and record.type in _TAKEN
        if record.type in sessions.TYPES:
            self.sessionlog.take(record)
        if record.type == _journal.POINTS:
            return self._pointed(record.data)
        if record.type in _OF_A_RUN:
            _OF_A_RUN[record.type](self._run(run, payload), payload)
        elif record.type in _OF_A_SESSION:
            _OF_A_SESSION[record.type](self, payload)
        return self._told(record, run)

    def _told(self, record: Record, run: str) -> list[Happening]:
        if record.type == _journal.PUBLISH:
            told = self.live.pop(run, None)
            if told is not None and told.outputs:
                self.unpinned.add(run)
            self._published[run] = self.seeds
            return [Published(run, record.payload, told)]
        if record.type == _journal.PIN:
            self.unpinned.discard(run)
            return [Pinned(run, list(record.payload.get("files") or ()))]
        if record.type == _journal.ENVIRONMENT:
            self.environment = record.payload
            return [EnvironmentKnown(record.payload, tuple(self._published))]
        if record.type == _journal.DROP:
            self.live.pop(run, None)
            return [Dropped(run)]
        return []

    def _run(self, run: str, payload: Payload) -> LiveRun:
        return self.live.get(run) or self.live.setdefault(run, LiveRun(run, time_ns(payload)))

    def _pointed(self, data: bytes) -> Iterator[Happening]:
        for run, points in by_run(self._names, data).items():
            told = self._run(run, {})
            for curves in told.take_points(self._names, points):
                yield Filled(told, self.take_part(run), curves)
            told.started_ns = told.started_ns or told.points.last_ns

    def _began(self, payload: Payload) -> None:
        run, resumed = str(payload.get("id")), bool(payload.get("resume"))
        if resumed and run in self.live and self.live[run].begun_here:
            return
        told = LiveRun(run, time_ns(payload), payload.get("description"), begun_here=True)
        told.resumed = resumed
        self.live[run] = told

    def _opened(self, payload: Payload) -> None:
        self.session = payload

    def _named(self, payload: Payload) -> None:
        if isinstance(payload.get("n"), int):
            self._names[payload["n"]] = (str(payload.get("id")), str(payload.get("key")))

    def _closed(self, payload: Payload) -> None:
        self.ended = True

    def _seeded(self, payload: Payload) -> None:
        told = payload.get("seeds")
        self.seeds = told if isinstance(told, dict) else {}

    def _measured(self, payload: Payload) -> None:
        time = time_ns(payload)
        values = self._meter.take(time, payload)
        for run in self.live.values():
            if run.begun_here:
                run.machine.add(time, values)

    def _cell_began(self, payload: Payload) -> None:
        cell = payload.get("cell")
        self._cells = self._cells[-_NESTED:] if payload.get("nested") else []
        self._cells.append(cell if isinstance(cell, str) else None)

    def _cell_ended(self, payload: Payload) -> None:
        if self._cells:
            self._cells.pop()


_NESTED = 20
_OF_A_RUN: dict[int, Callable[[LiveRun, Payload], None]] = {
    _journal.VALUE: LiveRun.take,
    _journal.MEDIA: LiveRun.take_media,
    _journal.PROGRESS: lambda run, payload: run.progress.take(payload),
}
_OF_A_SESSION: dict[int, Callable[[Journal, Payload], None]] = {
    _journal.SESSION: Journal._opened,
    _journal.START: Journal._began,
    _journal.SERIES: Journal._named,
    _journal.END: Journal._closed,
    _journal.METER: Journal._measured,
    _journal.SEEDS: Journal._seeded,
    _journal.CELL: Journal._cell_began,
    _journal.CELL_END: Journal._cell_ended,
}


@dataclass(frozen=True)
class Shown:
    """A run that goes on, as it is shown: ``parts`` holds each journal that tells of it with what
    it told, the one that began it first."""

    run: LiveRun
    parts: list[tuple[Journal, LiveRun]]

    @property
    def journal(self) -> Journal:
        """The journal that began it."""
        return self.parts[0][0]


def live_runs(journals: Iterable[Journal]) -> Iterator[Shown]:
    """Each run that is going on, once: forked children's values are in it."""
    journals = list(journals)
    for journal in journals:
        for run in list(journal.live.values()):
            if run.begun_here:
                others = [
                    (other, other.live[run.id])
                    for other in journals
                    if other is not journal and run.id in other.live
                ]
                yield Shown(_joined(run, [part for _, part in others]), [(journal, run), *others])


def _joined(run: LiveRun, others: list[LiveRun]) -> LiveRun:
    if not others:
        return run
    parts = [run, *others]
    return replace(
        run,
        parameters={key: text for part in parts for key, text in part.parameters.items()},
        metrics={key: text for part in parts for key, text in part.metrics.items()},
        labels={key: text for part in parts for key, text in part.labels.items()},
    )
