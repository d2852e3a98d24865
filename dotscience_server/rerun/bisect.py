"""The first run at which a metric went bad. Pure.

It assumes one step: good before, bad from there on. Only then is halving right; where the metrics that are known say
otherwise, that is told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise


@dataclass(frozen=True)
class Point:
    """A run or a snapshot without one (``ref`` is then ``@…``), oldest first; ``value``: None where it is not known."""

    ref: str
    title: str
    time: str
    value: float | None = None
    is_run: bool = True


@dataclass(frozen=True)
class Limit:
    """What is bad: below or above a number."""

    below: float | None = None
    above: float | None = None

    def is_bad(self, value: float) -> bool:
        """NaN is bad."""
        if math.isnan(value):
            return True
        return (self.below is not None and value < self.below) or (
            self.above is not None and value > self.above
        )

    def text(self) -> str:
        """For people."""
        return f"below {self.below:g}" if self.below is not None else f"above {self.above:g}"


@dataclass(frozen=True)
class Found:
    """``good`` and ``bad`` are neighbours; between them lie ``unknown`` points. ``steps``: how often the metric turned
    from good to bad or back among what is known; more than one is no single step."""

    good: Point | None
    bad: Point | None
    unknown: tuple[Point, ...] = ()
    steps: int = 0
    asked: int = 0
    points: tuple[Point, ...] = field(default=())


Ask = Callable[[Point], float | None]
"""The metric of a point that is not known yet: by running it; None where that gives none."""


def bisect(points: Sequence[Point], limit: Limit, ask: Ask | None = None) -> Found:
    """Between the last good point before a bad one and that one; with ``ask`` points of unknown value in between are
    asked for, by halves."""
    known = list(points)
    failed: set[int] = set()
    asked = 0
    while True:
        at = _edge(known, limit)
        if at is None:
            break
        good, bad = at
        between = [n for n in range(good + 1, bad) if n not in failed]
        if ask is None or not between:
            break
        middle = between[len(between) // 2]
        value = ask(known[middle])
        asked += 1
        if value is None:
            failed.add(middle)
        else:
            known[middle] = replace(known[middle], value=value)
    return _found(known, limit, asked)


def _found(known: Sequence[Point], limit: Limit, asked: int) -> Found:
    steps = _steps(known, limit)
    at = _edge(known, limit)
    if at is None:
        bad = next((p for p in known if p.value is not None and limit.is_bad(p.value)), None)
        good = next((p for p in reversed(known) if p.value is not None and p is not bad), None)
        return Found(None if bad else good, bad, (), steps, asked, tuple(known))
    unknown = tuple(known[at[0] + 1 : at[1]])
    return Found(known[at[0]], known[at[1]], unknown, steps, asked, tuple(known))


def _edge(known: Sequence[Point], limit: Limit) -> tuple[int, int] | None:
    """(last good, first bad after it): the first such pair of known points."""
    good: int | None = None
    for at, point in enumerate(known):
        if point.value is None:
            continue
        if not limit.is_bad(point.value):
            good = at
        elif good is not None:
            return good, at
    return None


def _steps(known: Sequence[Point], limit: Limit) -> int:
    states = [limit.is_bad(point.value) for point in known if point.value is not None]
    return sum(1 for one, next_one in pairwise(states) if one != next_one)
