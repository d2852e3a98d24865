"""Keeps the count of the store up to date while nothing else goes on, and the store below its budget.

over the budget ─► announced (a notice, seven days) ─┬─ below again, or the runs are pinned ─► withdrawn
                                                     └─ the day comes, nothing runs ─► given up
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from ..protocol.failure import ApiError
from ..snapshots.failures import Cancelled
from ..store.failures import size_text
from ..store.records import Draft
from ..store.stamps import nanoseconds, new_id, rfc3339
from .claims import Claims
from .gc import Collector
from .ledger import Ledger
from .notices import Notices
from .storage import Picture, Storage
from .views import Views

log = logging.getLogger(__name__)

DAYS = 7.0
DAYS_VARIABLE = "DOTSCIENCE_GC_DAYS"
_LOOK_S = 2.0
_FIRST_S = 10.0
_LEAST_REST_S = 60.0
_SHARE = 100
"""A count takes a hundredth of one core at most."""
_DAY_NS = 86_400 * 10**9


class StorageKeeper:
    """A thread. ``idle`` says whether nothing else goes on."""

    def __init__(
        self,
        ledger: Ledger,
        storage: Storage,
        collector: Collector,
        notices: Notices,
        idle: Callable[[], bool],
    ) -> None:
        self._ledger = ledger
        self._storage = storage
        self._collector = collector
        self._notices = notices
        self._idle = idle
        self._wake = threading.Condition()
        self._stopping = False
        self._asked = 0
        self._answered = 0
        self._next_s = time.monotonic() + _FIRST_S
        self._thread = threading.Thread(target=self._run, name="storage", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def fresh(self, seconds: float) -> None:
        """Block until a count that began after this call is there, or for so long."""
        with self._wake:
            self._asked += 1
            wanted = self._asked
            self._wake.notify_all()
            self._wake.wait_for(lambda: self._stopping or self._answered >= wanted, seconds)

    def stop(self) -> None:
        """End the thread; a clean-up stops between two steps."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def look(self) -> None:
        """Count, and see to the budget. Raises what counting raises."""
        self._see_to_budget(self._storage.count(self._check))

    def keep_announced(self, views: Views, claims: Claims) -> int:
        """Pin the runs that were announced; how many."""
        announced = self._storage.announced()
        runs = [] if announced is None else list(announced.body["runs"])
        for run in runs:
            claims.label(views.find(run), "pinned", "yes")
        self.look()
        return len(runs)

    def _run(self) -> None:
        while self._wait():
            asked, begun = self._asked, time.monotonic()
            try:
                self.look()
            except Cancelled:
                return
            except Exception:
                log.exception("the store could not be counted")
            with self._wake:
                self._answered = max(asked, self._answered)
                self._wake.notify_all()
            now_s = time.monotonic()
            self._next_s = now_s + max(_LEAST_REST_S, _SHARE * (now_s - begun))

    def _wait(self) -> bool:
        """Until a count is due; False when the worker ends."""
        with self._wake:
            while not self._stopping:
                if self._asked > self._answered or self._is_due():
                    return True
                self._wake.wait(_LOOK_S)
            return False

    def _is_due(self) -> bool:
        if time.monotonic() < self._next_s or not self._idle():
            return False
        picture, announced = self._storage.picture, self._storage.announced()
        if announced is not None and is_past(announced.body.get("due")):
            return True
        return picture is None or picture.revision != self._ledger.index.revision()

    def _check(self) -> None:
        if self._stopping:
            raise Cancelled("the worker ends")

    def _see_to_budget(self, picture: Picture) -> None:
        announced = self._storage.announced()
        if picture.plan is None or not picture.plan.runs:
            if announced is not None:
                self._record(picture, [], 0, None)
            self._notices.clear("storage-budget")
            return
        body = None if announced is None else announced.body
        if body is None:
            due = rfc3339(time.time_ns() + int(_days() * _DAY_NS))
            runs = [one.run for one in picture.plan.runs]
            body = self._record(picture, runs, picture.plan.bytes, due)
        elif is_past(body.get("due")) and self._idle() and not self._collector.is_hindered():
            self._collector.apply(self._check, str(body["id"]), frozenset(body["runs"]))
            self._notices.clear("storage-budget")
            return
        self._tell(picture, body)

    def _record(
        self, picture: Picture, runs: list[str], freed: int, due: str | None
    ) -> dict[str, Any]:
        body = {
            "id": new_id(),
            "due": due,
            "bytes": freed,
            "runs": runs,
            "budget_bytes": picture.budget,
        }
        self._ledger.record([Draft("gc.announced", "worker", body)])
        return body

    def _tell(self, picture: Picture, body: dict[str, Any]) -> None:
        error = ApiError.of(
            "storage-budget",
            bytes=size_text(picture.sizes.all),
            budget=size_text(picture.budget),
            count=len(body["runs"]),
            freed=size_text(int(body["bytes"])),
            date=str(body["due"])[:10],
        )
        self._notices.post(error, actions=("keep-runs", "give-up-now", "dismiss"))


def is_past(due: Any) -> bool:
    """Whether the moment (RFC 3339) has come."""
    moment = nanoseconds(due)
    return moment is not None and moment <= time.time_ns()


def _days() -> float:
    return float(os.environ.get(DAYS_VARIABLE, DAYS))
