"""Drafts: what kernel sessions did that published no run (decision 0077).

    cells run ─► open ─┬─ Keep ─► run (``run.kept``); the session's next cells are a new draft
                       ├─ dropped, 14 days old, a run published ─► ``run.expired``
                       └─ the session goes on ─► the same draft, recorded again
A draft is recorded when its session ends, or has rested for ten minutes; before that it is shown from its journal.
Its id follows from the journal's name and its number there, so a journal read again gives the same drafts.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from dotscience._records import Record

from ..detect.journals import Journal
from ..detect.sessions import Execution
from ..detect.told import context_draft
from ..protocol.failure import ApiError
from ..sessions.code import code_of
from ..sessions.listing import Span, error_text
from ..sessions.observed import Window
from ..settings import UserSettings, parsed
from ..store.index_reads import DraftRow
from ..store.layout import Store
from ..store.records import Draft
from ..store.stamps import nanoseconds, now, rfc3339
from .environments import Environments
from .ledger import Ledger
from .sessions import Part, Sessions, Task
from .storer import Storer

Json = dict[str, Any]

REST_NS = 600 * 1_000_000_000
DAYS = 14.0
DAYS_VARIABLE = "DOTSCIENCE_DRAFTS_DAYS"
_EXPIRE_EVERY_S = 3600.0
_DAY_NS = 86_400 * 1_000_000_000


def draft_id(journal: str, ordinal: int) -> str:
    """The id of a journal's draft, in the form of a uuid4."""
    digest = hashlib.sha256(f"{journal}:{ordinal}".encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))


@dataclass(frozen=True)
class Open:
    """A journal's open draft: its cells, at least one of them worth keeping."""

    part: Part
    ordinal: int
    executions: list[Execution]

    @property
    def last(self) -> Execution:
        """The newest execution."""
        return self.executions[-1]


