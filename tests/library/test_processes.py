"""Which run a process's records belong to: workers of multiprocessing and loky, ranks, plain children."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from dotscience._block import read_text
from tests.library.programs import LIMIT_S, Place

WORK = """
import dotscience as ds
def work(n):
    for i in range(10): ds.metric("child%d" % n, i)
    ds.parameter("child%d" % n, n)
    return n
"""

SPAWNING = """
import multiprocessing, sys
import dotscience as ds
from work import work
if sys.argv[1:] == ["outside"]: ds.start("outside"); ds.metric("top level", 1)
if __name__ == "__main__":
    context = multiprocessing.get_context({method!r})
    for run in range(2):
        with ds.run("run%d" % run):
            with context.Pool(2) as pool: print(pool.map(work, range(2)))
    child = context.Process(target=work, args=(9,)); ds.start("process"); child.start(); child.join(); ds.publish()
"""


@pytest.mark.slow
@pytest.mark.parametrize("method", ["spawn", "forkserver", "fork"])
def test_workers_of_multiprocessing_land_in_the_parents_run(place: Place, method: str) -> None:
    (place.root / "work.py").write_text(WORK)
    result = place.run(SPAWNING.format(method=method))
    assert (result.code, result.stderr) == (0, "")
    found = read_text(result.stdout)
    assert [block.body["description"] for block in found] == ["run0", "run1", "process"]
    for block in found[:2]:
        for n in range(2):
            key = f"child{n}"
            values = [p.value for p in place.points() if (p.run, p.key) == (block.id, key)]
            assert values == list(range(10)), (block.id, key)
    assert len([p for p in place.points() if (p.run, p.key) == (found[2].id, "child9")]) == 10
    assert {p.run for p in place.points()} == {block.id for block in found}
    assert place.told().count("start") == place.told().count("publish") == 3
    parents = {session["parent"] for session in place.of("session")} - {None}
    assert len(parents) == 1


@pytest.mark.slow
def test_the_main_programs_first_lines_are_not_repeated_by_workers(place: Place) -> None:
    (place.root / "work.py").write_text(WORK)
    program = """
        import multiprocessing
        import dotscience as ds
        from work import work
        ds.start("outside"); ds.metric("top level", 1); ds.parameter("a", 1)
        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(2) as pool: pool.map(work, range(2))
            ds.publish()
    """
    result = place.run(program)
    assert (result.code, result.stderr) == (0, "")
    (block,) = read_text(result.stdout)
    assert place.told().count("start") == 1
    assert [p.key for p in place.points()].count("top level") == 1
    assert {p.run for p in place.points()} == {block.id}


@pytest.mark.slow
def test_workers_of_loky(place: Place) -> None:
    (place.root / "work.py").write_text(WORK)
    result = place.run("""
        import warnings
        import dotscience as ds
        from joblib import Parallel, delayed
        from work import work
        warnings.simplefilter("ignore")
        with ds.run("loky"): print(sum(Parallel(n_jobs=2)(delayed(work)(n) for n in range(3))))
    """)
    assert result.code == 0
    (block,) = read_text(result.stdout)
    assert {(p.run, p.key) for p in place.points()} == {(block.id, f"child{n}") for n in range(3)}


def test_a_plain_child_has_a_run_of_its_own(place: Place) -> None:
    result = place.run("""
        import json, os, subprocess, sys
        import dotscience as ds
        os.environ["DOTSCIENCE_RUN"] = "the user's"
        ds.start("parent"); told = json.loads(os.environ["DOTSCIENCE_RUN"])
        with ds.run("inner") as run:
            inner = json.loads(os.environ["DOTSCIENCE_RUN"])
            subprocess.run([sys.executable, "-c", "import dotscience as ds; ds.metric('a', 1); ds.publish()"])
        assert json.loads(os.environ["DOTSCIENCE_RUN"]) == told != inner
        ds.metric("b", 1); ds.publish()
        print(os.environ["DOTSCIENCE_RUN"], told["workspace"] == os.getcwd())
    """)
    assert result.stderr == ""
    assert result.stdout.endswith("the user's True\n")
    child, inner, parent = read_text(result.stdout)
    assert [child.body["summary"], inner.body["summary"], parent.body["summary"]] == [
        {"a": "1"},
        {},
        {"b": "1"},
    ]


RANK = """
import os, sys
import dotscience as ds
for run in range(2):
    ds.start("trained %d" % run)
    for step in range(5): ds.metric("loss", int(os.environ["RANK"]), step=step)
    ds.publish()
