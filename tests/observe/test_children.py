"""Forked processes, other Pythons and other programs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.library.programs import Place
from tests.library.test_pythons import interpreter
from tests.observe.programs import BEGIN, Seen, observed, write

READ = """
def read(path):
    with open(path) as file:
        return len(file.read())
"""
MAIN = 'if __name__ == "__main__":\n'


def both(place: Place) -> None:
    write(place.root / "a.txt")
    write(place.root / "b.txt")


@pytest.mark.parametrize(
    "pool",
    [
        "from multiprocessing import get_context; made = get_context('fork').Pool(2)",
        "from concurrent.futures import ProcessPoolExecutor; from multiprocessing import get_context\n"
        "made = ProcessPoolExecutor(2, mp_context=get_context('fork'))",
    ],
    ids=["Pool", "ProcessPoolExecutor"],
)
def test_forked_workers(place: Place, pool: str) -> None:
    both(place)
    code = READ + pool + '\nwith made as workers: list(workers.map(read, ["a.txt", "b.txt"]))\n'
    found = observed(place, code)
    assert {Seen("a.txt", "r", "hook"), Seen("b.txt", "r", "hook")} <= set(found)
    assert len(place.journals()) >= 2


def test_a_forked_child_watches_for_itself(place: Place) -> None:
    both(place)
    code = """
    native_read("a.txt")
    child = os.fork()
    if not child:
        native_read("b.txt")
        open("c.txt", "w").close()
        from dotscience import _observe
        _observe.flush()
        os._exit(0)
    os.waitpid(child, 0)
    """
    assert sorted(observed(place, code), key=str) == [
        Seen("a.txt", "r", "watch"),
        Seen("b.txt", "r", "watch"),
        Seen("c.txt", "w", "hook"),
    ]


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_started_workers(place: Place, method: str) -> None:
    both(place)
    write(place.root / "work.py", READ)
    code = f"""
    if __name__ == "__main__":
        ds.start()
        from multiprocessing import get_context
        from work import read
        with get_context({method!r}).Pool(1) as workers:
            workers.map(read, ["a.txt", "b.txt"])
    """
    begin = "import os\nimport dotscience as ds\n"
    found = observed(place, code, begin=begin)
    assert {Seen("a.txt", "r", "hook"), Seen("b.txt", "r", "hook")} <= set(found)


def test_other_pythons_and_their_sitecustomize(place: Place) -> None:
    both(place)
    write(place.root / "site" / "sitecustomize.py", "MINE = 1")
    child = "import sitecustomize; assert sitecustomize.MINE; open('a.txt').close(); open('out', 'w').close()"
    code = f"""
    import subprocess, sys
    os.environ["PYTHONPATH"] = os.pathsep.join([os.environ["PYTHONPATH"], os.path.abspath("site")])
    subprocess.run([sys.executable, "-c", {child!r}], check=True)
    """
    found = observed(place, code)
    assert {Seen("a.txt", "r", "hook"), Seen("out", "w", "hook")} <= set(found)


@pytest.mark.parametrize("version", ["2.7", "3.6", "3.8", "3.13"])
def test_pythons_of_any_version(place: Place, version: str) -> None:
    both(place)
    code = f"""
    import subprocess
    child = "import sys; open('a.txt').close(); assert 'sitecustomize' in sys.modules"
    done = subprocess.run([{interpreter(version)!r}, "-c", child], capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b""), done
    """
    found = observed(place, code)
    assert (Seen("a.txt", "r", "hook") in found) == (version[0] == "3" and version != "3.6")


def test_a_child_that_opens_nothing_imports_nothing(place: Place) -> None:
    code = """
    import subprocess, sys
    child = "import sys, json; assert not any('dotscience.' in name for name in sys.modules)"
    subprocess.run([sys.executable, "-c", child], check=True)
    """
    assert observed(place, code) == []
    assert len(place.journals()) == 1


def test_other_programs(place: Place) -> None:
    """What their arguments name, and what changed while they ran."""
    both(place)
    code = """
    import subprocess, ctypes
    subprocess.run(["cp", "a.txt", "copy.txt"], check=True)
    assert os.system("cat < b.txt > piped.txt; echo 1 > hidden.txt") == 0
    subprocess.run("echo 1 > $(echo made).txt", shell=True, check=True)
    """
    found = observed(place, code, begin="import ctypes\n" + BEGIN)
    assert {
        Seen("a.txt", "r", "child"),
        Seen("copy.txt", "w", "child"),
        Seen("b.txt", "r", "child"),
        Seen("piped.txt", "w", "child"),
        Seen("hidden.txt", "w", "child"),
        Seen("made.txt", "w", "during"),
    } <= set(found)


def test_what_changes_without_a_child_is_not_ours(place: Place, tmp_path: Path) -> None:
    write(place.root / "other.txt")
    process = place.start(
        BEGIN + 'print("go", flush=True); input(); open("own.txt", "w").close()', args=()
    )
    assert process.stdout is not None
    process.stdout.readline()
    write(place.root / "other.txt", "the browser saves")
    _, stderr = process.communicate("\n", timeout=60)
    assert (process.returncode, stderr) == (0, "")
    from tests.observe.programs import seen

    assert seen(place) == [Seen("own.txt", "w", "hook")]


def test_a_fork_warns_of_no_thread_of_ours(place: Place) -> None:
    """From Python 3.12 a fork in a process with threads is warned of."""
    code = """
    child = os.fork()
    if not child: os._exit(0)
    os.waitpid(child, 0)
    open("a.txt", "w").close()
    """
    begin = "import ctypes\n" + BEGIN
    python = interpreter("3.13")
    import textwrap

    result = place.run(begin + textwrap.dedent(code), python=python)
    assert (result.code, result.stderr) == (0, "")


def test_this_python_is_found() -> None:
    assert Path(sys.executable).exists()
