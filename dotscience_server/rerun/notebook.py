"""Which cells of a notebook are executed to repeat one of its runs, and in which order. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dotscience._facts import Run

Json = dict[str, Any]


@dataclass(frozen=True)
class Step:
    """One cell: ``at`` its place in the notebook (None: it is gone), ``source`` where it is not the saved one."""

    at: int | None
    id: str | None
    source: str | None = None

    def to_json(self) -> Json:
        """As ``kernel_main`` takes it."""
        return {"at": self.at, "id": self.id, "source": self.source}


def read_notebook(content: bytes) -> Json | None:
    """The notebook; None where it is none of nbformat 4."""
    try:
        notebook = json.loads(content)
        cells = notebook["cells"]
    except (ValueError, KeyError, TypeError):
        return None
    is_list = isinstance(cells, list) and all(isinstance(cell, dict) for cell in cells)
    return notebook if is_list else None


def language_of(notebook: Json) -> str:
    """Of its kernel, in small letters; ``python`` where it does not say."""
    metadata = notebook.get("metadata") or {}
    told = (metadata.get("language_info") or {}).get("name")
    told = told or (metadata.get("kernelspec") or {}).get("language")
    return str(told or "python").lower()


def top_to_bottom(notebook: Json, run: Run) -> list[Step]:
    """The saved code cells, up to and with the one that published the run; all where that one is not found."""
    cells = notebook["cells"]
    last = _publishing(cells, run)
    return [
        Step(at, _id(cell))
        for at, cell in enumerate(cells)
        if cell.get("cell_type") == "code" and (last is None or at <= last)
    ]


def as_ran(notebook: Json, executions: Sequence[tuple[str | None, str]]) -> list[Step]:
    """The executions of the run's session (cell id, source), as they ran."""
    places = {_id(cell): at for at, cell in enumerate(notebook["cells"]) if _id(cell)}
    return [Step(places.get(id) if id else None, id, source) for id, source in executions]


def _publishing(cells: Sequence[Json], run: Run) -> int | None:
    context = run.context or {}
    id, count = context.get("cell"), context.get("count")
    for at, cell in enumerate(cells):
        if id is not None and _id(cell) == id:
            return at
    for at, cell in enumerate(cells):
        if run.id in json.dumps(cell.get("outputs")):
            return at
    counts = [at for at, cell in enumerate(cells) if count and cell.get("execution_count") == count]
    return counts[0] if len(counts) == 1 else None


def _id(cell: Json) -> str | None:
    id = cell.get("id")
    return id if isinstance(id, str) else None
