"""The driver `plain`: whole files copied into the object store. Works on every file system.

Unchanged files (by the stat cache) are not opened. Code and notebooks are read first, large files
last. What is in motion is tried again, then kept as it was read and named (G3).
"""

from __future__ import annotations

import os
import stat
from collections import Counter
from collections.abc import Iterable, Sequence

from dotscience._tree import Entry, Ranges, write_tree

from ..store.batch import AddedFile
from ..store.objects import ObjectStore
from .contract import Progress, TreeResult
from .holding import is_code, is_notebook
from .plan import PlannedFile, TreePlan
from .reading import Outcome, Reader, Stored, Task, Unreadable
from .statcache import Inode, Known, StatCache, inode_of
from .walk import Node


class PlainDriver:
    """Copies files into `objects`, skips those that `cache` knows."""

    name = "plain"

    def __init__(self, objects: ObjectStore, cache: StatCache, reason: str) -> None:
        self.reason = reason
        self._objects = objects
        self._cache = cache

    def freeze(self, plan: TreePlan, progress: Progress) -> TreeResult:
        """See `Driver.freeze`."""
        progress.check()
        freezing = _Freezing(plan, self._objects, self._cache)
        with self._objects.batch(plan.floor_bytes) as batch:
            try:
                reader = Reader(plan.root, batch, progress, freezing.remember)
                outcomes = reader.read(freezing.tasks())
            finally:
                self._cache.save()
            tree = write_tree(freezing.entries(outcomes), batch.add_bytes)
        self._cache.forget_unless(freezing.inodes())
        return freezing.result(tree, batch.bytes_visible)


class _Freezing:
    """One freeze: from planned files to tasks, from outcomes to entries."""

    def __init__(self, plan: TreePlan, objects: ObjectStore, cache: StatCache) -> None:
        self._plan = plan
        self._objects = objects
        self._cache = cache
        self._moment = cache.moment()
        self._linked = _linked(plan.files)
        self._known: dict[bytes, Known] = {}
        self._entries: list[Entry] = []
        self._unstable: list[bytes] = []
        self._unreadable: list[bytes] = list(plan.unreadable)
        self._half_written: list[bytes] = []

    def tasks(self) -> list[Task]:
        """The files to read, each inode once, code first and the largest last."""
        tasks: dict[Inode | bytes, Task] = {}
        for file in self._plan.files:
            if not file.keep:
                continue
            known = self._cache.suspected(file.status)
            if known is not None and self._objects.has(known.hash):
                if self._cache.trusts(known):
                    self._known[file.path] = known
                    continue
            else:
                known = None
            tasks.setdefault(self._once(file), Task(file, known.hash if known else None))
        return sorted(tasks.values(), key=_urgency)

    def remember(self, added: Sequence[AddedFile]) -> None:
        """These are durable: they need not be read again."""
        for one in added:
            if not one.unstable:
                self._cache.put(one.status, one.hash, one.ranges, self._moment)

    def entries(self, outcomes: dict[bytes, Outcome]) -> list[Entry]:
        """All entries of the tree, sorted."""
        shared = {
            self._once(file): outcomes[file.path]
            for file in self._plan.files
            if file.path in outcomes
        }
        for file in self._plan.files:
            self._file(file, shared.get(self._once(file)))
        self._entries.extend(_folder(node) for node in self._plan.folders)
        self._entries.extend(self._symlinks())
        self._entries.sort(key=lambda entry: entry.path)
        return self._entries

    def inodes(self) -> set[Inode]:
        """The inodes of the tree."""
        return {inode_of(file.status) for file in self._plan.files}

    def result(self, tree: str, bytes_new: int) -> TreeResult:
        """The counts; after `entries`."""
        files = [entry for entry in self._entries if entry.kind == "f"]
        return TreeResult(
            tree=tree,
            files=len(files),
            bytes=sum(entry.size or 0 for entry in files),
            bytes_new=bytes_new,
            unstable=tuple(sorted(self._unstable)),
            not_kept=sum(entry.hash is None for entry in files),
            half_written=tuple(sorted(self._half_written)),
            unreadable=tuple(sorted(self._unreadable)),
        )

    def _once(self, file: PlannedFile) -> Inode | bytes:
        inode = inode_of(file.status)
        return inode if inode in self._linked else file.path

    def _file(self, file: PlannedFile, outcome: Outcome | None) -> None:
        known = self._known.get(file.path)
        if known is not None:
            self._kept(file, file.status, known.size, known.hash, known.ranges)
        elif not file.keep or outcome is None:
            self._without_bytes(file, "fingerprint")
        elif isinstance(outcome, Stored):
            self._stored(file, outcome)
        elif isinstance(outcome, Unreadable):
            self._unreadable.append(file.path)
            self._without_bytes(file, "unreadable")
        else:
            self._unstable.append(file.path)

    def _stored(self, file: PlannedFile, outcome: Stored) -> None:
        added = outcome.added
        if added.unstable:
            self._unstable.append(file.path)
        if outcome.half_written:
            self._half_written.append(file.path)
        self._kept(file, added.status, added.size, added.hash, added.ranges, added.unstable)

    def _kept(
        self,
        file: PlannedFile,
        status: os.stat_result,
        size: int,
        content: str,
        ranges: Ranges | None,
        unstable: bool = False,
    ) -> None:
        mode = stat.S_IMODE(status.st_mode)
        link = self._link(file)
        self._entries.append(
            Entry(
                file.path,
                "f",
                mode,
                status.st_mtime_ns,
                size,
                content,
                link=link,
                ranges=ranges,
                unstable=unstable,
            )
        )

    def _without_bytes(self, file: PlannedFile, why: str) -> None:
        status = file.status
        mode = stat.S_IMODE(status.st_mode)
        link = self._link(file)
        self._entries.append(
            Entry(
                file.path,
                "f",
                mode,
                status.st_mtime_ns,
                status.st_size,
                link=link,
                not_kept=why,
            )
        )

    def _link(self, file: PlannedFile) -> str | None:
        if file.status.st_nlink == 1 or inode_of(file.status) not in self._linked:
            return None
        return f"{file.status.st_dev}:{file.status.st_ino}"

    def _symlinks(self) -> Iterable[Entry]:
        for node in self._plan.links:
            try:
                target = os.readlink(os.path.join(self._plan.root, node.path))
            except OSError:
                self._unstable.append(node.path)
                continue
            mode = stat.S_IMODE(node.status.st_mode)
            yield Entry(node.path, "l", mode, node.status.st_mtime_ns, target=target)


def _folder(node: Node) -> Entry:
    return Entry(node.path, "d", stat.S_IMODE(node.status.st_mode), node.status.st_mtime_ns)


def _linked(files: Iterable[PlannedFile]) -> set[Inode]:
    """The inodes that stand under more than one name of this tree."""
    counts = Counter(inode_of(file.status) for file in files if file.status.st_nlink > 1)
    return {inode for inode, count in counts.items() if count > 1}


def _urgency(task: Task) -> tuple[bool, int]:
    path = task.file.path
    return not (is_notebook(path) or is_code(path)), task.file.status.st_size