class Drafts:
    """`look`, `poll` on the ingest thread, what they return on the storer's; the rest on any."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        sessions: Sessions,
        environments: Environments,
        storer: Storer,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._sessions = sessions
        self._environments = environments
        self._storer = storer
        self._lock = threading.RLock()
        self._recorded: dict[str, tuple[int, bool]] = {}
        """Of a draft: its last execution and whether its session was over when it was recorded."""
        self._worthy: set[str] = set()
        self._left: set[str] = set()
        """Journals with runs, whose draft is seen to."""
        self._expire_at_s = 0.0

    def look(self, journal: Journal) -> list[Task]:
        """What is to be recorded now of this session's draft."""
        log = journal.sessionlog
        if not log.executions or not self._is_notebook(journal):
            return []
        if log.has_runs:
            if journal.path.stem in self._left:
                return []
            self._left.add(journal.path.stem)
            return [partial(self._leave, journal)]
        rests = not log.is_running and time.time_ns() - log.last_ns > REST_NS
        if not journal.finished and not rests:
            return []
        draft = self.open_draft(journal)
        if draft is None:
            return []
        state = (draft.last.n, journal.finished)
        if self._recorded.get(draft.part.run) == state:
            return []
        self._recorded[draft.part.run] = state
        return [partial(self._record, journal)]

    def poll(self) -> list[Task]:
        """Expire what is old, now and then."""
        if time.monotonic() < self._expire_at_s:
            return []
        self._expire_at_s = time.monotonic() + _EXPIRE_EVERY_S
        return [self._expire_old]

    def shown(self) -> Json:
        """``drafts.schema.json``."""
        drafts = [self._shown(*item) for item in self._listed().values()]
        drafts.sort(key=lambda draft: (draft["started"], draft["id"]), reverse=True)
        return {"format": 1, "drafts": drafts}

    def count(self) -> int:
        """How many there are."""
        recorded = {row.id for row in self._ledger.index.open_drafts()}
        return len(recorded | {draft.part.run for _, draft in self._open()})

    def keep(self, draft: str, description: str | None) -> None:
        """The draft is a run. Raises ``run-not-found``; once more is nothing."""
        row = self._ledger.index.draft(draft)
        if row is not None and row.state == "kept":
            return
        self._close(draft, Draft("run.kept", "user", {"description": description}, draft))

    def drop(self, draft: str) -> None:
        """Show it no more. Raises ``run-not-found``; once more is nothing."""
        row = self._ledger.index.draft(draft)
        if row is not None and row.state == "expired":
            return
        self._close(draft, Draft("run.expired", "worker", {}, draft))

    def told(self, draft: str) -> list[Record] | None:
        """What a draft that is not recorded yet has told, as the fact it would be."""
        found = self.find(draft)
        if found is None:
            return None
        body = self._body(*found, closed=False)
        return [Record(0, "run.draft", now(), draft, found[0].source, "", body)]

    def find(self, draft: str) -> tuple[Journal, Open] | None:
        """A session's open draft by its id, from the journals that this process follows."""
        return next((one for one in self._open() if one[1].part.run == draft), None)

    def open_draft(self, journal: Journal) -> Open | None:
        """What the session did since its last draft was kept or dropped; None: nothing worth keeping."""
        log = journal.sessionlog
        if log.has_runs or not self._is_notebook(journal):
            return None
        ordinal, after = 0, 0
        while (row := self._ledger.index.draft(draft_id(journal.path.stem, ordinal))) is not None:
            if row.state == "open":
                break
            after = max(after, _number(row.body.get("last")))
            ordinal += 1
        executions = [one for one in list(log.executions) if one.n > after and not one.nested]
        if not executions or not self._is_worthy(journal, executions, ordinal):
            return None
        first, last = executions[0], executions[-1]
        part = Part(
            draft_id(journal.path.stem, ordinal),
            Span(after, last.n),
            Window(first.started_ns, first.n, max(log.last_ns, _end_ns(last)), last.n),
        )
        return Open(part, ordinal, executions)

    def days(self) -> float:
        """After how many days a draft is shown no more: variable, workspace's settings, user's settings."""
        texts = [os.environ.get(DAYS_VARIABLE, "")]
        for path in (self._store.path / "config.toml", UserSettings().path):
            try:
                texts.append(str(parsed(path.read_text()).get("drafts_days", "")))
            except (OSError, ValueError):
                continue
        found = (days for text in texts if (days := _days(text)) is not None)
        return next(found, DAYS)

    def _is_notebook(self, journal: Journal) -> bool:
        session = journal.sessionlog.session
        return session.get("kernel") is not None or session.get("notebook") is not None

    def _is_worthy(self, journal: Journal, executions: list[Execution], ordinal: int) -> bool:
        """Whether anything was done but imports and looking at values."""
        key = f"{journal.path.stem}:{ordinal}"
        if key in self._worthy:
            return True
        log, first = journal.sessionlog, executions[0].n
        sources = (log.sources.get(one.hash, "") for one in executions)
        wrote = (one.mode != "r" for one in log.accesses if one.cell and one.cell >= first)
        if not any(wrote) and all(code_of(source).trivial for source in sources):
            return False
        self._worthy.add(key)
        return True

    def _open(self) -> Iterator[tuple[Journal, Open]]:
        for journal in self._sessions.journals():
            draft = self.open_draft(journal)
            if draft is not None:
                yield journal, draft

    def _record(self, journal: Journal) -> None:
        with self._lock:
            draft = self.open_draft(journal)
            if draft is None:
                return
            self._ledger.record(self._facts(journal, draft, closed=False))
        self._complete(journal, draft.part)

    def _facts(self, journal: Journal, draft: Open, *, closed: bool) -> list[Draft]:
        """``run.draft`` first: it makes the id a draft's."""
        workspace, run = self._store.workspace, draft.part.run
        body = self._body(journal, draft, closed=closed)
        return [
            Draft("run.draft", journal.source, body, run),
            context_draft(journal, workspace, run, {}),
        ]

    def _complete(self, journal: Journal, part: Part) -> None:
        """Cells, files and environment of a draft."""
        self._sessions.record(journal, part)
        if journal.environment is not None:
            seeds = {part.run: journal.seeds}
            self._environments.keep(journal.source, journal.environment, seeds)

    def _body(self, journal: Journal, draft: Open, *, closed: bool) -> Json:
        files = self._sessions.files_of(journal, draft.part.window)
        of_run = [one for one in files if one.when == "run"]
        active = rfc3339(_end_ns(draft.last))
        return {
            "notebook": self._sessions.notebook_of(journal),
            "start": rfc3339(draft.executions[0].started_ns),
            "end": active if closed or journal.finished else None,
            "active": active,
            "cells": len(draft.executions),
            "files": {
                "reads": sum(1 for one in of_run if "r" in one.mode),
                "writes": sum(1 for one in of_run if one.mode in ("w", "rw", "m")),
            },
            "error": error_text(draft.last.error),
            "description": None,
            "last": draft.last.n,
            "ordinal": draft.ordinal,
        }

    def _close(self, draft: str, fact: Draft) -> None:
        """With what the session has done so far, in one append."""
        with self._lock:
            found = self.find(draft)
            row = self._ledger.index.draft(draft)
            if found is None and (row is None or row.state != "open"):
                raise ApiError.of("run-not-found", run=draft)
            facts = [] if found is None else self._facts(*found, closed=True)
            self._ledger.record([*facts, fact])
        if found is not None and fact.kind == "run.kept":
            journal, one = found
            self._storer.submit(partial(self._complete, journal, one.part))

    def _leave(self, journal: Journal) -> None:
        """The session has a run, which holds its cells: an open draft of it is none any more."""
        ordinal = 0
        while (row := self._ledger.index.draft(draft_id(journal.path.stem, ordinal))) is not None:
            if row.state == "open":
                self._ledger.record([Draft("run.expired", "worker", {}, row.id)])
            ordinal += 1

    def _expire_old(self) -> None:
        before_ns = time.time_ns() - int(self.days() * _DAY_NS)
        alive = {draft.part.run for journal, draft in self._open() if not journal.finished}
        old = [
            row.id
            for row in self._ledger.index.open_drafts()
            if row.id not in alive and _time_ns(row.body) < before_ns
        ]
        if old:
            self._ledger.record([Draft("run.expired", "worker", {}, draft) for draft in old])

    def _listed(self) -> dict[str, tuple[str, Json, DraftRow | None, bool]]:
        """By id: the body, the recorded row and whether its session goes on."""
        listed: dict[str, tuple[str, Json, DraftRow | None, bool]] = {
            row.id: (row.id, row.body, row, False) for row in self._ledger.index.open_drafts()
        }
        for journal, draft in self._open():
            run, alive = draft.part.run, not journal.finished
            row = listed[run][2] if run in listed else None
            body = self._body(journal, draft, closed=False)
            listed[run] = (run, body, row, alive)
        return listed

    def _shown(self, draft: str, body: Json, row: DraftRow | None, alive: bool) -> Json:
        ended = None if alive else body.get("end") or body.get("active") or body.get("start")
        files = body.get("files") or {}
        expires = None
        if ended is not None:
            expires = rfc3339((nanoseconds(ended) or 0) + int(self.days() * _DAY_NS))
        return {
            "id": draft,
            "notebook": body.get("notebook"),
            "started": body.get("start") or ended or now(),
            "ended": ended,
            "cells": _number(body.get("cells")),
            "reads": _number(files.get("reads")),
            "writes": _number(files.get("writes")),
            "error": body.get("error"),
            "expires": expires,
            "kept": False,
            "snapshot": "none" if row is None else row.snapshot_state,
        }


def _end_ns(one: Execution) -> int:
    return one.started_ns + (one.duration_ns or 0)


def _time_ns(body: Json) -> int:
    told = body.get("end") or body.get("active") or body.get("start")
    return nanoseconds(told) or 0 if isinstance(told, str) else time.time_ns()


def _number(value: Any) -> int:
    return value if type(value) is int else 0


def _days(text: str) -> float | None:
    try:
        days = float(text)
    except ValueError:
        return None
    return days if 0 <= days < 100_000 else None
