"""``ds.steps``: progress records and the step of the metrics inside (journal type 14)."""

from __future__ import annotations

from tests.library.programs import Place


def progress(place: Place) -> list[tuple[object, object, object]]:
    return [(told["done"], told["total"], told["label"]) for told in place.of("progress")]


def test_a_loop_says_how_far_it_is(place: Place) -> None:
    result = place.run("""
        import dotscience as ds
        ds.start()
        for epoch in ds.steps("abc", label="epoch"): ds.metric(epoch, 1); ds.metric("all", 1); ds.metric("x", 1, step=9)
        ds.metric("all", 1)
        print(len(ds.steps(range(7)))); ds.publish()
    """)
    assert result.stderr == ""
    assert (progress(place)[0], progress(place)[-1]) == ((0, 3, "epoch"), (3, 3, "epoch"))
    assert [(point.key, point.step) for point in place.points()] == [
        ("a", 0), ("all", 0), ("x", 9), ("b", 1), ("all", 1), ("x", 9), ("c", 2), ("all", 2), ("x", 9),
        ("all", 3),
    ]  # fmt: skip


def test_progress_is_told_at_most_ten_times_a_second(place: Place) -> None:
    place.run("""
        import time
        import dotscience as ds
        ds.start(); now = 0.0
        time.monotonic = lambda: now
        for i in ds.steps(range(1000)): now += 0.01
        for i in ds.steps(iter([])): pass
    """)
    told = progress(place)
    assert told[0] == (0, 1000, None)
    assert told[-1] == (1000, 1000, None)
    assert 90 <= len(told) <= 102


def test_however_a_loop_is_left(place: Place) -> None:
    result = place.run("""
        import asyncio
        import dotscience as ds
        ds.start()
        def numbers():
            yield from range(3)
            raise KeyError("source")
        for i in ds.steps(range(9), "break"):
            if i == 4: break
        ds.metric("a", 1)
        try:
            for i in ds.steps(range(9), "raise"): 1 / (2 - i)
        except ZeroDivisionError as error: kept = error
        ds.metric("a", 1)
        try:
            for i in ds.steps(numbers(), "source"): pass
        except KeyError: pass
        for outer in ds.steps(range(2), "outer"):
            for inner in ds.steps(range(3), "inner"): ds.metric("inner", 1)
            ds.metric("outer", 1)
        async def source():
            for i in range(2): yield i
        async def main():
            async for i in ds.steps(source(), "async"): ds.metric("async", i)
        asyncio.run(main())
        ds.metric("a", 1)
    """)
    assert (result.code, result.stderr) == (0, "")
    last = {label: (done, total) for done, total, label in progress(place)}
    assert last == {
        "break": (4, 9),
        "raise": (2, 9),
        "source": (3, None),
        "outer": (2, 2),
        "inner": (3, 3),
        "async": (2, None),
    }
    curves: dict[str, list[float]] = {}
    for point in place.points():
        curves.setdefault(point.key, []).append(point.step)
    assert curves == {"a": [0, 1, 2], "inner": [0, 1, 2] * 2, "outer": [0, 1], "async": [0, 1]}


def test_a_loop_belongs_to_the_run_it_is_in(place: Place) -> None:
    """Metrics of a trial have no step of the sweep around it."""
    place.run("""
        import threading
        import dotscience as ds
        for n in ds.steps(range(3), "no run yet"):
            with ds.run("trial"):
                for epoch in ds.steps(range(2), "epoch"): ds.metric("loss", n)
                ds.metric("final", n)
                thread = threading.Thread(target=lambda: ds.metric("thread", 1)); thread.start(); thread.join()
    """)
    assert {label for _, _, label in progress(place)} == {"epoch"}
    assert [point.step for point in place.points() if point.key == "loss"] == [0, 1] * 3
    assert {point.step for point in place.points() if point.key != "loss"} == {0}
