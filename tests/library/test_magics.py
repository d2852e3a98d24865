"""``%%ds`` and ``%ds`` in real kernels and by themselves."""

from __future__ import annotations

import re

import pytest

from dotscience._block import read_text
from dotscience._magics import begin_line, parsed
from tests.library.capturing import kernel
from tests.library.programs import Place


def runs_of(place: Place) -> list[dict[str, object]]:
    """What the published blocks hold, in order, with the cell and count of each."""
    found = []
    for publish in place.of("publish"):
        (block,) = read_text(str(publish["block"]))
        found.append({**block.body, "count": publish["count"], "cell": publish["cell"]})
    return found


def test_a_cell_is_a_run(place: Place) -> None:
    (place.root / "in.csv").touch()
    with kernel(place) as one:
        one.run("import dotscience as ds\nlr, name = 0.1, 'm.bin'")
        reply = one.run(
            "%%ds a 'small net' --param lr={lr} --param note='two words' --label k=v "
            "--input in.csv --output $name --group sweep\n"
            "import asyncio\nawait asyncio.sleep(0)\nds.metric('m', 1)\n'value'",
            cellId="c-7",
        )
        assert reply["execution_count"] == 2
        assert one.printed.startswith("'value'[[DOTSCIENCE-RUN")
        one.run("%%ds")
        one.run("%%ds it's mine\n")
        one.run("%%time\n%%ds timed\n1")
        one.run("%%ds\n%%capture out\nprint(1)")
        one.run("%%ds own\nds.start('inner'); ds.publish()")
    first, *rest = runs_of(place)
    assert first["description"] == "a small net"
    assert first["parameters"] == {"lr": "0.1", "note": "two words"}
    assert first["labels"] == {"k": "v", "group": "sweep"}
    assert (first["input"], first["output"], first["summary"]) == (
        ["in.csv"],
        ["m.bin"],
        {"m": "1"},
    )
    assert (first["count"], first["cell"]) == (2, "c-7")
    assert [(run.get("description"), run["count"]) for run in rest] == [
        (None, 3),
        ("it's mine", 4),
        ("timed", 5),
        (None, 6),
        ("inner", 7),
    ]


def test_an_error_is_shown_once_where_it_is(place: Place) -> None:
    with kernel(place) as one:
        one.run("%%ds\nx = 1\n\n1/0")
        assert re.findall(r"Cell In\[(\d+)\].*?line (\d+)", plain(one.printed)) == [("1", "4")]
        assert plain(one.printed).count("ZeroDivisionError: division by zero") == 1
        assert one.run("%%ds\na b")["ename"] == "SyntaxError"
        reply = one.run("get_ipython().run_cell_magic('ds', 'direct', 'y = 2\\n1/0')")
        assert reply["ename"] == "ZeroDivisionError"
        assert plain(one.printed).count("ZeroDivisionError: division by zero") == 1
        one.run("1/0")
        assert "ZeroDivisionError" in plain(one.printed)
    errors = [str(run["error"]) for run in runs_of(place)]
    assert errors[0] == errors[2] == "ZeroDivisionError: division by zero"
    assert errors[1].startswith("SyntaxError")


def plain(text: str) -> str:
    """Printed text without colours and without blocks."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return re.sub(r"\[\[DOTSCIENCE-RUN.*?\[\[/DOTSCIENCE-RUN[^\]]*\]\]", "", text, flags=re.DOTALL)


def test_wrong_lines_run_nothing(place: Place) -> None:
    with kernel(place) as one:
        for line, said in [
            ("%%ds --param lr", "expected NAME=VALUE, such as lr=0.1, got 'lr'"),
            ("%%ds --param '=1'", "expected NAME=VALUE"),
            ("%%ds --nothing 1", "unrecognized arguments: --nothing"),
            ("%%ds --param a='b", "No closing quotation"),
            ("%ds x", "%ds takes nothing"),
        ]:
            assert one.run(line + "\nran = 1")["ename"] == "UsageError"
            assert said in one.printed
            assert "Traceback" not in one.printed
        assert one.evaluate("'ran' in globals()") is False
    assert place.of("publish") == place.of("start") == []


@pytest.mark.slow
def test_where_you_are(place: Place) -> None:
    with kernel(place) as one:
        one.run("%ds")
        assert f"workspace     {place.root} (tracked)" in one.printed
        assert "none: ds.start()" in one.printed
        assert "cells as they ran" in one.printed
        one.run("import dotscience as ds\nds.start('a\\x1b[31m net')\nds.parameter('lr', 0.1)")
        one.run("ds.metric('loss', 0.5); ds.output('m.bin')")
        one.run("%ds")
        (start,) = place.of("start")
        for text in (str(start["id"]), '"a [31m net"', "  parameters  lr=0.1", "loss=0.5", "m.bin"):
            assert text in one.printed
    with kernel(place, DOTSCIENCE_CAPTURE="0") as one:
        one.run("%load_ext dotscience\n%ds")
        assert "cells and files by themselves are off" in one.printed
        one.run("%%ds still works\n1")
    assert runs_of(place)[-1]["description"] == "still works"


@pytest.mark.slow
def test_help_tells_every_option(place: Place) -> None:
    with kernel(place) as one:
        for asked in ("%%ds?", "%ds?"):
            reply = one.run(asked)
            text = reply["payload"][0]["data"]["text/plain"]
            for word in (
                "--param NAME=VALUE",
                "--label",
                "--input",
                "--output",
                "--group",
                "%%ds small",
            ):
                assert word in text


@pytest.mark.parametrize(
    ("line", "description"),
    [
        ("", ""),
        ("small net", "small net"),
        ("'a b' c", "a b c"),
        ("it's", "it's"),
        ("a - b", "a - b"),
    ],
)
def test_descriptions(line: str, description: str) -> None:
    assert " ".join(parsed(line).description) == description


def test_options_may_stand_anywhere() -> None:
    found = parsed("--param a=1 small --label x=y=z net --param b=")
    assert found.description == ["small", "net"]
    assert found.param == [("a", "1"), ("b", "")]
    assert found.label == [("x", "y=z")]


@pytest.mark.parametrize("lines", [[], ["x\n"], ["%%dsx\n", "1\n"], ["%%ds?\n"], ["x\n", "%%ds\n"]])
def test_other_cells_stay(lines: list[str]) -> None:
    assert begin_line(lines) == lines


def test_lines_keep_their_numbers() -> None:
    lines = begin_line(["%%ds 'a\\b'\n", "x\n", "y"])
    assert lines[1:] == ["x\n", "y"]
    assert lines[0].count("\n") == 1
