"""What sessions did beside their runs becomes facts: ``run.cells``, ``run.files``; and answers while they go on.

    look ─► a run's cell has ended, or the session ─► storer: cells (sources, marks), files ─► ledger
The notebook to compare with is the one saved with the run, else the file as it is now; when the notebook is saved
later, the cells are recorded once more with what differs then. Invariant: a journal read again gives the same facts.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from dotscience._facts import Run
from dotscience._paths import inside
from dotscience._records import canonical

from ..detect.journals import Journal
from ..detect.notebooks import LARGE_BYTES
from ..detect.sessions import Access, SessionRun
from ..protocol.failure import ApiError
from ..sessions.listing import Listing, Span, answer, listing_of
from ..sessions.observed import Observed, Window, observed_files, window_of
from ..sessions.saved import Saved, read_saved
from ..store.failures import StoreFailure
from ..store.layout import Store
from ..store.objects import ObjectStore
from ..store.records import Draft
from ..store.stamps import rfc3339
from .ledger import Ledger

Task = Callable[[], None]
Json = dict[str, Any]

SETTLED_NS = 1_000_000_000
"""So long after a cell's end, what it did to files is told."""
FILES_INLINE = 100
REMEMBERED = 20
"""Sessions that are over and still known, for a notebook that is saved late and for who wrote a file."""


@dataclass(frozen=True)
class Part:
    """What of a session is a run, or a draft."""

    run: str
    span: Span
    window: Window


@dataclass
class _Followed:
    journal: Journal
    done: set[tuple[str, int]] = field(default_factory=set)


