"""Journals become facts: blocks and contexts at once, pins, points, media and package lists through the storer.

    advance ─► drafts ─► ledger (durable) ─► pins, points, media, packages ─► journal done: removed
A journal is removed when its session is dead and all that it said is durable; one that holds damage or what this
version does not know stays. A refused append is kept and tried again before anything newer, so order and completeness hold.
Invariant: idempotent; after a kill everything not marked done is read again from its beginning.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from dotscience import _journal, _workspace
from dotscience._facts import workspace_path

from ..detect.endings import Remains, decide, ending, this_machine
from ..detect.journals import (
    Dropped,
    EnvironmentKnown,
    Filled,
    Happening,
    Journal,
    Left,
    Pinned,
    Published,
    Shown,
    live_runs,
)
from ..detect.live import LiveRun
from ..detect.told import (
    block_draft,
    context_draft,
    journal_place,
    left_draft,
)
from ..store.layout import Store
from ..store.objects import ObjectStore
from ..store.records import Draft
from .barrier import reach
from .drafts import Drafts
from .environments import Environments, environment_of
from .ledger import Ledger
from .media import Media
from .pins import Pins
from .points import Points
from .sessions import Sessions
from .storer import Storer


class JournalIngest:
    """Used by the ingest thread alone, but for `live`, `any_alive`, `any_unpinned`."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        objects: ObjectStore,
        storer: Storer,
        sessions: Sessions,
        drafts: Drafts,
        live_changed: Callable[[], None],
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._storer = storer
        self._sessions = sessions
        self._drafts = drafts
        self._live_changed = live_changed
        self._pins = Pins(store, ledger, objects)
        self._environments = Environments(store, ledger, objects)
        self._machine = this_machine()
        self.media = Media(store, ledger, objects)
        self.points = Points(ledger, objects, storer)
        self._journals: dict[Path, Journal] = {}
        self._outgoing: list[Draft] = []
        self._after: list[Callable[[], None]] = []
        self._remains: list[Remains] = []
        self._held: list[Journal] = []
        self._live: list[Shown] = []
        self._gone: deque[Path] = deque()

    @property
    def folders(self) -> list[str]:
        """The folders journals appear in."""
        return [os.fspath(self._store.path / "journal"), _workspace.fallback_journal_dir()]

    def live(self) -> list[Shown]:
        """Runs that started and did not publish. Any thread."""
        return self._live

    def any_alive(self) -> bool:
        """Whether any session of this workspace lives. Any thread."""
        return any(not journal.finished for journal in list(self._journals.values()))

    def any_unpinned(self) -> bool:
        """Whether a living session is pinning the outputs of a run it published. Any thread."""
        return any(journal.unpinned for journal in list(self._journals.values()))

    def poll(self) -> None:
        """Look for new journals and read on in all that live."""
        while self._gone:
            self._journals.pop(self._gone.popleft(), None)
        for path in self._unknown():
            self._journals[path] = Journal(path)
        self.read(self._journals)
        self._settle()
        self._after += self._drafts.poll()
        self.flush()

    def read(self, paths: Any) -> None:
        """Read on in these journals; others are ignored. Raises ``StoreFailure``: call again later."""
        for path in list(paths):
            journal = self._journals.get(path) or self._adopt(path)
            if journal is not None and not journal.finished:
                self._advance(journal)
        self._release()
        self.flush()

    def _release(self) -> None:
        """Journals of which everything is told, once nobody needs them."""
        done = [journal for journal in self._held if not self._sessions.holds(journal)]
        self._held = [journal for journal in self._held if journal not in done]
        if done:
            self._after += [partial(self._mark_done, one) for one in done]
            self._after.append(partial(self._sessions.forget, self._sessions.over()))

    def flush(self) -> None:
        """Record what waits. Raises ``StoreFailure`` and keeps it."""
        if self._outgoing:
            reach("journal-read")
            self._ledger.record(self._outgoing)
            self._outgoing = []
        after, self._after = self._after, []
        for task in after:
            self._storer.submit(task)

    def _adopt(self, path: Path) -> Journal | None:
        if path.suffix != _journal.SUFFIX or os.fspath(path.parent) not in self.folders:
            return None
        return self._journals.setdefault(path, Journal(path))

    def _unknown(self) -> Iterator[Path]:
        for folder in self.folders:
            try:
                names = os.listdir(folder)
            except OSError:
                continue
            for name in sorted(names):
                path = Path(folder) / name
                if (
                    name.endswith(_journal.SUFFIX)
                    and path not in self._journals
                    and not self._done(path)
                ):
                    yield path

    def _done(self, path: Path) -> bool:
        done = self._ledger.index.journal_done(path.stem)
        try:
            return done is not None and path.stat().st_size == done
        except OSError:
            return True

    def _is_ours(self, journal: Journal) -> bool:
        """Journals in our store are ours wherever the workspace lay when they were written."""
        in_store = journal.path.parent == self._store.path / "journal"
        return in_store or journal.names(self._store.workspace)

    def _advance(self, journal: Journal) -> None:
        ran = len(journal.sessionlog.executions)
        try:
            for happening in journal.advance():
                if not self._is_ours(journal):
                    break
                self._take(journal, happening)
        except FileNotFoundError:  # we removed it, or somebody did
            journal.finished = True
            self._journals.pop(journal.path, None)
            return
        if not self._is_ours(journal):
            journal.live.clear()
            journal.finished = True
            return
        self._after += [*self._sessions.look(journal), *self._drafts.look(journal)]
        if journal.finished and not any(one.journal is journal for one in self._remains):
            self._held.append(journal)
        self._tell_live()
        if len(journal.sessionlog.executions) != ran:
            self._live_changed()  # a session without a run is shown too

    def _settle(self) -> None:
        """Decide about runs that dead sessions left, now that every journal has been read."""
        if not self._remains:
            return
        endings = decide(self._remains, self._is_published, self._is_alive)
        for kind, one in endings.facts:
            self._left(kind, one.journal, one.run)
        done = {one.journal for one in self._remains} - {one.journal for one in endings.held}
        self._held += done
        self._remains = endings.held
        self._release()
        self.flush()

    def _left(self, kind: str, journal: Journal, run: LiveRun) -> None:
        workspace = self._store.workspace
        draft = left_draft(kind, journal, workspace, run)
        if kind == "run.interrupted":
            draft.body["ending"] = ending(journal, self._machine)
            told = {"progress": run.progress.place()}
            self._outgoing.append(context_draft(journal, workspace, run.id, told))
            self._keep_environment(journal, (run.id,))
            self._after += self._sessions.interrupted(journal, run.id)
        self._outgoing.append(draft)
        self._ended(journal, run)

    def _ended(self, journal: Journal, run: LiveRun) -> None:
        """The run's points and media from this journal are complete."""
        drafts, tasks = self.points.ended(journal, run)
        self._outgoing += drafts
        self._after += tasks
        if run.media:
            self._after.append(partial(self.media.take, run.id, journal.source, run.media))

    def _is_published(self, run: str) -> bool:
        return self._ledger.index.has_kind(run, "run.block")

    def _is_alive(self, run: str) -> bool:
        return any(run in journal.live for journal in self._journals.values())

    def _take(self, journal: Journal, happening: Happening) -> None:
        if isinstance(happening, Published):
            self._published(journal, happening)
        elif isinstance(happening, Pinned):
            files = self._placed(journal, happening.files)
            self._after.append(lambda: self._pins.take(happening.run, journal.source, files))
        elif isinstance(happening, EnvironmentKnown):
            self._keep_environment(journal, happening.runs)
            self._keep_for_children(journal)
        elif isinstance(happening, Filled):
            self.points.filled(journal, happening)
        elif isinstance(happening, Dropped):
            self.points.dropped(journal.source, happening.run)
        elif isinstance(happening, Left):
            self._remains.append(Remains(journal, happening.run))

    def _published(self, journal: Journal, happening: Published) -> None:
        workspace, run = self._store.workspace, happening.run
        place = journal_place(journal, workspace)
        text = str(happening.payload.get("block", ""))
        resumed = bool(happening.payload.get("resumed"))
        self._outgoing.append(block_draft(run, journal.source, text, place, resumed))
        progress = None if happening.told is None else happening.told.progress.place()
        told = {**happening.payload, "progress": progress}
        self._outgoing.append(context_draft(journal, workspace, run, told))
        if happening.told is not None:
            self._ended(journal, happening.told)
        self._keep_environment(journal, (run,))

    def _placed(self, journal: Journal, files: list[dict[str, Any]]) -> list[dict[str, Any]]:
        place = journal_place(journal, self._store.workspace)
        base, top = place["base"], place.get("workspace", "")
        return [
            {**file, "path": workspace_path(base, str(file.get("path")), top)} for file in files
        ]

    def _keep_environment(self, journal: Journal, runs: tuple[str, ...]) -> None:
        told = environment_of(journal, list(self._journals.values()))
        if told is not None and runs:
            seeds = {run: journal.seeds_of(run) for run in runs}
            self._after.append(partial(self._environments.keep, journal.source, told, seeds))

    def _keep_for_children(self, parent: Journal) -> None:
        """The runs of processes that it started and that had none of their own."""
        for journal in list(self._journals.values()):
            if journal.environment is None and _is_child(journal, parent):
                self._keep_environment(journal, journal.published)

    def _mark_done(self, journal: Journal) -> None:
        """On the storer's thread, behind everything of this journal."""
        if not journal.whole:
            self._ledger.index.set_journal_done(journal.path.stem, journal.offset)
            return
        # The lock first: a journal without one is that of a dead session, and is read again.
        reach("journal-durable")
        journal.path.with_suffix(_journal.LOCK_SUFFIX).unlink(missing_ok=True)
        reach("lock-removed")
        journal.path.unlink(missing_ok=True)
        reach("journal-removed")
        self._gone.append(journal.path)

    def _tell_live(self) -> None:
        live = list(live_runs(self._journals.values()))
        if live or self._live:
            self._live = live
            self._live_changed()


def _is_child(journal: Journal, parent: Journal) -> bool:
    return (journal.session or {}).get("parent") == parent.path.stem
