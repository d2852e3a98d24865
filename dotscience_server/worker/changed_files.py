"""Files that differ from the last snapshot: who probably wrote each, and whether that run declared it.

    seen to be written by a session ─► observed: by its run at that time, if the file has not changed since
    else the only run that was going on at its mtime ─► during
A notebook that holds the same cells as when it was last saved with a run is no change: the run has it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dotscience._facts import Run
from dotscience._records import Record
from dotscience._tree import name_to_json

from ..detect.journals import Journal
from ..detect.sessions import Access, SessionLog, SessionRun
from ..sessions.observed import Window, relative, text_of, window_of
from ..sessions.saved import read_cells
from ..snapshots.changes import Change
from ..store.failures import StoreFailure
from ..store.layout import Store
from ..store.objects import ObjectStore
from ..store.stamps import rfc3339
from .ledger import Ledger
from .observed import observed_files
from .sessions import Sessions

Json = dict[str, Any]
How = Literal["observed", "during"]

SLACK_NS = 2_000_000_000
"""A file is written a little after it is opened, and told a little after that."""
NOTEBOOK_MOST = 50 << 20
_COMPARED = 256


@dataclass(frozen=True)
class _Write:
    """A file was seen to be written: until when, by which session and run. ``mtime_ns``: as it was seen."""

    time_ns: int
    mtime_ns: int | None
    run: str | None
    journal: Journal | None


class ChangedFiles:
    """Used by the survey's thread alone."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        objects: ObjectStore,
        sessions: Sessions,
    ) -> None:
        self._workspace = store.workspace
        self._ledger = ledger
        self._objects = objects
        self._sessions = sessions
        self._same: dict[tuple[str, int, int, int], bool] = {}

    def shown(self, differing: Sequence[Change], most: int) -> tuple[int, list[Json]]:
        """How many differ, and the first of them as in ``status.schema.json``."""
        saved = self._saved_notebooks(differing)
        left = [change for change in differing if not self._is_as_saved(change, saved)]
        return len(left), self._told(left[:most])

    def _told(self, changes: Sequence[Change]) -> list[Json]:
        if not changes:
            return []
        writes = self._writes({change.path for change in changes})
        runs: dict[str, Run | None] = {}

        def run_of(run: str) -> Run | None:
            if run not in runs:
                runs[run] = self._ledger.index.run(run)
            return runs[run]

        return [self._one(change, writes.get(change.path), run_of) for change in changes]

    def _one(
        self, change: Change, write: _Write | None, run_of: Callable[[str], Run | None]
    ) -> Json:
        by, claim = self._by(change, write, run_of)
        return {
            "path": name_to_json(change.path),
            "kind": change.kind,
            "size": change.size,
            "policy": change.policy,
            "by": by,
            "claim": claim,
        }

    def _by(
        self, change: Change, write: _Write | None, run_of: Callable[[str], Run | None]
    ) -> tuple[Json | None, str]:
        mtime_ns = self._mtime_ns(change.path)
        how: How = "observed"
        if write is None or not _still(write, mtime_ns):
            write, how = self._active_at(mtime_ns), "during"
        if write is None:
            return None, "none"
        run = None if write.run is None else run_of(write.run)
        is_draft = run is not None and run.draft is not None and not run.kept
        if write.journal is None and run is None:
            return None, "none"
        told = {
            "run": None if is_draft else write.run,
            "title": self._title(run, write.journal),
            "notebook": self._notebook(run, write.journal),
            "how": how,
            "time": rfc3339(mtime_ns or write.time_ns),
        }
        return told, "none" if is_draft else _claim(run, change.path)

    def _mtime_ns(self, path: bytes) -> int | None:
        try:
            return os.lstat(os.path.join(os.fsencode(self._workspace), path)).st_mtime_ns
        except OSError:
            return None

    def _writes(self, paths: set[bytes]) -> dict[bytes, _Write]:
        """The last write of each path: of the newest recorded runs, then of the sessions that we follow."""
        found: dict[bytes, _Write] = {}
        for fact in self._ledger.index.newest_files():
            for path, mtime_ns in self._recorded(fact):
                if path in paths:
                    found[path] = _Write(mtime_ns, mtime_ns, fact.run, None)
        for journal in self._sessions.journals():
            for path, write in self._seen(journal, paths):
                if path not in found or found[path].time_ns <= write.time_ns:
                    found[path] = write
        return found

    def _recorded(self, fact: Record) -> Iterable[tuple[bytes, int]]:
        for file in observed_files(fact.body, self._objects.read):
            written = file["m"] in ("w", "rw", "m") and file["when"] == "run"
            mtime = str(file.get("t") or "")
            if written and mtime.isdigit():
                yield os.fsencode(text_of(file["path"])), int(mtime)

    def _seen(self, journal: Journal, paths: set[bytes]) -> Iterable[tuple[bytes, _Write]]:
        log = journal.sessionlog
        top = os.fsencode(self._sessions.workspace_of(journal))
        prefix = top.rstrip(b"/") + b"/"
        for access in list(log.accesses):
            if access.mode == "r":
                continue
            inside = access.path.startswith(prefix)
            path = access.path[len(prefix) :] if inside else relative(access.path, top)
            if path in paths:
                run = _run_at(log, access)
                yield path, _Write(access.time_ns, access.mtime_ns, run, journal)

    def _active_at(self, mtime_ns: int | None) -> _Write | None:
        """The only run that was going on then."""
        if mtime_ns is None:
            return None
        active = []
        for journal in self._sessions.journals():
            log = journal.sessionlog
            runs = [one for one in log.runs if one.started_ns is not None]
            active += [(journal, one.id) for one in runs if _spans(one, mtime_ns)]
            if not journal.finished:
                begun = list(log.begun.items())
                active += [(journal, run) for run, (since, _) in begun if since <= mtime_ns]
        if len(active) != 1:
            return None
        return _Write(mtime_ns, mtime_ns, active[0][1], active[0][0])

    def _title(self, run: Run | None, journal: Journal | None) -> str:
        if run is not None and run.description:
            return run.description
        notebook = self._notebook(run, journal)
        if notebook is not None:
            return os.path.basename(notebook)
        argv = {} if journal is None else journal.sessionlog.session
        told = argv.get("argv") if argv else (run.context or {}).get("argv") if run else None
        first = told[0] if isinstance(told, list) and told else None
        if isinstance(first, str) and first not in ("", "-c", "-m"):
            return os.path.basename(first)
        return "a run" if run is not None else "a session"

    def _notebook(self, run: Run | None, journal: Journal | None) -> str | None:
        if run is not None and run.notebook is not None:
            return run.notebook
        return None if journal is None else self._sessions.notebook_of(journal)

    def _saved_notebooks(self, differing: Sequence[Change]) -> dict[str, str]:
        changed = any(change.path.endswith(b".ipynb") for change in differing)
        return self._ledger.index.newest_notebooks() if changed else {}

    def _is_as_saved(self, change: Change, saved: dict[str, str]) -> bool:
        if not change.path.endswith(b".ipynb") or change.kind == "deleted":
            return False
        named = saved.get(os.fsdecode(change.path))
        if named is None:
            return False
        path = os.path.join(os.fsencode(self._workspace), change.path)
        try:
            status = os.stat(path)
            key = (named, status.st_ino, status.st_size, status.st_mtime_ns)
            if key not in self._same:
                if len(self._same) > _COMPARED:
                    self._same.clear()
                if status.st_size > NOTEBOOK_MOST:
                    return False
                with open(path, "rb") as file:
                    self._same[key] = same_cells(file.read(), self._objects.read(named))
        except (OSError, StoreFailure, ValueError):
            return False
        return self._same[key]


