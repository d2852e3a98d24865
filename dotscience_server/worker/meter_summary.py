"""What a run used, in a few numbers, from its ``system/`` curves (``docs/formats/points.md``)."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from dotscience import _points
from dotscience._facts import PointsPart, Run
from dotscience._points import Curve

from ..store.failures import StoreFailure

_CPU, _MEMORY = "system/cpu_percent", "system/memory_bytes"
_GPU = re.compile(r"system/gpu\d+_percent")
_GPU_MEMORY = re.compile(r"system/gpu\d+_memory_bytes")


def meter_summary(run: Run, read: Callable[[str], bytes]) -> dict[str, Any] | None:
    """``MeterSummary``; None where nothing was measured. GPU values: the mean of all, the highest sum of one each."""
    curves = [curve for part in run.points if _is_system(part) for curve in _curves(part, read)]
    if not curves:
        return None
    cpu = [curve for curve in curves if curve.key == _CPU]
    memory = [curve for curve in curves if curve.key == _MEMORY]
    gpus = [curve for curve in curves if _GPU.fullmatch(curve.key)]
    gpu_memory = [max(c.values) for c in curves if _GPU_MEMORY.fullmatch(c.key) and len(c.values)]
    return {
        "cpu_s": _seconds(cpu),
        "cpu_percent": _mean(cpu),
        "peak_rss_bytes": _whole(
            max((max(c.values) for c in memory if len(c.values)), default=None)
        ),
        "gpu_percent": _mean(gpus),
        "gpu_memory_bytes": _whole(sum(gpu_memory)) if gpu_memory else None,
        "samples": max(len(curve.values) for curve in curves),
    }


def _is_system(part: PointsPart) -> bool:
    return any(str(series.get("key")).startswith("system/") for series in part.series)


def _curves(part: PointsPart, read: Callable[[str], bytes]) -> Iterator[Curve]:
    """A damaged part is left out: the rest is still shown."""
    try:
        data = base64.b64decode(part.data) if part.data else read(str(part.object))
        yield from _points.decode(data)
    except (StoreFailure, ValueError):
        return


def _seconds(curves: Iterable[Curve]) -> float | None:
    """CPU seconds between the first sample and the last: each value stands for the time since the one before."""
    total, known = 0.0, False
    for curve in curves:
        times = list(curve.times)
        for at in range(1, len(times)):
            total += curve.values[at] / 100 * (times[at] - times[at - 1]) / 1e9
            known = True
    return round(total, 3) if known else None


def _mean(curves: Iterable[Curve]) -> float | None:
    values = [value for curve in curves for value in curve.values if value == value]
    return round(sum(values) / len(values), 1) if values else None


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
