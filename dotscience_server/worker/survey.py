"""The survey: what the tree costs and what differs from the last snapshot, counted in the background.

Invariants: only a request that asks for a `fresh` count waits for one; ``counted`` is false until the first one is there. Counts are
stat first, and rest for twenty times what the last one took (at least 2 s).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from ..snapshots.cost import uncounted
from ..snapshots.plan import TreePlan
from .changed_files import ChangedFiles
from .ledger import Ledger
from .tree import Tree

log = logging.getLogger(__name__)

SHOWN_CHANGES = 200
_LEAST_AGE_S = 2.0
_SHARE = 20
_WATCHED_EVERY_S = 15.0
_LOOKED_WITHIN_S = 60.0
_ALWAYS_EVERY_S = 60.0
"""Notebooks in new folders are found by the walk, whoever looks."""


class Survey:
    """A thread. ``changed`` is called when an answer differs, ``seen`` with each plan."""

    def __init__(
        self,
        ledger: Ledger,
        tree: Tree,
        files: ChangedFiles,
        changed: Callable[[], None],
        seen: Callable[[TreePlan], None],
    ) -> None:
        self._ledger = ledger
        self._tree = tree
        self._files = files
        self._changed = changed
        self._seen = seen
        self._cost: dict[str, Any] | None = None
        self._changes: dict[str, Any] = _uncounted_changes()
        self._wake = threading.Condition()
        self._stopping = False
        self._due: float | None = None
        self._begun = 0
        self._ended = 0
        """How many counts have; whatever became of them."""
        self._looked_s = 0.0
        self._ended_s = 0.0
        self._took_s = 0.0
        self._thread = threading.Thread(target=self._run, name="survey", daemon=True)

    def start(self) -> None:
        """Begin with a count."""
        self.again()
        self._thread.start()

    def looked(self) -> None:
        """A client is there: count now and then."""
        self._looked_s = time.monotonic()
        self._set_due(max(self._looked_s, self._ended_s + max(_WATCHED_EVERY_S, self._rest_s())))

    def touched(self) -> None:
        """Something changed: count again when the last count is old."""
        self._set_due(max(time.monotonic() + _LEAST_AGE_S / 4, self._ended_s + self._rest_s()))

    def again(self) -> None:
        """Count again at once."""
        self._set_due(time.monotonic())

    def fresh(self, seconds: float) -> None:
        """Block until a count that began after this call is there, or for so long."""
        with self._wake:
            wanted = self._begun + 1
        self.again()
        with self._wake:
            self._wake.wait_for(lambda: self._stopping or self._ended >= wanted, seconds)

    def stop(self) -> None:
        """End the thread."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def cost(self) -> dict[str, Any]:
        """``Cost`` of ``status.schema.json``."""
        return self._cost or uncounted(self._tree.free_bytes(), self._tree.agreed).to_json()

    def changes(self) -> dict[str, Any]:
        """``Changes`` of ``status.schema.json``; the first 200 files."""
        return self._changes

    def _rest_s(self) -> float:
        """Between two counts, so that they take a twentieth of one core at most."""
        return max(_LEAST_AGE_S, _SHARE * self._took_s)

    def _set_due(self, moment: float) -> None:
        with self._wake:
            if self._due is None or moment < self._due:
                self._due = moment
                self._wake.notify_all()

    def _run(self) -> None:
        while self._wait():
            begun = time.monotonic()
            try:
                self._count()
            except _Ended:
                return
            except Exception:
                log.exception("the tree could not be counted")
            with self._wake:
                self._ended = self._begun
                self._wake.notify_all()
            self._ended_s = time.monotonic()
            self._took_s = self._ended_s - begun
            watched = self._ended_s - self._looked_s < _LOOKED_WITHIN_S
            every_s = _WATCHED_EVERY_S if watched else _ALWAYS_EVERY_S
            self._set_due(self._ended_s + max(every_s, self._rest_s()))

    def _wait(self) -> bool:
        """Until a count is due; False when the worker ends."""
        with self._wake:
            while not self._stopping:
                left = None if self._due is None else self._due - time.monotonic()
                if left is not None and left <= 0:
                    self._due = None
                    self._begun += 1
                    return True
                self._wake.wait(left)
            return False

    def _count(self) -> None:
        last = self._ledger.index.snapshots(1)
        with self._tree.lock:
            plan = self._tree.plan(self._check)
            differing = self._tree.changes(last[0]["tree"], plan) if last else []
        self._seen(plan)
        cost = self._tree.cost(plan).to_json()
        changes = _changes(
            last[0]["time"] if last else None, *self._files.shown(differing, SHOWN_CHANGES)
        )
        same = changes == self._changes and _told(cost) == _told(self._cost)
        self._cost, self._changes = cost, changes
        if not same:
            self._changed()

    def _check(self) -> None:
        if self._stopping:
            raise _Ended


class _Ended(Exception):
    """The worker ends."""


def _told(cost: dict[str, Any] | None) -> dict[str, Any] | None:
    """Without what changes all the time on a disk that others use too."""
    if cost is None:
        return None
    return {key: value for key, value in cost.items() if key not in ("free_bytes", "store_bytes")}


def _uncounted_changes() -> dict[str, Any]:
    return {"since": None, "total": 0, "files": [], "counted": False}


def _changes(since: str | None, total: int, files: list[dict[str, Any]]) -> dict[str, Any]:
    return {"since": since, "total": total, "files": files, "counted": True}
