"""Fewer points that look the same (``docs/formats/points.md``, "Down-sampling"). Pure."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from math import isfinite

_PER_BUCKET = 4
_WITH_GAPS = 5


def sample(
    xs: Sequence[float], values: array[float], points: int, whole: bool | None = None
) -> list[int]:
    """Indices, rising, of at most ``points`` + 4 points: the first, lowest, highest and last of each of equal spans
    of ``xs`` (which rises), and where a stretch of NaN or infinite values begins. ``whole``: there is none."""
    count = len(values)
    if count <= points:
        return list(range(count))
    whole = whole or is_whole(values)
    buckets = max(1, points // (_PER_BUCKET if whole else _WITH_GAPS))
    picked = {0, count - 1}
    pick = _extremes if whole else _extremes_and_gap
    for begin, end in _spans(xs, buckets):
        picked.update(pick(values, begin, end))
    return sorted(picked)


def is_whole(values: Sequence[float]) -> bool:
    """Whether all are finite."""
    return isfinite(sum(values)) or all(map(isfinite, values))


def _spans(xs: Sequence[float], buckets: int) -> list[tuple[int, int]]:
    """Index ranges that are not empty; by count where the x axis has no length."""
    count, width = len(xs), (xs[-1] - xs[0]) / buckets
    if not (isfinite(width) and width > 0):
        xs, width = range(count), count / buckets
    first, begin, spans = xs[0], 0, []
    for number in range(1, buckets + 1):
        end = count if number == buckets else bisect_left(xs, first + width * number, begin)
        if end > begin:
            spans.append((begin, end))
        begin = end
    return spans


def _extremes(values: array[float], begin: int, end: int) -> tuple[int, ...]:
    piece = values[begin:end].tolist()  # twice as quick as to look at an array four times
    return begin, begin + piece.index(min(piece)), begin + piece.index(max(piece)), end - 1


def _extremes_and_gap(values: array[float], begin: int, end: int) -> list[int]:
    finite = [at for at in range(begin, end) if isfinite(values[at])]
    gaps = (
        at
        for at in range(begin, end)
        if not isfinite(values[at]) and (at == 0 or isfinite(values[at - 1]))
    )
    gap = next(gaps, None)
    picked = [] if gap is None else [gap]
    if finite:
        lowest, highest = min(finite, key=values.__getitem__), max(finite, key=values.__getitem__)
        picked += [finite[0], lowest, highest, finite[-1]]
    return picked
