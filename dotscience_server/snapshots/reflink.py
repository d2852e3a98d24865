"""The driver `reflink`: as `plain`, but a large file that has changed is cloned instead of copied (decision 0100).

    large file ─► clone (milliseconds, one moment) ─► changed ranges: extents beside those of the last clone
               ─► cut and hashed, only the list of its chunks is stored ─► the clone gets its content key

All clones are taken before anything is read, so that large files are of nearly one moment. No byte is kept twice:
clone and file share the disk until one of them goes. A file that cannot be cloned is read as `plain` does, and why
is counted.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from dotscience._tree import Ranges

from ..store import ioctls
from ..store.attributes import LeftOut, left_out_of
from ..store.batch import ObjectBatch, has_moved
from ..store.clones import Clones
from ..store.extents import changed_between
from ..store.failures import ChunksRefused, ObjectDamaged, storing
from ..store.held import HeldContents
from ..store.objects import ObjectStore
from .contract import Progress
from .filesystem import kind_of
from .holding import is_notebook
from .mapped import mapped_to_write, synced, times_of
from .plain import PlainDriver, Reading
from .plan import PlannedFile, TreePlan
from .reading import OnDurable, Outcome, Stored, Task
from .statcache import StatCache
from .walk import Status

CLONED_LEAST = 16 << 20
"""A file of so many bytes is cloned; a smaller one is read as quickly as it is compared."""
_TRIES = 3
_NOTHING_THERE = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP)
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_SURE = frozenset({"bcachefs", "btrfs", "ocfs2", "overlay", "xfs"})
"""A clone is one moment there. ZFS has snapshots, and its clones of blocks tell no extents; of a network's file
systems nobody knows what they do.
"""


def why_not_reflink(workspace: Path, store: Path) -> str | None:
    """Why files of the workspace cannot be cloned into the store, in words that go on after "no clones: "."""
    kind = kind_of(workspace)
    if kind not in _SURE:
        return f"{kind} has none"
    try:
        if not _one_disk(workspace, store):
            return f"the store {store} lies on another file system"
        return None if _can_clone(store) else f"{kind} was made without them"
    except OSError as error:
        return error.strerror or str(error)


class ReflinkDriver(PlainDriver):
    """As there. `held` reads what was cloned; `uncloned` counts why files were not."""

    name = "reflink"

    def __init__(
        self, objects: ObjectStore, cache: StatCache, reason: str, held: HeldContents
    ) -> None:
        super().__init__(objects, cache, reason)
        self.uncloned: Counter[str] = Counter()
        self._held = held
        self._clones = Clones(held.clone_folder)

    def _reading(
        self, plan: TreePlan, batch: ObjectBatch, progress: Progress, remember: OnDurable
    ) -> Reading:
        reading = _CloningReading(plan, self._objects, batch, progress, remember)
        reading.clone_with(self._held, self._clones, self.uncloned)
        return reading


class _Cloned(NamedTuple):
    """A file that was cloned as `name`; `status` and `left_out` are the file's, just before. `doubtful` as in
    `Stored`.
    """

    task: Task
    name: str
    status: os.stat_result
    left_out: LeftOut
    doubtful: bool


class _CloningReading(Reading):
    """Takes large files out of the tasks."""

    def clone_with(self, held: HeldContents, clones: Clones, uncloned: Counter[str]) -> None:
        """To be called first."""
        self._held = held
        self._clones = clones
        self._uncloned = uncloned

    def read(self, tasks: Sequence[Task]) -> dict[bytes, Outcome]:
        """See `Reading.read`."""
        if self._objects.engine is None or not any(map(_is_cloned, tasks)):
            return super().read(tasks)
        whole = self._progress
        cloned = self._all_cloned([task for task in tasks if _is_cloned(task)])
        try:
            rest = [task for task in tasks if task.file.path not in cloned]
            self._progress = _Part(whole, [], tasks)
            outcomes = super().read(rest)
            self._progress = _Part(whole, rest, tasks)
            outcomes.update(self._sealed(list(cloned.values())))
            left = [task for task in tasks if task.file.path not in outcomes]
            if left:
                done = [task for task in tasks if task.file.path in outcomes]
                self._progress = _Part(whole, done, tasks)
                outcomes.update(super().read(left))
            return outcomes
        finally:
            self._progress = whole
            for one in cloned.values():
                self._clones.drop(one.name)

    def _all_cloned(self, tasks: Sequence[Task]) -> dict[bytes, _Cloned]:
        found = {}
        mapped = mapped_to_write()
        for task in tasks:
            self._progress.check()
            path = os.path.join(self._plan.root, task.file.path)
            try:
                times = synced(path) if mapped.holds(path) else None
                one = self._cloned(path, task)
                doubtful = mapped.holds(path) and times != times_of(one.status)
                found[task.file.path] = one._replace(doubtful=one.doubtful or doubtful)
            except OSError as error:
                if error.errno not in _NOTHING_THERE:
                    self._uncloned[error.strerror or str(error)] += 1
        return found

    def _cloned(self, path: bytes, task: Task) -> _Cloned:
        """A clone is one moment; which file times belong to it is tried to tell up to three times."""
        source = os.open(path, _FLAGS)
        try:
            for number in range(_TRIES):
                before = os.fstat(source)
                if not stat.S_ISREG(before.st_mode):
                    raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
                name = self._clones.take(source)
                moved = has_moved(source, before)
                if not moved or number == _TRIES - 1:
                    break
                self._clones.drop(name)
            return _Cloned(task, name, before, left_out_of(source, before.st_uid), moved)
        finally:
            os.close(source)

    def _sealed(self, cloned: Sequence[_Cloned]) -> dict[bytes, Outcome]:
        """The clones cut, hashed and in their places; what could not be is missing."""
        engine = self._objects.engine
        assert engine is not None
        sealed: dict[bytes, Outcome] = {}
        by_name = {os.fsencode(one.name): one for one in cloned}

        def durable(some: Sequence[tuple[bytes, Stored]]) -> None:
            kept = [
                (by_name[name].task.file.path, self._kept(by_name[name], s)) for name, s in some
            ]
            sealed.update(kept)
            self._remember(kept)

        tasks = [self._task(one) for one in cloned]
        try:
            _, grown = engine.read(
                os.fsencode(self._clones.folder),
                tasks,
                self._plan.floor_bytes,
                self._progress,
                durable,
                held=True,
            )
            self.grown += grown
        except ChunksRefused as failure:
            self.refused = failure.fields["detail"]
        finally:
            self._held.chunks.refresh()  # the engine has added to them
        return sealed

    def _task(self, one: _Cloned) -> Task:
        """What is to be cut of a clone."""
        task = one.task
        fd = self._clones.open(one.name)
        try:
            earlier = task.expected or task.earlier
            changed = None if earlier is None else self._changed(earlier, fd)
            size = os.fstat(fd).st_size
        finally:
            os.close(fd)
        file = PlannedFile(os.fsencode(one.name), Status(0, 0, size, 0, 0, 1, 0))
        return Task(file, task.expected, task.earlier, changed)

    def _changed(self, earlier: str, clone: int) -> Ranges | None:
        """What of a clone differs from an earlier content, if that has a clone."""
        with contextlib.suppress(OSError, ValueError, ObjectDamaged):
            before = os.open(self._held.clone_path(earlier), _FLAGS)
            try:
                if os.fstat(before).st_size != self._held.size(earlier):
                    return None  # only its data is stored: its chunks lie elsewhere in it
                return changed_between(before, clone)
            finally:
                os.close(before)
        return None

    def _kept(self, one: _Cloned, stored: Stored) -> Stored:
        """The clone in its place, told as the file that it was."""
        added = stored.added
        with storing(self._clones.folder, "the snapshot was"):
            self._clones.keep(one.name, self._held.clone_path(added.hash))
        added = replace(added, status=one.status, left_out=one.left_out, unstable=False)
        return Stored(added, False, one.doubtful)


class _Part:
    """The progress of some of all tasks, `before` being done already."""

    def __init__(self, whole: Progress, before: Sequence[Task], tasks: Sequence[Task]) -> None:
        self._whole = whole
        self._before, self._before_bytes = len(before), _size(before)
        self._total, self._total_bytes = len(tasks), _size(tasks)

    def update(
        self, done: int, total: int | None, done_bytes: int, total_bytes: int | None
    ) -> None:
        """So many more."""
        done, done_bytes = self._before + done, self._before_bytes + done_bytes
        self._whole.update(done, self._total, done_bytes, self._total_bytes)

    def check(self) -> None:
        """As the whole."""
        self._whole.check()


def _size(tasks: Sequence[Task]) -> int:
    return sum(task.file.status.st_size for task in tasks)


def _is_cloned(task: Task) -> bool:
    return task.file.status.st_size >= CLONED_LEAST and not is_notebook(task.file.path)


def _one_disk(one: Path, other: Path) -> bool:
    """Whether files can be cloned from one folder to the other; subvolumes of btrfs have a device each."""
    if os.stat(one).st_dev == os.stat(other).st_dev:
        return True
    ids = []
    for folder in (one, other):
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            ids.append(ioctls.btrfs_id(fd))
        except OSError:
            return False
        finally:
            os.close(fd)
    return ids[0] == ids[1]


def _can_clone(store: Path) -> bool:
    """Tried with a file of the store's own."""
    clones = Clones(store / "tmp")
    probe = store / "tmp" / f"probe-{os.getpid()}"
    try:
        probe.write_bytes(bytes(1 << 12))
        with probe.open("rb") as source:
            clones.drop(clones.take(source.fileno()))
    except OSError as error:
        if error.errno in (errno.EOPNOTSUPP, errno.ENOTTY, errno.EINVAL, errno.ENOSYS):
            return False
        raise
    finally:
        probe.unlink(missing_ok=True)
    return True
