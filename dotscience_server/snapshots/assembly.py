"""From what became of every planned file to the entries and the counts of a tree."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable

from dotscience._tree import Entry, Ranges

from .contract import TreeResult
from .plan import PlannedFile, TreePlan
from .reading import Outcome, Stored, Unreadable
from .statcache import Inode, Known, inode_of
from .walk import Node


class Assembly:
    """Told of every planned file once, then asked for the `entries`, then for the `result`.

    `linked` are the inodes that stand under several names.
    """

    def __init__(self, plan: TreePlan, linked: Collection[Inode]) -> None:
        self._plan = plan
        self._linked = linked
        self._entries: list[Entry] = []
        self._unstable: list[bytes] = []
        self._unreadable: list[bytes] = list(plan.unreadable)
        self._half_written: list[bytes] = []
        self._files = self._bytes = self._not_kept = 0

    def known(self, file: PlannedFile, known: Known) -> None:
        """It was not read: its bytes are those the stat cache names."""
        self._kept(file, file.status, known.size, known.hash, known.ranges)

    def read(self, file: PlannedFile, outcome: Outcome) -> None:
        """It was to be read."""
        if isinstance(outcome, Stored):
            self._stored(file, outcome)
        elif isinstance(outcome, Unreadable):
            self._unreadable.append(file.path)
            self.without_bytes(file, "unreadable")
        else:
            self._unstable.append(file.path)

    def without_bytes(self, file: PlannedFile, why: str) -> None:
        """Only its size and times are known."""
        status = file.status
        entry = Entry(
            file.path,
            "f",
            stat.S_IMODE(status.st_mode),
            status.st_mtime_ns,
            status.st_size,
            link=self._link(file),
            not_kept=why,
        )
        self._not_kept += 1
        self._add(entry, status.st_size)

    def entries(self) -> list[Entry]:
        """All entries, folders and links too, sorted."""
        self._entries.extend(_folder(node) for node in self._plan.folders)
        self._entries.extend(self._symlinks())
        self._entries.sort(key=lambda entry: entry[0])
        return self._entries

    def result(self, tree: str, bytes_new: int) -> TreeResult:
        """What a driver's freeze returns; after `entries`."""
        return TreeResult(
            tree=tree,
            files=self._files,
            bytes=self._bytes,
            bytes_new=bytes_new,
            unstable=tuple(sorted(self._unstable)),
            not_kept=self._not_kept,
            half_written=tuple(sorted(self._half_written)),
            unreadable=tuple(sorted(self._unreadable)),
        )

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
        )
        self._add(entry, size)

    def _add(self, entry: Entry, size: int) -> None:
        self._entries.append(entry)
        self._files += 1
        self._bytes += size

    def _link(self, file: PlannedFile) -> str | None:
        if not self._linked or inode_of(file.status) not in self._linked:
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
