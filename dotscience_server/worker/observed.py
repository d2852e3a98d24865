"""What was seen of a run's files, beside what it declared: `undeclared`, `seen`, `claimed` of ``run.schema.json``.

Facts are read as they are: from a copied store they may be anybody's, so only what has its shape is shown.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

from dotscience._facts import Run

from ..sessions.observed import is_outside, seen_modes, text_of, undeclared
from ..store.failures import StoreFailure

UNDECLARED_MOST = 200
_MODES = ("r", "w", "rw", "d", "m")
_MEANS = ("hook", "watch", "wrap", "child", "during")

Json = dict[str, Any]


def observed_files(told: Json | None, read: Callable[[str], bytes]) -> list[Json]:
    """The entries of a ``run.files`` body, those that have their shape; ``read`` gives an object's bytes."""
    told = told or {}
    files = told.get("files")
    named = told.get("object")
    if files is None and isinstance(named, str):
        try:
            files = json.loads(read(named))
        except (StoreFailure, ValueError):
            files = None
    return [file for file in files if _is_entry(file)] if isinstance(files, list) else []


def add_observed(told: Json, run: Run, files: list[Json], workspace: str) -> None:
    """Complete a run's detail."""
    claims = dict(run.claims)
    modes = seen_modes(files)
    for kind in ("inputs", "outputs"):
        for ref in told[kind]:
            path = text_of(ref["path"])
            ref["claimed"] = claims.get(path) == kind[:-1]
            ref["seen"] = modes.get(absolute(path, workspace) if is_outside(path) else path)
    declared = {
        absolute(file.path, workspace) if file.outside else file.path
        for file in (*run.inputs, *run.outputs)
    }
    own = {run.notebook} if run.notebook else set()
    told["undeclared"] = undeclared(files, declared | own, set(claims))[:UNDECLARED_MOST]


def absolute(path: str, workspace: str) -> str:
    """A path outside the workspace as it was seen."""
    return os.path.normpath(os.path.join(workspace, path))


def _is_entry(file: Any) -> bool:
    return (
        isinstance(file, dict)
        and text_of(file.get("path")) != ""
        and file.get("m") in _MODES
        and file.get("by") in _MEANS
        and file.get("when") in ("run", "before")
        and all(_is_count(file.get(name)) for name in ("n", "s"))
    )


def _is_count(value: Any) -> bool:
    return value is None or type(value) is int
