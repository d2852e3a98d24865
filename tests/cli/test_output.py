"""Text on a terminal: laws of width and of what reaches it, and the wording of UI.md."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dotscience_server.cli.output import (
    Column,
    counted,
    duration,
    fit,
    plain,
    size,
    table,
    when,
    width,
)

texts = st.text(max_size=30)


@given(texts)
def test_no_control_character_reaches_the_terminal(text: str) -> None:
    shown = plain(text)
    assert all(unicodedata.category(char) not in ("Cc", "Cf", "Cs") for char in shown)
    shown.encode()
    assert plain(shown) == shown


@given(texts, st.integers(min_value=1, max_value=20))
def test_a_cut_text_fits(text: str, cells: int) -> None:
    assert width(fit(text, cells)) <= cells


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=6))
def test_columns_begin_where_their_header_does(rows: list[tuple[str, str]]) -> None:
    left, right = zip(*rows, strict=True)
    lines = table(
        [Column("left", left), Column("right", right, "right"), Column("end", ["|"] * len(rows))]
    )
    at = {width(line[: line.rindex("|")]) for line in lines[1:]}
    assert len(at) == 1
    assert width(lines[0][: lines[0].rindex("end")]) == at.pop()


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.00 kB"),
        (1_280_000_000, "1.28 GB"),
        (999_600, "1.00 MB"),
        (10**15, "1000 TB"),
    ],
)
def test_sizes(count: int, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, ""),
        (0.0031, "3 ms"),
        (0.341, "0.34 s"),
        (12.06, "12.1 s"),
        (59.99, "60.0 s"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
    ],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_counts_have_separators() -> None:
    assert counted(1, "file") == "1 file"
    assert counted(1204, "file") == "1,204 files"


def test_times_as_people_say_them() -> None:
    now = datetime.now(timezone.utc)
    local = now.astimezone()
    assert when(now.isoformat().replace("+00:00", "Z")) == f"{local:%H:%M}"
    before = (local - timedelta(days=1)).astimezone(timezone.utc)
    assert when(before.isoformat()).startswith("Yesterday ")
    assert when("2001-02-03T12:00:00.000000Z").startswith("3 Feb 2001 ")
    assert when(None) == ""
