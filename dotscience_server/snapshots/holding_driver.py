"""The drivers whose file system keeps the bytes: one snapshot is one freeze (decision 0100).

    take ─► plan on the view ─┬─ few unknown bytes: hashed at once ─────────────► sealed
                              └─ else: code and small files hashed, the rest ──► frozen ─(sealing.py)─► sealed
Invariants: nothing is read of the live folder but its device number, so no file is in motion; what is hashed is
not stored a second time. A freeze whose tree is that of the last one is given up again, and the last one named.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from dotscience._tree import WrittenPages, is_chunked, write_tree

from ..store.failures import ChunksRefused, StoreFailure
from ..store.held import HeldContents
from ..store.objects import ObjectStore
from .carried import Carried
from .collector import paused
from .contract import Ground, Progress, TreeResult
from .filesystem import mounts_below
from .freezes import Freeze, Freezer
from .plain import EARLIER_LEAST, Freezing
from .plan import TreePlan
from .reading import Outcome, Stored, Task
from .sealing import remembered
from .statcache import StatCache

AT_ONCE_BYTES = 8 << 20
"""So much is hashed before a snapshot is told."""


class HoldingDriver:
    """Freezes through `freezer`; the chunk lists of what was hashed go into `held`. One thread."""

    def __init__(
        self, freezer: Freezer, objects: ObjectStore, held: HeldContents, cache: StatCache
    ) -> None:
        self.name = freezer.name
        self.reason = freezer.reason
        self.freezer = freezer
        self._objects = objects
        self._held = held
        self._cache = cache
        self._pages = WrittenPages()
        self._carried = Carried()
        self._seen: set[str] = set()
        self._large: dict[bytes, str] = {}
        self._last: tuple[str, Freeze] | None = None
        self._superseded: set[str] = set()

    @contextmanager
    def ground(self, workspace: Path) -> Iterator[Ground]:
        """See `Driver.ground`."""
        moment = self._cache.moment()
        freeze = self.freezer.take(str(uuid4()))
        try:
            with self.freezer.view(freeze) as view:
                device, mounts = os.stat(workspace).st_dev, mounts_below(workspace)
                yield Ground(view, device, freeze, moment, mounts)
        except BaseException:
            self._give_back(freeze)
            raise
        if freeze.guid in self._superseded:
            self._superseded.discard(freeze.guid)
            self._give_back(freeze)

    def freeze(
        self, plan: TreePlan, progress: Progress, ground: Ground | None = None
    ) -> TreeResult:
        """See `Driver.freeze`. The bytes are safe on return, whatever the engine says."""
        progress.check()
        if ground is None:
            with self.ground(Path(os.fsdecode(plan.root))) as own:
                return self.freeze(plan, progress, own)
        assert ground.freeze is not None
        plan = replace(plan, root=os.fsencode(ground.root))
        freezing = Freezing(plan, self._cache, self._carried, frozenset())
        now, waiting = _divided(freezing.tasks(self._stored, self._large))
        pages = WrittenPages(self._pages)
        with self._objects.batch(plan.floor_bytes) as batch:
            outcomes, grown, refused = self._read(plan, now, progress, ground)
            waiting += [task for task in now if task.file.path not in outcomes]
            with paused():
                assembly = freezing.assemble(outcomes, waiting)
                tree = write_tree(assembly.entries(), batch.add_bytes, pages)
        self._pages, self._carried = pages, assembly.carried()
        if self._cache.is_crowded(len(plan.files)):
            self._cache.forget_unless(freezing.inodes())
        result = assembly.result(tree, batch.bytes_visible + grown)
        freeze = ground.freeze if waiting else self._same_as_last(tree, ground.freeze)
        self._held.note(freeze, tree)
        return replace(
            result,
            refused=refused,
            state="frozen" if waiting else "sealed",
            freeze=freeze,
            moment_ns=ground.moment_ns,
        )

    def _read(
        self, plan: TreePlan, tasks: Sequence[Task], progress: Progress, ground: Ground
    ) -> tuple[dict[bytes, Outcome], int, str | None]:
        """Outcomes of what could be hashed, its bytes, and why not all of it could be."""
        engine = self._objects.engine
        if engine is None or not tasks:
            return {}, 0, None
        durable: dict[bytes, Outcome] = {}

        def remember(some: Sequence[tuple[bytes, Stored]]) -> None:
            durable.update(some)
            for path, one in some:
                self._cache.put(*remembered(one.added, ground.device, ground.moment_ns))
                if one.added.size >= EARLIER_LEAST:
                    self._large[path] = one.added.hash

        try:
            outcomes, grown = engine.read(
                plan.root, tasks, plan.floor_bytes, progress, remember, held=True
            )
            return outcomes, grown, None
        except ChunksRefused as failure:
            return durable, 0, failure.fields["detail"]
        finally:
            self._cache.save()

    def _stored(self, contents: set[str]) -> set[str]:
        """Those of the contents whose chunks are known: the new freeze holds the bytes."""
        unseen = contents - self._seen
        if unseen:
            known = self._held.chunks.held([key for key in unseen if is_chunked(key)])
            self._seen |= known | self._objects.held(unseen - known)
        return contents & self._seen

    def _same_as_last(self, tree: str, freeze: Freeze) -> Freeze:
        """The last freeze, where it holds the same files and stands."""
        last, self._last = self._last, (tree, freeze)
        if last is None or last[0] != tree or not self.freezer.is_there(last[1]):
            return freeze
        self._last = last
        self._superseded.add(freeze.guid)
        return last[1]

    def _give_back(self, freeze: Freeze) -> None:
        with suppress(StoreFailure):
            self.freezer.drop(freeze)


def _divided(tasks: list[Task]) -> tuple[list[Task], list[Task]]:
    """What is hashed at once, code first, and what waits."""
    total = 0
    for at, task in enumerate(tasks):
        total += task.file.status.st_size
        if total > AT_ONCE_BYTES:
            return tasks[:at], tasks[at:]
    return tasks, []
