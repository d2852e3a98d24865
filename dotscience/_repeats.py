"""What a process knows of the run that it repeats: ``ds rerun`` says it in ``DOTSCIENCE_REPEATS``.

A repetition runs in a side folder that holds the repeated run's files. It is recorded in the store of the workspace that
the run belongs to, with the side folder as its workspace: its paths are those of the run that it repeats.
"""

from __future__ import annotations

import json
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

VARIABLE = "DOTSCIENCE_REPEATS"
_FIELDS = ("run", "repetition", "folder", "store", "workspace")


class Repeats:
    """``run`` is repeated; ``repetition`` names this one; ``folder`` holds its files; ``store`` and ``workspace`` are
    those of the run. Paths are absolute and real."""

    __slots__ = _FIELDS

    def __init__(self, told: dict[str, Any]) -> None:
        for name in _FIELDS:
            setattr(self, name, str(told[name]))

    run: str
    repetition: str
    folder: str
    store: str
    workspace: str


def repeats(root: str) -> Repeats | None:
    """What a process whose paths are relative to ``root`` repeats; None where it is no repetition, or works elsewhere."""
    text = os.environ.get(VARIABLE)
    if not text:
        return None
    try:
        told = Repeats(json.loads(text))
    except (KeyError, TypeError, ValueError):
        return None
    if not all(os.path.isabs(path) for path in (told.folder, told.store, told.workspace)):
        return None
    real = os.path.realpath(root)
    is_inside = real == told.folder or real.startswith(told.folder.rstrip("/") + "/")
    return told if is_inside else None
