"""One curve of the parts that a run's points lie in: journals of resumed runs, of children and of other ranks
(``docs/formats/points.md``, "Reading a curve"). Pure.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from itertools import islice
from operator import le
from typing import Any, Iterable, NamedTuple, Sequence

from dotscience._facts import PointsPart
from dotscience._points import Curve


class Piece(NamedTuple):
    """One metric's points of one part; ``started`` as `PointsPart` has it."""

    source: str
    part: int
    started: str | None
    curve: Curve


class Merged(NamedTuple):
    """A whole curve, and the spans of steps where a later segment took the place of an earlier one."""

    curve: Curve
    overlaps: list[tuple[float, float]]


def merge(pieces: Sequence[Piece]) -> Merged:
    """Of at least one piece."""
    if len(pieces) == 1:
        return Merged(pieces[0].curve, [])
    segments: dict[str, list[Piece]] = {}
    for piece in sorted(pieces, key=lambda one: one.part):
        if piece.started is not None:
            segments.setdefault(piece.started, []).append(piece)
    begun = [_joined([one.curve for one in segments[name]]) for name in sorted(segments)]
    overlaps: list[tuple[float, float]] = []
    whole = [_in_sequence(begun, overlaps)] if begun else []
    others = [one.curve for one in pieces if one.started is None]
    return Merged(_by_time([*whole, *others]) if others else whole[0], overlaps)


def segments(parts: Iterable[PointsPart]) -> tuple[list[dict[str, Any]], bool]:
    """A resumed run's segments (``Segment`` of ``run.schema.json``) and whether they repeat steps; none of another."""
    begun: dict[str, list[dict[str, Any]]] = {}
    resumed = False
    for part in parts:
        resumed = resumed or part.segment
        if part.started is not None and not part.system:
            begun.setdefault(part.started, []).extend(part.series)
    if not resumed:
        return [], False
    reached: dict[str, float] = {}
    repeated = False
    told = []
    for started in sorted(begun):
        series = begun[started]
        repeated = repeated or any(
            _first(one) <= reached.get(str(one.get("key")), float("-inf")) for one in series
        )
        for one in series:
            key = str(one.get("key"))
            reached[key] = max(reached.get(key, float("-inf")), _last(one))
        first, last = min(map(_first, series), default=None), max(map(_last, series), default=None)
        told.append({"started": started, "first_step": first, "last_step": last})
    return told, repeated


def is_rising(numbers: Sequence[float]) -> bool:
    """Whether none is lower than the one before."""
    return all(map(le, numbers, islice(numbers, 1, None)))


def reordered(curve: Curve, order: Sequence[int]) -> Curve:
    """The curve's points in another order."""
    steps = array("d", map(curve.steps.__getitem__, order))
    times = array("q", map(curve.times.__getitem__, order))
    return curve._replace(
        steps=steps, times=times, values=array("d", map(curve.values.__getitem__, order))
    )


def _in_sequence(curves: list[Curve], overlaps: list[tuple[float, float]]) -> Curve:
    whole = curves[0]
    for later in curves[1:]:
        first = later.steps[0]
        reached = max(whole.steps)
        if first <= reached:
            overlaps.append((first, reached))
            whole = _before(whole, first)
        whole = _joined([whole, later])
    return whole


def _before(curve: Curve, step: float) -> Curve:
    """Its points below a step."""
    if is_rising(curve.steps):
        end = bisect_left(curve.steps, step)
        return curve._replace(
            steps=curve.steps[:end], times=curve.times[:end], values=curve.values[:end]
        )
    return reordered(curve, [at for at, one in enumerate(curve.steps) if one < step])


def _joined(curves: list[Curve]) -> Curve:
    """One behind the other."""
    if len(curves) == 1:
        return curves[0]
    steps, times, values = array("d"), array("q"), array("d")
    for curve in curves:
        steps.extend(curve.steps)
        times.extend(curve.times)
        values.extend(curve.values)
    return Curve(curves[0].key, steps, times, values, curves[-1].last_text)


def _by_time(curves: list[Curve]) -> Curve:
    last = max(curves, key=lambda one: one.times[-1] if one.times else 0)
    whole = _joined(curves)._replace(last_text=last.last_text)
    if is_rising(whole.times):
        return whole
    return reordered(whole, sorted(range(len(whole.times)), key=whole.times.__getitem__))


def _first(series: dict[str, Any]) -> float:
    return _step(series.get("first_step"))


def _last(series: dict[str, Any]) -> float:
    return _step(series.get("last_step"))


def _step(step: Any) -> float:
    return step if isinstance(step, (int, float)) else 0
