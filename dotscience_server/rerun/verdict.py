"""Whether a repetition gave the same: metrics compared within a tolerance. Pure.

Floats are the same within a relative 1e-9 (or the tolerance that was asked for, then whole numbers too), everything else
exactly. What measures time (by its name) differs each time and is not compared.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from dotscience._numbers import read_value

TOLERANCE = 1e-9
Answer = Literal["same", "differs", "unknown"]
Cause = Literal[
    "seed",
    "data",
    "package",
    "python",
    "code",
    "clock",
    "threads",
    "variable",
    "hardware",
    "not_kept",
    "error",
]

_TIME = re.compile(
    r"""(?ix)
    (?:^|[^a-z]) (?: time | times | timing | duration | elapsed | runtime | walltime | latency | throughput
      | seconds | secs | millis | fps | timestamp | uptime ) (?:[^a-z0-9]|$)
    | (?: _s | _ms | _us | _ns | _sec | _seconds | _minutes | _hours | _time | Time | Seconds ) $
    | per_(?:s|sec|second|minute|hour)(?:[^a-z]|$)
    """
)


@dataclass(frozen=True)
class Metric:
    """One metric before and after; ``tolerance`` is relative, None: compared exactly."""

    key: str
    before: str | None
    after: str | None
    tolerance: float | None
    same: bool


@dataclass(frozen=True)
class Why:
    """A cause; ``evidence``: what was seen or tried."""

    cause: Cause
    detail: str
    evidence: str


@dataclass(frozen=True)
class Judgement:
    """The verdict of one repetition."""

    verdict: Answer
    metrics: tuple[Metric, ...]
    causes: tuple[Why, ...] = ()


def compare(
    before: Mapping[str, str], after: Mapping[str, str], tolerance: float | None = None
) -> tuple[Metric, ...]:
    """Every metric of either that is no time, by key."""
    keys = sorted(key for key in before.keys() | after.keys() if not is_time(key))
    return tuple(_metric(key, before.get(key), after.get(key), tolerance) for key in keys)


def agree(one: Mapping[str, str], other: Mapping[str, str], tolerance: float | None = None) -> bool:
    """Whether all metrics are the same."""
    return all(metric.same for metric in compare(one, other, tolerance))


def all_agree(told: Sequence[Mapping[str, str]], tolerance: float | None = None) -> bool:
    """Whether they agree with each other."""
    return all(agree(told[0], other, tolerance) for other in told[1:])


def is_time(key: str) -> bool:
    """Whether a metric measures how long something took, or when it was."""
    return _TIME.search(key) is not None


def _metric(key: str, before: str | None, after: str | None, asked: float | None) -> Metric:
    if before is None or after is None:
        return Metric(key, before, after, None, before == after)
    old, new = read_value(before), read_value(after)
    kinds = {old[0], new[0]}
    is_number = kinds <= {"int", "float"}
    tolerance = None
    if is_number and (asked is not None or "float" in kinds):
        tolerance = TOLERANCE if asked is None else asked
    if before == after:
        return Metric(key, before, after, tolerance, True)
    if tolerance is None:
        same = kinds == {"int"} and old[1] == new[1]
        return Metric(key, before, after, None, same)
    return Metric(key, before, after, tolerance, _close(float(before), float(after), tolerance))


def _close(one: float, other: float, tolerance: float) -> bool:
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return math.isclose(one, other, rel_tol=tolerance, abs_tol=0.0)
