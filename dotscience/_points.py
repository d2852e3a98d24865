"""The points format: curves of a run as columns (``docs/formats/points.md``). Pure.

Owns encoding and decoding. Invariants: what decodes is what was encoded, but for times, which are cut to
microseconds; `decode` allocates no more than the head's counts allow and raises ValueError for everything that is damaged.
"""

from __future__ import annotations

import json
import sys
import zlib
from array import array
from itertools import accumulate
from math import isfinite
from operator import sub
from typing import Any, Iterable, NamedTuple

from dotscience._numbers import json_number
from dotscience._records import canonical

#: Points in one part; a longer run has several.
PART_POINTS = 1_000_000

_MAGIC = b"DSP1"
_HEAD_AT = 8
_EXACT = 2**53
_US = 1000
_COLUMNS = ("steps", "times", "values")


class Curve(NamedTuple):
    """Points of one metric in the order of writing: three columns of one length.

    ``steps`` and ``values`` are arrays of float64, ``times`` of int64 nanoseconds since the epoch, none negative;
    ``last_text`` is the last value as text.
    """

    key: str
    steps: array[float]
    times: array[int]
    values: array[float]
    last_text: str | None


def encode(curves: Iterable[Curve]) -> bytes:
    """A points file. Raises ValueError for more than `PART_POINTS` points in a curve."""
    body = bytearray()
    heads = [_encoded(curve, body) for curve in curves]
    head = canonical({"series": heads})
    return b"%s%s%s%s" % (_MAGIC, len(head).to_bytes(4, "little"), head, body)


def heads(data: bytes) -> list[dict[str, Any]]:
    """What the file says of each series without opening its columns. Raises ValueError."""
    return [{k: v for k, v in one.items() if k not in _COLUMNS} for one in _read_head(data)[0]]


def decode(data: bytes, key: str | None = None) -> list[Curve]:
    """The file's curves, or only those of one metric. Raises ValueError."""
    series, at = _read_head(data)
    wanted = [one for one in series if key is None or one.get("key") == key]
    try:
        return [_decoded(one, memoryview(data)[at:]) for one in wanted]
    except (zlib.error, KeyError, TypeError, OverflowError) as error:
        raise ValueError(f"damaged points: {error!r}") from None


def column(data: bytes, key: str, name: str) -> array[Any] | None:
    """One column (``steps``, ``times``, ``values``) of a metric, None where it is not there. Raises ValueError."""
    series, at = _read_head(data)
    for one in series:
        if one.get("key") == key:
            try:
                return _column(one[name], _count(one), memoryview(data)[at:])
            except (zlib.error, KeyError, TypeError, OverflowError) as error:
                raise ValueError(f"damaged points: {error!r}") from None
    return None


def extremes(values: array[float]) -> tuple[float | None, float | None]:
    """The lowest and highest number; NaN is left out, None where all are."""
    told = values if isfinite(sum(values)) else [one for one in values if one == one]
    return (min(told), max(told)) if told else (None, None)


def _encoded(curve: Curve, body: bytearray) -> dict[str, Any]:
    count = len(curve.values)
    if not 0 < count <= PART_POINTS:
        raise ValueError(f"{count} points")
    low, high = extremes(curve.values)
    return {
        "key": curve.key,
        "count": count,
        "first_step": _step(curve.steps[0]),
        "last_step": _step(curve.steps[-1]),
        "last": json_number(curve.values[-1]),
        "min": None if low is None else json_number(low),
        "max": None if high is None else json_number(high),
        "last_text": curve.last_text,
        "first_ns": str(curve.times[0]),
        "last_ns": str(curve.times[-1]),
        "steps": _numbers_column(curve.steps, body),
        "times": _times_column(curve.times, body),
        "values": _numbers_column(curve.values, body),
    }


def _numbers_column(numbers: array[float], body: bytearray) -> dict[str, Any]:
    return _progression(numbers) or _stored("f64", numbers, body)


