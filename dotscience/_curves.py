"""Collects the points of a run from a journal's records, fast and in columns.

A million points take about a second. Invariant: the parts depend on the order of the points alone, not on how they were
read, so that reading a journal again gives the same parts. One thread adds; any thread may ask for `curves`.
"""

from __future__ import annotations

import struct
from array import array
from threading import Lock
from typing import Dict, Tuple

from dotscience._journal import BOOL, FLOAT32, INTEGER, POINT
from dotscience._points import PART_POINTS, Curve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Iterator, List

    Columns = Tuple[array[float], array[int], array[float]]
    Part = List[Curve]

#: Number of a series → (run, key).
Names = Dict[int, Tuple[str, str]]

_SIZE = POINT.size
_KIND, _STEP, _TIME, _VALUE = 4, 5, 13, 21
_MOST_NS = 2**62
_FLOAT32 = struct.Struct("<f")


def text_of(kind: int, value: float) -> str:
    """A point's value as the text that ``str`` gave of what was told."""
    if kind == BOOL:
        return str(bool(value))
    if kind == INTEGER and value.is_integer():
        return str(int(value))
    return _shortest(value) if kind == FLOAT32 else repr(value)


def by_run(names: Names, data: bytes) -> dict[str, bytes]:
    """Points grouped by their run, in order; those of a series that was never named are left out."""
    runs = {names[series][0] for series in _series_of(data) if series in names}
    if len(runs) == 1 and all(series in names for series in _series_of(data)):
        return {runs.pop(): data}
    found: dict[str, list[bytes]] = {run: [] for run in runs}
    for at in range(0, len(data), _SIZE):
        name = names.get(int.from_bytes(data[at : at + 4], "little"))
        if name is not None:
            found[name[0]].append(data[at : at + _SIZE])
    return {run: b"".join(points) for run, points in found.items()}


def last_points(data: bytes) -> dict[int, tuple[int, float]]:
    """The last (kind, value) of every series."""
    return {series: (kind, value) for series, kind, _, _, value in POINT.iter_unpack(data)}


class RunPoints:
    """The points of one run from one journal: those not yet in a full part, and how many there were in all."""

    def __init__(self, part_points: int = PART_POINTS) -> None:
        self.count = 0
        self.last_ns = 0
        self._part_points = part_points
        self._in_part = 0
        self._columns: dict[str, Columns] = {}
        self._last: dict[str, tuple[int, float]] = {}
        self._counts: dict[str, int] = {}
        self._lock = Lock()

    def add(self, names: Names, data: bytes) -> Iterator[Part]:
        """Take points of this run; gives each part that they fill, which is then held here no more."""
        at = 0
        while at < len(data):
            room = (self._part_points - self._in_part) * _SIZE
            piece = data[at : at + room]
            at += len(piece)
            with self._lock:
                self._add(names, piece)
            if self._in_part == self._part_points:
                yield self.take()

    def take(self) -> Part:
        """What is held, which is then held here no more."""
        part = self.curves()
        with self._lock:
            for curve in part:
                self._counts[curve.key] = self._counts.get(curve.key, 0) + len(curve.values)
            self._columns = {}
            self._in_part = 0
        return part

    def curves(self) -> Part:
        """A copy of what is held, each metric's points in order; metrics by name."""
        with self._lock:
            return [
                Curve(key, steps[:], times[:], values[:], text_of(*self._last[key]))
                for key, (steps, times, values) in sorted(self._columns.items())
            ]

    def texts(self) -> dict[str, str]:
        """The last value of every metric so far."""
        return {key: text_of(*told) for key, told in list(self._last.items())}

    def counts(self) -> dict[str, int]:
        """How many points each metric has in all."""
        with self._lock:
            counts = dict(self._counts)
            for key, (_, _, values) in self._columns.items():
                counts[key] = counts.get(key, 0) + len(values)
        return counts

    @property
    def holds(self) -> bool:
        """Whether it holds any."""
        return bool(self._columns)

    @property
    def is_single(self) -> bool:
        """Whether each metric has one point, as one without a step has: step 0."""
        return self.count == len(self._last) and all(
            len(steps) == 1 and steps[0] == 0 for steps, _, _ in self._columns.values()
        )

    def _add(self, names: Names, data: bytes) -> None:
        count = len(data) // _SIZE
        series = _series_of(data)
        if len(series) == 1:
            self._add_one(names[series.pop()][1], data)
        else:
            self._add_mixed({one: names[one][1] for one in series}, data)
        self.count += count
        self._in_part += count
        self.last_ns = max(self.last_ns, _clamped(POINT.unpack_from(data, len(data) - _SIZE)[3]))

    def _add_one(self, key: str, data: bytes) -> None:
        steps, times, values = self._of(key)
        steps.extend(_strided("d", data, _STEP))
        added = _strided("q", data, _TIME)
        if min(added) < 0 or max(added) > _MOST_NS:
            added = array("q", map(_clamped, added))
        times.extend(added)
        values.extend(_strided("d", data, _VALUE))
        self._last[key] = (data[len(data) - _SIZE + _KIND], values[-1])

    def _add_mixed(self, keys: dict[int, str], data: bytes) -> None:
        columns = {series: self._of(key) for series, key in keys.items()}
        kinds: dict[int, int] = {}
        for series, kind, step, time, value in POINT.iter_unpack(data):
            steps, times, values = columns[series]
            steps.append(step)
            times.append(time if 0 <= time <= _MOST_NS else _clamped(time))
            values.append(value)
            kinds[series] = kind
        for series, kind in kinds.items():
            self._last[keys[series]] = (kind, columns[series][2][-1])

    def _of(self, key: str) -> Columns:
        return self._columns.setdefault(key, (array("d"), array("q"), array("d")))


def _series_of(data: bytes) -> set[int]:
    """The numbers of the series in it."""
    return set(_strided("I", data, 0))


def _strided(typecode: str, data: bytes, offset: int) -> array[int]:
    """One field of every point."""
    column = array(typecode)
    width = column.itemsize
    plain = bytearray(len(data) // _SIZE * width)
    for byte in range(width):
        plain[byte::width] = data[offset + byte :: _SIZE]
    column.frombytes(plain)
    if struct.pack("=H", 1) != struct.pack("<H", 1):
        column.byteswap()
    return column


def _clamped(time: int) -> int:
    return min(max(time, 0), _MOST_NS)


def _shortest(value: float) -> str:
    """The text of a float32: as few digits as tell it from its neighbours."""
    for digits in range(6, 10):
        text = f"{value:.{digits}g}"
        try:
            if _FLOAT32.unpack(_FLOAT32.pack(float(text)))[0] == value:
                return repr(float(text))
        except OverflowError:
            continue
    return repr(value)
