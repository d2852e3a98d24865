"""Putting files of a tree into a folder that has files: what would be written, then one rename after the other.

A plan remembers how every place was found. A file is moved in only where that is still so, and never through a
link, so nothing that nobody has kept is overwritten (G4). Nothing is removed.

    nothing there          ─► the file is moved in
    another file, a link   ─► replaced by one rename; another name of a hard link keeps what it had
    the same already       ─► left alone
    an empty folder        ─► gives way
    anything else          ─► refused, and with it the whole restore
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from dotscience._tree import Entry, TreePath

from .failures import RestoreRefused
from .folders import Folders, lstat
from .overlay import parents

STAGE_MODE = 0o700

IsSame = Callable[[int, bytes, os.stat_result, Entry], bool]
"""Whether the regular file with this name in an open folder holds what the entry says."""


class Stand(NamedTuple):
    """How a place was found. `ctime_ns` is 0 where other names of the file may change it."""

    dev: int
    ino: int
    mode: int
    size: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Stand:
        """From an lstat."""
        alone = status.st_nlink == 1 and not stat.S_ISDIR(status.st_mode)
        return cls(
            status.st_dev,
            status.st_ino,
            status.st_mode,
            status.st_size,
            status.st_mtime_ns,
            status.st_ctime_ns if alone else 0,
        )

    def still(self, status: os.stat_result) -> bool:
        """Whether it stands there unchanged."""
        now = Stand.of(status)._replace(ctime_ns=status.st_ctime_ns if self.ctime_ns else 0)
        return now == self


class Step(NamedTuple):
    """A file or link to move in; `stands` is None where nothing was."""

    path: TreePath
    stands: Stand | None


@dataclass(frozen=True)
class Plan:
    """What a restore would do, sorted by path. `steps` and `entries` belong together; `folders` are missing."""

    entries: tuple[Entry, ...]
    steps: tuple[Step, ...]
    folders: tuple[Entry, ...]
    unchanged: int
    lacking: tuple[tuple[TreePath, str], ...]
    """Files without bytes, and why."""

    @property
    def not_kept(self) -> tuple[TreePath, ...]:
        """The files without bytes."""
        return tuple(path for path, _ in self.lacking)

    def without(self, paths: Collection[TreePath]) -> Plan:
        """The same but for these."""
        return replace(
            self,
            entries=tuple(entry for entry in self.entries if entry.path not in paths),
            steps=tuple(step for step in self.steps if step.path not in paths),
        )

    def staged(self) -> list[Entry]:
        """The entries as they are made aside first: with all their folders, which we may write in."""
        above = {folder for entry in self.entries for folder in parents(entry.path)}
        made = [Entry(folder, "d", STAGE_MODE, 0) for folder in above]
        return sorted([*made, *self.entries])


def selected(entries: Sequence[Entry], asked: Sequence[bytes]) -> tuple[list[Entry], list[bytes]]:
    """The entries at or below the asked paths (b"": all), and the asked paths that there are none of."""
    if b"" in asked:
        return list(entries), []
    exact, below = set(asked), tuple(path + b"/" for path in asked)
    found = [e for e in entries if e.path in exact or e.path.startswith(below)]
    there = {entry.path for entry in found}
    return found, [path for path in asked if path not in there]


def plan_restore(
    root: int,
    wanted: Sequence[Entry],
    folders: dict[bytes, Entry],
    lacks: Callable[[Entry], str | None],
    is_same: IsSame,
) -> Plan:
    """How `wanted` goes into the open folder `root`; `folders` are all folders of the tree by path.

    `lacks` says why a file has no bytes. Raises RestoreRefused, and what `is_same` raises.
    """
    steps: list[Step] = []
    entries: list[Entry] = []
    lacking: list[tuple[TreePath, str]] = []
    needed = [path for entry in wanted for path in (*parents(entry.path), entry.path)]
    missing = [folders[path] for path in dict.fromkeys(needed) if path in folders]
    unchanged, device = 0, os.fstat(root).st_dev
    with Folders(root) as at:
        missing = [folder for folder in sorted(missing) if _is_missing(at, folder.path)]
        for entry in wanted:
            if entry.kind == "d":
                continue
            if entry.kind == "f" and (why := lacks(entry)) is not None:
                lacking.append((entry.path, why))
                continue
            stands = _stands(at, entry, device)
            if stands is not None and _is_already(at, entry, stands, is_same):
                unchanged += 1
                continue
            steps.append(Step(entry.path, None if stands is None else Stand.of(stands)))
            entries.append(entry)
    return Plan(tuple(entries), tuple(steps), tuple(missing), unchanged, tuple(lacking))


def _is_missing(at: Folders, path: bytes) -> bool:
    try:
        at.folder(path)
        return False
    except FileNotFoundError:
        return True
    except OSError as error:
        raise _in_the_way(path, error) from error


def _stands(at: Folders, entry: Entry, device: int) -> os.stat_result | None:
    """What is at the entry's place. Raises RestoreRefused for what may not give way."""
    try:
        folder, name = at.parent(entry.path)
        status = lstat(folder, name)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _in_the_way(entry.path, error) from error
    if os.fstat(folder).st_dev != device:
        raise RestoreRefused(entry.path, "another disk is mounted there")
    if not os.access(b".", os.W_OK | os.X_OK, dir_fd=folder):
        raise RestoreRefused(entry.path, "its folder may not be written")
    if status is None:
        return None
    if stat.S_ISDIR(status.st_mode):
        if not _is_empty(at, entry.path):
            raise RestoreRefused(entry.path, "a folder that is not empty stands there")
    elif not (stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode)):
        raise RestoreRefused(entry.path, "a pipe, socket or device stands there")
    return status


