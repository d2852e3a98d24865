"""The ledger: the one way a fact becomes a record.

    drafts ─► known already? ─► store still ours? ─► append + fsync ─► index ─► told
Invariants: nothing is told before it is durable; a fact with the (run, kind, source, hash) of an earlier
one is not written again; a failing index never loses a record, it catches up before the next.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Sequence

from dotscience._records import Damage, Line, body_hash

from ..store.failures import StoreGone
from ..store.index import Index, Tell, open_index, rebuild_index
from ..store.layout import Store
from ..store.records import Draft, RecordWriter, set_torn_tail_aside
from .barrier import reach

log = logging.getLogger(__name__)


class Ledger:
    """Thread-safe. ``told`` hears each batch once it is in the index."""

    def __init__(
        self, store: Store, stands: Callable[[], bool], told: Callable[[list[Line]], None]
    ) -> None:
        self._store = store
        self._stands = stands
        self._told = told
        self._lock = threading.RLock()
        self._behind = False
        self.index, self.damages = _open(store)
        self._writer = RecordWriter(store.path, self.index.revision())

    def record(self, drafts: Sequence[Draft]) -> list[Line]:
        """Durable records of those drafts that are new. Raises ``StoreFailure``: then none is."""
        with self._lock:
            new = self._new(drafts)
            if not new:
                return []
            if not self._stands():  # a new store may lie at its place, with a worker of its own
                raise StoreGone
            lines = self._writer.append(new)
            reach(f"{new[0].kind}-synced")
            self._apply(lines)
        reach(f"{new[0].kind}-indexed")
        self._told(lines)
        return lines

    def rebuild(self, tell: Tell) -> None:
        """Drop the index and make it from the records. Writing waits meanwhile."""
        with self._lock:
            old = self.index
            self.index, self.damages = rebuild_index(self._store.cache, self._store.path, tell)
            old.close()

    def close(self) -> None:
        """Close the files."""
        with self._lock:
            self._writer.close()
            self.index.close()

    def _new(self, drafts: Sequence[Draft]) -> list[Draft]:
        new: dict[object, Draft] = {}
        for draft in drafts:
            key = _key(draft)
            if key is None or not self.index.has_fact(*key):
                new.setdefault(key or id(draft), draft)
        return list(new.values())

    def _apply(self, lines: Sequence[Line]) -> None:
        try:
            if self._behind:
                self.index.catch_up()
            else:
                self.index.apply(lines)
            self._behind = False
        except sqlite3.Error:
            self._behind = True
            log.exception("the index is behind the records")


def _key(draft: Draft) -> tuple[str, str, str, str] | None:
    """What makes a run's fact the same; facts about the workspace may repeat."""
    if draft.run is None:
        return None
    return draft.run, draft.kind, draft.source, body_hash(draft.body)


def _open(store: Store) -> tuple[Index, list[Damage]]:
    index, damages = open_index(store.cache, store.path)
    torn = [damage for damage in damages if damage.torn]
    for damage in () if store.read_only else torn:
        aside = set_torn_tail_aside(store.path, damage)
        log.warning("a torn record was moved to %s", aside.name)
    return index, [damage for damage in damages if not damage.torn]
