"""The survey: what the tree costs and what differs from the last snapshot, counted in the background.

Invariants: a request never waits for a count; ``counted`` is false until the first one is there. Counts are
stat only, kept until somebody asks again and they are old (at least 2 s, and twenty times what one takes).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from dotscience._tree import name_to_json

from ..snapshots.changes import Change
from ..snapshots.cost import uncounted
from ..snapshots.plan import TreePlan
from .ledger import Ledger
from .tree import Tree

log = logging.getLogger(__name__)

SHOWN_CHANGES = 200
_LEAST_AGE_S = 2.0
_SHARE = 20


class Survey:
    """A thread. ``changed`` is called when an answer differs, ``seen`` with each plan."""

    def __init__(
        self,
        ledger: Ledger,
        tree: Tree,
        changed: Callable[[], None],
        seen: Callable[[TreePlan], None],
    ) -> None:
        self._ledger = ledger
        self._tree = tree
        self._changed = changed
        self._seen = seen
        self._cost: dict[str, Any] | None = None
        self._changes: dict[str, Any] = _uncounted_changes()
        self._wake = threading.Event()
        self._stopping = False
        self._ended_s = 0.0
        self._took_s = 0.0
        self._thread = threading.Thread(target=self._run, name="survey", daemon=True)

    def start(self) -> None:
        """Begin with a count."""
        self._wake.set()
        self._thread.start()

    def ask(self) -> None:
        """Somebody looks: count again when the last count is old."""
        age_s = time.monotonic() - self._ended_s
        if age_s > max(_LEAST_AGE_S, _SHARE * self._took_s):
            self._wake.set()

    def again(self) -> None:
        """Something changed: count again at once."""
        self._wake.set()

    def stop(self) -> None:
        """End the thread."""
        self._stopping = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def cost(self) -> dict[str, Any]:
        """``Cost`` of ``status.schema.json``."""
        return self._cost or uncounted(self._tree.free_bytes(), self._tree.agreed).to_json()

    def changes(self) -> dict[str, Any]:
        """``Changes`` of ``status.schema.json``; the first 200 files."""
        return self._changes

    def _run(self) -> None:
        while True:
            self._wake.wait()
            self._wake.clear()
            if self._stopping:
                return
            begun = time.monotonic()
            try:
                self._count()
            except _Ended:
                return
            except Exception:
                log.exception("the tree could not be counted")
            self._ended_s = time.monotonic()
            self._took_s = self._ended_s - begun

    def _count(self) -> None:
        last = self._ledger.index.snapshots(1)
        with self._tree.lock:
            plan = self._tree.plan(self._check)
            differing = self._tree.changes(last[0]["tree"], plan) if last else []
        self._seen(plan)
        cost = self._tree.cost(plan).to_json()
        changes = _changes(last[0]["time"] if last else None, differing)
        if (cost, changes) != (self._cost, self._changes):
            self._cost, self._changes = cost, changes
            self._changed()

    def _check(self) -> None:
        if self._stopping:
            raise _Ended


class _Ended(Exception):
    """The worker ends."""


def _uncounted_changes() -> dict[str, Any]:
    return {"since": None, "total": 0, "files": [], "counted": False}


def _changes(since: str | None, differing: list[Change]) -> dict[str, Any]:
    files = [
        {
            "path": name_to_json(change.path),
            "kind": change.kind,
            "size": change.size,
            "policy": change.policy,
        }
        for change in differing[:SHOWN_CHANGES]
    ]
    return {"since": since, "total": len(differing), "files": files, "counted": True}
