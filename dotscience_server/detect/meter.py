"""What the machine did while runs went on: METER records become curves (``docs/formats/points.md``).

Rates need two records: the first one of a session gives none.
"""

from __future__ import annotations

from array import array
from typing import Any

from dotscience._points import PART_POINTS, Curve

Payload = dict[str, Any]

_KEY = "system/"
_MOST_GPUS = 64


class Meter:
    """The meter of one session."""

    def __init__(self) -> None:
        self._before: tuple[int, Payload] | None = None

    def take(self, time_ns: int, payload: Payload) -> dict[str, float]:
        """A record as values by key of a curve; what is not known is left out."""
        machine = payload.get("machine")
        told = {
            "memory_bytes": payload.get("rss_bytes"),
            "machine_memory_bytes": machine.get("memory_used_bytes")
            if isinstance(machine, dict)
            else None,
            **self._rates(time_ns, payload),
            **_gpus(payload.get("gpus")),
        }
        self._before = (time_ns, payload)
        return {_KEY + key: float(value) for key, value in told.items() if _is_number(value)}

    def _rates(self, time_ns: int, payload: Payload) -> Payload:
        if self._before is None or time_ns <= self._before[0]:
            return {}
        seconds, before = (time_ns - self._before[0]) / 1e9, self._before[1]
        cpu, read = (_risen(before, payload, name) for name in ("cpu_s", "read_bytes"))
        return {
            "cpu_percent": None if cpu is None else 100 * cpu / seconds,
            "read_bytes_per_s": None if read is None else read / seconds,
        }


class MachineCurves:
    """The curves of one run."""

    def __init__(self) -> None:
        self._columns: dict[str, tuple[array[int], array[float]]] = {}

    def add(self, time_ns: int, values: dict[str, float]) -> None:
        """The values of one moment."""
        for key, value in values.items():
            times, numbers = self._columns.setdefault(key, (array("q"), array("d")))
            if len(times) < PART_POINTS:
                numbers.append(value)
                times.append(time_ns)

    def curves(self) -> list[Curve]:
        """Those with more than one point; their steps count. Any thread."""
        return [
            Curve(key, array("d", range(count)), times[:count], numbers[:count], None)
            for key, (times, numbers) in list(self._columns.items())
            if (count := len(times)) > 1
        ]


def _gpus(told: Any) -> Payload:
    found: Payload = {}
    for gpu in told[:_MOST_GPUS] if isinstance(told, list) else ():
        if isinstance(gpu, dict) and isinstance(gpu.get("index"), int):
            found[f"gpu{gpu['index']}_percent"] = gpu.get("util_percent")
            found[f"gpu{gpu['index']}_memory_bytes"] = gpu.get("memory_used_bytes")
    return found


def _risen(before: Payload, payload: Payload, name: str) -> float | None:
    old, new = before.get(name), payload.get(name)
    return max(0.0, float(new) - float(old)) if _is_number(old) and _is_number(new) else None  # type: ignore[arg-type]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300
