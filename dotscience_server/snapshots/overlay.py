"""A run's files: its snapshot's tree with the run's own files in place (decision 0002)."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from dotscience._tree import Entry, PathError, check_path

from .failures import PathRefused

_FOLDER_MODE = 0o755
_FILE_MODE = 0o644


@dataclass(frozen=True)
class Overlay:
    """A file of a run that stands in place of the snapshot's: a pinned output, the notebook.

    Without `mode` and `mtime_ns` those of the snapshot's file, else 0644 and the present.
    """

    hash: str
    size: int
    mode: int | None = None
    mtime_ns: int | None = None


def overlaid(entries: Iterable[Entry], overlays: Mapping[bytes, Overlay]) -> list[Entry]:
    """The entries with the overlays in place, sorted. An overlay wins: what is in its way (a file
    or link where it needs a folder, a folder where it stands) gives way to it.
    Raises PathRefused for an unsafe path.
    """
    found = {entry.path: entry for entry in entries}
    for path, overlay in overlays.items():
        _check(path)
        time_ns = time.time_ns() if overlay.mtime_ns is None else overlay.mtime_ns
        for folder in parents(path):
            if folder not in found or found[folder].kind != "d":
                found[folder] = Entry(folder, "d", _FOLDER_MODE, time_ns)
        before = found.get(path)
        if before is not None and before.kind == "d":
            found = {at: entry for at, entry in found.items() if not at.startswith(path + b"/")}
        found[path] = _entry(path, overlay, before, time_ns)
    return [found[path] for path in sorted(found)]


def parents(path: bytes) -> Iterator[bytes]:
    """The folders above `path`, the outermost first."""
    at = path.find(b"/")
    while at != -1:
        yield path[:at]
        at = path.find(b"/", at + 1)


def _check(path: bytes) -> None:
    try:
        check_path(path)
    except PathError as error:
        raise PathRefused(path, error.detail) from error


def _entry(path: bytes, overlay: Overlay, before: Entry | None, time_ns: int) -> Entry:
    mode = overlay.mode
    if mode is None:
        mode = before.mode if before is not None and before.kind == "f" else _FILE_MODE
    return Entry(path, "f", mode & 0o7777, time_ns, overlay.size, overlay.hash)
