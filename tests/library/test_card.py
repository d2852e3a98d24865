"""Publishing in a notebook: the card, and the original's output without it (V4)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from dotscience._block import Block, read_outputs
from dotscience._card import Cards
from tests.library.kernels import cards, execute, stable
from tests.library.programs import VECTORS, Place

V4 = """import dotscience as ds
ds.start(); print('before'); ds.parameter('lr',0.1); ds.metric('acc',0.9); ds.publish('one'); ds.start(); ds.publish('two')"""


def descriptions(outputs: list[dict[str, Any]]) -> list[str]:
    found = read_outputs(outputs)
    assert all(isinstance(item, Block) for item in found)
    return [item.body["description"] for item in found if isinstance(item, Block)]


def test_v4_without_the_card(place: Place) -> None:
    (outputs,) = execute(place, V4, DOTSCIENCE_CARD="0")
    vector = json.loads((VECTORS / "blocks" / "v4.json").read_text())
    assert json.loads(stable(json.dumps(outputs))) == json.loads(stable(json.dumps(vector)))


def test_one_card_a_cell_holds_every_block(place: Place) -> None:
    loop = "for n in range(50): ds.start(); ds.metric('n', n); ds.publish(n)"
    first, second, empty = execute(place, V4, loop, "")
    assert [output["output_type"] for output in first] == ["stream", "display_data"]
    (card,) = cards(first)
    assert (card["format"], card["total"]) == (1, 2)
    assert card["runs"][0]["description"] == "one"
    assert card["runs"][0]["parameters"] == [["lr", "0.1"]]
    assert card["runs"][0]["metrics"] == [["acc", "0.9"]]
    assert descriptions(first) == ["one", "two"]
    (card,) = cards(second)
    assert card["total"] == 50
    assert [run["description"] for run in card["runs"]] == [
        str(n) for n in [*range(10), *range(40, 50)]
    ]
    assert descriptions(second) == [str(n) for n in range(50)]
    assert len(second) == 1
    assert empty == []


@pytest.mark.slow
def test_the_journal_names_the_cell(place: Place) -> None:
    execute(place, V4, "1", "ds.publish()")
    assert [publish["count"] for publish in place.of("publish")] == [1, 1, 3]


@pytest.mark.slow
def test_blocks_survive_what_captures_output(place: Place) -> None:
    """A run that only a captured output held would be lost with it (G2)."""
    captured = "%%capture\nds.start(); ds.publish('captured')"
    redirect = (
        "import contextlib, io\n"
        "with contextlib.redirect_stdout(io.StringIO()): ds.start(); ds.publish('redirected')"
    )
    for env in ({}, {"DOTSCIENCE_CARD": "0"}):
        _, one, two = execute(place, "import dotscience as ds", captured, redirect, **env)
        assert descriptions(one) == ["captured"]
        assert descriptions(two) == ["redirected"]
        assert len(cards(one) + cards(two)) == (0 if env else 2)


@pytest.mark.slow
def test_import_and_publish_inside_capture(place: Place) -> None:
    (outputs,) = execute(place, "%%capture\nimport dotscience as ds\nds.start(); ds.publish('x')")
    assert descriptions(outputs) == ["x"]


@pytest.mark.slow
def test_a_cell_that_fails_keeps_its_runs(place: Place) -> None:
    code = "import dotscience as ds\nfor n in range(9):\n    ds.start(); ds.publish(n)\n1/0"
    (outputs,) = execute(place, code)
    assert descriptions(outputs) == [str(n) for n in range(9)]
    assert outputs[-1]["output_type"] == "error"


@pytest.mark.slow
def test_a_display_that_fails_falls_back_to_text(place: Place) -> None:
    broken = (
        "import dotscience as ds\nds.start(); ds.publish('a')\n"
        "get_ipython().display_pub.publish = lambda *a, **k: 1/0\n"
        "for n in range(3): ds.start(); ds.publish(n)"
    )
    outputs, later = execute(place, broken, "ds.start(); ds.publish('b')")
    assert sorted(descriptions(outputs)) == ["0", "1", "2", "a"]
    assert descriptions(later) == ["b"]


@pytest.mark.slow
def test_callbacks_cleared_by_the_user_are_registered_again(place: Place) -> None:
    clear = "get_ipython().events.callbacks['post_run_cell'].clear()"
    loop = "for n in range(5): ds.start(); ds.publish(n)"
    outputs = execute(place, V4, clear, loop)
    assert descriptions(outputs[2]) == ["0", "1", "2", "3", "4"]


@pytest.mark.slow
def test_a_thread_that_outlives_its_cell_is_shown(place: Place) -> None:
    thread = (
        "import threading\nimport dotscience as ds\ngo = threading.Event()\n"
        "def work():\n    go.wait()\n    for n in range(5): ds.start(); ds.publish(n)\n"
        "t = threading.Thread(target=work); t.start()\nds.start(); ds.publish('main')"
    )
    outputs = execute(place, thread, "go.set(); t.join()", "1")
    shown = [text for cell in outputs for text in descriptions(cell)]
    assert sorted(shown) == ["0", "1", "2", "3", "4", "main"]


@pytest.mark.slow
def test_forked_workers_land_in_the_cells_output(place: Place) -> None:
    code = (
        "import multiprocessing\nimport dotscience as ds\nds.start(); ds.publish('parent')\n"
        "def work(n):\n    ds.start(); ds.publish(n)\n"
        "pool = multiprocessing.get_context('fork').Pool(2); pool.map(work, range(4))\n"
        "pool.close(); pool.join()\n"
        "ds.start(); ds.publish('last')"
    )
    (outputs,) = execute(place, code)
    assert sorted(descriptions(outputs)) == ["0", "1", "2", "3", "last", "parent"]
    assert len(place.of("publish")) == 6


@pytest.mark.slow
def test_an_explicit_stream_is_written_as_the_original_does(place: Place) -> None:
    code = "import sys, io\nimport dotscience as ds\nout = io.StringIO()\nds.start(); ds.publish(stream=out)"
    one, two = execute(place, code, "print(out.getvalue(), end='')")
    assert cards(one) == []
    assert [output["output_type"] for output in two] == ["stream"]
    assert len(read_outputs(two)) == 1


@pytest.mark.slow
def test_the_magic_makes_a_cell_a_run(place: Place) -> None:
    outputs = execute(
        place,
        "%load_ext dotscience\nimport dotscience as ds",
        "%%ds a good one\nds.metric('m', 1)\n'value'",
        "%%ds\n1/0",
        "%%ds own\nds.publish('its own')",
        "%%ds\na b",
    )
    assert ["'value'"] in [item.get("data", {}).get("text/plain") for item in outputs[1]]
    assert descriptions(outputs[1]) == ["a good one"]
    errors = [item for item in outputs[2] if item["output_type"] == "error"]
    assert [error["ename"] for error in errors] == ["ZeroDivisionError"]
    (run,) = cards(outputs[2])[0]["runs"]
    assert run["error"] == "ZeroDivisionError: division by zero"
    assert descriptions(outputs[3]) == ["its own"]
    assert cards(outputs[4])[0]["runs"][0]["error"].startswith("SyntaxError")


class Display:
    """A kernel's shell, as far as `Cards` needs one: keeps what is published."""

    class Events:
        def __init__(self) -> None:
            self.callbacks: dict[str, list[Any]] = {"post_run_cell": [], "post_execute": []}

        def register(self, event: str, callback: Any) -> None:
            self.callbacks[event].append(callback)

    pub_socket = object()

    def __init__(self) -> None:
        self.events = self.Events()
        self.display_pub = self
        self.sent: list[tuple[bool, str, int]] = []

    def publish(self, data: Any, metadata: Any, transient: Any, update: bool) -> None:
        blocks = data["text/plain"].count("[[D")
        self.sent.append((update, transient["display_id"], blocks))


