"""Giving up freezes and clones (decision 0100, point 5): what others need of them goes into the chunk store first.

    doomed ─► take_in (the engine reads what lies nowhere else) ─► gc.thinned recorded ─► drop
A freeze is doomed where no snapshot needs it, or where it holds a content that was given up; never the newest while a
snapshot needs it, one that is not sealed, or one of another workspace. Invariant: a freeze is dropped only when every
needed content of it lies somewhere else, where we decide how long.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dotscience._tree import is_chunked, read_entries, read_root

from ..snapshots.contract import Unwatched
from ..snapshots.freezes import Freeze
from ..snapshots.reading import Stored, Task
from ..snapshots.walk import PlannedFile, Status
from ..storage.tally import contents_of
from ..store.failures import StoreFailure
from ..store.held import HeldContents
from ..store.objects import ObjectStore
from .ledger import Ledger
from .tree import Tree

if TYPE_CHECKING:
    from ..chunks.client import Engine

log = logging.getLogger(__name__)

_PORTION = 2048


@dataclass(frozen=True)
class Doomed:
    """Freezes to give up, and the needed contents that lie in them alone, by the guid of one that has them."""

    freezes: list[Freeze]
    lacking: dict[str, set[str]]


class Freezes:
    """Used by one thread at a time, the collector's."""

    def __init__(self, ledger: Ledger, tree: Tree, objects: ObjectStore) -> None:
        self._ledger = ledger
        self._tree = tree
        self._objects = objects
        self._pages: dict[str, set[str]] = {}

    def any(self) -> bool:
        """Whether there is something that could be given up."""
        held = self._tree.held
        return held is not None and bool(held.freezes())

    def doomed(self, live: Collection[str], gone: Collection[str], unneeded: set[str]) -> Doomed:
        """`live`: contents that are needed from now on; `gone`: those given up; `unneeded`: snapshots that go."""
        held = self._held()
        self._pages.clear()
        trees, unsealed = self._needed_trees(unneeded)
        given = set(gone).difference(live)
        standing = held.freezes()
        own = self._tree.own(standing)
        standing = [freeze for freeze in standing if freeze.guid in own]
        found = [
            freeze
            for freeze in standing
            if freeze.guid not in unsealed
            and self._may_go(trees.get(freeze.guid, ()), given)
            and not (freeze is standing[-1] and freeze.guid in trees)
        ]
        guids = {freeze.guid for freeze in found}
        named = self._tree.named()
        elsewhere: set[str] = set()
        for freeze in standing:
            if freeze.guid not in guids and freeze.guid in named:
                elsewhere.update(*(self._contents(tree) for tree in held.trees_of(freeze)))
        return Doomed(found, self._lacking(found, named, set(live), elsewhere))

    def take_in(self, doomed: Doomed, check: Callable[[], None]) -> None:
        """Have the engine read what lies in doomed freezes alone. Raises what `Engine.read` raises; what cannot be
        read stays lacking, and its freeze stays."""
        engine, held = self._objects.engine, self._held()
        for freeze in doomed.freezes:
            wanted = doomed.lacking.get(freeze.guid)
            freezer = self._tree.freezers.of(freeze)
            if not wanted or engine is None or freezer is None:
                continue
            tasks = self._tasks(held.trees_of(freeze), wanted)
            with freezer.view(freeze) as view:
                self._read(engine, os.fsencode(view), tasks, wanted, check)

    def _read(
        self,
        engine: Engine,
        root: bytes,
        tasks: Iterator[Task],
        wanted: set[str],
        check: Callable[[], None],
    ) -> None:
        for some in _portions(tasks):
            check()
            outcomes, _ = engine.read(root, some, 0, Unwatched(), lambda _: None)
            read = {one.added.hash for one in outcomes.values() if isinstance(one, Stored)}
            if not read <= wanted:
                log.warning("%s holds other bytes than it held", os.fsdecode(root))

    def give_up(self, doomed: Doomed) -> None:
        """Drop them. One that is held from outside stays, until the next time."""
        held = self._held()
        for freeze in doomed.freezes:
            freezer = self._tree.freezers.of(freeze)
            if freezer is None or doomed.lacking.get(freeze.guid):
                continue
            try:
                freezer.drop(freeze)
            except StoreFailure as failure:
                log.warning("freeze %s stays: %s", freeze.name, failure)
            else:
                held.forget(freeze)

    def _may_go(self, trees: Collection[str], given: set[str]) -> bool:
        """Whether no snapshot needs it, or something in it was given up."""
        return not trees or any(not self._contents(tree).isdisjoint(given) for tree in trees)

    def _held(self) -> HeldContents:
        assert self._tree.held is not None
        return self._tree.held

    def _needed_trees(self, unneeded: set[str]) -> tuple[dict[str, list[str]], set[str]]:
        """By guid the manifests that stay, and the guids of those that are not sealed."""
        trees: dict[str, list[str]] = {}
        unsealed = set()
        for _, snapshot, body in self._ledger.index.all_snapshots():
            freeze = body.get("freeze")
            if freeze and snapshot not in unneeded:
                trees.setdefault(freeze["guid"], []).append(str(body["tree"]))
                if body.get("state") == "frozen":
                    unsealed.add(str(freeze["guid"]))
        return trees, unsealed

    def _lacking(
        self, doomed: list[Freeze], named: set[str], live: set[str], elsewhere: set[str]
    ) -> dict[str, set[str]]:
        held, chunks = self._held(), self._objects.chunks
        lacking: dict[str, set[str]] = {}
        for freeze in doomed:
            # What no record names was given up before, and held from outside: its manifests are gone.
            trees = held.trees_of(freeze) if freeze.guid in named else ()
            here = set().union(*(self._contents(tree) for tree in trees))
            only = [key for key in (here & live) - elsewhere if is_chunked(key)]
            there = set() if chunks is None else chunks.held(only)
            left = {key for key in only if key not in there}
            lacking[freeze.guid] = left - held.cloned(left)
        return lacking

    def _contents(self, tree: str) -> set[str]:
        found: set[str] = set()
        for page in read_root(self._objects.read, tree).pages:
            if page.hash not in self._pages:
                self._pages[page.hash] = contents_of(self._objects.read(page.hash))
            found |= self._pages[page.hash]
        return found

    def _tasks(self, trees: Collection[str], wanted: set[str]) -> Iterator[Task]:
        seen: set[str] = set()
        for tree in trees:
            for entry in read_entries(self._objects.read, tree):
                if entry.hash in wanted and entry.hash not in seen:
                    seen.add(entry.hash)
                    status = Status(0, 0, entry.size or 0, 0, 0, 1, 0)
                    yield Task(PlannedFile(entry.path, status), None)


def _portions(tasks: Iterator[Task]) -> Iterator[list[Task]]:
    portion: list[Task] = []
    for task in tasks:
        portion.append(task)
        if len(portion) >= _PORTION:
            yield portion
            portion = []
    if portion:
        yield portion
