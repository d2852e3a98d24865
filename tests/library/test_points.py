"""The points format and ``run.points``: what was written is read, whatever it is."""

from __future__ import annotations

import math
import os
from array import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dotscience import _journal
from dotscience._curves import RunPoints, by_run
from dotscience._journal import POINT, POINTS
from dotscience._points import Curve, column, decode, encode, heads

_FLOATS = st.floats(allow_nan=True, allow_infinity=True)
_TIMES = st.integers(0, 2**62)
_POINTS = st.lists(st.tuples(_FLOATS | st.integers(0, 50).map(float), _TIMES, _FLOATS), min_size=1)


def _curve(key: str, points: list[tuple[float, int, float]]) -> Curve:
    steps, times, values = zip(*points, strict=True)
    return Curve(key, array("d", steps), array("q", times), array("d", values), "text")


@given(st.dictionaries(st.text(max_size=5), _POINTS, max_size=4))
def test_what_is_encoded_is_decoded(told: dict[str, list[tuple[float, int, float]]]) -> None:
    curves = [_curve(key, points) for key, points in told.items()]
    data = encode(curves)
    found = decode(data)
    assert [one.key for one in found] == list(told)
    for one, curve, head in zip(found, curves, heads(data), strict=True):
        assert one.steps.tobytes() == curve.steps.tobytes()  # NaN and -0.0 too
        assert one.values.tobytes() == curve.values.tobytes()
        assert list(one.times) == [time - time % 1000 for time in curve.times]
        assert one.last_text == "text"
        assert head["count"] == len(curve.values)
        assert decode(data, one.key)[0].values.tobytes() == one.values.tobytes()
        assert column(data, one.key, "times") == one.times
        finite = [value for value in curve.values if value == value]
        assert (head["min"] is None) == (not finite)


@given(st.integers(-100, 100), st.integers(-5, 5), st.integers(1, 50))
def test_steps_of_one_stride_take_no_room(start: int, stride: int, count: int) -> None:
    points = [(float(start + stride * at), at * 1000, 0.5) for at in range(count)]
    data = encode([_curve("loss", points)])
    assert b'"kind":"range"' in data
    assert list(decode(data)[0].steps) == [point[0] for point in points]


@given(st.data())
def test_damage_is_a_value_error(data: st.DataObject) -> None:
    whole = encode([_curve("loss", [(float(at * at), at, at / 3) for at in range(50)])])
    at = data.draw(st.integers(0, len(whole) - 1))
    cut = data.draw(st.booleans())
    bad = whole[:at] if cut else whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]
    try:
        decode(bad)
    except ValueError:
        pass


def _journal_of(points: list[tuple[int, float]], sizes: list[int]) -> bytes:
    """Records of as many points as ``sizes`` says, in turn."""
    frames, at = [], 0
    while at < len(points):
        size = sizes[len(frames) % len(sizes)]
        piece = points[at : at + size]
        packed = [POINT.pack(n, 0, float(at), 5 + at, value) for n, value in piece]
        frames.append(_journal.frame(POINTS, b"".join(packed), 1))
        at += size
    return b"".join(frames)


@given(
    st.lists(st.tuples(st.integers(0, 3), st.floats(allow_nan=False)), min_size=1, max_size=120),
    st.lists(st.integers(1, 4), min_size=1, max_size=3),
    st.integers(1, 30),
    st.integers(1, 200),
)
def test_parts_depend_on_the_order_alone(
    points: list[tuple[int, float]], sizes: list[int], part_points: int, piece_bytes: int
) -> None:
    """Series 0 and 1 are of run a, 2 of run b, 3 was never named."""
    names = {0: ("a", "loss"), 1: ("a", "acc"), 2: ("b", "loss")}
    data = _journal_of(points, sizes)
    records, used, damage = _journal.parse(data)
    assert used == len(data) and not damage
    assert sum(len(one.data) for one in records) == len(points) * POINT.size
    told = RunPoints(part_points)
    parts = [
        part for one in records for part in told.add(names, by_run(names, one.data).get("a", b""))
    ]
    again = RunPoints(part_points)
    in_pieces = []
    at = 0
    while at < len(data):
        records, used, _ = _journal.parse(data[at : at + max(piece_bytes, 12 + 4 * POINT.size)])
        at += used
        for one in records:
            in_pieces += again.add(names, by_run(names, one.data).get("a", b""))
    assert [*in_pieces, again.curves()] == [*parts, told.curves()]
    wanted = {"loss": [v for n, v in points if n == 0], "acc": [v for n, v in points if n == 1]}
    found: dict[str, list[float]] = {"loss": [], "acc": []}
    for part in [*parts, told.curves()]:
        assert sum(len(curve.values) for curve in part) <= part_points
        for curve in part:
            found[curve.key] += curve.values
    assert found == wanted
    assert told.counts() == {key: len(values) for key, values in wanted.items() if values}


def test_runs_have_points_without_a_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import dotscience as ds

    folder = tmp_path / ".dotscience" / "journal"
    folder.mkdir(parents=True)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    session = {"v": 2, "t": "1", "root": str(tmp_path), "workspace": str(tmp_path)}
    run = "11111111-2222-4333-8444-555555555555"
    values = [math.nan, 2.0, 0.1]
    packed = [POINT.pack(1, 0, float(at), 10**18 + at, one) for at, one in enumerate(values)]
    (folder / f"20261121T000000-{os.getpid()}-aaaaaaaa.dsj").write_bytes(
        _journal.encode(_journal.SESSION, session)
        + _journal.encode(_journal.START, {"id": run, "t": "10", "description": None})
        + _journal.encode(_journal.SERIES, {"n": 1, "id": run, "key": "loss"})
        + b"".join(_journal.frame(POINTS, one, 1) for one in packed)
    )
    (found,) = ds.runs(tmp_path)
    assert (found.state, found.metrics) == ("interrupted", {"loss": 0.1})
    steps, read, times = found.points("loss")
    assert list(steps) == [0, 1, 2] and list(read)[1:] == [2.0, 0.1] and math.isnan(read[0])
    assert list(times) == [10**18, 10**18 + 1, 10**18 + 2]
    with pytest.raises(KeyError, match="acc"):
        found.points("acc")
