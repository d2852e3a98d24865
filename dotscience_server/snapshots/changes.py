"""What differs from a snapshot: by stat and stat cache, reading only where those cannot tell.

A file counts as modified when its content, size, type, link target or permission bits differ, not
when only its time does. Files known by fingerprint alone are compared by size and time.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from dotscience._tree import Entry, read_entries

from ..store.attributes import left_out_of
from ..store.copying import data_ranges
from ..store.failures import ObjectDamaged
from ..store.objects import ObjectStore
from .collector import paused
from .comparing import is_as_stored
from .plan import PlannedFile, TreePlan
from .statcache import StatCache
from .walk import Node

READ_MOST = 64 << 20

ChangeKind = Literal["modified", "added", "deleted"]


@dataclass(frozen=True)
class Change:
    """A file or symbolic link that differs; `size` is None when it is deleted or a link."""

    path: bytes
    kind: ChangeKind
    size: int | None
    policy: Literal["keep", "fingerprint"]


def changes(
    objects: ObjectStore,
    tree: str,
    plan: TreePlan,
    cache: StatCache,
    check: Callable[[], None] = lambda: None,
) -> list[Change]:
    """The plan against the snapshot `tree`, sorted by path. A file whose times changed and whose
    size did not is read if it is not larger than READ_MOST, else it counts as modified.
    Raises what `check` raises (called while a file is read).
    """
    with paused():
        entries = {e.path: e for e in read_entries(objects.read, tree) if e.kind != "d"}
    comparison = _Comparison(objects, plan.root, cache, check)
    found = [
        *comparison.files(plan.files, entries),
        *comparison.links(plan.links, entries),
        *(_deleted(entry) for entry in entries.values()),
    ]
    cache.save()
    return sorted(found, key=lambda change: change.path)


class _Comparison:
    """Takes out of `entries` what it has compared; what is left over is deleted."""

    def __init__(
        self, objects: ObjectStore, root: bytes, cache: StatCache, check: Callable[[], None]
    ) -> None:
        self._objects = objects
        self._root = root
        self._cache = cache
        self._check = check
        self._moment = cache.moment()

    def files(
        self, files: tuple[PlannedFile, ...], entries: dict[bytes, Entry]
    ) -> Iterator[Change]:
        for file in files:
            entry = entries.pop(file.path, None)
            policy: Literal["keep", "fingerprint"] = "keep" if file.keep else "fingerprint"
            if entry is None:
                yield Change(file.path, "added", file.status.st_size, policy)
            elif self._differs(file, entry):
                yield Change(file.path, "modified", file.status.st_size, policy)

    def links(self, links: tuple[Node, ...], entries: dict[bytes, Entry]) -> Iterator[Change]:
        for node in links:
            entry = entries.pop(node.path, None)
            if entry is None:
                yield Change(node.path, "added", None, "keep")
            elif entry.kind != "l" or entry.target != self._target(node):
                yield Change(node.path, "modified", None, "keep")

    def _target(self, node: Node) -> bytes | None:
        try:
            return os.readlink(os.path.join(self._root, node.path))
        except OSError:
            return None

    def _differs(self, file: PlannedFile, entry: Entry) -> bool:
        status = file.status
        if entry.kind != "f" or entry.size != status.st_size:
            return True
        if entry.mode != stat.S_IMODE(status.st_mode):
            return True
        if entry.hash is None or not file.keep:
            return entry.mtime_ns != status.st_mtime_ns
        known = self._cache.known(status)
        if known is None and status.st_size > READ_MOST:
            # Too large to be looked at here: the same times are taken for the same bytes.
            known = self._cache.suspected(status)
        if known is not None and known.hash.startswith("x") == entry.hash.startswith("x"):
            return known.hash != entry.hash
        return not self._holds(file, entry, entry.hash)

    def _holds(self, file: PlannedFile, entry: Entry, content: str) -> bool:
        """Whether the file still holds what the entry names, told by hashes; False when that is
        not worth, or open to, reading.
        """
        if file.status.st_size > READ_MOST:
            return False
        self._check()
        try:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            source = os.open(os.path.join(self._root, file.path), flags)
        except OSError:
            return False
        try:
            before = os.fstat(source)
            same = is_as_stored(self._objects, entry, source, self._check)
            after = os.fstat(source)
            ranges = data_ranges(source, before)
            left_out = left_out_of(source, before.st_uid)
        except (OSError, ObjectDamaged):
            return False
        finally:
            os.close(source)
        unmoved = (before.st_mtime_ns, before.st_ctime_ns) == (after.st_mtime_ns, after.st_ctime_ns)
        if same and unmoved and ranges == entry.ranges:
            self._cache.put(before, content, ranges, self._moment, left_out)
        return same


def _deleted(entry: Entry) -> Change:
    known = entry.kind == "l" or entry.hash is not None
    return Change(entry.path, "deleted", None, "keep" if known else "fingerprint")
