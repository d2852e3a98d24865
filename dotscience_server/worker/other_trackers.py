"""What other trackers leave in the workspace becomes runs: TensorBoard's event files, DVCLive's folders.

    seen ─► growing ── quiet for 30 s ─┬─ one run was going on all the time ─► its points
                  ▲                    └─ else ─► a run of its own
                  └── grows again: more points, and the block anew (`resumed`)

A *log* is a folder. Invariants: idempotent, what the index says is recorded is not recorded again, so a lost
index or a killed worker repeats nothing; a log's own run has an id that follows from the folder and its first point.
Used by the ingest thread alone.
"""

from __future__ import annotations

import hashlib
import logging
import os
import struct
import time
import uuid
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from dotscience import _points
from dotscience._curves import text_of
from dotscience._facts import Run
from dotscience._journal import FLOAT32, FLOAT64
from dotscience._points import Curve

from ..detect import dvclive, tfevents
from ..store.layout import Store
from ..store.objects import ObjectStore
from ..store.records import Draft
from ..store.stamps import nanoseconds, rfc3339
from .ledger import Ledger

log = logging.getLogger(__name__)

QUIET_S = 30.0
_EDGE_NS = 5_000_000_000
_RECENT_RUNS = 500


@dataclass
class Told:
    """What a log holds so far; columns by metric, times in ns."""

    steps: dict[str, array[float]] = field(default_factory=dict)
    times: dict[str, array[int]] = field(default_factory=dict)
    values: dict[str, array[float]] = field(default_factory=dict)
    last: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)

    def add(self, key: str, step: float, time_ns: int, value: float) -> None:
        if key not in self.steps:
            self.steps[key], self.times[key] = array("d"), array("q")
            self.values[key] = array("d")
        self.steps[key].append(step)
        self.times[key].append(time_ns)
        self.values[key].append(value)

    def last_text(self, key: str) -> str:
        """The last value as its writer would have printed it."""
        return self.last.get(key) or _text(self.values[key][-1])

    def span(self) -> tuple[int, int] | None:
        """First and last time, None without a point."""
        times = [one for times in self.times.values() for one in (times[0], times[-1])]
        return (min(times), max(times)) if times else None


class Log(Protocol):
    """One folder of another tracker."""

    kind: str
    folder: Path
    told: Told

    def read(self) -> bool:
        """Read what is new; whether anything was. Raises OSError."""

    def touched_s(self) -> float:
        """When it was last written (seconds since the epoch); 0 when it is gone."""


class BoardLog:
    """A folder of event files."""

    kind = "tensorboard"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told = Told()
        self._offsets: dict[str, int] = {}

    def read(self) -> bool:
        before = dict(self._offsets)
        for name in self._files():
            self._read(name)
        return self._offsets != before

    def touched_s(self) -> float:
        return max((_mtime(self.folder / name) for name in self._files()), default=0.0)

    def _files(self) -> list[str]:
        try:
            return sorted(name for name in os.listdir(self.folder) if tfevents.is_event_file(name))
        except OSError:
            return []

    def _read(self, name: str) -> None:
        while True:
            begun = self._offsets.get(name, 0)
            found, offset, _ = tfevents.read_scalars(os.fspath(self.folder / name), begun)
            self._offsets[name] = offset
            for one in found:
                self.told.add(one.tag, one.step, one.time_ns, one.value)
            if offset == begun:
                return


class LiveLog:
    """A folder of DVCLive. Rows without a time get that of their file when they were read."""

    kind = "dvclive"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.told = Told()
        self._offsets: dict[str, int] = {}

    def read(self) -> bool:
        tables = dvclive.tables(self.folder)
        if any(
            _size(tables[key]) < offset for key, offset in self._offsets.items() if key in tables
        ):
            self.told, self._offsets = Told(), {}  # the program ran again and began anew
        before = dict(self._offsets)
        for key, path in tables.items():
            rows, self._offsets[key] = dvclive.read_table(path, self._offsets.get(key, 0))
            written_ns = int(_mtime(path) * 1e9)
            for step, value, time_ns in rows:
                self.told.add(key, step, time_ns or written_ns, value)
        last, parameters = dvclive.read_last(self.folder), dvclive.read_parameters(self.folder)
        grown = (last, parameters) != (self.told.last, self.told.parameters)
        self.told.last, self.told.parameters = last, parameters
        return grown or self._offsets != before

    def touched_s(self) -> float:
        paths = [*dvclive.tables(self.folder).values(), self.folder / "metrics.json"]
        return max(map(_mtime, paths))


@dataclass
class _Followed:
    log: Log
    read_s: float = -1.0
    """When the log had last been written as of the last reading."""
    recorded: bool = True


