"""Cleaning up: what nothing needs goes, and, over the budget, large files of old runs (decision 0092).

    count ─► plan ─┬─ dry run: told, nothing changes
                   └─ apply: nobody stores ─► count ─► gc.thinned recorded ─► objects ─► shards ─► xorbs ─► pins
Invariants: what is given up is recorded before a byte of it goes; while bytes go nobody takes a snapshot or stores
what a record will name; what is younger than ten minutes stays. A kill at any step leaves all that is needed whole,
and the next run does the rest.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from dotscience._tree import TreeError

from ..protocol.failure import ApiError
from ..storage.source import objects_of
from ..storage.thinning import ThinningPlan, plan_thinning
from ..store.clones import CLONES, Clones
from ..store.failures import ObjectDamaged, size_text
from ..store.layout import Store
from ..store.objects import ObjectStore
from ..store.records import Draft
from ..store.removal import remove_object
from .barrier import reach
from .giving_up import Doomed, Freezes
from .jobs import Job, JobResult, Jobs
from .ledger import Ledger
from .storage import Picture, Storage

YOUNG_S = 600.0
YOUNG_VARIABLE = "DOTSCIENCE_TEST_GC_YOUNG_S"
_PINS_S = 86_400.0
_NOT_BESIDE = ("checkout", "restore", "branch", "rerun", "verify")
_LOOK_S = 0.2
_TRIES = 3


class Collector:
    """Any thread; one cleans at a time. ``alone`` keeps everybody from storing, ``forget`` makes those who remember
    what the store has look again."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        objects: ObjectStore,
        storage: Storage,
        jobs: Jobs,
        alone: Callable[[], AbstractContextManager[None]],
        forget: Callable[[], None],
        freezes: Freezes,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._objects = objects
        self._storage = storage
        self._jobs = jobs
        self._alone = alone
        self._forget = forget
        self._freezes = freezes

    def run(self, job: Job, apply: bool) -> None:
        """Do the job: tell what would go, or do it."""
        try:
            if not apply:
                picture = self._storage.count(job.check)
                would = picture.unused + (0 if picture.plan is None else picture.plan.bytes)
                job.succeed(JobResult(message=f"{size_text(would)} would be freed", bytes=would))
                return
            freed = self.apply(job.check)
            job.succeed(JobResult(message=f"{size_text(freed)} freed", bytes=freed))
        except TreeError as error:
            raise ObjectDamaged("?", f"a manifest cannot be read: {error}") from error

    def apply(
        self,
        check: Callable[[], None],
        announced: str | None = None,
        only: frozenset[str] | None = None,
    ) -> int:
        """Clean up; bytes freed. ``announced``: the id of the announcement that is due, ``only`` its runs. Raises
        ``ObjectDamaged`` before anything is removed where what is needed cannot be told, ``StoreFailure``, and what
        ``check`` raises between two steps.
        """
        while self.is_hindered():
            check()
            time.sleep(_LOOK_S)
        if self._ledger.damages and self._freezes.any():
            # A damaged record may need what lies in a freeze alone.
            files = ", ".join(sorted({damage.file for damage in self._ledger.damages}))
            raise ApiError.of("record-damaged", count=len(self._ledger.damages), path=files)
        for left in range(_TRIES, 0, -1):
            self._take_in(check, only)
            with self._alone():
                before = self._storage.count(check)
                plan = before.plan if only is None else _restricted(before, only)
                doomed = self._doomed(before, plan)
                lacking = set() if doomed is None else set().union(*doomed.lacking.values())
                if lacking and left > 1:
                    continue  # a snapshot came in between
                if (
                    lacking
                ):  # once its snapshot is given up nobody would know that the freeze is needed
                    raise ObjectDamaged(min(lacking), "it cannot be read where it is kept")
                self._record(before, plan, announced)
                reach("gc-recorded")
                needed = before if plan is None else self._storage.count(check)
                if doomed is not None:
                    self._freezes.give_up(doomed)
                    reach("gc-freezes-dropped")
                self._remove(needed, check)
                break
        return max(0, before.sizes.all - self._storage.count(check).sizes.all)

    def _take_in(self, check: Callable[[], None], only: frozenset[str] | None) -> None:
        """What is needed of freezes that will go is stored while everybody may still work."""
        if self._freezes.any():
            picture = self._storage.count(check)
            plan = picture.plan if only is None else _restricted(picture, only)
            doomed = self._doomed(picture, plan)
            if doomed is not None:
                self._freezes.take_in(doomed, check)

    def _doomed(self, picture: Picture, plan: ThinningPlan | None) -> Doomed | None:
        if not self._freezes.any():
            return None
        going = set() if plan is None else set(plan.contents)
        unneeded = {one.id for one in picture.unneeded}
        live = picture.tally.live - going
        return self._freezes.doomed(live, going | picture.limits.keys(), unneeded)

    def is_hindered(self) -> bool:
        """Whether something runs that needs old files."""
        return any(job.kind in _NOT_BESIDE and job.ended_s is None for job in self._jobs.all())

    def _record(self, picture: Picture, plan: ThinningPlan | None, announced: str | None) -> None:
        snapshots = [one.id for one in picture.unneeded]
        if plan is None and not snapshots:
            return
        body: dict[str, Any] = {
            "contents": [] if plan is None else list(plan.contents),
            "runs": [] if plan is None else [one.run for one in plan.runs],
            "through": 0 if plan is None else plan.through,
            "bytes": 0 if plan is None else plan.bytes,
            "snapshots": snapshots,
            "announced": announced,
        }
        source = "user" if announced is None else "worker"
        for line in self._ledger.record([Draft("gc.thinned", source, body)]):
            self._storage.given_up.add(line.record)

    def _remove(self, picture: Picture, check: Callable[[], None]) -> None:
        before_ns = time.time_ns() - int(_young_s() * 1e9)
        live = picture.tally.live

        def step(name: str) -> None:
            reach(name)
            check()

        try:
            self._remove_objects(live, before_ns, step)
            self._clean_chunks(live, before_ns, step)
            for _ in Clones(self._store.path / CLONES).given_up(live, before_ns):
                step("gc-clone-removed")
            self._remove_pins()
        finally:
            self._forget()
            reach("gc-forgotten")

    def _remove_objects(self, live: set[str], before_ns: int, step: Callable[[str], None]) -> None:
        for name, status in objects_of(self._store.path):
            if name not in live and status.st_mtime_ns < before_ns:
                remove_object(self._store.path, name, before_ns)
                step("gc-object-removed")
        step("gc-objects-removed")

    def _clean_chunks(self, live: set[str], before_ns: int, step: Callable[[str], None]) -> None:
        chunks = self._objects.chunks
        if chunks is None or not (self._store.path / "chunks").exists():
            return
        from ..chunks.repack import clean

        clean(chunks, live, before_ns, step)

    def _remove_pins(self) -> None:
        """Files of pins that were taken over long ago and whose journal has gone."""
        old_s = time.time() - _PINS_S
        for folder in _folders(self._store.path / "pins"):
            taken = self._ledger.index.has_kind(folder.name, "run.pins")
            if taken and all(file.stat().st_mtime < old_s for file in folder.iterdir()):
                for file in folder.iterdir():
                    file.unlink(missing_ok=True)
                with contextlib.suppress(OSError):
                    folder.rmdir()


def set_budget(ledger: Ledger, told: Any) -> None:
    """Record what the store may take; None: the default. Raises ``bad-request``."""
    good = told is None or (isinstance(told, int) and not isinstance(told, bool) and told >= 0)
    if not good:
        raise ApiError.of("bad-request", detail="budget_bytes is a number of bytes or null")
    ledger.record([Draft("budget", "user", {"budget_bytes": told})])


def _restricted(picture: Picture, only: frozenset[str]) -> ThinningPlan | None:
    """What is still to go of the runs that were announced. Contents go with the newest run that holds them, so it ends
    before the first run that would lose any and was not announced."""
    if picture.plan is None:
        return None
    candidates = []
    for run in picture.runs:
        rank = int(run["seq"])
        if run["id"] in picture.kept:
            continue
        if run["id"] not in only and picture.tally.given.get(rank):
            break
        candidates.append((rank, str(run["id"])))
    return plan_thinning(picture.tally, candidates, picture.over)


def _young_s() -> float:
    return float(os.environ.get(YOUNG_VARIABLE, YOUNG_S))


def _folders(parent: Path) -> list[Path]:
    try:
        return [entry for entry in parent.iterdir() if entry.is_dir() and not entry.is_symlink()]
    except FileNotFoundError:
        return []
