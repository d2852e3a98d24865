"""A run's curves for charts: from its facts, from parts on their way to the disk, from journals of living sessions.

Thread-safe. What was read of objects is kept up to a bound, so that a chart that is looked at answers from memory.
"""

from __future__ import annotations

import base64
import threading
from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from dotscience import _points
from dotscience._facts import PointsPart, Run
from dotscience._merge import Piece, is_rising, merge, reordered
from dotscience._numbers import json_number
from dotscience._points import Curve, extremes

from ..store.failures import ObjectDamaged
from ..store.objects import ObjectStore
from ..store.stamps import rfc3339
from .journal_ingest import JournalIngest
from .ledger import Ledger
from .points import Part
from .running import Running
from .sampling import is_whole, sample
from .views import Views

Axis = Literal["step", "time"]
SYSTEM = "system/*"
_KEPT_POINTS = 1_500_000


@dataclass(frozen=True)
class Wanted:
    """What a chart asks for; ``first`` and ``last`` in the axis's unit (steps, seconds), None: no bound."""

    keys: tuple[str, ...]
    points: int
    axis: Axis
    first: float | None = None
    last: float | None = None


@dataclass(frozen=True)
class _Source:
    """Where one part of a run's points can be read."""

    source: str
    number: int
    started: str | None
    system: bool
    content: PointsPart | Part | list[Curve]


@dataclass(frozen=True)
class _Drawn:
    """A curve in the order of an axis; ``last`` as written last."""

    xs: array[float]
    steps: array[float]
    times: array[int]
    values: array[float]
    low: float | None
    high: float | None
    last: float
    last_text: str | None
    last_ns: int
    overlaps: list[tuple[float, float]]
    whole: bool
    """Whether all values are finite."""


class Series:
    """Answers ``series.schema.json``."""

    def __init__(self, journals: JournalIngest, running: Running, objects: ObjectStore) -> None:
        self._journals = journals
        self._running = running
        self._objects = objects
        self._kept: OrderedDict[object, Any] = OrderedDict()
        self._kept_points = 0
        self._lock = threading.Lock()

    def is_live(self, run: str) -> bool:
        """Whether it goes on."""
        return self._running.find(run) is not None

    def unrecorded(self, run: str) -> list[_Source]:
        """What is in memory alone. To be asked before the run's facts: what leaves memory is in them."""
        found: list[_Source] = []
        shown = self._running.find(run)
        for journal, live in shown.parts if shown is not None else ():
            started = rfc3339(live.started_ns) if live.begun_here else None
            for system, curves in ((False, live.points.curves()), (True, live.machine.curves())):
                number = journal.next_part(run, system)
                found.append(_Source(journal.source, number, started, system, curves))
        for part in self._journals.points.waiting(run):
            found.append(_Source(part.source, part.number, part.started, part.system, part))
        return found

    def answer(
        self, run: str, facts: Run | None, unrecorded: list[_Source], wanted: Wanted
    ) -> dict[str, Any]:
        """The curves of one run. ``facts`` is None for one that is not recorded."""
        sources = {(one.source, one.number, one.system): one for one in unrecorded}
        for part in () if facts is None else facts.points:
            one = _Source(part.source, part.part, part.started, part.system, part)
            sources[one.source, one.number, one.system] = one
        told = list(sources.values())
        first_ns = min((ns for one in told for ns in _first_times(one)), default=0)
        keys = _chosen(told, wanted.keys)
        version = (run, -1 if unrecorded or facts is None else facts.revision)
        curves = ((key, self._drawn(version, key, told, wanted.axis, first_ns)) for key in keys)
        series = [_told(key, drawn, wanted, first_ns) for key, drawn in curves if drawn is not None]
        return {"format": 1, "run": run, "axis": wanted.axis, "series": series}

    def _drawn(
        self, version: tuple[str, int], key: str, sources: list[_Source], axis: Axis, first_ns: int
    ) -> _Drawn | None:
        name = (*version, key, axis)
        if version[1] >= 0 and (known := self._remembered(name)) is not None:
            return known  # type: ignore[no-any-return]
        pieces = [
            Piece(one.source, one.number, one.started, curve)
            for one in sources
            for curve in self._curves(one, key)
        ]
        if not pieces:
            return None
        drawn = _ordered(*merge(pieces), axis, first_ns)
        if version[1] >= 0:
            self._remember(name, drawn, len(drawn.values))
        return drawn

    def _curves(self, source: _Source, key: str) -> Iterable[Curve]:
        content = source.content
        if isinstance(content, Part) and content.object is None and content.data is None:
            content = list(content.curves)
        if isinstance(content, list):
            return [curve for curve in content if curve.key == key]
        if not any(one.get("key") == key for one in content.series or ()):
            return ()
        try:
            return _points.decode(self._bytes(content), key)
        except (ValueError, ObjectDamaged):
            return ()  # the rest of the run is still shown

    def _bytes(self, content: PointsPart | Part) -> bytes:
        if content.data is not None:
            data = content.data
            return data if isinstance(data, bytes) else base64.b64decode(data, validate=True)
        if content.object is None:
            raise ValueError("no points")
        return self._objects.read(content.object)

    def _remembered(self, name: object) -> Any:
        with self._lock:
            if name in self._kept:
                self._kept.move_to_end(name)
            return self._kept.get(name)

    def _remember(self, name: object, drawn: _Drawn, points: int) -> None:
        with self._lock:
            if name in self._kept or points > _KEPT_POINTS:
                return
            self._kept[name] = drawn
            self._kept_points += points
            while self._kept_points > _KEPT_POINTS:
                _, old = self._kept.popitem(last=False)
                self._kept_points -= len(old.values)