def _is_empty(at: Folders, path: bytes) -> bool:
    try:
        return not os.listdir(at.folder(path))
    except OSError:
        return False


def _is_already(at: Folders, entry: Entry, status: os.stat_result, is_same: IsSame) -> bool:
    folder, name = at.parent(entry.path)
    if entry.kind == "l":
        return stat.S_ISLNK(status.st_mode) and os.readlink(name, dir_fd=folder) == entry.target
    same = stat.S_ISREG(status.st_mode) and status.st_size == entry.size
    if not same or stat.S_IMODE(status.st_mode) != entry.mode:
        return False
    return is_same(folder, name, status, entry)


def _in_the_way(path: bytes, error: OSError) -> RestoreRefused:
    if error.errno in (errno.ENOTDIR, errno.ELOOP):
        return RestoreRefused(path, "a file or link stands where a folder must be")
    return RestoreRefused(path, error.strerror or str(error))


class Mover:
    """Moves what lies in the open folder `stage` into the open folder `root`, which share a file system."""

    def __init__(self, stage: int, root: int) -> None:
        self._from = Folders(stage)
        self._to = Folders(root)

    def __enter__(self) -> Mover:
        return self

    def __exit__(self, *_: object) -> None:
        self._from.close()
        self._to.close()

    def make_folders(self, folders: Sequence[TreePath]) -> None:
        """Those that are still missing; sorted. Raises OSError."""
        for path in folders:
            folder, name = self._to.parent(path)
            if lstat(folder, name) is None:
                os.mkdir(name, 0o700, dir_fd=folder)

    def is_waiting(self, step: Step) -> bool:
        """Whether it has not been moved yet."""
        try:
            return lstat(*self._from.parent(step.path)) is not None
        except FileNotFoundError:
            return False

    def move(self, step: Step) -> bool:
        """Move one in; False where the place is not as it was found. Raises OSError."""
        source, name = self._from.parent(step.path)
        target, _ = self._to.parent(step.path)
        now = lstat(target, name)
        if (now is None) != (step.stands is None):
            return False
        if now is not None and step.stands is not None:
            if not step.stands.still(now):
                return False
            if stat.S_ISDIR(now.st_mode):
                os.rmdir(name, dir_fd=target)
        os.rename(name, name, src_dir_fd=source, dst_dir_fd=target)
        return True

    def finish_folders(self, folders: Sequence[tuple[TreePath, int, int]]) -> None:
        """Mode and time of those that were made; sorted (path, mode, mtime_ns)."""
        for path, mode, mtime_ns in reversed(folders):
            itself = self._to.folder(path)
            os.fchmod(itself, mode)
            os.utime(itself, ns=(mtime_ns, mtime_ns))
