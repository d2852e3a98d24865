"""A workspace whose driver stays, with the chunk engine and what was seen, as in a worker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dotscience_server.chunks.client import Engine
from dotscience_server.snapshots.contract import Driver, Progress, TreeResult, Unwatched
from dotscience_server.snapshots.driver import choose_driver
from dotscience_server.snapshots.ignore import Ignore
from dotscience_server.snapshots.plan import Seen, TreePlan, plan_tree
from dotscience_server.store.objects import ObjectStore

from .trees import describe
from .workspaces import KEEP, Workspace


class Running(Workspace):
    """Freezes with one driver for as long as it lives."""

    def __init__(self, base: Path, engine: bool) -> None:
        super().__init__(base)
        if engine:
            self.objects = ObjectStore(
                self.store, base / "cache", Engine(self.store, base / "cache")
            )
        self.seen = Seen()
        self.driver: Driver = choose_driver(self.root, self.objects, self.cache)

    def look(self) -> TreePlan:
        """Plan as a worker does that has looked before."""
        return plan_tree(
            self.root,
            KEEP,
            Ignore(),
            agreed=True,
            free_bytes=10**12,
            cache=self.cache,
            seen=self.seen,
        )

    def freeze(self, plan: TreePlan | None = None, progress: Progress | None = None) -> TreeResult:
        return self.driver.freeze(plan or self.look(), progress or Unwatched())

    def content(self, tree: str, path: bytes) -> bytes:
        """What a snapshot holds of a file."""
        entry = self.entries(tree)[path]
        assert entry.hash is not None
        with self.objects.open(entry.hash, entry.ranges, entry.size) as file:
            return file.read()

    def check(self, result: TreeResult) -> None:
        """What comes back is what is there now."""
        out = self.checkout(result.tree)
        assert describe(os.fsencode(out.path)) == describe(os.fsencode(self.root))


@contextmanager
def running(base: Path, engine: bool) -> Iterator[Running]:
    """Ends its engine."""
    space = Running(base, engine)
    try:
        yield space
    finally:
        space.objects.close()