RUN: dict[str, Any] = {"input": [], "output": [], "labels": {}, "summary": {}, "parameters": {}}


def test_updates_are_few_and_the_last_one_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    monkeypatch.setattr("dotscience._card.time.monotonic", lambda: now)
    shell, cards = Display(), Cards(lambda block: None)
    monkeypatch.setattr("dotscience._session.kernel_shell", lambda: shell)
    for n in range(100):
        cards.add(shell, str(n), "[[D", RUN)
        now += 0.125
    assert len(shell.sent) == 25
    cards.after_cell()
    cards.after_cell()
    assert shell.sent[-1][2] == 100
    assert len(shell.sent) == 26
    assert [update for update, _, _ in shell.sent] == [False, *[True] * 25]
    assert len({display for _, display, _ in shell.sent}) == 1


def test_a_large_card_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """The Jupyter server drops output beyond a rate: nothing may be sent again and again."""
    shell, cards = Display(), Cards(lambda block: None)
    monkeypatch.setattr("dotscience._session.kernel_shell", lambda: shell)
    for n in range(40):
        cards.add(shell, str(n), "[[D" + "x" * 50_000, RUN)
    cards.after_cell()
    last = {display: blocks for _, display, blocks in shell.sent}
    assert len(last) == 4
    assert sum(last.values()) == 40
