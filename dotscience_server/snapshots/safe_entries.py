"""All entries of a run's or a snapshot's files, checked before anything of them is written.

A manifest may come from somebody else: every path must be safe, every parent a folder of this tree, and nothing may
be called like what no snapshot ever takes (`.git`, `.dotscience`): a program would obey what stands there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from dotscience._tree import (
    Entry,
    PathError,
    TreeError,
    TreePath,
    read_entries,
    read_page,
    read_root,
)

from ..store.failures import ObjectDamaged, StoreFailure
from .failures import PathRefused
from .ignore import UNFINISHED
from .overlay import Overlay, Span, overlaid, parents

_NEVER = (b".git", b".dotscience")
_FOLDER_MODE = 0o755


class LostPage(NamedTuple):
    """A damaged page of a manifest: which files it names is not known, but for the first path."""

    first: TreePath
    entries: int


def safe_entries(
    read: Callable[[str], bytes],
    tree: str,
    overlays: Mapping[bytes, Overlay],
    span: Span | None = None,
    lost: list[LostPage] | None = None,
) -> list[Entry]:
    """Every page read, nothing written. A run's own file with a forbidden name is left out; files written in `span`
    have no bytes. With `lost`, damaged pages are put there, and folders that only they name are made up.

    Raises PathRefused, ObjectDamaged.
    """
    own = {path: overlay for path, overlay in overlays.items() if not is_forbidden(path)}
    try:
        stored = read_entries(read, tree) if lost is None else _readable(read, tree, lost)
        seen = stored if span is None else map(span.without_bytes, stored)
        entries = overlaid(seen, own)
    except PathError as error:
        raise PathRefused(error.path, error.detail) from error
    except TreeError as error:
        raise ObjectDamaged(tree, str(error)) from error
    if lost:
        entries = _with_parents(entries)
    folders = {b""} | {entry.path for entry in entries if entry.kind == "d"}
    for entry in entries:
        refuse_forbidden(entry)
        if entry.path.rpartition(b"/")[0] not in folders:
            raise PathRefused(entry.path, "it lies in no folder of the snapshot")
    return entries


def refuse_forbidden(entry: Entry) -> None:
    """Raises PathRefused."""
    if is_forbidden(entry.path):
        raise PathRefused(entry.path, "no snapshot holds such a name")


def _readable(read: Callable[[str], bytes], tree: str, lost: list[LostPage]) -> Iterator[Entry]:
    """The entries of all pages that are sound and in order."""
    last = b""
    for page in read_root(read, tree).pages:
        try:
            entries = read_page(read, page)
        except PathError:
            raise
        except (TreeError, StoreFailure):
            lost.append(LostPage(page.first, page.entries))
            continue
        if entries[0].path <= last:
            raise TreeError(f"pages are out of order at {entries[0].path!r}")
        last = entries[-1].path
        yield from entries


def _with_parents(entries: list[Entry]) -> list[Entry]:
    found = {entry.path: entry for entry in entries}
    for entry in entries:
        for folder in parents(entry.path):
            found.setdefault(folder, Entry(folder, "d", _FOLDER_MODE, entry.mtime_ns))
    return [found[path] for path in sorted(found)]


def is_forbidden(path: bytes) -> bool:
    """Whether a part of the path, also where case is folded, is a name that is never brought back."""
    lower = path.lower()
    return any(
        part in _NEVER or part.startswith(UNFINISHED)
        for part in lower.split(b"/")
        if part.startswith(b".")
    )