def _progression(numbers: array[float]) -> dict[str, Any] | None:
    """An arithmetic progression of whole numbers, else None."""
    first, count = numbers[0], len(numbers)
    stride = numbers[1] - first if count > 1 else 0.0
    if not (_is_whole(first) and _is_whole(stride) and abs(first) + abs(stride) * count < _EXACT):
        return None
    if count > 2 and numbers[2] - numbers[1] != stride:
        return None
    if _ranged(int(first), int(stride), count).tobytes() != numbers.tobytes():
        return None
    return {"kind": "range", "start": int(first), "stride": int(stride)}


def _ranged(start: float, stride: float, count: int) -> array[float]:
    if isinstance(start, int) and isinstance(stride, int) and stride:
        return array("d", range(start, start + stride * count, stride))
    return array("d", (start + stride * at for at in range(count)))


def _times_column(times: array[int], body: bytearray) -> dict[str, Any]:
    cut = [time - time % _US for time in times]
    return _stored("i64-delta", array("q", map(sub, cut, [0, *cut])), body)


def _stored(kind: str, numbers: array[Any], body: bytearray) -> dict[str, Any]:
    plain = _little(numbers).tobytes()
    packed = zlib.compress(b"".join(plain[byte::8] for byte in range(8)))
    at = len(body)
    body += packed
    return {"kind": kind, "at": at, "size": len(packed)}


def _read_head(data: bytes) -> tuple[list[dict[str, Any]], int]:
    """The series and where the body begins."""
    end = _HEAD_AT + int.from_bytes(data[4:_HEAD_AT], "little")
    if data[:4] != _MAGIC or end > len(data):
        raise ValueError("no points file")
    head = json.loads(data[_HEAD_AT:end])
    series = head.get("series") if isinstance(head, dict) else None
    if not isinstance(series, list) or not all(isinstance(one, dict) for one in series):
        raise ValueError("the head of a points file is damaged")
    return series, end


def _decoded(head: dict[str, Any], body: memoryview) -> Curve:
    count, key = _count(head), head["key"]
    steps, times, values = (_column(head[name], count, body) for name in _COLUMNS)
    return Curve(key, steps, times, values, head.get("last_text"))


def _count(head: dict[str, Any]) -> int:
    count = head["count"]
    if type(count) is not int or not 0 < count <= PART_POINTS or not isinstance(head["key"], str):
        raise ValueError(f"a series of {count!r} points")
    return count


def _column(column: dict[str, Any], count: int, body: memoryview) -> array[Any]:
    kind = column["kind"]
    if kind == "range":
        return _ranged(column["start"], column["stride"], count)
    if kind not in ("f64", "i64-delta"):
        raise ValueError(f"a column of kind {kind!r}")
    at, size = column["at"], column["size"]
    if at < 0 or size < 0 or at + size > len(body):
        raise ValueError("a column outside the file")
    shuffled = zlib.decompressobj().decompress(body[at : at + size], 8 * count + 1)
    if len(shuffled) != 8 * count:
        raise ValueError("a column of another length")
    plain = bytearray(8 * count)
    for byte in range(8):
        plain[byte::8] = shuffled[byte * count : (byte + 1) * count]
    numbers = array("d" if kind == "f64" else "q")
    numbers.frombytes(plain)
    numbers = _little(numbers)
    return numbers if kind == "f64" else array("q", accumulate(numbers))


def _little(numbers: array[Any]) -> array[Any]:
    """Swapped where this machine is not little-endian."""
    if sys.byteorder == "big":
        numbers = array(numbers.typecode, numbers)
        numbers.byteswap()
    return numbers


def _is_whole(number: float) -> bool:
    return isfinite(number) and number.is_integer() and abs(number) < _EXACT


def _step(step: float) -> Any:
    return int(step) if _is_whole(step) else json_number(step)
