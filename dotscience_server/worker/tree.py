"""The workspace's tree as snapshots see it: policy, agreement, ignored folders, driver, stat cache.

Invariant: the stat cache, what was seen and the driver are used by one thread at a time, under ``lock``.
"""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from dotscience import _facts
from dotscience._tree import Entry

from ..snapshots.changes import Change, changes
from ..snapshots.contract import Driver, Ground, Progress, TreeResult
from ..snapshots.cost import Cost, cost
from ..snapshots.driver import Freezers, choose_driver
from ..snapshots.freezes import Freeze
from ..snapshots.holding import Holding
from ..snapshots.holding_driver import HoldingDriver
from ..snapshots.ignore import Ignore
from ..snapshots.plan import Seen, TreePlan, plan_tree
from ..snapshots.policy import Policy
from ..snapshots.reach import Reach, reach
from ..snapshots.sealing import Sealing
from ..snapshots.statcache import Known, StatCache
from ..snapshots.walk import Status
from ..store.failures import FreezeRefused, StoreFailure
from ..store.layout import Store
from ..store.objects import ObjectStore
from ..store.records import Draft
from .ledger import Ledger

_PATIENCE_S = 1.0


class Tree:
    """Plans and freezes the workspace."""

    def __init__(self, store: Store, ledger: Ledger, objects: ObjectStore) -> None:
        self._store = store
        self._ledger = ledger
        self._objects = objects
        self.lock = threading.Lock()
        scratch = store.path / "tmp"
        self._seen = Seen()
        self._cache = StatCache.open(store.cache / "stat.sqlite", store.workspace, scratch)
        self.freezers = Freezers(store.workspace, store.path)
        self.held = objects.hold(self.freezers.of)
        if self.held is not None:
            self.held.replace_trees(self._standing_trees())
        self.driver = self._chosen()

    @property
    def is_held(self) -> bool:
        """Whether the file system keeps the bytes of snapshots."""
        return isinstance(self.driver, HoldingDriver)

    @property
    def policy(self) -> Policy:
        """The policy in force."""
        return Policy.from_json(self._settings())

    @property
    def agreed(self) -> bool | None:
        """The user's answer to *Track this folder*; None: not asked or not needed."""
        agreed = self._settings().get("agreed")
        return agreed if isinstance(agreed, bool) else None

    def set_policy(self, policy: Policy, agreed: bool | None) -> None:
        """Record what the user wants."""
        body = {**policy.to_json(), "agreed": agreed}
        was = self.policy.driver
        self._ledger.record([Draft("policy", "user", body)])
        if policy.driver != was:
            with self.lock:
                self.forget()

    def free_bytes(self) -> int:
        """Room on the store's disk."""
        return self._objects.free_bytes()

    def plan(
        self, check: Callable[[], None] = lambda: None, ground: Ground | None = None
    ) -> TreePlan:
        """The tree by stat alone, as it is or as it stands on ``ground``. Hold ``lock``."""
        home = self._store.located.reason == "home"
        return plan_tree(
            self._store.workspace if ground is None else ground.root,
            self.policy,
            Ignore(self._checkouts()),
            agreed=self.agreed,
            free_bytes=self.free_bytes(),
            cache=self._cache,
            home=home,
            declared=self._declared(),
            seen=self._seen,
            known_as=None if ground is None else ground.device,
            mounts=frozenset() if ground is None else ground.mounts,
            check=check,
        )

    @property
    def root(self) -> bytes:
        """The workspace."""
        return os.fsencode(self._store.workspace)

    def reach(self) -> Reach:
        """Every file that a rule could keep. Where the tree is just being stored, what is in the store
        counts as new, rather than that we wait.
        """
        policy, home = self.policy, self._store.located.reason == "home"
        declared = frozenset(self._declared())
        holding = Holding(policy, self.agreed, self.free_bytes(), home, declared)
        ignore = Ignore(self._checkouts())
        free = self.lock.acquire(timeout=_PATIENCE_S)
        try:
            cache = self._cache if free else None
            return reach(self._store.workspace, policy, ignore, holding, cache)
        finally:
            if free:
                self.lock.release()

    def freeze(self, progress: Progress, keep: Collection[bytes] = ()) -> TreeResult:
        """Plan and store the tree, with the bytes of ``keep`` whatever the policy says. Hold ``lock``."""
        try:
            return self._frozen_by(self.driver, progress, keep)
        except FreezeRefused as refused:
            # The bytes come first: they are read and stored instead.
            result = self._frozen_by(self._without_freezes(), progress, keep)
            return replace(result, not_frozen=refused)

    def _frozen_by(self, driver: Driver, progress: Progress, keep: Collection[bytes]) -> TreeResult:
        with driver.ground(self._store.workspace) as ground:
            plan = self.plan(progress.check, ground)
            if keep:
                files = (f._replace(keep=True) if f.path in keep else f for f in plan.files)
                plan = replace(plan, files=tuple(files))
            return driver.freeze(plan, progress, ground)

    def _without_freezes(self) -> Driver:
        return choose_driver(self._store.workspace, self._objects, self._cache)

    def drop_unnamed(self) -> int:
        """Give up the freezes that no record names: of a snapshot that was not recorded, or given up since. How many.
        None where records are damaged: they may name them. Raises ``StoreFailure``.
        """
        if not isinstance(self.driver, HoldingDriver) or self._ledger.damages:
            return 0
        named = self.named()
        unnamed = [one for one in self.driver.freezer.all() if one.guid not in named]
        for freeze in unnamed:
            self._forget_held(freeze)
            self.driver.freezer.drop(freeze)
        return len(unnamed)

    def forget_unnamed(self, freeze: Freeze | None) -> None:
        """What was frozen is not recorded and will go: nobody may count on what lies in it."""
        if freeze is not None and freeze.guid not in self.named():
            self._forget_held(freeze)

    def named(self) -> set[str]:
        """The guids of the freezes that records name."""
        return {freeze.guid for freeze, _ in self._frozen_trees()}

    def own(self, freezes: Collection[Freeze]) -> set[str]:
        """The guids of those that stand and are this workspace's to give up: a copy reads the freezes of its original
        too."""
        of_driver = {one.driver: one for one in freezes}
        told = {driver: self._own_guids(one) for driver, one in of_driver.items()}
        return {one.guid for one in freezes if one.guid in told[one.driver]}

    def sealing(self) -> Sealing | None:
        """How frozen snapshots get their content keys; None where chunks cannot be read or made."""
        if self.held is None or self._objects.engine is None:
            return None
        return Sealing(self._store.workspace, self._objects, self.held, self._cache, self.lock)

    def present(self) -> list[Entry]:
        """The files and links that there are now, sorted. A file without ``hash`` was not read: what it holds is not
        known. Waits while a snapshot is taken.
        """
        with self.lock:
            plan = self.plan()
            files = [_present(file.path, file.status, self._cache) for file in plan.files]
        return sorted([*files, *_links(plan)], key=lambda entry: entry.path)

    def content(self, status: os.stat_result) -> Known | None:
        """What the file with this lstat holds for sure, where that is known; not known while a snapshot is taken."""
        if not self.lock.acquire(timeout=_PATIENCE_S):
            return None
        try:
            return self._cache.known(status)
        finally:
            self.lock.release()

    def forget(self) -> None:
        """Contents were removed: what the driver remembers of the store counts no more. Hold ``lock``."""
        self.driver = self._chosen()

    def _chosen(self) -> Driver:
        workspace, wanted = self._store.workspace, self.policy.driver
        return choose_driver(workspace, self._objects, self._cache, self.freezers, wanted)

    def _frozen_trees(self) -> Iterator[tuple[Freeze, str]]:
        """What the records name, oldest first."""
        for _, _, body in self._ledger.index.all_snapshots():
            if freeze := body.get("freeze"):
                yield Freeze.from_json(freeze), str(body["tree"])

    def _standing_trees(self) -> Iterator[tuple[Freeze, str]]:
        """The same without those of freezes that are gone; where nobody tells, with them."""
        named = list(self._frozen_trees())
        gone: set[str] = set()
        for driver in {freeze.driver for freeze, _ in named}:
            some = {freeze for freeze, _ in named if freeze.driver == driver}
            freezer = self.freezers.named(driver)
            with suppress(StoreFailure):
                standing = None if freezer is None else freezer.standing(some)
                if standing is not None:
                    gone |= {one.guid for one in some} - standing
        return ((freeze, tree) for freeze, tree in named if freeze.guid not in gone)

    def _own_guids(self, freeze: Freeze) -> set[str]:
        """Of all freezes of the same driver that we made; none where nobody tells."""
        freezer = self.freezers.of(freeze)
        try:
            return set() if freezer is None else {one.guid for one in freezer.all()}
        except StoreFailure:
            return set()

    def _forget_held(self, freeze: Freeze) -> None:
        if self.held is not None:
            self.held.forget(freeze)

    def changes(self, tree: str, plan: TreePlan) -> list[Change]:
        """What differs from a snapshot's tree. Hold ``lock``."""
        return changes(self._objects, tree, plan, self._cache)

    def cost(self, plan: TreePlan) -> Cost:
        """What tracking costs."""
        return cost(plan, self._objects.disk_usage(), self.free_bytes())

    def _settings(self) -> dict[str, Any]:
        record = self._ledger.index.last_of_workspace("policy")
        return {} if record is None else record.body

    def _checkouts(self) -> list[bytes]:
        """Folders that a checkout made and that are still the same folders."""
        found = []
        for record in self._ledger.index.all_of_workspace("checkout"):
            path = self._store.workspace / record.body["path"]
            if self._is_the_folder(path, record.body):
                found.append(os.fsencode(path.relative_to(self._store.workspace)))
        return found

    def _is_the_folder(self, path: Path, body: dict[str, Any]) -> bool:
        try:
            status = path.stat()
        except OSError:
            return False
        same = (status.st_dev, status.st_ino) == (body["dev"], body["ino"])
        return same and path.is_relative_to(self._store.workspace)

    def _declared(self) -> set[bytes]:
        """Paths that waiting runs declared."""
        index = self._ledger.index
        runs = [run for run in map(index.run, index.runs_waiting()) if run is not None]
        return {
            os.fsencode(file.path)
            for run in runs
            for file in (*run.inputs, *run.outputs)
            if not _facts.is_outside(file.path)
        }


def _present(path: bytes, status: Status, cache: StatCache) -> Entry:
    known, mode = cache.known(status), stat.S_IMODE(status.st_mode)
    entry = Entry(path, "f", mode, status.st_mtime_ns, status.st_size)
    return entry if known is None else entry._replace(hash=known.hash, ranges=known.ranges)


def _links(plan: TreePlan) -> Iterator[Entry]:
    for node in plan.links:
        with suppress(OSError):
            target = os.readlink(os.path.join(plan.root, node.path))
            mode = stat.S_IMODE(node.status.st_mode)
            yield Entry(node.path, "l", mode, node.status.st_mtime_ns, target=target)
