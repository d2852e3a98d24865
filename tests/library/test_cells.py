"""Cells as they really ran, in real kernels (docs/formats/journal.md, types 11 and 12; G1)."""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
import time
from pathlib import Path
from queue import Empty
from types import SimpleNamespace
from typing import Any

import pytest

from dotscience._cells import Cell, Listener, cells_of
from tests.library.capturing import Kernel, cells, kernel
from tests.library.programs import LIMIT_S, REPOSITORY, Place

NAMESPACE = "sorted(n for n in globals() if n[:1] != '_')"
IPYTHONS = ["In", "Out", "exit", "get_ipython", "open", "quit"]


def of(place: Place, *keys: str) -> list[Any]:
    """Some keys of every cell."""
    return [tuple(cell.get(key) for key in keys) for cell in cells(place)]


def test_what_a_cell_record_holds(place: Place) -> None:
    with kernel(place) as one:
        one.run("x = y = 1", cellId="a-1", deletedCells=["gone", "gone-2"])
        one.run("x = 2; del y", cellId="b-2")
        one.run("x = y = 1", cellId="a-1", deletedCells=[])
        assert not set(one.evaluate(NAMESPACE)) - {*IPYTHONS, "x", "y"}
    first, second, third = cells(place)
    digest = hashlib.sha256(b"x = y = 1").hexdigest()
    assert first == {
        "n": 1,
        "cell": "a-1",
        "uri": None,
        "deleted": ["gone", "gone-2"],
        "hash": digest,
        "source": "x = y = 1",
        "ended": True,
        "count": 1,
        "error": None,
        "bound": ["x", "y"],
        "unbound": [],
    }
    assert (second["bound"], second["unbound"], second["count"]) == (["x"], ["y"], 2)
    assert (third["n"], third["hash"], "source" in third) == (3, digest, False)
    assert "deleted" not in second and "deleted" not in third
    assert all(int(str(end["duration_ns"])) > 0 for end in place.of("cell end"))
    assert place.told()[0] == "session"
    assert place.told()[-1] == "end"


def test_errors_and_what_is_no_cell(place: Place) -> None:
    with kernel(place) as one:
        one.run("import asyncio\nawait asyncio.sleep(0)\n1/0")
        one.run("a b")
        one.run("")
        one.run("  \n")
        one.run("print(1)", silent=True)
        one.run("raise SystemExit(3)")
        one.run("%nosuchmagic")
        one.run("!true")
        assert one.run("1 + 1")["status"] == "ok"
        assert one.printed == "2"
    assert of(place, "n", "count", "error", "ended") == [
        (1, 1, {"kind": "ZeroDivisionError", "message": "division by zero"}, True),
        (2, 2, {"kind": "SyntaxError", "message": ANY, "before": True}, True),
        (3, 3, {"kind": "SystemExit", "message": "3"}, True),
        (4, 4, {"kind": "UsageError", "message": ANY}, True),
        (5, 5, None, True),
        (6, 6, None, True),
    ]


class Any_:
    def __eq__(self, other: object) -> bool:
        return isinstance(other, str)

    __hash__ = None  # type: ignore[assignment]


ANY = Any_()

VSCODE = "vscode-notebook-cell:/work/t.ipynb#W2sZmlsZQ%3D%3D"


@pytest.mark.slow
def test_nested_cells_threads_and_vs_code(place: Place) -> None:
    (place.root / "other.ipynb").write_text(
        '{"cells":[{"cell_type":"code","source":"z = 3","metadata":{},"outputs":[],'
        '"execution_count":null}],"metadata":{},"nbformat":4,"nbformat_minor":5}'
    )
    with kernel(place) as one:
        one.run("get_ipython().run_cell('y = 5'); w = 1", cellId=VSCODE)
        one.run("%run other.ipynb", cellId="c")
        one.run("%%time\nv = 2")
        one.run(
            "import os\nif not (child := os.fork()):\n"
            "    get_ipython().run_cell('u = 1'); os._exit(0)\nos.waitpid(child, 0)"
        )
        one.run("t = 1")
    assert of(place, "n", "nested", "cell", "uri", "count", "bound", "ended") == [
        (1, None, None, VSCODE, 1, ["y", "w"], True),
        (2, True, None, None, None, ["y"], True),
        (3, None, "c", None, 2, ["z"], True),
        (4, None, None, None, 3, ["v"], True),
        (5, None, None, None, 4, ["os", "child"], True),
        (6, None, None, None, 5, ["t"], True),
    ]


