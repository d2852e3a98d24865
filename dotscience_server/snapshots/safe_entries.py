"""All entries of a run's or a snapshot's files, checked before anything of them is written.

A manifest may come from somebody else: every path must be safe, every parent a folder of this tree, and nothing may
be called like what no snapshot ever takes (`.git`, `.dotscience`): a program would obey what stands there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dotscience._tree import Entry, PathError, TreeError, read_entries

from ..store.failures import ObjectDamaged
from .failures import PathRefused
from .ignore import UNFINISHED
from .overlay import Overlay, overlaid

_NEVER = (b".git", b".dotscience")


def safe_entries(
    read: Callable[[str], bytes], tree: str, overlays: Mapping[bytes, Overlay]
) -> list[Entry]:
    """Every page read, nothing written. A run's own file with a forbidden name is left out.

    Raises PathRefused, ObjectDamaged.
    """
    own = {path: overlay for path, overlay in overlays.items() if not is_forbidden(path)}
    try:
        entries = overlaid(read_entries(read, tree), own)
    except PathError as error:
        raise PathRefused(error.path, error.detail) from error
    except TreeError as error:
        raise ObjectDamaged(tree, str(error)) from error
    folders = {b""} | {entry.path for entry in entries if entry.kind == "d"}
    for entry in entries:
        if is_forbidden(entry.path):
            raise PathRefused(entry.path, "no snapshot holds such a name")
        if entry.path.rpartition(b"/")[0] not in folders:
            raise PathRefused(entry.path, "it lies in no folder of the snapshot")
    return entries


def is_forbidden(path: bytes) -> bool:
    """Whether a part of the path, also where case is folded, is a name that is never brought back."""
    lower = path.lower()
    return any(
        part in _NEVER or part.startswith(UNFINISHED)
        for part in lower.split(b"/")
        if part.startswith(b".")
    )
