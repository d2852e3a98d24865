"""Sealing: the files of a frozen tree whose content keys are not known yet are hashed where they are kept.

Of a large file whose earlier version lies in another freeze only the changed ranges are read. What is durable
when it is cancelled or killed need not be read again: the next sealing begins with it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from dotscience._tree import FROZEN, Entry, Ranges, TreeError, find, read_entries, write_tree

from ..store.attributes import LeftOut
from ..store.batch import AddedFile
from ..store.failures import ChunksRefused, FreezeRefused, ObjectDamaged
from ..store.held import HeldContents
from ..store.objects import ObjectStore
from .contract import Progress
from .freezes import Freeze, Freezer
from .reading import Gone, Outcome, Stored, Task, portions
from .statcache import AnyStatus, StatCache
from .walk import PlannedFile, Status

EARLIER_LEAST = 16 << 20
_PORTION_BYTES = 256 << 20  # so that nobody waits long for the engine
_PORTION_FILES = 4096


@dataclass(frozen=True)
class Frozen:
    """A snapshot to seal: its manifest, what keeps its files; `moment_ns` of its `Ground`, 0 where it is not known;
    `before`: manifests of earlier snapshots with their freezes, the newest first.
    """

    tree: str
    freeze: Freeze
    moment_ns: int = 0
    before: Sequence[tuple[str, Freeze]] = ()


@dataclass(frozen=True)
class SealedTree:
    """The manifest with all content keys, and the bytes that were new."""

    tree: str
    bytes_new: int


class Sealing:
    """How the snapshots of one workspace are sealed. The stat cache is used under `lock` alone."""

    def __init__(
        self,
        workspace: Path,
        objects: ObjectStore,
        held: HeldContents,
        cache: StatCache,
        lock: AbstractContextManager[object],
    ) -> None:
        self._workspace = workspace
        self._objects = objects
        self._held = held
        self._cache = cache
        self._lock = lock

    def seal(
        self,
        frozen: Frozen,
        freezer: Freezer,
        progress: Progress,
        between: Callable[[], None] = lambda: None,
    ) -> SealedTree:
        """Hash what is not known yet; the manifest is durable on return. `between` is called between portions: who
        needs the engine sooner goes first. Raises ObjectDamaged where the freeze is gone, ChunksRefused, DiskFull,
        DiskFloor, StoreUnwritable, FreezeRefused, Cancelled.
        """
        try:
            entries = list(read_entries(self._objects.read, frozen.tree))
        except TreeError as error:
            raise ObjectDamaged(frozen.tree, str(error)) from error
        waiting = [entry for entry in entries if entry.not_kept == FROZEN]
        grown = 0
        with freezer.view(frozen.freeze) as view:
            one = _OneSealing(self, frozen, freezer, os.fsencode(view))
            for portion in portions(one.tasks(waiting), _PORTION_FILES, _PORTION_BYTES):
                between()
                progress.check()
                grown += one.read(portion, progress)
        sealed = [new for old in entries if (new := one.sealed(old)) is not None]
        with self._objects.batch() as batch:
            tree = write_tree(sealed, batch.add_bytes)
        self._held.note(frozen.freeze, tree)
        return SealedTree(tree, grown)


class _OneSealing:
    """One frozen tree on its way."""

    def __init__(self, sealing: Sealing, frozen: Frozen, freezer: Freezer, view: bytes) -> None:
        self._of = sealing
        self._frozen = frozen
        self._freezer = freezer
        self._view = view
        self._device = os.stat(sealing._workspace).st_dev
        self._known: dict[bytes, Entry] = {}
        self._outcomes: dict[bytes, Outcome] = {}
        self._first: dict[str, bytes] = {}

    def tasks(self, waiting: Sequence[Entry]) -> Iterator[Task]:
        """What must be read: each file once, however many names it has."""
        for entry in waiting:
            if (
                entry.link is not None
                and self._first.setdefault(entry.link, entry.path) != entry.path
            ):
                continue
            try:
                status = os.lstat(os.path.join(self._view, entry.path))
            except OSError:
                self._outcomes[entry.path] = Gone()
                continue
            if not self._is_known(entry, status):
                earlier, changed = self._earlier(entry, status)
                plain = Status(status.st_ino, 0, status.st_size, 0, 0, 1, 0)
                yield Task(PlannedFile(entry.path, plain), None, earlier, changed)

    def read(self, tasks: Sequence[Task], progress: Progress) -> int:
        """Hash some; the bytes that were new."""
        engine = self._of._objects.engine
        if engine is None:
            raise ChunksRefused("the chunk engine is not installed")

        durable: list[tuple[bytes, Stored]] = []
        try:
            outcomes, grown = engine.read(self._view, tasks, 0, progress, durable.extend, held=True)
        finally:
            self._remember(durable)
        self._outcomes.update(outcomes)
        return grown

    def _remember(self, durable: Sequence[tuple[bytes, Stored]]) -> None:
        """Not while the engine works for us: a snapshot holds the lock and waits for the engine."""
        of = self._of
        with of._lock:
            for _, one in durable:
                of._cache.put(*remembered(one.added, self._device, self._frozen.moment_ns))
            of._cache.save()

    def sealed(self, entry: Entry) -> Entry | None:
        """The entry with what is known now; None where the file turned out not to be there."""
        if entry.not_kept != FROZEN:
            return entry
        first = entry.path if entry.link is None else self._first[entry.link]
        known = self._known.get(first)
        if known is not None:
            return known._replace(path=entry.path, link=entry.link, mode=entry.mode)
        outcome = self._outcomes[first]
        if isinstance(outcome, Stored):
            added = outcome.added
            return _with_key(entry, added.hash, added.size, added.ranges, added.left_out)
        if isinstance(outcome, Gone):
            return None
        return entry._replace(not_kept="unreadable")

    def _is_known(self, entry: Entry, status: os.stat_result) -> bool:
        """Whether another snapshot has told it meanwhile."""
        of = self._of
        with of._lock:
            known = of._cache.known(known_as(status, self._device))
        if known is None or not (of._held.chunks.has(known.hash) or of._objects.has(known.hash)):
            return False
        self._known[entry.path] = _with_key(
            entry, known.hash, known.size, known.ranges, known.left_out
        )
        return True

    def _earlier(self, entry: Entry, status: os.stat_result) -> tuple[str | None, Ranges | None]:
        """The last version whose key is known, and what has changed since, where the file system tells."""
        if status.st_size < EARLIER_LEAST:
            return None, None
        for tree, freeze in self._frozen.before:
            with suppress(ObjectDamaged, FreezeRefused, TreeError, OSError):
                old = find(self._of._objects.read, tree, entry.path)
                if old is None or old.hash is None:
                    continue
                if self._of._objects.size(old.hash) != old.size:
                    return old.hash, None  # only its data is stored: its chunks lie elsewhere in it
                return old.hash, self._changed(entry.path, status, freeze)
        return None, None

    def _changed(self, path: bytes, status: os.stat_result, since: Freeze) -> Ranges | None:
        if since.driver != self._frozen.freeze.driver:
            return None
        with ExitStack() as stack:
            before = stack.enter_context(self._freezer.view(since))
            old = os.lstat(os.path.join(os.fsencode(before), path))
            if old.st_ino != status.st_ino:
                return None
            return self._freezer.changed_in(path, since, self._frozen.freeze)


def remembered(
    added: AddedFile, device: int | None, moment_ns: int
) -> tuple[AnyStatus, str, Ranges | None, int, LeftOut]:
    """What `StatCache.put` takes of a file that was read in a frozen view."""
    status = known_as(added.status, device)
    return status, added.hash, added.ranges, moment_ns, added.left_out


def known_as(status: os.stat_result, device: int | None) -> Status:
    """The lstat of a frozen file as the workspace has it."""
    return Status(
        status.st_ino,
        status.st_mode,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_nlink,
        status.st_dev if device is None else device,
    )


def _with_key(
    entry: Entry, content: str, size: int, ranges: Ranges | None, left_out: LeftOut
) -> Entry:
    return entry._replace(hash=content, size=size, ranges=ranges, not_kept=None, left_out=left_out)
