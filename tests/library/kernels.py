"""Executes notebooks in a real kernel, as nbclient or a person's JupyterLab does."""

from __future__ import annotations

import json
import re
from typing import Any

import nbformat
from nbclient import NotebookClient

from dotscience._block import MIME
from tests.library.programs import LIMIT_S, Place

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{8}T\d{6}\.\d{6}")


def execute(place: Place, *cells: str, **env: str) -> list[list[dict[str, Any]]]:
    """Run the cells in one kernel; the outputs of each."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = NotebookClient(
        notebook,
        timeout=LIMIT_S,
        kernel_name="python3",
        allow_errors=True,
        resources={"metadata": {"path": str(place.root)}},
    )
    client.execute(env=place.env(env))
    # Through the file's form: what counts is what the notebook carries.
    saved = json.loads(nbformat.writes(notebook))
    return [cell["outputs"] for cell in saved["cells"]]


def cards(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The data of the cards in a cell's outputs."""
    return [output["data"][MIME] for output in outputs if MIME in output.get("data", {})]


def stable(text: str) -> str:
    """A text with its ids and times numbered in order of appearance."""
    ids: dict[str, str] = {}
    text = _ID.sub(lambda m: ids.setdefault(m[0], f"id-{len(ids) + 1}"), text)
    return _TIME.sub("time", text)
