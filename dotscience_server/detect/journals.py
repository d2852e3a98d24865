"""Follows one journal: its records become happenings, its unpublished runs stay live.

    start ─► live ─ publish ─► Published ─ pin ─► Pinned
              │ └─ drop ─► gone
              └─ the session dies ─► Interrupted (unless nothing but the start was written)

Invariant: reading a journal again from its beginning gives the same happenings, so whatever is done
with them must be idempotent. Nothing here writes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dotscience import _journal
from dotscience._journal import Record

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
class Interrupted:
    """The session died with this run unpublished."""

    run: LiveRun


Happening = Published | Pinned | EnvironmentKnown | Interrupted


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

    def belongs_to(self, workspace: Path) -> bool:
        """Whether its session names this workspace; before a session record is read, True."""
        return self.session is None or self.session.get("workspace") in (None, os.fspath(workspace))

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
            happenings += [Interrupted(run) for run in self.live.values() if run.touched]
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
        if record.type == _journal.SESSION:
            self.session = payload
        elif record.type == _journal.START:
            self.live[run] = LiveRun(run, _ns(payload), payload.get("description"))
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


def _ns(payload: Payload) -> int:
    try:
        return int(payload.get("t", 0))
    except (TypeError, ValueError):
        return 0
