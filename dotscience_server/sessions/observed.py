"""What a run was seen to read and write, and what of that it did not declare.

    accesses of the session (and of its children) ─► by path, `run` or `before` ─► ObservedFile
Left out: the notebook itself, checkpoints, our store, Git's folder, files that were made and removed again. A compiled
module counts as its source. ``before`` (earlier in the session) has reads alone: what was written then was not this
run's. Pure but for resolving links of folders.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from dotscience._tree import name_to_json

from ..detect.sessions import Access, SessionLog, SessionRun

FILES_MOST = 2_000
CELL_FILES_MOST = 50
_SKIPPED = frozenset((b".git", b".dotscience", b".ipynb_checkpoints"))
_COMPILED = re.compile(rb"^(?P<folder>.*/)?__pycache__/(?P<name>[^/.]+)\.[^/]*\.pyc$", re.DOTALL)
_BOTH = {("r", "w"): "rw", ("w", "r"): "rw"}
When = Literal["run", "before"]


@dataclass(frozen=True)
class Observed:
    """One file of a run. ``path`` is workspace-relative, or absolute outside."""

    path: bytes
    mode: str
    by: str
    cell: int | None
    size: int | None
    mtime_ns: int | None
    when: When
    many: int | None = None

    def to_json(self) -> dict[str, Any]:
        """As ``run.files`` holds it."""
        told: dict[str, Any] = {
            "path": name_to_json(self.path),
            "m": self.mode,
            "by": self.by,
            "n": self.cell,
            "s": self.size,
            "t": None if self.mtime_ns is None else str(self.mtime_ns),
            "when": self.when,
        }
        return told if self.many is None else {**told, "many": self.many}


@dataclass(frozen=True)
class Window:
    """The part of a session that is a run: from a moment or cell to a moment or cell, both within."""

    from_ns: int
    from_cell: int | None
    until_ns: int
    until_cell: int | None

    def when(self, access: Access) -> When | None:
        """Where an access falls; None: later than the run, or written before it."""
        if self._is_later(access):
            return None
        if self._is_within(access):
            return "run"
        return "before" if access.mode in ("r", "rw") else None

    def _is_later(self, access: Access) -> bool:
        if access.cell is not None and self.until_cell is not None:
            return access.cell > self.until_cell
        return access.time_ns > self.until_ns

    def _is_within(self, access: Access) -> bool:
        if access.cell is not None and self.from_cell is not None:
            return access.cell >= self.from_cell
        return access.time_ns >= self.from_ns


def window_of(log: SessionLog, run: SessionRun) -> Window:
    """From the run's start; where it has none, from the publishing cell or the publish before."""
    until_ns, last = run.published_ns, log.execution(run.cell)
    if last is not None:
        until_ns = max(until_ns, last.started_ns + (last.duration_ns or 0))
    if run.started_ns is not None:
        return Window(run.started_ns, run.start_cell, until_ns, run.cell)
    if last is not None:
        return Window(last.started_ns, run.cell, until_ns, run.cell)
    before = [other.published_ns for other in log.runs if other.published_ns < run.published_ns]
    return Window(max(before, default=0), None, until_ns, None)


def observed_files(
    accesses: Iterable[Access], window: Window, workspace: str, notebook: str | None
) -> list[Observed]:
    """The files of a run, each once, by path; at most `FILES_MOST`, those of the run itself first."""
    top = os.fsencode(workspace)
    own = None if notebook is None else os.fsencode(notebook)
    found: dict[bytes, Observed] = {}
    for access in accesses:
        when = window.when(access)
        if when is not None:
            _take(found, access, when)
    files = [
        file
        for absolute, one in found.items()
        if one.mode and absolute != own and (file := _placed(one, top)) is not None
    ]
    merged = _united(files)
    return sorted(merged, key=lambda one: (one.when != "run", "w" not in one.mode, one.path))[
        :FILES_MOST
    ]


def by_cell(
    accesses: Iterable[Access], workspace: str, notebook: str | None
) -> dict[int, tuple[list[bytes], list[bytes]]]:
    """What each execution (by ``n``) read and wrote, the first `CELL_FILES_MOST` of each."""
    top = os.fsencode(workspace)
    own = None if notebook is None else os.fsencode(notebook)
    found: dict[int, tuple[dict[bytes, None], dict[bytes, None]]] = {}
    for access in accesses:
        if access.cell is None or access.path == own or access.mode == "d":
            continue
        plain = Observed(access.path, access.mode, access.by, None, None, None, "run")
        placed = _placed(plain, top)
        if placed is not None:
            reads, writes = found.setdefault(access.cell, ({}, {}))
            for table, wanted in ((reads, "r" in access.mode), (writes, access.mode != "r")):
                if wanted and len(table) < CELL_FILES_MOST:
                    table[placed.path] = None
    return {n: (list(reads), list(writes)) for n, (reads, writes) in found.items()}