class Curves:
    """Series of whatever run is named: recorded, going on, or both (a resumed one)."""

    def __init__(self, series: Series, views: Views, ledger: Ledger) -> None:
        self._series = series
        self._views = views
        self._ledger = ledger

    def answer(self, named: str, wanted: Wanted) -> dict[str, Any]:
        """``series.schema.json``. Raises ``run-not-found``, ``run-ambiguous``."""
        unrecorded = self._series.unrecorded(named)
        facts = self._ledger.index.run(named)
        if facts is None and not unrecorded and not self._series.is_live(named):
            facts = self._views.find(named)
        run = named if facts is None else facts.id
        return self._series.answer(run, facts, unrecorded, wanted)


def _first_times(source: _Source) -> Iterator[int]:
    content = source.content
    if source.system:
        return
    if isinstance(content, Part) and content.series is None:
        content = content.curves
    if isinstance(content, list):
        yield from (curve.times[0] for curve in content)
        return
    for one in content.series or ():
        text = str(one.get("first_ns"))
        if text.isdecimal() and len(text) < 20:
            yield int(text)


def _chosen(sources: list[_Source], keys: tuple[str, ...]) -> list[str]:
    """The keys asked for that there are, each once; none asked: all metrics."""
    metrics = dict.fromkeys(key for one in sources if not one.system for key in _keys(one))
    machine = dict.fromkeys(key for one in sources if one.system for key in _keys(one))
    if not keys:
        return list(metrics)
    found: dict[str, None] = {}
    for key in keys:
        if key == SYSTEM:
            found.update(dict.fromkeys(sorted(machine)))
        elif key in metrics or key in machine:
            found[key] = None
    return list(found)


def _keys(source: _Source) -> list[str]:
    content = source.content
    if isinstance(content, Part) and content.series is None:
        content = content.curves
    if isinstance(content, list):
        return [curve.key for curve in content]
    return [str(one.get("key")) for one in content.series or ()]


def _ordered(
    curve: Curve, overlaps: list[tuple[float, float]], axis: Axis, first_ns: int
) -> _Drawn:
    low, high = extremes(curve.values)
    last, last_text, last_ns = curve.values[-1], curve.last_text, curve.times[-1]
    if not is_whole(curve.steps):
        curve = curve._replace(steps=array("d", range(len(curve.steps))))
    keys: array[Any] = curve.steps if axis == "step" else curve.times
    if not is_rising(keys):
        curve = reordered(curve, sorted(range(len(keys)), key=keys.__getitem__))
    steps, times, values = curve.steps, curve.times, curve.values
    xs = steps if axis == "step" else array("d", ((time - first_ns) / 1e9 for time in times))
    extent = low, high, last, last_text, last_ns
    return _Drawn(xs, steps, times, values, *extent, overlaps, is_whole(values))


def _told(key: str, drawn: _Drawn, wanted: Wanted, first_ns: int) -> dict[str, Any]:
    xs, values = drawn.xs, drawn.values
    # One more on each side: the line goes on beyond the edge of what is looked at.
    begin = 0 if wanted.first is None else max(0, bisect_left(xs, wanted.first) - 1)
    end = len(xs) if wanted.last is None else min(len(xs), bisect_right(xs, wanted.last) + 1)
    if begin > 0 or end < len(xs):
        xs, values = xs[begin:end], values[begin:end]
    picked = (
        [begin + at for at in sample(xs, values, wanted.points, drawn.whole or None)]
        if values
        else []
    )
    return {
        "key": key,
        "count": len(drawn.values),
        "sampled": len(picked) < len(drawn.values),
        "steps": [drawn.steps[at] for at in picked],
        "seconds": [round((drawn.times[at] - first_ns) / 1e9, 6) for at in picked],
        "values": [json_number(drawn.values[at]) for at in picked],
        "min": None if drawn.low is None else json_number(drawn.low),
        "max": None if drawn.high is None else json_number(drawn.high),
        "last": json_number(drawn.last),
        "last_text": drawn.last_text,
        "last_time": rfc3339(drawn.last_ns),
        "overlaps": [list(span) for span in drawn.overlaps],
    }
