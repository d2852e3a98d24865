"""The first moments of an observed process: nothing is made before it is needed, and nothing is missed."""

from __future__ import annotations

import textwrap

import pytest

from tests.library.programs import Place
from tests.observe.programs import BEGIN, Seen, observed, seen, write


def ran(place: Place, code: str) -> list[Seen]:
    """Without the import of ctypes that makes the observer."""
    result = place.run(BEGIN + textwrap.dedent(code))
    assert (result.code, result.stderr) == (0, ""), result
    return seen(place)


def test_the_first_value_makes_no_observer(place: Place) -> None:
    code = """
    import sys
    from dotscience._observe._early import Early
    ds.metric("a", 1)
    assert isinstance(sys._dotscience_observer, Early)
    assert "dotscience._observe._observer" not in sys.modules
    """
    begin = "import dotscience._background as b; b._FIRST_S = 60\n" + BEGIN
    result = place.run(begin + textwrap.dedent(code))
    assert (result.code, result.stderr) == (0, "")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('open("a.txt").close()', [Seen("a.txt", "r", "hook")]),
        ('os.chdir("d"); open("b.txt").close()', [Seen("d/b.txt", "r", "hook")]),
        ('os.rename("a.txt", "c.txt")', [Seen("c.txt", "m", "hook")]),
        ('os.remove("a.txt")', [Seen("a.txt", "d", "hook")]),
        ('os.system("cat a.txt")', [Seen("a.txt", "r", "child")]),
        (
            'if os.fork() == 0: open("a.txt").close(); os._exit(0)\nos.wait()',
            [Seen("a.txt", "r", "hook")],
        ),
    ],
)
def test_the_first_event_is_told(place: Place, code: str, expected: list[Seen]) -> None:
    write(place.root / "a.txt")
    write(place.root / "d" / "b.txt")
    assert ran(place, code) == expected


def test_threads_at_once(place: Place) -> None:
    """Those that meet the observer being made are told too."""
    code = """
    import threading
    def work(n): open(f"{n}.txt", "w").close()
    threads = [threading.Thread(target=work, args=(n,)) for n in range(20)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    """
    assert sorted(one.path for one in ran(place, code)) == sorted(f"{n}.txt" for n in range(20))


def test_native_readers_that_are_there_already(place: Place) -> None:
    write(place.root / "a.bin")
    begin = "import ctypes\n" + BEGIN
    assert observed(place, 'native_read("a.bin")', begin=begin) == [Seen("a.bin", "r", "watch")]
