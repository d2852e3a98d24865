"""Notebooks become facts: blocks that are not known yet, and the notebook as first saved with a run.

Invariants: idempotent on content, so copies, renames and repeated saves make no new runs and a cleared
output loses none; a notebook in motion is retried, and said so when it stays half-written.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from dotscience._block import Broken
from dotscience._paths import place_of

from ..detect.notebooks import Found, Gone, InMotion, Read, TooLarge, read_notebook, signature_of
from ..detect.told import block_draft
from ..protocol.failure import ApiError
from ..store.failures import size_text
from ..store.layout import Store
from ..store.objects import ObjectStore
from ..store.records import Draft
from .ledger import Ledger
from .notices import Notices
from .storer import Storer

PATIENCE_S = 5.0
_FIRST_WAIT_S = 0.05
_LONGEST_WAIT_S = 1.0


@dataclass
class _Retry:
    """A notebook in motion: since when, and when to look again (monotonic seconds)."""

    since: float
    due: float
    wait: float
    said: bool = False


class NotebookIngest:
    """Used by the ingest thread alone, but for `in_motion`."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        objects: ObjectStore,
        storer: Storer,
        notices: Notices,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._objects = objects
        self._storer = storer
        self._notices = notices
        self._known: dict[Path, str | None] = {}
        self._retries: dict[Path, _Retry] = {}

    @property
    def folders(self) -> set[str]:
        """Folders with notebooks in them, and the workspace's own."""
        return {os.fspath(self._store.workspace), *(os.fspath(path.parent) for path in self._known)}

    def in_motion(self) -> bool:
        """Whether a notebook is being saved. Any thread."""
        return any(not retry.said for retry in list(self._retries.values()))

    def next_due(self) -> float | None:
        """When a notebook in motion is to be looked at again (monotonic seconds)."""
        return min((retry.due for retry in self._retries.values()), default=None)

    def know(self, paths: Iterable[Path]) -> None:
        """These notebooks exist; each that is new is read at the next poll."""
        for path in paths:
            if path not in self._known:
                self._known[path] = self._ledger.index.notebook_signature(os.fsencode(path))

    def poll(self) -> None:
        """Look at every known notebook's stat. Raises ``StoreFailure``: call again later."""
        for path in list(self._known):
            self._look_if_changed(path)

    def retry(self) -> None:
        """Look again at notebooks in motion that are due."""
        moment = time.monotonic()
        for path, retry in list(self._retries.items()):
            if retry.due <= moment:
                self.look(path)

    def look(self, path: Path) -> None:
        """Read one notebook now. Raises ``StoreFailure``: call again later."""
        self._known.setdefault(path, None)
        try:
            outcome = read_notebook(path)
        except OSError as error:
            outcome = InMotion(error.strerror or str(error))
        if isinstance(outcome, InMotion):
            self._in_motion(path, outcome)
            return
        self._stands_still(path)
        if isinstance(outcome, Gone):
            self._known.pop(path, None)
        elif isinstance(outcome, TooLarge):
            self._too_large(path, outcome)
        else:
            self._take(path, outcome)

    def _look_if_changed(self, path: Path) -> None:
        try:
            signature = signature_of(path.stat())
        except OSError:
            signature = ""
        if path in self._retries or signature != self._known[path]:
            self.look(path)

    def _take(self, path: Path, read: Read) -> None:
        name = self._name(path)
        self._notices.clear("notebook-too-large", name)
        blocks = [found for found in read.found if not isinstance(found.item, Broken)]
        self._say_broken(name, [found for found in read.found if isinstance(found.item, Broken)])
        place = place_of(os.fspath(path.parent), os.fspath(self._store.workspace))
        drafts = [
            block_draft(found.item.id, f"notebook:{name}", found.item.text, place)
            for found in blocks
        ]
        new = [draft for draft in drafts if not self._is_known(draft)]
        self._ledger.record(new)
        self._keep(path, read, [found.item.id for found in blocks])
        self._known[path] = read.signature

    def _is_known(self, draft: Draft) -> bool:
        return draft.run is not None and self._ledger.index.has_block(draft.run, draft.body)

    def _keep(self, path: Path, read: Read, runs: list[str]) -> None:
        """The notebook's bytes for the runs that it is the first to be saved with."""
        index = self._ledger.index
        first = [run for run in dict.fromkeys(runs) if not index.has_kind(run, "run.notebook")]

        def keep() -> None:
            if first:
                self._record_notebook(path, read, first)
            index.set_notebook_signature(os.fsencode(path), read.signature)

        self._storer.submit(keep)

    def _record_notebook(self, path: Path, read: Read, runs: list[str]) -> None:
        name = self._name(path)
        body = {
            "path": name,
            "object": self._objects.add_bytes(read.content),
            "size": len(read.content),
            "mode": read.mode,
            "mtime_ns": str(read.mtime_ns),
        }
        drafts = [Draft("run.notebook", f"notebook:{name}", body, run) for run in runs]
        self._ledger.record(drafts)

    def _say_broken(self, name: str, broken: list[Found]) -> None:
        self._notices.clear_all("block-unreadable", name)
        for found in broken:
            assert isinstance(found.item, Broken)
            detail = f"line {found.item.line}: {found.item.reason}"
            error = ApiError.of("block-unreadable", path=name, cell=found.cell + 1, detail=detail)
            self._notices.post(
                error,
                f"{name}:{found.cell}:{found.item.line}",
                actions=("open-notebook", "show-text", "dismiss"),
                path=name,
                detail=found.item.text[:4000],
            )

    def _in_motion(self, path: Path, outcome: InMotion) -> None:
        moment = time.monotonic()
        retry = self._retries.setdefault(path, _Retry(moment, moment, _FIRST_WAIT_S))
        retry.due, retry.wait = moment + retry.wait, min(2 * retry.wait, _LONGEST_WAIT_S)
        if moment - retry.since >= PATIENCE_S and not retry.said:
            retry.said = True
            name = self._name(path)
            error = ApiError.of("notebook-half-written", path=name, detail=outcome.detail)
            self._notices.post(error, name, actions=("open-notebook", "dismiss"), path=name)

    def _stands_still(self, path: Path) -> None:
        if self._retries.pop(path, None) is not None:
            self._notices.clear("notebook-half-written", self._name(path))

    def _too_large(self, path: Path, outcome: TooLarge) -> None:
        name = self._name(path)
        error = ApiError.of("notebook-too-large", path=name, size=size_text(outcome.size))
        self._notices.post(error, name, actions=("open-notebook", "dismiss"), path=name)
        self._known[path] = outcome.signature

    def _name(self, path: Path) -> str:
        return os.path.relpath(path, self._store.workspace)