def test_a_running_cell_is_known_and_ends_where_it_can(place: Place) -> None:
    with kernel(place) as one:
        request = one.send("import time\nprint('go')\ntime.sleep(600)", stop_on_error=False)
        until_printed(one, request, "go")
        interrupt(one, request)
        request = one.send(
            "import asyncio\nprint('go')\nawait asyncio.sleep(600)", stop_on_error=False
        )
        until_printed(one, request, "go")
        interrupt(one, request)
        one.send("time.sleep(600)")
        one.until("cell", 3)
        assert not cells(place)[2]["ended"]
        one.kill()
    found = cells(place)
    assert [cell["ended"] for cell in found] == [True, True, False]
    assert found[0]["error"]["kind"] == "KeyboardInterrupt"
    assert found[1]["error"]["kind"] in ("KeyboardInterrupt", "CancelledError")
    assert found[2]["source"] == "time.sleep(600)"


def until_printed(one: Kernel, request: str, text: str) -> None:
    """Wait until a running cell has printed something."""
    while True:
        message = one.client.get_iopub_msg(timeout=LIMIT_S)
        same = message["parent_header"].get("msg_id") == request
        if same and text in message["content"].get("text", ""):
            return


def interrupt(one: Kernel, request: str) -> None:
    """Interrupt a cell that has printed, and wait for its end. One signal only: a second that comes
    while the kernel answers a message ends the kernel. An event loop that sleeps hears of the
    signal with the next message."""
    deadline = time.monotonic() + LIMIT_S
    one.manager.interrupt_kernel()
    while time.monotonic() < deadline:
        one.client.kernel_info()
        try:
            while one.client.get_shell_msg(timeout=1)["parent_header"].get("msg_id") != request:
                pass
            return
        except Empty:
            continue
    raise AssertionError("never interrupted")


class Shell:
    """As much of IPython's shell as `Cells` needs: events."""

    def __init__(self) -> None:
        self.events = self
        self.callbacks: dict[str, list[Any]] = {
            "pre_execute": [],
            "pre_run_cell": [],
            "post_run_cell": [],
        }

    def register(self, event: str, callback: Any) -> None:
        self.callbacks[event].append(callback)


class Interrupted(Listener):
    def began(self, cell: Cell) -> None:
        raise KeyboardInterrupt


def test_an_interrupt_inside_our_callback_reaches_the_cell() -> None:
    """IPython swallows what a callback raises."""
    watched = cells_of(Shell())
    watched.add("it", Interrupted())
    info = SimpleNamespace(raw_cell="x")
    watched.before(info)
    with pytest.raises(KeyboardInterrupt):
        threading.Event().wait(LIMIT_S)
    watched.after(SimpleNamespace(info=info))
    assert watched.running() is None


def test_an_interrupt_that_comes_when_the_cell_is_over_is_forgotten() -> None:
    watched = cells_of(Shell())
    watched.add("it", Interrupted())
    info = SimpleNamespace(raw_cell="x")
    watched.before(info)
    watched.after(SimpleNamespace(info=info))
    timers = [one for one in threading.enumerate() if isinstance(one, threading.Timer)]
    for timer in timers:
        timer.join(LIMIT_S)  # a KeyboardInterrupt would end this


def test_a_kernel_that_runs_nothing_leaves_nothing(place: Place) -> None:
    with kernel(place) as one:
        assert one.evaluate(NAMESPACE) == IPYTHONS
        one.run("")
    assert not (place.root / ".dotscience").exists()
    assert place.journals() == []


def test_what_the_user_does_to_callbacks_and_namespace(place: Place) -> None:
    """Each is a trap of its own: cleared callbacks, a reset namespace, a deleted store."""
    with kernel(place) as one:
        one.run("a = 1")
        one.run("e = get_ipython().events.callbacks\ne['pre_run_cell'].clear()")
        one.run("b = 1")
        one.run("e['post_run_cell'].clear()")
        one.run("c = 1")
        one.run("e['pre_run_cell'].clear(); e['pre_execute'].clear()")
        one.run("d = 1")
        one.run("get_ipython().reset()")
        one.run("a = 1")
        shutil.rmtree(place.root / ".dotscience")
        one.run("a = 1")
    (cell,) = cells(place)
    assert (cell["source"], cell["ended"], cell["n"]) == ("a = 1", True, 10)


@pytest.mark.slow
@pytest.mark.parametrize("variables", [{"DOTSCIENCE_CAPTURE": "0"}, {"DOTSCIENCE_DISABLE": "1"}])
def test_switched_off(place: Place, variables: dict[str, str]) -> None:
    with kernel(place, **variables) as one:
        one.run("x = 1")
        one.run("import dotscience as ds; ds.start('s')")
    assert cells(place) == []