class OtherTrackers:
    """See the module. ``began`` gives the start times (ns) of runs that are going on."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        objects: ObjectStore,
        began: Callable[[], Iterable[int]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._objects = objects
        self._began = began
        self._clock = clock
        self._logs: dict[tuple[str, Path], _Followed] = {}

    @staticmethod
    def is_sign(path: str) -> bool:
        """Whether a file of this name may belong to a log."""
        return tfevents.is_event_file(path) or dvclive.is_summary(path)

    def know(self, paths: Iterable[Path]) -> None:
        """Files that `is_sign` told apart exist."""
        for path in paths:
            if tfevents.is_event_file(path.name):
                self._logs.setdefault(("board", path.parent), _Followed(BoardLog(path.parent)))
            elif dvclive.is_folder(path.parent):
                self._logs.setdefault(("live", path.parent), _Followed(LiveLog(path.parent)))

    def poll(self) -> None:
        """Read what grew, record what is quiet. Raises ``StoreFailure``: call again later."""
        for key, followed in list(self._logs.items()):
            touched_s = followed.log.touched_s()
            if touched_s == 0:
                del self._logs[key]
                continue
            if touched_s != followed.read_s:
                self._read(followed, touched_s)
            if not followed.recorded and self._clock() - touched_s >= QUIET_S:
                followed.recorded = self._record(followed.log)

    def _read(self, followed: _Followed, touched_s: float) -> None:
        try:
            grown = followed.log.read()
        except OSError as error:
            log.info("%s can't be read: %s", followed.log.folder, error)
            return
        followed.read_s = touched_s
        followed.recorded = followed.recorded and not grown

    def _record(self, source: Log) -> bool:
        """Whether it is recorded now; False while a run that may own it goes on."""
        span = source.told.span()
        if span is None:
            return True
        own = self._own_id(source, span[0])
        if self._ledger.index.run(own) is not None:
            self._ledger.record(self._drafts(source, own, span, True))
            return True
        if any(began - _EDGE_NS <= span[0] for began in self._began()):
            return False
        owner = self._owner(source, span)
        self._ledger.record(self._drafts(source, owner or own, span, owner is None))
        return True

    def _drafts(self, source: Log, run: str, span: tuple[int, int], own: bool) -> list[Draft]:
        known = self._ledger.index.run(run)
        drafts = self._points(source, run, known)
        if own and (drafts or known is None):
            drafts.insert(
                0,
                Draft(
                    "run.block",
                    self._source(source),
                    _block(source, span, self._name(source), known is not None),
                    run,
                ),
            )
        elif drafts:
            body = {"summary": _summary(source.told), "parameters": source.told.parameters}
            drafts.append(Draft("run.values", self._source(source), body, run))
        return drafts

    def _points(self, source: Log, run: str, known: Run | None) -> list[Draft]:
        """The points that are not recorded yet, as a further part."""
        parts = (
            [part for part in known.points if part.source == self._source(source)] if known else []
        )
        done: dict[str, int] = {}
        for part in parts:
            for series in part.series:
                key = str(series.get("key"))
                done[key] = done.get(key, 0) + int(series.get("count") or 0)
        drafts: list[Draft] = []
        while True:
            curves = [
                c for key in source.told.steps if (c := _curve(source.told, key, done.get(key, 0)))
            ]
            if not curves:
                return drafts
            data = _points.encode(curves)
            body = {
                "part": len(parts) + len(drafts),
                "series": _points.heads(data),
                "object": self._objects.add_bytes(data),
                "started": rfc3339(min(curve.times[0] for curve in curves)),
            }
            drafts.append(Draft("run.points", self._source(source), body, run))
            for curve in curves:
                done[curve.key] = done.get(curve.key, 0) + len(curve.values)

    def _owner(self, source: Log, span: tuple[int, int]) -> str | None:
        """The one run that went on while the log was written, None when there is none or several."""
        fitting = [
            str(told["id"])
            for told in self._ledger.index.summaries_before(1 << 62, _RECENT_RUNS)
            if _contains(told, span)
        ]
        return fitting[0] if len(fitting) == 1 else None

    def _own_id(self, source: Log, first_ns: int) -> str:
        told = (
            f"{self._source(source)}\0{first_ns}"
            if source.kind == "tensorboard"
            else self._source(source)
        )
        digest = hashlib.sha256(
            f"{self._store.lineage}\0{told}".encode("utf-8", "surrogateescape")
        ).digest()
        return str(uuid.UUID(bytes=digest[:16], version=4))

    def _source(self, source: Log) -> str:
        return f"{source.kind}:{self._name(source)}"

    def _name(self, source: Log) -> str:
        return os.path.relpath(source.folder, self._store.workspace)


def _block(source: Log, span: tuple[int, int], name: str, again: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "description": name,
        "start": rfc3339(span[0]),
        "end": rfc3339(span[1]),
        "parameters": source.told.parameters,
        "summary": _summary(source.told),
        "labels": {"logged with": "TensorBoard" if source.kind == "tensorboard" else "DVCLive"},
        "base": "",
    }
    if again:
        body["resumed"] = True
    return body


def _summary(told: Told) -> dict[str, str]:
    return {**{key: told.last_text(key) for key in told.values}, **told.last}


def _curve(told: Told, key: str, skip: int) -> Curve | None:
    """At most one part's points of a metric after the first ``skip``."""
    end = skip + _points.PART_POINTS
    values = told.values[key][skip:end]
    if not values:
        return None
    last = told.last_text(key) if end >= len(told.values[key]) else _text(values[-1])
    return Curve(key, told.steps[key][skip:end], told.times[key][skip:end], values, last)


def _text(value: float) -> str:
    """Of a number that fits 32 bits, as TensorBoard stores it, the shortest text that means it there."""
    try:
        fits = struct.unpack("<f", struct.pack("<f", value))[0] == value
    except OverflowError:
        fits = False
    return text_of(FLOAT32 if fits else FLOAT64, value)


def _contains(run: dict[str, Any], span: tuple[int, int]) -> bool:
    started, ended = nanoseconds(run.get("started")), nanoseconds(run.get("ended"))
    return bool(started and ended and started - _EDGE_NS <= span[0] and span[1] <= ended + _EDGE_NS)


def _mtime(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
