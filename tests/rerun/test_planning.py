"""What is run again, and where a metric went bad: without running anything."""

from __future__ import annotations

from typing import Any

import pytest

from dotscience._facts import Run, unite
from dotscience._records import Record
from dotscience_server.rerun.bisect import Limit, Point, bisect
from dotscience_server.rerun.differences import differences
from dotscience_server.rerun.notebook import as_ran, top_to_bottom
from dotscience_server.rerun.recipe import placed, recipe_of
from dotscience_server.rerun.results import Told, pairs


def run_of(**context: Any) -> Run:
    told = Record(1, "run.context", "2026-11-21T10:00:00.000000Z", "r1", "journal:a", "", context)
    return unite([told])


def test_a_script_is_repeated_with_its_own_command() -> None:
    argv = ["/usr/bin/python3", "-u", "train.py", "--data=/work/data.csv", "/work/out"]
    run = run_of(argv=["train.py"], orig_argv=argv, python="3.11.1", cwd="sub")
    recipe = recipe_of(run)
    assert (recipe.kind, recipe.cwd) == ("script", "sub")
    there = placed(recipe, "/env/bin/python", "/work", "/side")
    assert there == ["/env/bin/python", "-u", "train.py", "--data=/side/data.csv", "/side/out"]


def test_a_command_of_ds_run_is_repeated_as_it_was() -> None:
    recipe = recipe_of(run_of(argv=["bash", "train.sh"], python=None))
    assert placed(recipe, "/env/bin/python", "/work", "/side") == ["bash", "train.sh"]


def test_an_older_run_is_repeated_by_its_arguments() -> None:
    recipe = recipe_of(
        run_of(argv=["train.py", "1"], python="3.8.1", executable="/usr/bin/python3")
    )
    assert recipe.argv == ("/usr/bin/python3", "train.py", "1")


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"argv": [""], "python": "3.11.1", "orig_argv": ["python"]},
        {"argv": ["-c"], "python": "3.8.1", "executable": "/usr/bin/python3"},
        {"argv": ["ipykernel_launcher.py"], "python": "3.11.1", "kernel": "abc"},
        {
            "argv": ["train.py"],
            "python": "3.11.1",
            "orig_argv": ["python", "train.py"],
            "cwd": "/x",
        },
    ],
)
def test_what_cannot_be_repeated_says_why(context: dict[str, Any]) -> None:
    recipe = recipe_of(run_of(**context))
    assert recipe.kind == "none"
    assert recipe.reason


def test_code_on_the_command_line_is_repeated() -> None:
    run = run_of(argv=["-c", "1"], python="3.11.1", orig_argv=["python", "-c", "import x", "1"])
    assert recipe_of(run).kind == "script"


def notebook(*cells: tuple[str, str]) -> dict[str, Any]:
    return {
        "cells": [
            {"cell_type": kind, "id": id, "source": "", "outputs": [], "execution_count": None}
            for kind, id in cells
        ]
    }


def test_cells_up_to_the_publishing_one() -> None:
    told = notebook(("code", "a"), ("markdown", "b"), ("code", "c"), ("code", "d"))
    assert [step.at for step in top_to_bottom(told, run_of(cell="c"))] == [0, 2]
    assert [step.at for step in top_to_bottom(told, run_of(cell="gone"))] == [0, 2, 3]
    told["cells"][0]["outputs"] = [{"text": "[[DOTSCIENCE-RUN:r1]]"}]
    assert [step.at for step in top_to_bottom(told, run_of())] == [0]


def test_cells_as_they_ran() -> None:
    told = notebook(("code", "a"), ("code", "c"))
    steps = as_ran(told, [("c", "x = 1"), ("gone", "y = 2"), ("a", "x")])
    assert [(step.at, step.source) for step in steps] == [(1, "x = 1"), (None, "y = 2"), (0, "x")]


def test_runs_of_a_sweep_are_paired_by_what_they_are() -> None:
    def told(id: str, lr: str, acc: str = "1") -> Told:
        return Told(id, "train", {"lr": lr}, {"acc": acc})

    before = [told("a", "1"), told("b", "2"), told("c", "1")]
    after = [told("A", "1"), told("B", "2")]
    found = pairs(before, after, "b")
    assert {old: new.id for old, new in found.items()} == {"c": "A", "b": "B"}
    assert pairs(before, [told("X", "9")], "b")["b"].id == "X"


def points(*values: float | None) -> list[Point]:
    return [Point(str(n), "run", str(n), value) for n, value in enumerate(values)]


def test_the_step_is_found() -> None:
    found = bisect(points(0.9, 0.95, 0.2, 0.1), Limit(below=0.5))
    assert found.good is not None and found.bad is not None
    assert (found.good.ref, found.bad.ref, found.steps) == ("1", "2", 1)


def test_what_is_not_known_is_asked_by_halves() -> None:
    asked: list[str] = []

    def ask(point: Point) -> float | None:
        asked.append(point.ref)
        return 0.9 if int(point.ref) < 700 else 0.1

    found = bisect(points(0.9, *[None] * 1000, 0.1), Limit(below=0.5), ask)
    assert found.bad is not None and found.bad.ref == "700"
    assert len(asked) <= 11 and found.unknown == ()


def test_what_cannot_be_run_is_left_between() -> None:
    found = bisect(points(0.9, None, None, 0.1), Limit(below=0.5), lambda point: None)
    assert len(found.unknown) == 2


def test_a_flapping_metric_is_told() -> None:
    assert bisect(points(0.9, 0.1, 0.9, 0.1), Limit(below=0.5)).steps == 3


def test_no_step_is_no_answer() -> None:
    assert bisect(points(0.9, 0.8), Limit(below=0.5)).bad is None
    assert bisect(points(0.1, 0.9), Limit(below=0.5)).good is None
    assert bisect(points(float("nan"), None), Limit(above=0.5)).good is None


def test_differences_of_environments() -> None:
    then = {
        "python": "3.11.1",
        "packages": {"a": "1", "b": "1"},
        "variables": {"OMP_NUM_THREADS": "2", "VIRTUAL_ENV": "/x"},
        "machine": {"cores": 2, "gpus": []},
        "container": {"image": "one", "digest": None},
    }
    now = {**then, "packages": {"a": "2"}, "variables": {}, "container": None}
    told = {(one["what"], one["name"]): (one["then"], one["now"]) for one in differences(then, now)}
    assert told == {
        ("package", "a"): ("1", "2"),
        ("package", "b"): ("1", None),
        ("image", "container image"): ("one", None),
        ("variable", "OMP_NUM_THREADS"): ("2", None),
    }
