"""Follows one journal: its records become happenings, its unpublished runs stay live.

    start ─► live ─ publish ─► Published ─ pin ─► Pinned
              │ └─ drop ─► gone
              └─ the session dies ─► Left (unless nothing but the start was written)

A run's records may lie in several journals (forked children, a full disk): what is left of one need not be
interrupted, `endings.py` decides.

Invariant: reading a journal again from its beginning gives the same happenings, so whatever is done
with them must be idempotent. Nothing here writes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from dotscience import _journal
from dotscience._journal import Record

from . import sessions
from .sessions import SessionLog

READ_LIMIT_BYTES = 8 * 1024 * 1024

Payload = dict[str, Any]


@dataclass
class LiveRun:
    """A run that has started and not published: what was told so far, the last value of a key."""

    id: str
    started_ns: int
    description: str | None = None
    error: str | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, None] = field(default_factory=dict)
    outputs: dict[str, None] = field(default_factory=dict)
    touched: bool = False
    """Whether anything but the start was told."""
    begun_here: bool = False
    """Whether its start stands in this journal."""

    def take(self, value: Payload) -> None:
        """Apply one value record; an unknown kind changes nothing."""
        self.touched = True
        kind, key, text = value.get("kind"), value.get("key"), value.get("text")
        if kind in ("description", "error"):
            setattr(self, kind, text)
        elif kind in ("parameter", "metric", "label"):
            getattr(self, f"{kind}s")[str(key)] = str(text)
        elif kind in ("input", "output"):
            getattr(self, f"{kind}s")[str(key)] = None


@dataclass(frozen=True)
class Published:
    """A publish record; ``run`` is its id."""

    run: str
    payload: Payload


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


Happening = Published | Pinned | EnvironmentKnown | Left


class Journal:
    """One journal being followed. Not thread-safe."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.session: Payload | None = None
        self.live: dict[str, LiveRun] = {}
        self.environment: Payload | None = None
        self.unpinned: set[str] = set()
        """Published with outputs, the pin record still to come."""
        self.finished = False
        """The session is dead and everything of it has been read."""
        self.sessionlog = SessionLog()
        self._offset = 0
        self._published: list[str] = []

    @property
    def source(self) -> str:
        """The source of facts from here."""
        return f"journal:{self.path.stem}"

    @property
    def offset(self) -> int:
        """Bytes read."""
        return self._offset

    def names(self, workspace: Path) -> bool:
        """Whether its session names this workspace; before a session record is read, True."""
        return self.session is None or self.session.get("workspace") == os.fspath(workspace)

    def advance(self) -> list[Happening]:
        """What happened since the last call. Raises OSError when the file can't be read."""
        if self.finished:
            return []
        # Asked before reading: a session that dies in between is read to its end the next time.
        alive = _journal.is_alive(self.path)
        happenings = [
            happening for record in self._new_records() for happening in self._take(record)
        ]
        if not alive:
            happenings += [Left(run) for run in self.live.values() if run.touched]
            self.live.clear()
            self.unpinned.clear()
            self.finished = True
        return happenings

    def _new_records(self) -> Iterator[Record]:
        while True:
            records, offset, _ = _journal.read_records(self.path, self._offset, READ_LIMIT_BYTES)
            yield from records
            if offset == self._offset:
                return
            self._offset = offset

    def _take(self, record: Record) -> list[Happening]:
        payload = record.payload
        run = str(payload.get("id"))
        if record.type in sessions.TYPES:
            self.sessionlog.take(record)
        if record.type == _journal.SESSION:
            self.session = payload
        elif record.type == _journal.START:
            self.live[run] = LiveRun(run, _ns(payload), payload.get("description"), begun_here=True)
        elif record.type == _journal.VALUE:
            self.live.setdefault(run, LiveRun(run, _ns(payload))).take(payload)
        elif record.type == _journal.DROP:
            self.live.pop(run, None)
        return self._told(record, run)

    def _told(self, record: Record, run: str) -> list[Happening]:
        if record.type == _journal.PUBLISH:
            told = self.live.pop(run, None)
            if told is not None and told.outputs:
                self.unpinned.add(run)
            self._published.append(run)
            return [Published(run, record.payload)]
        if record.type == _journal.PIN:
            self.unpinned.discard(run)
            return [Pinned(run, list(record.payload.get("files") or ()))]
        if record.type == _journal.ENVIRONMENT:
            self.environment = record.payload
            return [EnvironmentKnown(record.payload, tuple(self._published))]
        return []


def live_runs(journals: Iterable[Journal]) -> Iterator[tuple[LiveRun, str | None]]:
    """Each run that is going on, once, with its notebook: forked children's values are in it."""
    journals = list(journals)
    for journal in journals:
        for run in journal.live.values():
            if run.begun_here:
                parts = [other.live[run.id] for other in journals if run.id in other.live]
                yield _joined(run, parts), (journal.session or {}).get("notebook")


def _joined(run: LiveRun, parts: list[LiveRun]) -> LiveRun:
    if len(parts) == 1:
        return run
    return replace(
        run,
        parameters={key: text for part in parts for key, text in part.parameters.items()},
        metrics={key: text for part in parts for key, text in part.metrics.items()},
        labels={key: text for part in parts for key, text in part.labels.items()},
    )


def _ns(payload: Payload) -> int:
    try:
        return int(payload.get("t", 0))
    except (TypeError, ValueError):
        return 0
