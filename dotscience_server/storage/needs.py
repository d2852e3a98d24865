"""From records to who needs what (docs/formats/store.md, docs/decisions/0092).

Takes records in order, also later ones: nothing is read twice. Invariant: a record of a kind that this version does
not know holds whatever it names, so a newer version's data is never taken for unneeded.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from dotscience._records import Record, canonical

from .spans import EVER
from .tally import Holder, keys_in

Json = dict[str, Any]

_HOLD_NOTHING = frozenset(
    ("workspace", "policy", "budget", "gc.announced", "gc.thinned", "verified", "snapshot.sealed")
)
_FILES = frozenset(("run.pins",))
_PLAIN = frozenset(
    [
        "run.started",
        "run.block",
        "run.context",
        "run.interrupted",
        "run.values",
        "run.notebook",
        "run.points",
        "run.files",
        "run.environment",
        "run.media",
        "run.log",
        "run.draft",
        "run.kept",
        "run.expired",
        "run.claim",
        "run.label",
        "run.snapshot_failed",
        "run.verdict",
    ]
)
"""Kinds whose objects name no further objects."""


class Snapshot(NamedTuple):
    """A recorded snapshot."""

    id: str
    tree: str
    reason: str
    time: str


class Ranked(NamedTuple):
    """A run that is shown: its snapshot, and its rank among those that may lose large files."""

    run: str
    snapshot: str | None
    rank: int


class _Facts:
    """What the facts of one run name."""

    def __init__(self) -> None:
        self.snapshots: set[str] = set()
        self.files: set[str] = set()
        self.facts: set[str] = set()
        self.listings: set[str] = set()


class Needs:
    """What the records say so far. Not thread-safe."""

    def __init__(self) -> None:
        self.snapshots: dict[str, Snapshot] = {}
        self.last: Snapshot | None = None
        self._runs: defaultdict[str, _Facts] = defaultdict(_Facts)
        self._checkouts: list[Json] = []
        self._restores: dict[str, Json] = {}
        self._others: set[str] = set()

    def add(self, record: Record) -> None:
        """Take a record over."""
        if record.run is not None:
            self._add_of_run(record.run, record)
        elif record.kind == "snapshot":
            body = record.body
            reason = str(body.get("reason") or "user")
            self.last = Snapshot(body["id"], body["tree"], reason, body["time"])
            self.snapshots[self.last.id] = self.last
        elif record.kind == "snapshot.sealed":
            self._seal(str(record.body.get("id")), str(record.body.get("tree")))
        elif record.kind == "checkout":
            self._checkouts.append(record.body)
        elif record.kind == "restore":
            self._restores[str(record.body.get("id"))] = record.body
        elif record.kind not in _HOLD_NOTHING:
            self._others |= keys_in(canonical(record.body))

    def _seal(self, snapshot: str, tree: str) -> None:
        """The tree with all content keys takes the place of the frozen one."""
        known = self.snapshots.get(snapshot)
        if known is not None:
            sealed = self.snapshots[snapshot] = known._replace(tree=tree)
            if self.last is known:
                self.last = sealed

    def holders(
        self,
        runs: Iterable[Ranked],
        dropped: Collection[str],
        in_use: Callable[[Json], bool],
    ) -> list[Holder]:
        """Everybody who needs anything. `dropped` are drafts that nobody kept; `in_use` says of a checkout's body
        whether its folder still stands."""
        known = {one.run: one for one in runs}
        found = [self._workspace(in_use)]
        for run in {*self._runs, *known} - set(dropped):
            found.append(self._holder(run, known.get(run)))
        return found

    def unneeded(self, holders: Sequence[Holder]) -> list[Snapshot]:
        """Snapshots whose trees nobody holds, oldest first."""
        needed = set().union(*(holder.trees for holder in holders))
        return [one for one in self.snapshots.values() if one.tree not in needed]

    def snapshots_of(self, run: str) -> set[str]:
        """Ids of the snapshots that facts of the run name."""
        return set(self._runs[run].snapshots) if run in self._runs else set()

    def pins_of(self, run: str) -> Mapping[str, set[str]]:
        """What the run's facts name: `files`, `facts`."""
        facts = self._runs.get(run) or _Facts()
        return {"files": facts.files, "facts": facts.facts | facts.listings}

    def _add_of_run(self, run: str, record: Record) -> None:
        facts = self._runs[run]
        if record.kind == "run.snapshot":
            facts.snapshots.add(str(record.body.get("snapshot")))
            return
        named = keys_in(canonical(record.body))
        if record.kind in _FILES:
            told = [file.get("object") for file in record.body.get("files", ())]
            facts.files |= {key for key in told if isinstance(key, str)}
        elif record.kind in _PLAIN:
            facts.facts |= named
        elif record.kind == "run.cells":  # the list names the cells' sources, the notebook nothing
            listed = {str(record.body.get("object"))} & named
            facts.listings |= listed
            facts.facts |= named - listed
        else:
            facts.listings |= named
        if record.kind not in _PLAIN:
            facts.snapshots |= named & self.snapshots.keys()

    def _holder(self, run: str, known: Ranked | None) -> Holder:
        """A run that lists do not show is held whole: it may be one of a newer version."""
        facts = self._runs[run] if run in self._runs else _Facts()
        named = facts.snapshots if known is None or known.snapshot is None else {known.snapshot}
        trees = {self.snapshots[one].tree for one in named if one in self.snapshots}
        rank = EVER if known is None else known.rank
        return Holder(run, rank, trees, facts.files, facts.facts, facts.listings)

    def _workspace(self, in_use: Callable[[Json], bool]) -> Holder:
        held = {one.id for one in self.snapshots.values() if one.reason != "run"}
        held |= self._others
        if self.last is not None:
            held.add(self.last.id)
        held |= {str(body.get("snapshot")) for body in self._checkouts if in_use(body)}
        for body in self._restores.values():
            held.add(str(body.get("before")))
            if body.get("state") == "begun":
                held.add(str(body.get("snapshot")))
        trees = {self.snapshots[one].tree for one in held if one in self.snapshots}
        return Holder(None, EVER, trees, set(), set(), set(self._others))
