"""Metrics: every point with its step and kind, the last value in the block (journal types 9, 10)."""

from __future__ import annotations

import math
from typing import Any

import numpy
import pytest

import dotscience as ds
from dotscience._block import read_text
from dotscience._journal import BOOL, FLOAT32, FLOAT64, INTEGER
from dotscience._scalars import read_scalar, read_step, text_of
from tests.library.programs import Place


class Tensor:
    """As torch's: its text is no number, its type is no builtin, ``item`` gives a Python number."""

    shape = ()

    def __init__(self, value: Any, dtype: str) -> None:
        self._value, self.dtype = value, dtype

    def item(self) -> Any:
        if isinstance(self._value, list):
            raise RuntimeError("a Tensor with 2 elements cannot be converted to Scalar")
        return self._value

    def __str__(self) -> str:
        return f"tensor({self._value})"


class Variable:
    """As TensorFlow's: no ``item``, only ``__float__``."""

    shape = ()
    dtype = "<dtype: 'float32'>"

    def __float__(self) -> float:
        return 0.25

    def __str__(self) -> str:
        return "<tf.Tensor: shape=()>"


class Hostile:
    def __float__(self) -> float:
        raise OSError("no")

    def __getattr__(self, name: str) -> Any:
        raise ValueError(name)

    def __str__(self) -> str:
        return "hostile"


SCALARS: list[tuple[Any, tuple[int, float] | None, str]] = [
    (0.5, (FLOAT64, 0.5), "0.5"),
    (3, (INTEGER, 3), "3"),
    (True, (BOOL, 1), "True"),
    (numpy.float64(0.1), (FLOAT64, 0.1), "0.1"),
    (numpy.float32(0.5), (FLOAT32, 0.5), "0.5"),
    (numpy.float16(0.5), (FLOAT32, 0.5), "0.5"),
    (numpy.int64(-3), (INTEGER, -3), "-3"),
    (numpy.uint8(3), (INTEGER, 3), "3"),
    (numpy.bool_(True), (BOOL, 1), "True"),
    (numpy.array(2.5), (FLOAT64, 2.5), "2.5"),
    (numpy.array([[7]]), (INTEGER, 7), "7"),
    (__import__("fractions").Fraction(1, 2), (FLOAT64, 0.5), "1/2"),
    (__import__("decimal").Decimal("0.10"), (FLOAT64, 0.1), "0.10"),
    (Tensor(0.5, "torch.float32"), (FLOAT32, 0.5), "0.5"),
    (Tensor(5, "torch.int64"), (INTEGER, 5), "5"),
    (Variable(), (FLOAT32, 0.25), "0.25"),
    (10**400, None, ""),
    ("0.5", None, ""),
    (b"1", None, ""),
    (None, None, ""),
    ([1], None, ""),
    (1j, None, ""),
    (numpy.complex128(1), None, ""),
    (numpy.array([1.0, 2.0]), None, ""),
    (numpy.array("0.5"), None, ""),
    (numpy.datetime64("2020-01-01"), None, ""),
    (numpy.timedelta64(5, "s"), None, ""),
    (Tensor([1, 2], "torch.float32"), None, ""),
    (Hostile(), None, ""),
]


@pytest.mark.parametrize("value, scalar, text", SCALARS, ids=lambda item: repr(item)[:30])
def test_scalars(value: Any, scalar: tuple[int, float] | None, text: str) -> None:
    assert read_scalar(value) == scalar
    if scalar is not None:
        assert text_of(value, scalar[1]) == text


def test_steps_that_are_none() -> None:
    assert [read_step(step) for step in (3, 0.5, numpy.int64(4), True)] == [3, 0.5, 4, 1]
    wrong = (None, "3", math.nan, math.inf, 10**400, [1], Hostile())
    assert [read_step(step) for step in wrong] == [None] * len(wrong)


def test_every_point_is_kept_and_the_block_has_the_last(place: Place) -> None:
    result = place.run("""
        import dotscience as ds
        ds.start()
        assert ds.metric("loss", 0.5) == 0.5
        ds.metric("loss", 0.25)
        ds.metric("loss", 0.1, step=10); ds.metric("loss", 1e-7); ds.metric("loss", 3, 0.5)
        ds.add_metric("acc", True); ds.add_metric("acc", 1, step=7)
        ds.summary("old", float("nan")); ds.add_summary("old", float("-inf"), 3)
        ds.add_metrics("pair", 1, step=2.5, loss=2)
        print(ds.metrics({"loss": 7, "acc": "high", 3: 1.5}, step=99))
        ds.publish()
    """)
    assert result.stderr == ""
    assert result.stdout.startswith("{'loss': 7, 'acc': 'high', 3: 1.5}\n")
    (block,) = read_text(result.stdout)
    assert block.body["summary"] == {
        "3": "1.5", "acc": "high", "loss": "7", "old": "-inf", "pair": "1", "step": "2.5",
    }  # fmt: skip
    points = place.points()
    assert {point.run for point in points} == {block.id}
    curves = {
        key: [(point.step, point.value) for point in points if point.key == key]
        for key in dict.fromkeys(point.key for point in points)
    }
    assert curves.pop("old")[1] == (3, -math.inf)
    assert curves == {
        "loss": [(0, 0.5), (1, 0.25), (10, 0.1), (11, 1e-7), (0.5, 3), (1.5, 2), (99, 7)],
        "acc": [(0, 1), (7, 1)],
        "step": [(0, 2.5)],
        "pair": [(0, 1)],
        "3": [(99, 1.5)],
    }
    assert [value["text"] for value in place.of("value")] == ["high"]
    assert place.told().count("series") == 6


