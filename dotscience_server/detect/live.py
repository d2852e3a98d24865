"""A run while it goes on: what one journal has told of it so far. Values, curves, media, progress."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from dotscience._curves import Names, RunPoints

from .meter import MachineCurves

Payload = dict[str, Any]

_RECENT_NS = 30_000_000_000
_RECENT_LEAST = 5
_RECENT_MOST = 300


class Progress:
    """How far the run is, and the pace of its last steps: 30 s, or five records where they are rarer."""

    def __init__(self) -> None:
        self.label: str | None = None
        self.total: float | None = None
        self._recent: deque[tuple[int, float]] = deque(maxlen=_RECENT_MOST)

    def take(self, payload: Payload) -> None:
        """One progress record; another label, another total or a step back begins anew."""
        done = _number(payload.get("done"))
        if done is None:
            return
        label, total = payload.get("label"), _number(payload.get("total"))
        recent = self._recent
        if recent and (done < recent[-1][1] or (label, total) != (self.label, self.total)):
            recent.clear()
        self.label = label if isinstance(label, str) else None
        self.total = total
        recent.append((time_ns(payload), done))
        while len(recent) > _RECENT_LEAST and recent[-1][0] - recent[1][0] > _RECENT_NS:
            recent.popleft()

    def place(self) -> Payload | None:
        """``{"done", "total"}`` as last told; None where nothing was."""
        return {"done": self._recent[-1][1], "total": self.total} if self._recent else None

    def shown(self, now_ns: int) -> Payload | None:
        """``RunProgress`` of ``status.schema.json``; None where nothing was told."""
        if not self._recent:
            return None
        told = {"done": self._recent[-1][1], "total": self.total, "label": self.label}
        return {**told, "left_s": self._left_s(now_ns)}

    def _left_s(self, now_ns: int) -> float | None:
        (first_ns, first), (last_ns, last) = self._recent[0], self._recent[-1]
        if self.total is None or last <= first or last_ns <= first_ns:
            return 0.0 if self.total is not None and last >= self.total else None
        pace = (last - first) / (last_ns - first_ns)
        since_ns = max(0, now_ns - last_ns)
        return round(max(0.0, (self.total - last) / pace - since_ns) / 1e9, 3)


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
    resumed: bool = False
    """Whether it was begun earlier and goes on here."""
    points: RunPoints = field(default_factory=RunPoints)
    machine: MachineCurves = field(default_factory=MachineCurves)
    media: list[Payload] = field(default_factory=list)
    progress: Progress = field(default_factory=Progress)
    last_ns: int = 0
    """When a value was told last, points aside."""

    @property
    def last_told_ns(self) -> int:
        """When anything was told last; 0: nothing yet."""
        return max(self.last_ns, self.points.last_ns)

    def take(self, value: Payload) -> None:
        """Apply one value record; an unknown kind changes nothing."""
        self.touched = True
        self.last_ns = max(self.last_ns, time_ns(value))
        kind, key, text = value.get("kind"), value.get("key"), value.get("text")
        if kind in ("description", "error"):
            setattr(self, kind, text)
        elif kind in ("parameter", "metric", "label"):
            getattr(self, f"{kind}s")[str(key)] = str(text)
        elif kind in ("input", "output"):
            getattr(self, f"{kind}s")[str(key)] = None

    def take_points(self, names: Names, data: bytes) -> list[list[Any]]:
        """Points of this run; the parts that they filled."""
        self.touched = True
        filled = list(self.points.add(names, data))
        self.metrics.update(self.points.texts())
        return filled

    def take_media(self, payload: Payload) -> None:
        """One thing that was logged."""
        self.touched = True
        self.last_ns = max(self.last_ns, time_ns(payload))
        self.media.append(payload)


def time_ns(payload: Payload) -> int:
    """``t`` of a record, 0 where it has none."""
    try:
        return max(0, int(payload.get("t", 0)))
    except (TypeError, ValueError):
        return 0


def _number(value: Any) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number and value == value and abs(value) < 1e300 else None
