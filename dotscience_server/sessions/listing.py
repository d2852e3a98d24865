"""Executions of a session as clients and records see them (``protocol/cells.schema.json``). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dotscience._tree import name_to_json

from ..detect.sessions import Execution, SessionLog
from ..store.stamps import rfc3339
from .hidden import State, hidden_state
from .observed import by_cell
from .saved import Saved

LISTED_MOST = 500
_LINE = 200


@dataclass(frozen=True)
class Span:
    """Executions with numbers above ``after`` up to ``until``; None: all so far."""

    after: int = 0
    until: int | None = None

    def holds(self, n: int) -> bool:
        """Whether an execution is in it."""
        return n > self.after and (self.until is None or n <= self.until)


@dataclass(frozen=True)
class Listing:
    """``cells`` are in the schema's shape, the last `LISTED_MOST`; ``sources`` their texts by told hash."""

    cells: list[dict[str, Any]]
    earlier: int
    sources: dict[str, str]

    @property
    def flagged(self) -> int:
        """How many have marks."""
        return sum(1 for cell in self.cells if cell["marks"])

    @property
    def marks(self) -> dict[str, int]:
        """How many there are of each kind."""
        return dict(Counter(mark["kind"] for cell in self.cells for mark in cell["marks"]))


def listing_of(
    log: SessionLog, span: Span, saved: Saved | None, workspace: str, *, alive: bool
) -> Listing:
    """What the session ran in a span. Marks look at everything up to its end."""
    executions = [one for one in list(log.executions) if Span(0, span.until).holds(one.n)]
    sources = dict(log.sources)
    state = hidden_state(executions, sources, saved, alive=alive)
    mine = [one for one in executions if span.holds(one.n)]
    shown = mine[-LISTED_MOST:]
    files = by_cell(list(log.accesses), workspace, _text(log.session.get("notebook")))
    runs: dict[int, list[str]] = {}
    for run in list(log.runs):
        if run.cell is not None:
            runs.setdefault(run.cell, []).append(run.id)
    cells = [_execution(one, sources, state, files, runs.get(one.n, [])) for one in shown]
    used = {one.hash: sources[one.hash] for one in shown if one.hash in sources}
    return Listing(cells, len(mine) - len(shown), used)


def answer(
    cells: Sequence[dict[str, Any]],
    earlier: int,
    *,
    run: str | None,
    notebook: str | None,
    saved: str | None,
) -> dict[str, Any]:
    """``cells.schema.json``."""
    distinct = {cell["cell"] or cell["position"] or cell["hash"] for cell in cells}
    return {
        "format": 1,
        "run": run,
        "notebook": notebook,
        "saved": saved,
        "executions": list(cells),
        "earlier": earlier,
        "cells": len(distinct),
        "flagged": sum(1 for cell in cells if cell["marks"]),
    }


def _execution(
    one: Execution,
    sources: Mapping[str, str],
    state: State,
    files: Mapping[int, tuple[list[bytes], list[bytes]]],
    runs: list[str],
) -> dict[str, Any]:
    source = sources.get(one.hash, "")
    reads, writes = files.get(one.n, ([], []))
    place = state.cells.get(one.n)
    return {
        "n": one.n,
        "cell": one.cell,
        "position": None if place is None else place.position,
        "hash": one.hash,
        "line": first_line(source),
        "lines": len(source.splitlines()),
        "started": rfc3339(one.started_ns),
        "duration_s": None if one.duration_ns is None else one.duration_ns / 1e9,
        "count": one.count,
        "error": _error(one.error),
        "reads": [_access(path) for path in reads],
        "writes": [_access(path) for path in writes],
        "runs": runs,
        "marks": [
            {"kind": mark.kind, "names": list(mark.names), "other": mark.other, "lines": mark.lines}
            for mark in state.marks.get(one.n, ())
        ],
    }


def first_line(source: str) -> str:
    """The first line of code; of comments alone the first of them."""
    lines = [line.strip() for line in source.splitlines() if line.strip()]
    code = (line for line in lines if not line.startswith("#"))
    return next(code, lines[0] if lines else "")[:_LINE]


def error_text(error: dict[str, Any] | None) -> str | None:
    """A cell's error in one line."""
    told = _error(error)
    return None if told is None else f"{told['kind']}: {told['message']}".rstrip(": ")


def _error(error: dict[str, Any] | None) -> dict[str, str] | None:
    if error is None:
        return None
    return {"kind": str(error.get("kind")), "message": str(error.get("message") or "")}


def _access(path: bytes) -> dict[str, Any]:
    return {"path": name_to_json(path), "outside": path.startswith(b"/")}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
