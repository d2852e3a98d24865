"""The driver `plain`: files taken into the store in chunks, or whole where there is no chunk engine.
Works on every file system.

Unchanged files (by the stat cache) are not opened. Code and notebooks are read first, large files
last. Of a large file whose earlier version is known only what has changed is cut anew. What is in
motion is tried again, then kept as it was read and named (G3). When the engine refuses, the files
that are not durable by then are stored whole.

The driver remembers what it has seen in the store, so it must be made anew when
contents are removed behind its back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from dotscience._tree import WrittenPages, write_tree

from ..store.batch import ObjectBatch
from ..store.failures import ChunksRefused
from ..store.objects import ObjectStore
from .assembly import Assembly
from .carried import Carried
from .collector import paused
from .contract import Ground, Progress, TreeResult
from .mapped import Mapped, mapped_to_write
from .plan import PlannedFile, TreePlan
from .reading import OnDurable, Outcome, Reader, Stored, Task, is_urgent
from .statcache import Inode, Known, StatCache, inode_of

EARLIER_LEAST = 16 << 20
"""From so many bytes on the earlier version of a file is asked for."""


class PlainDriver:
    """Takes files into `objects`, skips those that `cache` knows."""

    name = "plain"

    def __init__(
        self, objects: ObjectStore, cache: StatCache, reason: str, tells_stores: bool = True
    ) -> None:
        """`tells_stores`: whether a file's times tell of stores to its mapped pages."""
        self.reason = reason
        self._objects = objects
        self._cache = cache
        self._pages = WrittenPages()
        self._carried = Carried()
        self._tells_stores = tells_stores
        self._mapped = Mapped()
        self._seen: set[str] = set()
        self._large: dict[bytes, str] = {}

    @contextmanager
    def ground(self, workspace: Path) -> Iterator[Ground]:
        """See `Driver.ground`: the workspace itself."""
        yield Ground(workspace)

    def freeze(
        self, plan: TreePlan, progress: Progress, ground: Ground | None = None
    ) -> TreeResult:
        """See `Driver.freeze`."""
        progress.check()
        freezing = Freezing(plan, self._cache, self._carried, self._doubted())
        tasks = freezing.tasks(self._stored, self._large)
        pages = WrittenPages(self._pages)
        with self._objects.batch(plan.floor_bytes) as batch:
            reading = self._reading(plan, batch, progress, freezing.remember)
            try:
                outcomes = reading.read(tasks)
            finally:
                self._cache.save()
            with paused():
                assembly = freezing.assemble(outcomes)
                tree = write_tree(assembly.entries(), batch.add_bytes, pages)
        self._pages = pages
        self._carried = assembly.carried()
        self._note_large(outcomes)
        if self._cache.is_crowded(len(plan.files)):
            self._cache.forget_unless(freezing.inodes())
        result = assembly.result(tree, batch.bytes_visible + reading.grown)
        return replace(result, refused=reading.refused)

    def _reading(
        self, plan: TreePlan, batch: ObjectBatch, progress: Progress, remember: OnDurable
    ) -> Reading:
        return Reading(plan, self._objects, batch, progress, remember)

    def _doubted(self) -> frozenset[Inode]:
        """The files that may hold something else with the same times."""
        if self._tells_stores:
            return frozenset()
        before, self._mapped = self._mapped, mapped_to_write()
        return before.inodes | self._mapped.inodes

    def _note_large(self, outcomes: dict[bytes, Outcome]) -> None:
        """A file that is replaced has another inode; its path still tells the earlier version."""
        for path, one in outcomes.items():
            if isinstance(one, Stored) and one.added.size >= EARLIER_LEAST:
                self._large[path] = one.added.hash

    def _stored(self, contents: set[str]) -> set[str]:
        """Those of the contents that are in the store."""
        self._seen |= self._objects.held(contents - self._seen)
        return contents & self._seen


class Reading:
    """How the tasks of one freeze get into the store. `grown`: bytes that came in through the engine;
    `refused`: why it was not used.
    """

    def __init__(
        self,
        plan: TreePlan,
        objects: ObjectStore,
        batch: ObjectBatch,
        progress: Progress,
        remember: OnDurable,
    ) -> None:
        self.grown = 0
        self.refused: str | None = None
        self._plan = plan
        self._objects = objects
        self._batch = batch
        self._progress = progress
        self._remember = remember

    def read(self, tasks: Sequence[Task]) -> dict[bytes, Outcome]:
        """Every outcome by path. Raises what a driver's freeze may."""
        engine = self._objects.engine
        if engine is None or not tasks:
            return self._whole(tasks)
        durable: dict[bytes, Outcome] = {}

        def remember(some: Sequence[tuple[bytes, Stored]]) -> None:
            durable.update(some)
            self._remember(some)

        plan = self._plan
        try:
            outcomes, grown = engine.read(
                plan.root, tasks, plan.floor_bytes, self._progress, remember
            )
            self.grown += grown
            return outcomes
        except ChunksRefused as failure:
            self.refused = failure.fields["detail"]
            rest = [task for task in tasks if task.file.path not in durable]
            return {**durable, **self._whole(rest)}

    def _whole(self, tasks: Sequence[Task]) -> dict[bytes, Outcome]:
        reader = Reader(self._plan.root, self._batch, self._progress, self._remember)
        return reader.read(tasks)