def test_switched_off_while_it_runs(place: Place) -> None:
    with kernel(place) as one:
        one.run("import os; os.environ['DOTSCIENCE_CAPTURE'] = '0'")
        one.run("x = 1")
        one.run("os.environ['DOTSCIENCE_DISABLE'] = '1'; import dotscience as ds; ds.publish()")
    assert of(place, "n") == [(1,)]
    assert place.of("publish") == []


@pytest.mark.slow
def test_the_home_folder_is_no_workspace_by_itself(place: Place) -> None:
    with kernel(place, folder=str(place.home)) as one:
        one.run("x = 1")
        assert not (place.home / ".dotscience").exists()
        one.run("import dotscience as ds; ds.start('mine')")
        assert (place.home / ".dotscience").exists()
        one.run("x = 2")
    assert of(Place(place.home, place.home), "n", "source") == [(1, "x = 2")]


@pytest.mark.slow
def test_a_long_source_is_cut(place: Place) -> None:
    source = "x = '" + "é" * 1_000_000 + "'"
    with kernel(place) as one:
        one.run(source)
    (cell,) = cells(place)
    assert cell["source"].startswith(source[:1_000_000] + "\n# cut: 1000000 of 1000006")
    assert cell["cut"] == len(source)
    assert cell["hash"] == hashlib.sha256(source.encode()).hexdigest()


@pytest.mark.slow
def test_many_names_are_not_compared(place: Place) -> None:
    with kernel(place) as one:
        one.run("globals().update({f'n{i}': i for i in range(600)})")
        one.run("globals().update({f'n{i}': i for i in range(5000)})")
        one.run("x = 1")
    assert [len(cell["bound"]) for cell in cells(place)] == [500, 0, 0]


@pytest.mark.slow
def test_a_run_names_the_cell_that_published_it(place: Place) -> None:
    with kernel(place) as one:
        one.run("import dotscience as ds, threading, os")
        one.run("ds.publish('two')")
        one.run(
            "thread = threading.Thread(target=ds.publish, args=['three']); thread.start(); thread.join()"
        )
        one.run("get_ipython().run_cell('ds.publish(\"five\")')")
        one.run(
            "child = os.fork()\nif not child: ds.publish('child'); os._exit(0)\nos.waitpid(child, 0)"
        )
    said = sorted((one["n"] or 0, '"child"' in str(one["block"])) for one in place.of("publish"))
    assert said == [(0, True), (2, False), (3, False), (5, False)]


@pytest.mark.slow
def test_paths_are_relative_to_where_the_user_imports(place: Place) -> None:
    """Though our extension imported the library when the kernel began."""
    (place.root / "sub").mkdir()
    with kernel(place) as one:
        one.run("import os\nos.chdir('sub')")
        one.run("import dotscience as ds\nds.start()\nds.output('m.bin')\nds.publish()")
        assert '"m.bin"' in one.printed
    with kernel(place) as one:
        one.run("import os\nos.chdir('sub')\nimport dotscience as ds\nos.chdir('..')")
        one.run("ds.output('sub/m.bin')\nds.publish()")
        assert '"sub/m.bin"' in one.printed or '"m.bin"' in one.printed


@pytest.mark.slow
def test_autoreload_executes_our_modules_again(place: Place, tmp_path: Path) -> None:
    library = tmp_path / "library"
    shutil.copytree(REPOSITORY / "dotscience", library / "dotscience")
    with kernel(place, PYTHONPATH=str(library)) as one:
        one.run("%load_ext autoreload\n%autoreload 2\nimport dotscience as ds")
        for name in ("_cells.py", "_cell_log.py", "_kernel.py", "_magics.py", "_guard.py"):
            path = library / "dotscience" / name
            path.write_text(path.read_text() + "\nADDED = 1\n")
            os.utime(path, (1e9, 2e9))
        one.run("x = 1")
        one.run("x = 2")
        one.run("%%ds\nx = 3")
    assert of(place, "n", "count", "ended")[1:] == [(2, 2, True), (3, 3, True), (4, 4, True)]
    assert len(place.of("publish")) == 1


@pytest.mark.slow
def test_subshells_run_cells_beside_each_other(place: Place) -> None:
    with kernel(place) as one:
        reply = one.ask("create_subshell_request", {})
        if reply.get("status") != "ok":
            pytest.skip("this ipykernel has no subshells")
        first = one.send("import threading\ngo = threading.Event()\ngo.wait(60)")
        one.until("cell", 1)
        second = one.send("side = 1\ngo.set()", subshell=reply["subshell_id"])
        one.wait(first)
        one.until("cell end", 2)
        assert second
    assert of(place, "n", "nested", "ended") == [(1, None, True), (2, None, True)]