def same_cells(one: bytes, other: bytes) -> bool:
    """Whether two notebooks hold the same cells with the same outputs; metadata and counts may differ."""
    return one == other or ((cells := _cells(one)) is not None and cells == _cells(other))


def _cells(content: bytes) -> list[Any] | None:
    cells = read_cells(content)
    return None if cells is None else [_plain(cell) for cell in cells]


def _plain(cell: Any) -> Any:
    if not isinstance(cell, dict):
        return cell
    outputs = cell.get("outputs")
    shown = [_output(one) for one in outputs] if isinstance(outputs, list) else outputs
    return [cell.get("cell_type"), _joined(cell.get("source")), shown, cell.get("attachments")]


def _output(output: Any) -> Any:
    if not isinstance(output, dict):
        return output
    ignored = ("execution_count", "metadata", "transient")
    return {
        name: _joined(value) if name == "text" else value
        for name, value in output.items()
        if name not in ignored
    }


def _joined(text: Any) -> Any:
    if isinstance(text, list) and all(isinstance(line, str) for line in text):
        return "".join(text)
    return text


def _still(write: _Write, mtime_ns: int | None) -> bool:
    """Whether nobody wrote the file after it was seen; a file that is gone was removed by whom we saw."""
    if mtime_ns is None or mtime_ns == write.mtime_ns:
        return True
    return mtime_ns <= write.time_ns + SLACK_NS and write.journal is not None


def _spans(run: SessionRun, moment_ns: int) -> bool:
    return (run.started_ns or 0) <= moment_ns <= run.published_ns


def _run_at(log: SessionLog, access: Access) -> str | None:
    """The run that a write belongs to: the last one whose span holds it, else the one that goes on."""
    for run in reversed(log.runs):
        if window_of(log, run).when(access) == "run":
            return run.id
    begun = list(log.begun)
    return next((run for run in reversed(begun) if _goes_on_at(log, run, access)), None)


def _goes_on_at(log: SessionLog, run: str, access: Access) -> bool:
    since_ns, since_cell = log.begun[run]
    return Window(since_ns, since_cell, 1 << 62, None).when(access) == "run"


def _claim(run: Run | None, path: bytes) -> str:
    if run is None:
        return "none"
    name = os.fsdecode(path)
    if any(file.path == name for file in run.outputs):
        return "declared"
    return "none" if dict(run.claims).get(name) in ("none", "input") else "undeclared"
