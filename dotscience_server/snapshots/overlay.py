"""A run's files: its snapshot's tree with the run's own files in place (decision 0002), and without the bytes of what was
written between the run's end and the snapshot: those are not the run's.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from dotscience._tree import Entry, PathError, TreePath, check_path

from .failures import PathRefused
from .holding import is_notebook

CHANGED = "changed"
"""`Entry.not_kept` of a file that was written again before its bytes were stored; in no manifest."""
_FOLDER_MODE = 0o755
_FILE_MODE = 0o644


class Span(NamedTuple):
    """Files with a time behind `after_ns`, up to `until_ns`, are not as the run left them. Notebooks are: they are
    saved when their cells have run.
    """

    after_ns: int
    until_ns: int

    def holds(self, entry: Entry) -> bool:
        """Whether the entry was written in it."""
        is_inside = entry.kind == "f" and self.after_ns < entry.mtime_ns <= self.until_ns
        return is_inside and not is_notebook(entry.path)

    def without_bytes(self, entry: Entry) -> Entry:
        """The entry, without its bytes where it was written in it."""
        if entry.hash is None or not self.holds(entry):
            return entry
        return entry._replace(hash=None, ranges=None, link=None, not_kept=CHANGED)


@dataclass(frozen=True)
class Overlay:
    """A file of a run that stands in place of the snapshot's: a pinned output, the notebook.

    Without `mode` and `mtime_ns` those of the snapshot's file, else 0644 and the present.
    """

    hash: str
    size: int
    mode: int | None = None
    mtime_ns: int | None = None


class Laid:
    """What overlays change in a tree: `added` entries, sorted, and `hidden` beginnings of paths."""

    def __init__(self, find: Callable[[TreePath], Entry | None], own: Mapping[bytes, Overlay]):
        """An overlay wins: what is in its way (a file or link where it needs a folder, a folder where it stands)
        gives way to it. `find` looks in the tree. Raises PathRefused for an unsafe path.
        """
        self._find = find
        self._added: dict[bytes, Entry] = {}
        self.hidden: tuple[bytes, ...] = ()
        for path, overlay in own.items():
            self._lay(path, overlay)
        self.added = [self._added[path] for path in sorted(self._added)]
        self._paths = [entry.path for entry in self.added]

    def over(self, entries: Iterable[Entry], since: TreePath = b"") -> Iterator[Entry]:
        """The tree's sorted entries with the overlays in place, from `since` on."""
        at, own = bisect_left(self._paths, since), self.added
        for entry in entries:
            while at < len(own) and own[at].path < entry.path:
                yield own[at]
                at += 1
            if at < len(own) and own[at].path == entry.path:
                yield own[at]
                at += 1
            elif not (self.hidden and entry.path.startswith(self.hidden)):
                yield entry
        yield from own[at:]

    def _lay(self, path: bytes, overlay: Overlay) -> None:
        _check(path)
        time_ns = time.time_ns() if overlay.mtime_ns is None else overlay.mtime_ns
        for folder in parents(path):
            above = self._at(folder)
            if above is None or above.kind != "d":
                self._added[folder] = Entry(folder, "d", _FOLDER_MODE, time_ns)
        before = self._at(path)
        if before is not None and before.kind == "d":
            below = path + b"/"
            self._added = {at: one for at, one in self._added.items() if not at.startswith(below)}
            self.hidden = (*self.hidden, below)
        self._added[path] = _entry(path, overlay, before, time_ns)

    def _at(self, path: bytes) -> Entry | None:
        if path in self._added:
            return self._added[path]
        return None if path.startswith(self.hidden) and self.hidden else self._find(path)


def overlaid(entries: Iterable[Entry], overlays: Mapping[bytes, Overlay]) -> list[Entry]:
    """The entries with the overlays in place, sorted. Raises PathRefused for an unsafe path."""
    found = {entry.path: entry for entry in entries}
    return list(Laid(found.get, overlays).over(found[path] for path in sorted(found)))


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