class Sessions:
    """`look` and `interrupted` on the ingest thread, what they return on the storer's; the rest on any."""

    def __init__(self, store: Store, ledger: Ledger, objects: ObjectStore) -> None:
        self._workspace = store.workspace
        self._ledger = ledger
        self._objects = objects
        self._followed: dict[Path, _Followed] = {}

    def look(self, journal: Journal) -> list[Task]:
        """What is to be recorded now of this session's runs."""
        log = journal.sessionlog
        of_command = (
            log.session.get("python", "") is None
        )  # of `ds run`: programs of its will name it
        if not (log.executions or log.accesses or log.runs or log.begun or of_command):
            return []
        followed = self._followed.setdefault(journal.path, _Followed(journal))
        tasks: list[Task] = []
        for run in log.runs:
            key = (run.id, run.published_ns)
            if key not in followed.done and self._is_ready(journal, run):
                followed.done.add(key)
                tasks.append(partial(self.record, journal, self.part_of_run(journal, run)))
        return tasks

    def interrupted(self, journal: Journal, run: str) -> list[Task]:
        """The same for a run that a dead session left."""
        found = journal.sessionlog.run(run)
        if found is None:
            return []
        return [partial(self.record, journal, self.part_of_run(journal, found))]

    def over(self) -> list[Path]:
        """Sessions to `forget` once what `look` has given is recorded: all that are over but for the last."""
        over = [
            path
            for path, one in self._followed.items()
            if one.journal.finished and not self.holds(one.journal)
        ]
        return over[:-REMEMBERED]

    def forget(self, paths: Iterable[Path]) -> None:
        """Let go of these sessions. On the storer's thread."""
        for path in paths:
            self._followed.pop(path, None)

    def holds(self, journal: Journal) -> bool:
        """Whether a dead process's journal is still needed: the session that started it, which tells its files as
        its own, goes on."""
        log = journal.sessionlog
        parent = log.session.get("parent")
        return bool(log.accesses) and any(
            not one.finished and one.path.stem == parent for one in self.journals()
        )

    def record(self, journal: Journal, part: Part) -> None:
        """The facts of one run's or draft's cells and files. Raises ``StoreFailure``: call again later."""
        drafts = [*self._cells_draft(journal, part), *self._files_draft(journal, part)]
        if drafts:
            self._ledger.record(drafts)

    def compare_again(self, run: str) -> None:
        """The run's notebook has been saved: record its cells once more where they differ from it now."""
        journal = self.journal_of(run)
        found = None if journal is None else journal.sessionlog.run(run)
        if journal is None or found is None or not self._ledger.index.has_kind(run, "run.cells"):
            return
        part = self.part_of_run(journal, found)
        self._ledger.record(list(self._cells_draft(journal, part)))

    def part_of_run(self, journal: Journal, run: SessionRun) -> Part:
        """The cells up to the one it was published in."""
        log = journal.sessionlog
        until = run.cell
        if until is None:
            ran = [one.n for one in log.executions if one.started_ns <= run.published_ns]
            until = max(ran, default=0)
        return Part(run.id, Span(0, until), window_of(log, run))

    def journals(self) -> list[Journal]:
        """Sessions that go on, and the last that are over."""
        return [followed.journal for followed in list(self._followed.values())]

    def journal_of(self, run: str) -> Journal | None:
        """The session that published the run or in which it goes on."""
        return next((one for one in self.journals() if one.sessionlog.run(run) is not None), None)

    def workspace_of(self, journal: Journal) -> str:
        """Where the workspace lay when the session wrote."""
        named = journal.sessionlog.session.get("workspace")
        return named if isinstance(named, str) else os.fspath(self._workspace)

    def notebook_of(self, journal: Journal) -> str | None:
        """The session's notebook, workspace-relative."""
        named = journal.sessionlog.session.get("notebook")
        return inside(named, self.workspace_of(journal))

    def cells(self, run: Run) -> Json:
        """``cells.schema.json`` of a run. Raises ``not-recorded``."""
        told = self._stored(run)
        if told is None:
            return self.live_cells(run.id)
        cells, earlier = told.get("cells") or [], told.get("earlier") or 0
        return answer(
            cells, earlier, run=run.id, notebook=told.get("notebook"), saved=told.get("saved")
        )

    def live_cells(self, run: str) -> Json:
        """The same of a run that goes on, or is not recorded yet."""
        journal = self.journal_of(run)
        found = None if journal is None else journal.sessionlog.run(run)
        if journal is None or found is None or not journal.sessionlog.executions:
            raise ApiError.of("not-recorded", run=run[:8], what="cells")
        return self.part_cells(journal, self.part_of_run(journal, found))

    def part_cells(self, journal: Journal, part: Part) -> Json:
        """The same of a part of a session that this process follows."""
        saved, _ = self._saved(journal, part.run)
        return self._answer(journal, part.span, saved, part.run)

    def hidden(self, path: str) -> Json:
        """The session that runs this notebook now. Raises ``not-recorded``."""
        journal = self._session_of(path)
        if journal is None:
            raise ApiError.of("not-recorded", run=path, what="cells")
        return self._answer(journal, Span(), self._file(path), None) | {"notebook": path}

    def source(self, run: Run | None, run_id: str, digest: str) -> str:
        """The text of an executed cell of the run. Raises ``not-recorded``."""
        told = None if run is None else self._stored(run)
        if told is not None and any(one.get("hash") == digest for one in told.get("cells") or ()):
            try:
                return self._objects.read(digest).decode("utf-8", "surrogatepass")
            except (StoreFailure, ValueError):
                pass
        for journal in self.journals():
            found = journal.sessionlog.sources.get(digest)
            if found is not None and (told is None or journal is self.journal_of(run_id)):
                return found
        raise ApiError.of("not-recorded", run=run_id[:8], what="source")

    def files_of(self, journal: Journal, window: Window) -> list[Observed]:
        """What the session and its children were seen to use, as a run."""
        notebook = journal.sessionlog.session.get("notebook")
        return observed_files(
            self._accesses(journal),
            window,
            self.workspace_of(journal),
            notebook if isinstance(notebook, str) else None,
        )

    def _is_ready(self, journal: Journal, run: SessionRun) -> bool:
        """Whether the cell that published it has ended and what it did to files is told."""
        if journal.finished:
            return True
        log = journal.sessionlog
        cell = log.execution(run.cell)
        if cell is None:
            return time.time_ns() - run.published_ns > SETTLED_NS
        if log.executions[-1].n > cell.n and not log.executions[-1].nested:
            return True
        told = bool(log.accesses) and log.accesses[-1].cell == cell.n
        return cell.ended and (told or time.time_ns() - log.last_ns > SETTLED_NS)

    def _cells_draft(self, journal: Journal, part: Part) -> Iterator[Draft]:
        log = journal.sessionlog
        if not log.executions:
            return
        recorded = self._ledger.index.facts(part.run, "run.cells")
        saved, named = self._saved(journal, part.run)
        if recorded:
            last = recorded[-1].body
            same = last.get("until") == part.span.until
            if same and (named is None or last.get("notebook") == named):
                return
        listing = self._listing(journal, part.span, saved)
        body = {
            "object": self._keep(journal, listing, saved),
            "count": len(listing.cells) + listing.earlier,
            "flagged": listing.flagged,
            "marks": listing.marks,
            "until": part.span.until,
            "notebook": named,
        }
        yield Draft("run.cells", journal.source, body, part.run)

    def _keep(self, journal: Journal, listing: Listing, saved: Saved | None) -> str:
        """Sources and executions as objects; the hashes that the session told are not trusted."""
        with self._objects.batch() as batch:
            hashes = {
                told: batch.add_bytes(source.encode("utf-8", "surrogatepass"))
                for told, source in listing.sources.items()
            }
            cells = [
                {**cell, "hash": hashes.get(cell["hash"], cell["hash"])} for cell in listing.cells
            ]
            told = {
                "format": 1,
                "cells": cells,
                "earlier": listing.earlier,
                "notebook": self.notebook_of(journal),
                "saved": None if saved is None else rfc3339(saved.time_ns),
            }
            return batch.add_bytes(canonical(told))

    def _files_draft(self, journal: Journal, part: Part) -> Iterator[Draft]:
        files = self.files_of(journal, part.window)
        lost = any(one.sessionlog.lost for one in self._family(journal))
        if not files and not lost:
            return
        told = [one.to_json() for one in files]
        of_run = [one for one in files if one.when == "run"]
        body: Json = {
            "count": len(files),
            "reads": sum(1 for one in files if "r" in one.mode),
            "writes": sum(1 for one in of_run if one.mode in ("w", "rw", "m")),
        }
        if lost:
            body["lost"] = True
        if len(told) <= FILES_INLINE:
            body["files"] = told
        else:
            body["object"] = self._objects.add_bytes(canonical(told))
        yield Draft("run.files", journal.source, body, part.run)

    def _listing(self, journal: Journal, span: Span, saved: Saved | None) -> Listing:
        workspace = self.workspace_of(journal)
        alive = not journal.finished
        return listing_of(journal.sessionlog, span, saved, workspace, alive=alive)

    def _answer(self, journal: Journal, span: Span, saved: Saved | None, run: str | None) -> Json:
        listing = self._listing(journal, span, saved)
        return answer(
            listing.cells,
            listing.earlier,
            run=run,
            notebook=self.notebook_of(journal),
            saved=None if saved is None else rfc3339(saved.time_ns),
        )

    def _stored(self, run: Run) -> Json | None:
        named = (run.cells or {}).get("object")
        try:
            told = json.loads(self._objects.read(named)) if isinstance(named, str) else None
        except (StoreFailure, ValueError):
            return None
        return told if isinstance(told, dict) else None

    def _saved(self, journal: Journal, run: str) -> tuple[Saved | None, str | None]:
        """The notebook to compare a run with, and its object where it was saved with the run."""
        facts = self._ledger.index.facts(run, "run.notebook")
        for fact in facts[:1]:
            body = fact.body
            try:
                content = self._objects.read(str(body.get("object")))
            except (StoreFailure, ValueError):
                continue
            time_ns = str(body.get("mtime_ns") or "")
            saved = read_saved(content, int(time_ns) if time_ns.isdigit() else 0)
            return saved, str(body.get("object"))
        notebook = self.notebook_of(journal)
        return (None if notebook is None else self._file(notebook)), None

    def _file(self, notebook: str) -> Saved | None:
        """The notebook as it lies there now."""
        path = self._workspace / notebook
        try:
            status = path.stat()
            if status.st_size > LARGE_BYTES:
                return None
            return read_saved(path.read_bytes(), status.st_mtime_ns)
        except (OSError, ValueError):
            return None

    def _session_of(self, path: str) -> Journal | None:
        alive = [one for one in self.journals() if not one.finished and one.sessionlog.executions]
        named = [one for one in alive if self.notebook_of(one) == path]
        if not named:
            named = [one for one in alive if self._was_renamed_to(one, path)]
        return max(named, key=lambda one: one.sessionlog.last_ns, default=None)

    def _was_renamed_to(self, journal: Journal, path: str) -> bool:
        """A kernel knows its notebook by the name that it had: the cells tell."""
        notebook = self.notebook_of(journal)
        if notebook is None or (self._workspace / notebook).exists():
            return False
        saved = self._file(path)
        ran = {one.cell for one in journal.sessionlog.executions if one.cell is not None}
        here = {cell.id for cell in saved.cells} if saved is not None else set()
        return bool(ran) and 2 * len(ran & here) >= len(ran)

    def _accesses(self, journal: Journal) -> list[Access]:
        found = [
            access for one in self._family(journal) for access in list(one.sessionlog.accesses)
        ]
        found.sort(key=lambda access: access.time_ns)
        return found

    def _family(self, journal: Journal) -> Iterable[Journal]:
        """The session and the processes that it started."""
        family, names = [journal], {journal.path.stem}
        others = [one for one in self.journals() if one is not journal]
        grown = True
        while grown:
            grown = False
            for one in others:
                if one not in family and one.sessionlog.session.get("parent") in names:
                    family.append(one)
                    names.add(one.path.stem)
                    grown = True
        return family
