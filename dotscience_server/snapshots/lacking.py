"""Files of a tree that cannot be brought back, each with its reason, and the mark of a folder that lacks damaged ones."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Literal

from dotscience._tree import Entry, TreePath, name_to_json

from .overlay import CHANGED

Why = Literal["fingerprint", "changed", "thinned", "damaged", "list"]
Lacking = tuple[TreePath, Why]

MARK = "INCOMPLETE"
WORDS: dict[str, str] = {
    "fingerprint": "its bytes were never kept",
    "changed": "it was written again before its bytes were kept",
    "thinned": "its bytes were given up",
    "damaged": "its stored bytes are damaged",
    "list": "the list of files is damaged here: what stands behind it is not known",
}

_COUNTED: dict[Why, tuple[str, str]] = {
    "damaged": ("{} damaged file", "{} damaged files"),
    "list": (
        "what {} damaged part of the list of files names",
        "what {} damaged parts of the list of files name",
    ),
    "changed": (
        "{} file that was written again before its bytes were kept",
        "{} files that were written again before their bytes were kept",
    ),
    "fingerprint": ("{} file whose bytes were never kept", "{} files whose bytes were never kept"),
    "thinned": ("{} file whose bytes were given up", "{} files whose bytes were given up"),
}


def lacking_of(entries: Sequence[Entry], given_up: Collection[TreePath]) -> Iterator[Lacking]:
    """The files without bytes."""
    for entry in entries:
        if entry.path in given_up:
            yield entry.path, "thinned"
        elif entry.kind == "f" and entry.hash is None:
            yield entry.path, "changed" if entry.not_kept == CHANGED else "fingerprint"


def lacking_text(lacking: Sequence[Lacking]) -> str | None:
    """How many are not there and why, in words; None where all are."""
    counts = Counter(why for _, why in lacking)
    parts = [
        _COUNTED[why][counts[why] != 1].format(f"{counts[why]:,}")
        for why in _COUNTED
        if counts[why]
    ]
    return "Not brought back: " + ", ".join(parts) if parts else None


def mark_incomplete(folder: Path, lacking: Sequence[Lacking]) -> None:
    """A file in `folder` that names what is not there, under a name that nothing has. Raises OSError."""
    lines = [f"{json.dumps(name_to_json(path))}: {WORDS[why]}" for path, why in lacking]
    text = "\n".join(["This folder is not whole. What is not in it:", "", *lines, ""])
    names = (MARK if n == 1 else f"{MARK}-{n}" for n in range(1, 1 << 30))
    mark = next(folder / name for name in names if not (folder / name).exists())
    with open(mark, "x", encoding="utf-8") as file:
        file.write(text)
