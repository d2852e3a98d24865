"""A recorded run's curves, straight from the store: points files, and journals that no worker has taken over yet.

Every byte of an object is checked by its hash (G6). Nothing here writes.
"""

from __future__ import annotations

import base64
from array import array
from functools import partial

from dotscience import _journal, _points
from dotscience._curves import Names, RunPoints, by_run
from dotscience._facts import PointsPart, Run
from dotscience._merge import Piece, merge
from dotscience._points import Curve
from dotscience._query_files import read_object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator

    from dotscience._query_facts import Facts

_NAMES = ("steps", "values", "times")


class Points:
    """One metric of one run: ``steps`` and ``values`` (arrays of floats), ``times`` (array of nanoseconds since the
    epoch), of one length; read when asked for. ``steps, values, times = run.points("loss")``.
    """

    def __init__(self, key: str, column: Callable[[str], array[Any]]) -> None:
        self.key = key
        self._column = column
        self._read: dict[str, array[Any]] = {}

    @property
    def steps(self) -> array[float]:
        return self._of("steps")

    @property
    def values(self) -> array[float]:
        return self._of("values")

    @property
    def times(self) -> array[int]:
        return self._of("times")

    def __iter__(self) -> Iterator[array[Any]]:
        return iter([self._of(name) for name in _NAMES])

    def __len__(self) -> int:
        return len(self.values)

    def __repr__(self) -> str:
        return f"<{len(self):,} points of {self.key!r}>"

    def _of(self, name: str) -> array[Any]:
        if name not in self._read:
            self._read[name] = self._column(name)
        return self._read[name]


def points(facts: Facts, run: Run, key: str) -> Points:
    """Raises KeyError for a metric that the run has not, OSError where its bytes are lost or damaged."""
    parts = [part for part in run.points if any(one.get("key") == key for one in part.series)]
    unread = list(facts.unread_points(run.id, {part.source for part in run.points}))
    pieces = [piece for piece in unread if piece.curve.key == key]
    if len(parts) == 1 and not pieces:
        data = _bytes(facts, parts[0])
        return Points(key, lambda name: _points.column(data, key, name) or array("d"))
    pieces += [
        Piece(part.source, part.part, part.started, curve)
        for part in parts
        for curve in _points.decode(_bytes(facts, part), key)
    ]
    if pieces:
        return Points(key, partial(getattr, merge(pieces).curve))
    return _single(run, key)


def of_journal(path: str, run: str, source: str) -> Iterator[Piece]:
    """What a journal holds of a run's points. Raises OSError."""
    names: Names = {}
    told = RunPoints()
    started: str | None = None
    part = 0
    for record in _journal.read_records(path)[0]:
        if record.type == _journal.START and record.payload.get("id") == run:
            started = started or str(record.payload.get("t"))
        elif record.type == _journal.SERIES and isinstance(record.payload.get("n"), int):
            payload = record.payload
            names[payload["n"]] = (str(payload.get("id")), str(payload.get("key")))
        elif record.type == _journal.POINTS:
            ours = by_run(names, record.data).get(run, b"")
            for curves in told.add(names, ours):
                for curve in curves:
                    yield Piece(source, part, started, curve)
                part += 1
    for curve in told.curves():
        yield Piece(source, part, started, curve)


def _single(run: Run, key: str) -> Points:
    """A metric that was told once is kept with the run alone."""
    for value in run.metrics:
        if value.key == key and value.kind in ("int", "float", "bool"):
            number = float(value.text == "True") if value.kind == "bool" else float(value.text)
            times = array("q", [_ns(run.ended or run.started)])
            curve = Curve(key, array("d", [0]), times, array("d", [number]), value.text)
            return Points(key, partial(getattr, curve))
    known = sorted({str(one.get("key")) for part in run.points for one in part.series})
    raise KeyError(f"run {run.id[:8]} has no points of {key!r}; it has {known}")


def _ns(time: str | None) -> int:
    from dotscience._facts import _seconds

    return 0 if time is None else round(_seconds(time) * 1e6) * 1000


def _bytes(facts: Facts, part: PointsPart) -> bytes:
    if part.data is not None:
        return base64.b64decode(part.data)
    return read_object(facts, str(part.object), "points")
