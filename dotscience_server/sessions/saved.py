"""The notebook as saved: its code cells, and which of them an executed cell is.

    nbformat id in the file ─► that cell
    no id in the file, or VS Code's uri ─► the cell with the same source as its last execution, else the most similar
    no key at all (nbclient) ─► the next cell in order with the same source

A file that is no notebook has no cells. Pure.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..detect.sessions import Execution
from .code import same_code

CELLS_MOST = 5_000
_SIMILAR = 0.6
_COMPARED_MOST = 200


@dataclass(frozen=True)
class SavedCell:
    """A code cell; ``position`` counts code cells from 1."""

    position: int
    id: str | None
    source: str


@dataclass(frozen=True)
class Saved:
    """A saved notebook. ``time_ns``: when it was written."""

    cells: tuple[SavedCell, ...]
    time_ns: int


def read_cells(content: bytes) -> list[Any] | None:
    """The cells of a notebook's bytes, as they stand there; None for what is no notebook."""
    try:
        notebook = json.loads(content)
    except (ValueError, RecursionError):
        return None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    return cells if isinstance(cells, list) else None


def read_saved(content: bytes, time_ns: int) -> Saved | None:
    """The code cells of a notebook's bytes; None for what is no notebook."""
    cells = read_cells(content)
    if cells is None:
        return None
    code = [cell for cell in cells if isinstance(cell, dict) and cell.get("cell_type") == "code"]
    return Saved(
        tuple(
            SavedCell(position, _id(cell), source_of(cell))
            for position, cell in enumerate(code[:CELLS_MOST], 1)
        ),
        time_ns,
    )


def source_of(cell: dict[str, Any]) -> str:
    """A cell's source, which files hold as a text or as lines."""
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""


def placed(
    executions: Sequence[Execution], sources: dict[str, str], saved: Saved | None
) -> dict[int, SavedCell]:
    """The saved cell of each execution (by ``n``) that has one; nested ones have none."""
    if saved is None:
        return {}
    of_notebook = [one for one in executions if not one.nested]
    by_key = _by_key(of_notebook, sources, saved)
    found = {one.n: cell for one in of_notebook if (cell := by_key.get(one.key or ""))}
    unnamed = [one for one in of_notebook if one.key is None]
    return {**found, **_by_order(unnamed, sources, saved)}


def _by_key(
    executions: Iterable[Execution], sources: dict[str, str], saved: Saved
) -> dict[str, SavedCell]:
    by_id = {cell.id: cell for cell in reversed(saved.cells) if cell.id is not None}
    last = {one.key: one for one in executions if one.key is not None}
    found: dict[str, SavedCell] = {key: by_id[key] for key in last if key in by_id}
    named = bool(by_id) and any(one.cell is not None for one in last.values())
    # With ids in the file, a cell whose id is not there is gone; uris are never in a file.
    open_keys = {
        key: one for key, one in last.items() if key not in found and not (named and one.cell)
    }
    taken = {cell.position for cell in found.values()}
    free = [cell for cell in saved.cells if cell.position not in taken]
    _match_sources(open_keys, sources, free, found)
    return found


def _match_sources(
    keys: dict[str, Execution],
    sources: dict[str, str],
    free: list[SavedCell],
    found: dict[str, SavedCell],
) -> None:
    """Equal sources first, so that no edited cell takes the place of one that is as it was."""
    by_text: dict[str, list[SavedCell]] = {}
    for cell in free:
        by_text.setdefault(cell.source.strip(), []).append(cell)
    left = []
    for key, one in keys.items():
        equal = by_text.get(sources.get(one.hash, "").strip())
        if equal:
            found[key] = equal.pop(0)
        else:
            left.append((key, one))
    taken = {cell.position for cell in found.values()}
    free = [cell for cell in free if cell.position not in taken]
    for key, one in left[:_COMPARED_MOST]:
        similar = _most_similar(sources.get(one.hash, ""), free[:_COMPARED_MOST])
        if similar is not None:
            free.remove(similar)
            found[key] = similar


def _most_similar(source: str, cells: Iterable[SavedCell]) -> SavedCell | None:
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    best, at_least = None, _SIMILAR
    for cell in cells:
        others = [line.strip() for line in cell.source.splitlines() if line.strip()]
        matcher = difflib.SequenceMatcher(None, lines, others, autojunk=False)
        ratio = max(matcher.ratio(), _text_ratio(lines, others, matcher.real_quick_ratio()))
        if ratio >= at_least:
            best, at_least = cell, ratio
    return best


def _text_ratio(lines: list[str], others: list[str], most: float) -> float:
    """Of short cells by characters: a changed number leaves no line as it was."""
    if most < _SIMILAR or len(lines) > 3:
        return 0.0
    one, other = "\n".join(lines)[:400], "\n".join(others)[:400]
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= _SIMILAR else 0.0


def _by_order(
    executions: Iterable[Execution], sources: dict[str, str], saved: Saved
) -> dict[int, SavedCell]:
    found: dict[int, SavedCell] = {}
    cells, at = saved.cells, 0
    by_text: dict[str, list[int]] = {}
    for index, cell in enumerate(cells):
        by_text.setdefault(cell.source.strip(), []).append(index)
    for one in executions:
        source = sources.get(one.hash, "")
        places = by_text.get(source.strip(), [])
        place = next((index for index in places if index >= at), places[0] if places else None)
        if place is None and at < len(cells) and same_code(source, cells[at].source):
            place = at
        if place is not None:
            found[one.n] = cells[place]
            at = place + 1
    return found


def _id(cell: dict[str, Any]) -> str | None:
    found = cell.get("id")
    return found if isinstance(found, str) and found else None
