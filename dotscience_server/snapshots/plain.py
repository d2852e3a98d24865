"""The driver `plain`: whole files copied into the object store. Works on every file system.

Unchanged files (by the stat cache) are not opened. Code and notebooks are read first, large files
last. What is in motion is tried again, then kept as it was read and named (G3).

The driver remembers what it has seen in the store, so it must be made anew when
objects are removed behind its back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from dotscience._tree import WrittenPages, write_tree

from ..store.objects import ObjectStore
from .assembly import Assembly
from .carried import Carried
from .contract import Progress, TreeResult
from .plan import PlannedFile, TreePlan
from .reading import Outcome, Reader, Stored, Task, is_urgent
from .statcache import Inode, Known, StatCache, inode_of


class PlainDriver:
    """Copies files into `objects`, skips those that `cache` knows."""

    name = "plain"

    def __init__(self, objects: ObjectStore, cache: StatCache, reason: str) -> None:
        self.reason = reason
        self._objects = objects
        self._cache = cache
        self._pages = WrittenPages()
        self._carried = Carried()
        self._seen: set[str] = set()

    def freeze(self, plan: TreePlan, progress: Progress) -> TreeResult:
        """See `Driver.freeze`."""
        progress.check()
        freezing = _Freezing(plan, self._cache, self._carried)
        tasks = freezing.tasks(self._is_stored)
        pages = WrittenPages(self._pages)
        with self._objects.batch(plan.floor_bytes) as batch:
            try:
                outcomes = Reader(plan.root, batch, progress, freezing.remember).read(tasks)
            finally:
                self._cache.save()
            assembly = freezing.assemble(outcomes)
            tree = write_tree(assembly.entries(), batch.add_bytes, pages)
        self._pages = pages
        self._carried = assembly.carried()
        if self._cache.is_crowded(len(plan.files)):
            self._cache.forget_unless(freezing.inodes())
        return assembly.result(tree, batch.bytes_visible)

    def _is_stored(self, content: str) -> bool:
        if content in self._seen:
            return True
        if self._objects.has(content):
            self._seen.add(content)
            return True
        return False


class _Freezing:
    """One freeze: from planned files to tasks, from outcomes to an assembly. Only the files whose
    entry is not carried are looked at: `_fresh` are their places in the plan.
    """

    def __init__(self, plan: TreePlan, cache: StatCache, carried: Carried) -> None:
        self._plan = plan
        self._cache = cache
        self._moment = cache.moment()
        self._linked = _linked(plan.files)
        self._carried = carried.entries(plan.files)
        self._fresh = [at for at, entry in enumerate(self._carried) if entry is None]
        self._known: dict[bytes, Known] = {}

    def tasks(self, is_stored: Callable[[str], bool]) -> list[Task]:
        """The files to read, each inode once, code first and the largest last."""
        tasks: dict[Inode | bytes, Task] = {}
        for at in self._fresh:
            file = self._plan.files[at]
            if not file.keep:
                continue
            suspected = self._cache.suspected(file.status)
            if suspected is None or not is_stored(suspected.hash):
                tasks.setdefault(self._once(file), Task(file, None))
            elif self._cache.trusts(suspected):
                self._known[file.path] = suspected
            else:
                tasks.setdefault(self._once(file), Task(file, suspected.hash))
        return sorted(tasks.values(), key=_urgency)

    def remember(self, stored: Sequence[tuple[bytes, Stored]]) -> None:
        """These are durable: they need not be read again."""
        for _, one in stored:
            added = one.added
            if not added.unstable:
                self._cache.put(added.status, added.hash, added.ranges, self._moment)

    def assemble(self, outcomes: dict[bytes, Outcome]) -> Assembly:
        """All there is to say of the tree."""
        assembly = Assembly(self._plan, self._linked, self._cache, self._carried)
        fresh = [(at, self._plan.files[at]) for at in self._fresh]
        read = [file for _, file in fresh if file.path in outcomes]
        shared = {self._once(file): outcomes[file.path] for file in read}
        for at, file in fresh:
            known = self._known.get(file.path)
            if known is not None:
                assembly.known(at, known)
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
