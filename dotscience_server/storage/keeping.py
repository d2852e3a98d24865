"""Which runs keep their large files whatever the budget says, and why (decision 0092). Works on run summaries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import isfinite
from typing import Any, Literal

from .direction import direction_of

Json = dict[str, Any]
Reason = Literal["label", "pinned", "best", "newest", "draft"]

PINNED = "pinned"
NEWEST = 20
_OURS = ("artefact:", "group")
"""Labels that the library writes by itself say nothing about what a person wants to keep."""


def kept_for(runs: Sequence[Json]) -> dict[str, list[Reason]]:
    """By id, why a run is kept; runs without a reason are not in it. `runs` in the order they were recorded."""
    newest = {run["id"] for run in runs[-NEWEST:]}
    best = _best(runs)
    found: dict[str, list[Reason]] = {}
    for run in runs:
        reasons = _told(run)
        if run["id"] in best:
            reasons.append("best")
        if run["id"] in newest:
            reasons.append("newest")
        if reasons:
            found[run["id"]] = reasons
    return found


def _told(run: Json) -> list[Reason]:
    keys = [label["key"] for label in run["labels"]]
    reasons: list[Reason] = []
    if any(key != PINNED and not key.startswith(_OURS[0]) and key != _OURS[1] for key in keys):
        reasons.append("label")
    if PINNED in keys:
        reasons.append("pinned")
    return reasons


def _best(runs: Iterable[Json]) -> set[str]:
    """Of each notebook or script and each metric whose direction is known: the first best run and the last."""
    first: dict[tuple[str, str], tuple[float, str]] = {}
    last: dict[tuple[str, str], tuple[float, str]] = {}
    for run in runs:
        if run["state"] != "published":
            continue
        place = str(run.get("notebook") or run.get("workload") or "")
        for key, number in _measured(run):
            known = first.get((place, key))
            if known is None or number > known[0]:
                first[place, key] = last[place, key] = (number, run["id"])
            elif number == known[0]:
                last[place, key] = (number, run["id"])
    return {run for table in (first, last) for _, run in table.values()}


def _measured(run: Json) -> Iterable[tuple[str, float]]:
    """Metrics with a known direction, turned so that more is better."""
    for metric in run["metrics"]:
        number, direction = metric["number"], direction_of(metric["key"])
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            continue
        if direction != "unknown" and isfinite(number):
            yield metric["key"], number if direction == "max" else -number
