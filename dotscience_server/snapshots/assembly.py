"""From what became of every planned file to the entries and the counts of a tree."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Mapping
from operator import itemgetter

from dotscience._tree import FROZEN, Entry, Ranges

from ..store.attributes import LeftOut
from .carried import Carried
from .contract import TreeResult
from .left_out import Lacks
from .plan import PlannedFile, TreePlan
from .reading import Outcome, Stored, Unreadable
from .statcache import AnyStatus, Inode, Known, StatCache, inode_of
from .walk import Node


class Assembly:
    """Told of every planned file that has no `carried` entry, by its place in the plan; then asked
    for the `entries`, then for the `result` and what is `carried` on.

    `linked` are the inodes that stand under several names.
    """

    def __init__(
        self,
        plan: TreePlan,
        linked: Collection[Inode],
        cache: StatCache,
        carried: list[Entry | None],
    ) -> None:
        self._plan = plan
        self._linked = linked
        self._cache = cache
        self._settled = carried
        self._entries = [entry for entry in carried if entry is not None]
        self._files = len(self._entries)
        self._bytes = sum([entry.size or 0 for entry in self._entries])
        self._not_kept = [entry.hash for entry in self._entries].count(None)
        self._unstable: list[bytes] = []
        self._unreadable: list[bytes] = list(plan.unreadable)
        self._half_written: list[bytes] = []
        self._marked = False

    def known(self, at: int, known: Known) -> None:
        """It was not read: its bytes are those the stat cache names."""
        file = self._plan.files[at]
        entry = self._kept(
            file, file.status, known.size, known.hash, known.ranges, left_out=known.left_out
        )
        self._settle(at, entry)

    def read(self, at: int, outcome: Outcome) -> None:
        """It was to be read."""
        if isinstance(outcome, Stored):
            self._stored(at, outcome)
        elif isinstance(outcome, Unreadable):
            self._unreadable.append(self._plan.files[at].path)
            self.without_bytes(at, "unreadable")
        else:
            self._unstable.append(self._plan.files[at].path)

    def without_bytes(self, at: int, why: str) -> None:
        """Only its size and times are known."""
        entry = self._told_by_stat(at, why)
        self._not_kept += 1
        self._add(entry, entry.size or 0)
        if why == "fingerprint":
            self._settle(at, entry)

    def frozen(self, at: int) -> None:
        """Its bytes are safe, what they are will be known later."""
        entry = self._told_by_stat(at, FROZEN)
        self._add(entry, entry.size or 0)

    def _told_by_stat(self, at: int, why: str) -> Entry:
        file = self._plan.files[at]
        status = file.status
        return Entry(
            file.path,
            "f",
            stat.S_IMODE(status.st_mode),
            status.st_mtime_ns,
            status.st_size,
            link=self._link(file),
            not_kept=why,
        )

    def entries(self) -> list[Entry]:
        """All entries, folders and links too, sorted."""
        plan = self._plan
        beside = self._cache.beside.of(plan.root, (*plan.folders, *plan.links))
        self._marked |= bool(beside)
        self._entries.extend(_folder(node, beside.get(node.path, ())) for node in plan.folders)
        self._entries.extend(self._symlinks(beside))
        self._entries.sort(key=itemgetter(0))
        return self._entries

    def result(self, tree: str, bytes_new: int) -> TreeResult:
        """What a driver's freeze returns; after `entries`."""
        plan, left_out = self._plan, Lacks()
        if self._marked or self._cache.marked():
            left_out.of_entries(self._entries)
        left_out.add("special", plan.special_paths, plan.special)
        left_out.add("mount", plan.mounts)
        left_out.add("unreadable", self._unreadable)
        return TreeResult(
            tree=tree,
            files=self._files,
            bytes=self._bytes,
            bytes_new=bytes_new,
            unstable=tuple(sorted(self._unstable)),
            not_kept=self._not_kept,
            half_written=tuple(sorted(self._half_written)),
            unreadable=tuple(sorted(self._unreadable)),
            left_out=left_out,
        )

    def carried(self) -> Carried:
        """What the next freeze need not ask about."""
        return Carried(self._plan.files, self._settled)

    def _stored(self, at: int, outcome: Stored) -> None:
        added, file = outcome.added, self._plan.files[at]
        if added.unstable:
            self._unstable.append(file.path)
        if outcome.half_written:
            self._half_written.append(file.path)
        self._marked |= bool(added.left_out)
        entry = self._kept(
            file,
            added.status,
            added.size,
            added.hash,
            added.ranges,
            added.unstable,
            added.left_out,
        )
        # What was read is settled only if the next look at the planned lstat would trust it.
        known = self._cache.known(file.status)
        if known is not None and known.hash == added.hash:
            self._settle(at, entry)

    def _settle(self, at: int, entry: Entry) -> None:
        if self._plan.files[at].status.st_nlink == 1:
            self._settled[at] = entry

    def _kept(
        self,
        file: PlannedFile,
        status: AnyStatus,
        size: int,
        content: str,
        ranges: Ranges | None,
        unstable: bool = False,
        left_out: LeftOut = (),
    ) -> Entry:
        entry = Entry(
            file.path,
            "f",
            stat.S_IMODE(status.st_mode),
            status.st_mtime_ns,
            size,
            content,
            None,
            self._link(file),
            ranges,
            None,
            unstable,
            left_out,
        )
        self._add(entry, size)
        return entry

    def _add(self, entry: Entry, size: int) -> None:
        self._entries.append(entry)
        self._files += 1
        self._bytes += size

    def _link(self, file: PlannedFile) -> str | None:
        if not self._linked or inode_of(file.status) not in self._linked:
            return None
        return f"{file.status.st_dev}:{file.status.st_ino}"

    def _symlinks(self, beside: Mapping[bytes, LeftOut]) -> Iterable[Entry]:
        for node in self._plan.links:
            try:
                target = os.readlink(os.path.join(self._plan.root, node.path))
            except OSError:
                self._unstable.append(node.path)
                continue
            mode = stat.S_IMODE(node.status.st_mode)
            kinds = beside.get(node.path, ())
            yield Entry(
                node.path, "l", mode, node.status.st_mtime_ns, target=target, left_out=kinds
            )


def _folder(node: Node, kinds: LeftOut) -> Entry:
    mode = stat.S_IMODE(node.status.st_mode)
    return Entry(node.path, "d", mode, node.status.st_mtime_ns, left_out=kinds)
