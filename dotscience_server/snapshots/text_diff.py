"""Texts of files as lines, and how two of them differ. Bounded in size and time; pure.

A notebook is shown by the sources of its cells: outputs and counts are of no account here.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from ..sessions.saved import read_cells

TEXT_MOST = 2 << 20
NOTEBOOK_MOST = 32 << 20
_LINES_MOST = 6_000
_DIFF_MOST = 1 << 20
_CONTEXT = 3
_NO_END = "\\ No newline at end of file"

State = Literal["text", "same", "binary", "large", "not_kept"]


class TextDiff(NamedTuple):
    """`diff` and the counts of lines are None but for the state `text`."""

    state: State
    diff: str | None = None
    added: int | None = None
    removed: int | None = None


def text_of(data: bytes, is_notebook: bool) -> str | None:
    """The text of a file; None for what is none."""
    if is_notebook and (shown := _notebook_text(data)) is not None:
        return shown
    if b"\0" in data:
        return None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None


def diff_texts(a: str, b: str) -> TextDiff:
    """Unified, three lines of context, without the head. What would take long or much is `large`."""
    if a == b:
        return TextDiff("same")
    left, right = _lines(a), _lines(b)
    first = _shared(left, right)
    last = _shared(left[first:][::-1], right[first:][::-1])
    if max(len(left), len(right)) - first - last > _LINES_MOST:
        return TextDiff("large")
    start, end = max(0, first - _CONTEXT), max(0, last - _CONTEXT)
    shown = list(_unified(left[start : len(left) - end], right[start : len(right) - end], start))
    diff = "".join(shown)
    if len(diff) > _DIFF_MOST:
        return TextDiff("large")
    added, removed = (sum(1 for line in shown if line.startswith(sign)) for sign in "+-")
    return TextDiff("text", diff, added, removed)


def _lines(text: str) -> list[str]:
    """With their newlines, which the last may lack; no other character ends a line."""
    *whole, rest = text.split("\n")
    lines = [line + "\n" for line in whole]
    return [*lines, rest] if rest else lines


def _unified(a: list[str], b: list[str], start: int) -> Iterator[str]:
    """Lines of the hunks; both lists begin at line `start` of their texts."""
    matcher = difflib.SequenceMatcher(None, a, b)
    for group in matcher.get_grouped_opcodes(_CONTEXT):
        (_, a_from, _, b_from, _), (_, _, a_to, _, b_to) = group[0], group[-1]
        yield f"@@ -{_span(a_from, a_to, start)} +{_span(b_from, b_to, start)} @@\n"
        for tag, i, j, k, m in group:
            if tag == "equal":
                yield from (_marked(" ", line) for line in a[i:j])
            else:
                yield from (_marked("-", line) for line in a[i:j])
                yield from (_marked("+", line) for line in b[k:m])


def _marked(sign: str, line: str) -> str:
    return sign + line if line.endswith("\n") else f"{sign}{line}\n{_NO_END}\n"


def _span(start: int, end: int, offset: int) -> str:
    """A range of lines as diff(1) writes it."""
    count = end - start
    first = start + offset + (1 if count else 0)
    return f"{first}" if count == 1 else f"{first},{count}"


def _shared(a: list[str], b: list[str]) -> int:
    """How many lines both begin with."""
    count = 0
    for left, right in zip(a, b, strict=False):
        if left != right:
            break
        count += 1
    return count


def _notebook_text(data: bytes) -> str | None:
    cells = read_cells(data)
    if cells is None:
        return None
    shown = [_cell_text(cell) for cell in cells if isinstance(cell, dict)]
    return "\n".join(shown)


def _cell_text(cell: dict[str, Any]) -> str:
    source = cell.get("source")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    kind = cell.get("cell_type")
    head = f"# %% [{kind if isinstance(kind, str) else 'cell'}]"
    text = source if isinstance(source, str) else json.dumps(source)
    return f"{head}\n{text}" + ("" if text.endswith("\n") else "\n")