with ds.run("scope"): ds.metric("in scope", 1)
ds.metric("later", 1)
"""


def launch(place: Place, code: str, launcher: str = "none", size: int = 3) -> list[tuple[str, str]]:
    """As torchrun: one agent starts all ranks. (stdout, stderr) of each."""
    agent = f"""
import os, subprocess, sys
ranks = [
    subprocess.Popen([sys.executable, "-W", "error", "rank.py"], stdout=open("out%d" % n, "w"), stderr=open("err%d" % n, "w"),
        env=dict(os.environ, RANK=str(n), LOCAL_RANK=str(n), WORLD_SIZE="{size}", LOCAL_WORLD_SIZE="{size}",
            TORCHELASTIC_RUN_ID={launcher!r}, MASTER_ADDR="127.0.0.1", MASTER_PORT="29500"))
    for n in range({size})
]
sys.exit(max(rank.wait() for rank in ranks))
"""
    (place.root / "rank.py").write_text(code)
    subprocess.run(
        [sys.executable, "-c", agent], cwd=place.root, env=place.env(), timeout=LIMIT_S, check=True
    )
    return [
        (Path(place.root, f"out{n}").read_text(), Path(place.root, f"err{n}").read_text())
        for n in range(size)
    ]


@pytest.mark.parametrize("launcher", ["none", "job-7"])
def test_all_ranks_have_one_run(place: Place, launcher: str) -> None:
    texts = launch(place, RANK, launcher)
    assert [stderr for _, stderr in texts] == [""] * 3
    assert [stdout for stdout, _ in texts[1:]] == ["", ""]
    found = read_text(texts[0][0])
    assert [block.body["description"] for block in found] == ["trained 0", "trained 1", "scope"]
    assert all(uuid.UUID(block.id).version == 4 for block in found)
    assert place.told().count("start") == 4
    assert place.told().count("publish") == 3
    for block in found[:2]:
        values = [p.value for p in place.points() if (p.run, p.key) == (block.id, "loss")]
        assert sorted(values) == sorted([0, 1, 2] * 5)
    starts = {start["id"] for start in place.of("start")}
    assert {p.run for p in place.points()} == starts
    assert sorted(str(session["rank"]) for session in place.of("session")) == ["0", "1", "2"]
    launch(place, RANK, launcher)
    assert len({start["id"] for start in place.of("start")}) == 8, "another launch, other runs"


def test_a_child_of_a_rank_is_no_rank(place: Place) -> None:
    code = """
import os, subprocess, sys
import dotscience as ds
ds.start()
if os.environ["RANK"] == "1":
    subprocess.run([sys.executable, "-c", "import dotscience as ds; ds.start('own'); ds.publish()"])
ds.publish()
"""
    (own,) = read_text(launch(place, code, size=2)[1][0])
    assert own.body["description"] == "own"
    assert len({str(publish["id"]) for publish in place.of("publish")}) == 2


def test_a_hostile_variable_is_passed_over(place: Place) -> None:
    for text in ("", "{", "[]", '{"run": "../..", "root": "/", "workspace": "/"}', os.devnull):
        result = place.run(
            """
            import multiprocessing
            import dotscience as ds
            def work(): ds.metric("a", 1); ds.publish()
            if __name__ == "__main__":
                child = multiprocessing.get_context("fork").Process(target=work); child.start(); child.join()
            """,
            DOTSCIENCE_RUN=text,
        )
        assert result.stderr == ""
        assert len(read_text(result.stdout)) == 1
