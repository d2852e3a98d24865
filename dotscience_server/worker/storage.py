"""What the store holds and what for: counted in the background, or when somebody asks.

Reads the records that came since it last did, and every manifest once a count. Invariant: an answer is never half
counted: until the first count it says ``counted: null``.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dotscience import _records
from dotscience._records import Line, Record

from ..storage.keeping import Reason, kept_for
from ..storage.needs import Needs, Ranked, Snapshot
from ..storage.source import StoreSource
from ..storage.spans import EVER
from ..storage.tally import Holder, Tally, tally
from ..storage.thinning import ThinningPlan, default_budget, plan_thinning
from ..store.layout import Store
from ..store.objects import ObjectStore
from ..store.stamps import now
from .ledger import Ledger

Json = dict[str, Any]
SHOWN_RUNS = 500
_ALL = 1 << 40


@dataclass(frozen=True)
class Sizes:
    """Bytes on the disk."""

    objects: int
    chunks: int
    xorbs: int
    records: int
    others: int

    @property
    def all(self) -> int:
        """Of the whole store."""
        return self.objects + self.chunks + self.records + self.others


@dataclass(frozen=True)
class Picture:
    """One count. ``plan``: what is to go to come below the budget; ``limits``: contents given up before, see `tally`."""

    revision: int
    time: str
    runs: list[Json]
    known: set[str]
    kept: dict[str, list[Reason]]
    thinned: set[str]
    holders: list[Holder]
    tally: Tally
    sizes: Sizes
    budget: int
    plan: ThinningPlan | None
    unneeded: list[Snapshot]
    limits: dict[str, int]

    @property
    def unused(self) -> int:
        """Bytes that nothing needs."""
        return max(0, self.sizes.objects + self.sizes.xorbs - self.tally.live_bytes)

    @property
    def over(self) -> int:
        """Bytes above the budget once what nothing needs is gone."""
        return self.sizes.all - self.unused - self.budget


class GivenUp:
    """What ``gc.thinned`` records say; contents by key with the rank up to which runs lost them, and when."""

    def __init__(self) -> None:
        self.contents: dict[str, int] = {}
        self.times: dict[str, str] = {}
        self.runs: set[str] = set()
        self.snapshots: set[str] = set()
        self.announced: set[str] = set()

    def add(self, record: Record) -> None:
        """Take over a ``gc.thinned``."""
        body = record.body
        for key in body.get("contents") or ():
            self.contents[key] = max(int(body.get("through") or 0), self.contents.get(key, 0))
            self.times[key] = record.time
        self.runs |= set(body.get("runs") or ())
        self.snapshots |= set(body.get("snapshots") or ())
        if body.get("announced"):
            self.announced.add(str(body["announced"]))


class Storage:
    """Any thread; one counts at a time."""

    def __init__(
        self, store: Store, ledger: Ledger, objects: ObjectStore, source: StoreSource
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._objects = objects
        self.source = source
        self._counting = threading.Lock()
        self._reading = threading.Lock()
        self._needs = Needs()
        self._position = ("", 0)
        self.given_up = GivenUp()
        for record in ledger.index.all_of_workspace("gc.thinned"):
            self.given_up.add(record)
        self.picture: Picture | None = None
        """The last count."""

    def count(self, tick: Callable[[], None] = lambda: None) -> Picture:
        """Count anew. Blocks: seconds for ten thousand runs. Raises what ``tick`` raises, and ``ObjectDamaged``,
        ``TreeError`` when a manifest cannot be read.
        """
        with self._counting:
            picture = self._counted(tick)
            self.picture = picture
        return picture

    def alone_bytes(self, run: str) -> int | None:
        """What this run alone holds; None: not counted yet."""
        picture = self.picture
        if picture is None or run not in picture.known:
            return None
        return picture.tally.alone.get(run, 0)

    def budget(self) -> tuple[int, bool]:
        """Bytes the store may take, and whether that is the default."""
        record = self._ledger.index.last_of_workspace("budget")
        told = None if record is None else record.body.get("budget_bytes")
        if isinstance(told, int) and not isinstance(told, bool):
            return told, False
        return default_budget(shutil.disk_usage(self._store.path).total), True

    def announced(self) -> Record | None:
        """The announcement that stands: neither done nor withdrawn."""
        found = self._ledger.index.last_of_workspace("gc.announced")
        if found is None or not found.body.get("runs"):
            return None
        return None if found.body.get("id") in self.given_up.announced else found

    def shown(self) -> Json:
        """``storage.schema.json``."""
        picture = self.picture
        budget, is_default = self.budget()
        told: Json = {
            "counted": None,
            "bytes": 0,
            "chunks_bytes": 0,
            "objects_bytes": 0,
            "records_bytes": 0,
            "free_bytes": self._objects.free_bytes(),
            "budget_bytes": budget,
            "budget_default": is_default,
            "unused_bytes": 0,
            "runs": [],
            "plan": None,
        }
        if picture is None:
            return told
        sizes = picture.sizes
        return {
            **told,
            "counted": picture.time,
            "bytes": sizes.all,
            "chunks_bytes": sizes.chunks,
            "objects_bytes": sizes.objects,
            "records_bytes": sizes.records,
            "unused_bytes": picture.unused,
            "runs": _shown_runs(picture),
            "plan": self._shown_plan(picture),
        }

    def needs(self) -> Needs:
        """What the records say, brought up to date. Hold nothing that records."""
        with self._reading:
            self._read_records()
            return self._needs

    def holders(self) -> tuple[list[Json], dict[str, list[Reason]], list[Holder]]:
        """All runs in the order of their recording, why some keep their files, and who needs what."""
        runs = self._ledger.index.summaries_before(_ALL, _ALL)
        runs.reverse()
        kept = kept_for(runs)
        dropped: set[str] = set()
        for draft in self._ledger.index.all_drafts():
            if draft.state == "expired":
                dropped.add(draft.id)
            elif draft.state == "open":
                kept.setdefault(draft.id, []).append("draft")
        ranked = [Ranked(run["id"], run["snapshot"]["id"], _rank(run, kept)) for run in runs]
        with self._reading:
            self._read_records()
            return runs, kept, self._needs.holders(ranked, dropped, self._is_in_use)

    def _counted(self, tick: Callable[[], None]) -> Picture:
        revision = self._ledger.index.revision()
        runs, kept, holders = self.holders()
        limits, gone = dict(self.given_up.contents), self.given_up.snapshots
        with self._reading:
            unneeded = [one for one in self._needs.unneeded(holders) if one.id not in gone]
        counted = tally(holders, self.source, limits, tick)
        sizes = self._sizes(counted.all_object_bytes)
        budget, _ = self.budget()
        candidates = [(int(one["seq"]), str(one["id"])) for one in runs if one["id"] not in kept]
        picture = Picture(
            revision,
            now(),
            runs,
            {str(one["id"]) for one in runs},
            kept,
            set(self.given_up.runs),
            holders,
            counted,
            sizes,
            budget,
            None,
            unneeded,
            limits,
        )
        if picture.over <= 0:
            return picture
        return replace(picture, plan=plan_thinning(counted, candidates, picture.over))

    def _shown_plan(self, picture: Picture) -> Json | None:
        announced = self.announced()
        if picture.plan is None:
            return None
        titles = {one["id"]: one for one in picture.runs}
        return {
            "due": None if announced is None else announced.body.get("due"),
            "announced": None if announced is None else announced.body.get("id"),
            "bytes": picture.plan.bytes,
            "runs": [
                {
                    "run": one.run,
                    "title": title_of(titles[one.run]),
                    "time": titles[one.run]["started"] or titles[one.run]["recorded"],
                    "bytes": one.bytes,
                    "files": one.files,
                }
                for one in picture.plan.runs
            ],
        }

    def _read_records(self) -> None:
        for item in _records.read_all(os.fspath(self._store.path), self._position):
            if isinstance(item, Line):
                self._needs.add(item.record)
            elif item.torn:
                return  # it is being written
            self._position = (item.file, item.offset + item.length)

    def _is_in_use(self, checkout: Json) -> bool:
        """Whether the folder that a checkout made is still there."""
        try:
            status = os.stat(self._store.workspace / str(checkout["path"]))
        except (OSError, KeyError, ValueError):
            return False
        return (status.st_dev, status.st_ino) == (checkout.get("dev"), checkout.get("ino"))

    def _sizes(self, objects: int) -> Sizes:
        xorbs = _size_below(self._store.path / "chunks" / "xorbs")
        shards = _size_below(self._store.path / "chunks" / "shards")
        records = _size_below(self._store.path / "records")
        others = _size_below(self._store.path / "pins") + _size_below(self._store.path / "journal")
        held = self.source.held_bytes()
        return Sizes(objects, xorbs + shards + held, xorbs + held, records, others)


def title_of(run: Json) -> str:
    """What people call the run."""
    return str(
        run.get("description") or run.get("notebook") or run.get("workload") or run["id"][:8]
    )


def _rank(run: Json, kept: dict[str, list[Reason]]) -> int:
    """Runs are given up in the order in which they were recorded; never one that still waits for its snapshot."""
    waits = run["snapshot"]["state"] == "pending"
    return EVER if run["id"] in kept or waits else int(run["seq"])


def _shown_runs(picture: Picture) -> list[Json]:
    rows = [
        {
            "run": run["id"],
            "title": title_of(run),
            "time": run["started"] or run["recorded"],
            "alone_bytes": picture.tally.alone.get(run["id"], 0),
            "kept_for": picture.kept.get(run["id"], []),
            "thinned": run["id"] in picture.thinned,
            "repeats": run["repeats"],
        }
        for run in picture.runs
    ]
    rows.sort(key=lambda row: -row["alone_bytes"])
    return rows[:SHOWN_RUNS]


def _size_below(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_size
            except FileNotFoundError:
                continue
    return total