def undeclared(
    files: Sequence[dict[str, Any]], declared: set[str], claimed: set[str]
) -> list[dict[str, Any]]:
    """Those of ``run.files`` that were read or written and are neither declared nor claimed (paths as text)."""
    known = declared | claimed
    return [
        {
            "path": file.get("path"),
            "outside": is_outside(file.get("path")),
            "mode": file.get("m"),
            "by": file.get("by"),
            "cell": file.get("n"),
            "when": file.get("when"),
            "size": file.get("s"),
            **({"many": file["many"]} if "many" in file else {}),
        }
        for file in files
        if file.get("m") in ("r", "w", "rw", "m") and text_of(file.get("path")) not in known
    ]


def seen_modes(files: Iterable[dict[str, Any]]) -> dict[str, str]:
    """``r``, ``w`` or ``rw`` of each file that was seen, by its path as text."""
    found: dict[str, str] = {}
    for file in files:
        mode = {"m": "w"}.get(str(file.get("m")), str(file.get("m")))
        if mode in ("r", "w", "rw"):
            path = text_of(file.get("path"))
            found[path] = _both(found.get(path, mode), mode)
    return found


def text_of(path: Any) -> str:
    """A path in JSON as the text that facts use: bytes that are no UTF-8 as surrogates."""
    from dotscience._tree import TreeError, name_from_json

    try:
        return os.fsdecode(name_from_json(path))
    except (TreeError, UnicodeEncodeError):
        return ""


def is_outside(path: Any) -> bool:
    """Whether a path in JSON lies outside the workspace."""
    return text_of(path).startswith(("/", "../"))


def _take(found: dict[bytes, Observed], access: Access, when: When) -> None:
    old = found.get(access.path)
    if access.mode == "d":
        _removed(found, access, when, old)
        return
    mode = access.mode
    if mode == "m":
        mode = _moved(found, access)
    found[access.path] = Observed(
        access.path,
        mode if old is None or not old.mode else _both(old.mode, mode),
        access.by,
        # An output is found where it was written, also when a later cell looks at it.
        old.cell if old is not None and mode == "r" and "w" in old.mode else access.cell,
        access.size if access.size is not None or old is None else old.size,
        access.mtime_ns if access.mtime_ns is not None or old is None else old.mtime_ns,
        "run" if "run" in (when, old.when if old else when) else "before",
        access.many,
    )


def _removed(
    found: dict[bytes, Observed], access: Access, when: When, old: Observed | None
) -> None:
    """A file that was written here and is gone is nothing; one that was read first is removed."""
    if old is not None and old.mode == "w":
        del found[access.path]
        return
    found[access.path] = Observed(
        access.path, "d", access.by, access.cell, None, None, when if old is None else old.when
    )


def _moved(found: dict[bytes, Observed], access: Access) -> str:
    """A file written under another name and moved here is written here."""
    source = None if access.moved_from is None else found.pop(access.moved_from, None)
    return "w" if source is not None and "w" in source.mode else "m"


def _both(one: str, other: str) -> str:
    if "rw" in (one, other) and one in ("r", "w", "rw") and other in ("r", "w", "rw"):
        return "rw"
    return _BOTH.get((one, other), other)


def _placed(one: Observed, top: bytes) -> Observed | None:
    """With its place in the workspace; None for what is no file of the user's."""
    path = relative(one.path, top)
    if not path or _SKIPPED.intersection(path.split(b"/")):
        return None
    compiled = _COMPILED.match(path)
    if compiled is None:
        return replace(one, path=path)
    if "r" not in one.mode or path.startswith(b"/"):
        return None
    name = (compiled["folder"] or b"") + compiled["name"] + b".py"
    return replace(one, path=name, mode="r", size=None, mtime_ns=None)


def relative(path: bytes, top: bytes) -> bytes:
    """Workspace-relative, or absolute outside; links of folders are resolved."""
    prefix = top.rstrip(b"/") + b"/"
    if path.startswith(prefix):
        return path[len(prefix) :]
    folder, _, name = path.rpartition(b"/")
    real = os.path.realpath(folder or b"/").rstrip(b"/") + b"/" + name
    return real[len(prefix) :] if real.startswith(prefix) else real


def _united(files: Iterable[Observed]) -> list[Observed]:
    """A module read as source and as compiled is one file."""
    found: dict[bytes, Observed] = {}
    for one in files:
        old = found.get(one.path)
        if old is None:
            found[one.path] = one
        else:
            when: When = "run" if "run" in (one.when, old.when) else "before"
            known = old if old.size is not None else one
            found[one.path] = replace(known, mode=_both(old.mode, one.mode), when=when)
    return list(found.values())
