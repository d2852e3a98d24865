"""``with ds.run():``, ``@ds.run()``, and which run a call goes to."""

from __future__ import annotations

import pytest

from dotscience._block import Block, read_outputs, read_text
from tests.library.kernels import cards, execute
from tests.library.programs import Place, Result


def blocks(result: Result) -> list[Block]:
    found = read_text(result.stdout)
    assert all(isinstance(block, Block) for block in found)
    return found  # type: ignore[return-value]


def test_a_block_is_a_run(place: Place) -> None:
    result = place.run("""
        import dotscience as ds
        with ds.run("one", group="g", parameters={"lr": 0.1}, labels={"who": "me"}) as run:
            ds.metric("loss", 0.5)
            run.metric("acc", 1); run.parameter("n", 2); run.output("model.bin")
        with run: ds.metric("again", 1)
        with ds.run(): pass
    """)
    assert result.stderr == ""
    one, again, empty = blocks(result)
    assert one.body["description"] == again.body["description"] == "one"
    assert one.body["labels"] == {"group": "g", "who": "me"}
    assert one.body["parameters"] == {"lr": "0.1", "n": "2"}
    assert one.body["summary"] == {"loss": "0.5", "acc": "1"}
    assert one.body["output"] == ["model.bin"]
    assert again.body["summary"] == {"again": "1"}
    assert (empty.body["description"], empty.body["labels"]) == (None, {})
    assert len({one.id, again.id, empty.id}) == 3
    assert place.told().count("start") == place.told().count("publish") == 3
    assert place.told().count("drop") == 0


@pytest.mark.parametrize(
    "error, text",
    [
        ("ValueError('bad')", "ValueError: bad"),
        ("KeyboardInterrupt()", "KeyboardInterrupt: "),
        ("SystemExit(3)", "SystemExit: 3"),
        ("SystemExit(0)", None),
        ("GeneratorExit()", None),
    ],
)
def test_its_exception_is_the_runs_error_and_is_raised_on(
    place: Place, error: str, text: str | None
) -> None:
    result = place.run(f"""
        import dotscience as ds
        raised = {error}
        try:
            with ds.run("x"): raise raised
        except BaseException as error: print(error is raised)
    """)
    (block,) = blocks(result)
    assert block.body["error"] == text
    assert result.stdout.endswith("True\n")


def test_decorated_functions(place: Place) -> None:
    result = place.run("""
        import asyncio
        import dotscience as ds
        @ds.run("sync", group="g")
        def train(n, scale=1):
            "Trains."
            ds.metric("n", n)
            return train(n - 1, scale) if n else scale
        @ds.run("async")
        async def later(n):
            await asyncio.sleep(0); ds.metric("n", n); return n
        assert (train.__name__, train.__doc__, train(1, scale=5)) == ("train", "Trains.", 5)
        async def main(): return await asyncio.gather(later(1), later(2))
        assert asyncio.run(main()) == [1, 2]
    """)
    assert result.stderr == ""
    inner, outer, *rest = blocks(result)
    assert [inner.body["summary"]["n"], outer.body["summary"]["n"]] == ["0", "1"]
    assert inner.body["labels"] == {"group": "g", "parent": outer.id}
    assert outer.body["labels"] == {"group": "g"}
    assert sorted(block.body["summary"]["n"] for block in rest) == ["1", "2"]


def test_tasks_threads_and_nested_runs_land_in_their_own(place: Place) -> None:
    result = place.run("""
        import asyncio, threading
        import dotscience as ds
        async def task(n):
            with ds.run("task%d" % n):
                for i in range(5): ds.metric("m%d" % n, i); await asyncio.sleep(0)
        async def main(): await asyncio.gather(*(task(n) for n in range(4)))
        asyncio.run(main())
        with ds.run("outer"):
            ds.metric("before", 1)
            with ds.run("inner"):
                ds.metric("inside", 1)
                thread = threading.Thread(target=lambda: ds.metric("thread", 1)); thread.start(); thread.join()
            ds.metric("after", 1)
            thread = threading.Thread(target=lambda: ds.metric("late", 1)); thread.start(); thread.join()
    """)
    assert result.stderr == ""
    found = {block.body["description"]: block for block in blocks(result)}
    for n in range(4):
        assert found[f"task{n}"].body["summary"] == {f"m{n}": "4"}
    assert set(found["inner"].body["summary"]) == {"inside", "thread"}
    assert set(found["outer"].body["summary"]) == {"before", "after", "late"}
    assert found["inner"].body["labels"] == {"parent": found["outer"].id}


def test_the_old_calls_inside_a_block_are_a_run_of_their_own(place: Place) -> None:
    """A function that was written with ``start()`` and ``publish()`` works inside a sweep."""
    result = place.run("""
        import asyncio, threading
        import dotscience as ds
        def old(n): ds.start("old"); ds.metric("n", n); ds.publish()
        with ds.run("new"):
            ds.metric("a", 1); old(1); ds.metric("b", 2)
            thread = threading.Thread(target=old, args=(2,)); thread.start(); thread.join()
        old(3)
        ds.start("open")
        with ds.run("within"): ds.metric("c", 1)
        ds.metric("d", 1); ds.publish()
    """)
    found = [(block.body["description"], block.body["summary"]) for block in blocks(result)]
    assert found == [
        ("old", {"n": "1"}),
        ("old", {"n": "2"}),
        ("new", {"a": "1", "b": "2"}),
        ("old", {"n": "3"}),
        ("within", {"c": "1"}),
        ("open", {"d": "1"}),
    ]
    assert blocks(result)[4].body["labels"] == {"parent": blocks(result)[5].id}


def test_what_outlives_its_block_goes_to_the_run_outside(place: Place) -> None:
    result = place.run("""
        import asyncio
        import dotscience as ds
        async def main():
            go = asyncio.Event()
            async def late(): await go.wait(); ds.metric("late", 1)
            with ds.run("outer"):
                with ds.run("inner"): task = asyncio.create_task(late())
                go.set(); await task
        asyncio.run(main())
    """)
    inner, outer = blocks(result)
    assert (inner.body["summary"], outer.body["summary"]) == ({}, {"late": "1"})


def test_a_run_published_by_hand_is_not_published_twice(place: Place) -> None:
    result = place.run("""
        import dotscience as ds
        with ds.run("x"): ds.metric("a", 1); ds.publish()
    """)
    assert len(blocks(result)) == 1


def test_a_forked_child_that_leaves_the_block_publishes_nothing(place: Place) -> None:
    result = place.run("""
        import os, sys
        import dotscience as ds
        with ds.run("x"):
            child = os.fork()
            ds.metric("child" if child == 0 else "parent", 1)
        sys.stdout.flush()
        if child == 0: os._exit(0)
        os.wait()
    """)
    (block,) = blocks(result)
    assert block.body["summary"] == {"parent": "1"}
    assert {(point.run, point.key) for point in place.points()} == {
        (block.id, "child"),
        (block.id, "parent"),
    }


def test_a_sweep_in_one_cell_is_one_card(place: Place) -> None:
    sweep = """
import dotscience as ds
for n in range(200):
    with ds.run("trial", group="g", parameters={"n": n}):
        for epoch in ds.steps(range(3)): ds.metric("loss", n)
"""
    (outputs,) = execute(place, sweep)
    assert len(outputs) == 1
    (card,) = cards(outputs)
    assert card["total"] == 200
    assert len(read_outputs(outputs)) == 200
    assert place.told().count("publish") == 200