class Freezing:
    """One freeze: from planned files to tasks, from outcomes to an assembly. Only the files whose
    entry is not carried are looked at: `_fresh` are their places in the plan.
    """

    def __init__(
        self, plan: TreePlan, cache: StatCache, carried: Carried, doubted: frozenset[Inode]
    ) -> None:
        self._plan = plan
        self._cache = cache
        self._doubted = doubted
        self._moment = cache.moment()
        self._linked = _linked(plan.files)
        self._carried = carried.entries(plan.files)
        for at, file in enumerate(plan.files) if doubted else ():
            if inode_of(file.status) in doubted:
                self._carried[at] = None
        self._fresh = [at for at, entry in enumerate(self._carried) if entry is None]
        self._known: dict[bytes, Known] = {}

    def tasks(
        self, stored: Callable[[set[str]], set[str]], large: Mapping[bytes, str]
    ) -> list[Task]:
        """The files to read, each inode once, code first and the largest last. `stored`: those of some
        contents that are in the store; `large`: what large files were, by path.
        """
        tasks: dict[Inode | bytes, Task] = {}
        files = [file for file in map(self._plan.files.__getitem__, self._fresh) if file.keep]
        guesses = [self._cache.suspected(file.status) for file in files]
        there = stored({known.hash for known in guesses if known is not None})
        for file, suspected in zip(files, guesses, strict=True):
            if suspected is None or suspected.hash not in there:
                earlier = self._earlier(file, large)
                tasks.setdefault(self._once(file), Task(file, None, earlier))
            elif self._cache.trusts(suspected) and inode_of(file.status) not in self._doubted:
                self._known[file.path] = suspected
            else:
                tasks.setdefault(self._once(file), Task(file, suspected.hash))
        return sorted(tasks.values(), key=_urgency)

    def _earlier(self, file: PlannedFile, large: Mapping[bytes, str]) -> str | None:
        if file.status.st_size < EARLIER_LEAST:
            return None
        last = self._cache.last(file.status)
        return last.hash if last is not None else large.get(file.path)

    def remember(self, stored: Sequence[tuple[bytes, Stored]]) -> None:
        """These are durable: they need not be read again."""
        for _, one in stored:
            added = one.added
            if not added.unstable:
                # The moment 0 is never trusted: such a file is read again by the next snapshot.
                moment = 0 if one.doubtful else self._moment
                self._cache.put(added.status, added.hash, added.ranges, moment, added.left_out)

    def assemble(self, outcomes: Mapping[bytes, Outcome], waiting: Sequence[Task] = ()) -> Assembly:
        """All there is to say of the tree; the files of `waiting` are read later."""
        frozen = {self._once(task.file) for task in waiting}
        assembly = Assembly(self._plan, self._linked, self._cache, self._carried)
        fresh = [(at, self._plan.files[at]) for at in self._fresh]
        read = [file for _, file in fresh if file.path in outcomes]
        shared = {self._once(file): outcomes[file.path] for file in read}
        for at, file in fresh:
            known = self._known.get(file.path)
            if known is not None:
                assembly.known(at, known)
            elif file.keep and frozen and self._once(file) in frozen:
                assembly.frozen(at)
            elif file.keep:
                assembly.read(at, shared[self._once(file)])
            else:
                assembly.without_bytes(at, "fingerprint")
        return assembly

    def inodes(self) -> set[Inode]:
        """The inodes of the tree."""
        return {inode_of(file.status) for file in self._plan.files}

    def _once(self, file: PlannedFile) -> Inode | bytes:
        """The same for all names of one file."""
        if not self._linked:
            return file.path
        inode = inode_of(file.status)
        return inode if inode in self._linked else file.path


def _linked(files: Iterable[PlannedFile]) -> set[Inode]:
    """The inodes that stand under more than one name of this tree."""
    several = [file.status for file in files if file.status.st_nlink > 1]
    counts = Counter(map(inode_of, several))
    return {inode for inode, count in counts.items() if count > 1}


def _urgency(task: Task) -> tuple[bool, int]:
    return not is_urgent(task.file.path), task.file.status.st_size
