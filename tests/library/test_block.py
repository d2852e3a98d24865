"""Laws of the run block's reader and writer, and what the reader takes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dotscience._block import (
    MIME,
    Block,
    Broken,
    read_notebook,
    read_outputs,
    read_text,
    render,
    rfc3339,
)

IDS = st.uuids(version=4).map(str) | st.text("abc-123:/.", min_size=1)
MARKS = ["[[DOTSCIENCE-RUN:a]]", "[[/DOTSCIENCE-RUN:a]]", "{}", "]]", "[[", '"', "\\", "\r\n", "\n"]
TEXT = st.text() | st.lists(st.sampled_from(MARKS)).map("".join)
MAPS = st.dictionaries(TEXT, TEXT, max_size=4)
METADATA = st.fixed_dictionaries(
    {
        "version": st.just("1"),
        "input": st.lists(TEXT, unique=True).map(sorted),
        "output": st.lists(TEXT, unique=True).map(sorted),
        "labels": MAPS,
        "summary": MAPS,
        "parameters": MAPS,
    },
    optional={"description": TEXT, "error": TEXT, "workload-file": TEXT},
)
#: What stands between blocks: anything that begins no block.
NOISE = TEXT.map(lambda text: text.replace("[[DOTSCIENCE-RUN:", ""))


def blocks(found: list[Any]) -> list[Block]:
    return [item for item in found if isinstance(item, Block)]


def expected(metadata: dict[str, Any]) -> dict[str, Any]:
    body = dict.fromkeys(("description", "error", "start", "end", "workload-file"))
    return {**body, **{key: value for key, value in metadata.items() if key != "version"}}


@given(st.lists(st.tuples(NOISE, IDS, METADATA), max_size=4), NOISE)
def test_what_was_written_is_read_amid_hostile_text(
    runs: list[tuple[str, str, dict[str, Any]]], tail: str
) -> None:
    text = "".join(noise + render(id, metadata) for noise, id, metadata in runs) + tail
    found = read_text(text)
    assert [(item.id, item.text) for item in found] == [(id, render(id, m)) for _, id, m in runs]
    assert [block.body for block in blocks(found)] == [expected(m) for _, _, m in runs]


@given(IDS, METADATA)
def test_crlf_inside_a_block_changes_nothing(id: str, metadata: dict[str, Any]) -> None:
    """`!python train.py` in a cell writes so."""
    (block,) = blocks(read_text("x\r\n" + render(id, metadata).replace("\n", "\r\n") + "\r\n"))
    assert block.body == expected(metadata)


@given(IDS, METADATA, st.data())
def test_outputs_may_be_split_anywhere(id: str, metadata: dict[str, Any], data: Any) -> None:
    """Strings or lists of lines, with stderr in between."""
    text = render(id, metadata) + "\n"
    cut = data.draw(st.integers(0, len(text)))
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": text[:cut]},
        {"output_type": "stream", "name": "stderr", "text": "warning\n"},
        {"output_type": "stream", "name": "stdout", "text": text[cut:].splitlines(keepends=True)},
    ]
    assert [block.body for block in blocks(read_outputs(outputs))] == [expected(metadata)]


@given(st.text() | st.lists(st.sampled_from([*MARKS, '{"version"', ":", "1"])).map("".join))
def test_no_text_raises(text: str) -> None:
    read_text(text)
    read_outputs([{"output_type": "stream", "name": "stdout", "text": text}])


@given(st.recursive(st.none() | st.text() | st.integers(), st.lists) | st.dictionaries(TEXT, TEXT))
def test_no_notebook_raises(value: object) -> None:
    for notebook in (value, {"cells": value}, {"cells": [value]}, {"cells": [{"outputs": value}]}):
        assert list(read_notebook(notebook)) == []


def test_a_display_holds_several_blocks() -> None:
    text = "\n".join(render(id, {"version": "1"}) for id in "ab")
    display = {"output_type": "display_data", "data": {MIME: {}, "text/plain": text}}
    cells = [{"cell_type": "markdown"}, {"cell_type": "code", "id": "c1", "outputs": [display]}]
    found = list(read_notebook({"cells": cells}))
    assert [(index, cell, item.id) for index, cell, item in found] == [
        (1, "c1", "a"),
        (1, "c1", "b"),
    ]


def test_lines_are_counted_from_one() -> None:
    text = f"x\n{render('a', {'version': '1'})}\nprint {render('b', {'version': '1'})}"
    assert [item.line for item in read_text(text)] == [2, 5]


def test_older_and_odd_blocks_are_read() -> None:
    data = {
        "start": "20190301T101112",
        "input": ["b", "a"],
        "summary": {"n": float("nan"), "i": 10},
    }
    (block,) = blocks(read_text(f"[[DOTSCIENCE-RUN:1]]{json.dumps(data)}[[/DOTSCIENCE-RUN:1]]"))
    assert block.body["input"] == ["a", "b"]
    assert block.body["summary"] == {"n": "NaN", "i": "10"}
    assert block.body["start"] == "2019-03-01T10:11:12.000000Z"
    assert block.version == "1"


def test_another_version_is_read_and_named() -> None:
    (block,) = blocks(read_text(render("a", {"version": "2", "labels": {}})))
    assert block.version == "2"


BROKEN = {
    "not JSON": "[[DOTSCIENCE-RUN:a]]{x}[[/DOTSCIENCE-RUN:a]]",
    "no key of a run": "[[DOTSCIENCE-RUN:a]]{}[[/DOTSCIENCE-RUN:a]]",
    "no closing mark": '[[DOTSCIENCE-RUN:a]]{\n  "description": "cut',
    "nested too deeply": "[[DOTSCIENCE-RUN:a]]" + "[" * 100_000 + "[[/DOTSCIENCE-RUN:a]]",
}


@pytest.mark.parametrize("reason", sorted(BROKEN))
def test_what_cannot_be_read_is_reported_and_kept(reason: str) -> None:
    good = render("b", {"version": "1"})
    broken, block = read_text(f"{BROKEN[reason]}\n{good}")
    assert isinstance(broken, Broken)
    assert (broken.reason, broken.line) == (reason, 1)
    assert broken.text.startswith(BROKEN[reason])
    assert block.text == good


def test_prose_about_blocks_is_no_block() -> None:
    assert read_text("a block begins with [[DOTSCIENCE-RUN:ID]] and") == []


def test_hostile_text_costs_bounded_work() -> None:
    found = read_text("[[DOTSCIENCE-RUN:a]]{" * 5000)
    assert 0 < len(found) <= 100


@pytest.mark.parametrize(
    "text", ["20201301T000000", "2020", "", None, 3, "20200101T000000.1234567890"]
)
def test_what_is_no_time(text: object) -> None:
    assert rfc3339(text) is None


@given(st.datetimes(), st.integers(0, 9))
def test_times_keep_six_digits(moment: Any, digits: int) -> None:
    fraction = f"{moment.microsecond:06}000"[:digits]
    text = moment.strftime("%m%dT%H%M%S") + ("." + fraction if digits else "")
    stamp = f"{moment.year:04}{text}"
    kept = fraction.ljust(6, "0")[:6]
    assert rfc3339(stamp) == moment.replace(microsecond=0).isoformat() + f".{kept}Z"