def test_each_run_counts_its_steps_anew(place: Place) -> None:
    place.run("""
        import dotscience as ds
        for run in range(3):
            if run < 2: ds.start()
            ds.metric("a", run); ds.metric("a", run); ds.publish()
    """)
    points = place.points()
    assert [point.step for point in points] == [0, 1] * 3
    assert len({point.run for point in points}) == 3


def test_objects_of_their_own_are_independent(place: Place) -> None:
    place.run("""
        import dotscience as ds
        ds.start(); other = ds.Dotscience(); other.start()
        ds.metric("a", 1); other.add_metric("a", 2, step=5); other.metrics({"b": 1})
        other.publish(); ds.publish()
    """)
    one, other = (start["id"] for start in place.of("start"))
    assert [(p.run, p.key, p.step, p.value) for p in place.points()] == [
        (one, "a", 0, 1), (other, "a", 5, 2), (other, "b", 0, 1),
    ]  # fmt: skip


def test_a_run_object_alone_takes_metrics() -> None:
    run = ds.Run("/tmp")
    run.metric("a", 0.5, step=3)
    run.metrics({"b": numpy.float32(0.1), "c": "x"})
    run.add_metrics("d", 1, e=2)
    assert run.metadata()["summary"] == {"a": "0.5", "b": "0.1", "c": "x", "d": "1", "e": "2"}


def test_hostile_names_and_values(place: Place) -> None:
    result = place.run(r"""
        import dotscience as ds
        names = ["a\nb", "x" * 300, "\"'`", "../../etc", "\U0001f600", "\ud800", "", "\0", "a/b", "[[/DOTSCIENCE-RUN:x]]"]
        ds.start("\ud800")
        for at, name in enumerate(names):
            ds.metric(name, at); ds.metric(name, name); ds.parameter(name, name); ds.label(name, name)
            with ds.run(name, group=name): ds.metrics({name: at})
            ds.log(name, name)
        ds.parameter("large", "x" * 100_000); ds.publish()
    """)
    assert result.stderr == ""
    *_, block = read_text(result.stdout)
    assert len(block.body["summary"]) == 10
    assert len(block.body["parameters"]["large"]) == 100_000
    assert [p.value for p in place.points() if p.run == block.id] == list(range(10))
    assert place.told().count("media") == 10
    below = place.root / ".dotscience" / "pins"
    assert {path.name[:2] for path in below.glob("*/*")} == {"m-"}


@pytest.mark.slow
def test_a_million_points(place: Place) -> None:
    place.run("""
        import dotscience as ds
        ds.start()
        for i in range(1_000_000): ds.metric("loss", i, step=i)
        ds.publish()
    """)
    points = place.points()
    assert [point.step for point in points] == list(range(1_000_000))


def test_eight_threads(place: Place) -> None:
    result = place.run("""
        import sys, threading
        import dotscience as ds
        sys.setswitchinterval(1e-6); ds.start()
        def work(n):
            for i in range(500): ds.metric("m%d" % n, i, step=i)
        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        [t.start() for t in threads]; [t.join() for t in threads]; ds.publish()
    """)
    (block,) = read_text(result.stdout)
    for n in range(8):
        found = [p.value for p in place.points() if (p.run, p.key) == (block.id, f"m{n}")]
        assert found == list(range(500))


def test_two_forked_children(place: Place) -> None:
    result = place.run("""
        import os
        import dotscience as ds
        ds.start(); ds.metric("parent", 0)
        for child in range(2):
            if os.fork() == 0:
                for i in range(100): ds.metric("child%d" % child, i)
                os._exit(0)
        os.wait(); os.wait(); ds.publish()
    """)
    (block,) = read_text(result.stdout)
    points = place.points()
    assert {point.run for point in points} == {block.id}
    for child in range(2):
        assert [p.value for p in points if p.key == f"child{child}"] == list(range(100))
    sessions = place.of("session")
    assert [session["parent"] for session in sessions].count(None) == 1
    names = {path.stem for path in place.journals()}
    assert {session["parent"] for session in sessions} - {None} <= names
    assert len({session["boot"] for session in sessions}) == 1


def test_two_processes_begin_at_once_in_a_new_folder(place: Place) -> None:
    code = """
        import sys
        import dotscience as ds
        sys.stdin.readline(); ds.start()
        for i in range(500): ds.metric("a", i)
        ds.publish()
    """
    processes = [place.start(code) for _ in range(2)]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    for process in processes:
        assert process.communicate(timeout=60)[1] == ""
    runs = {start["id"] for start in place.of("start")}
    assert len(runs) == 2
    for run in runs:
        assert [p.value for p in place.points() if p.run == run] == list(range(500))
