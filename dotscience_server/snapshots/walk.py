"""Walking a workspace: one lstat per entry, names as bytes, nothing read but ignore files.

Invariants: symbolic links are never followed; folders on another file system or subvolume are not entered;
sockets, pipes and devices are counted, the first ones named. A walk that is given what the last one `seen`
asks no rule about a file that is still there, and gives the same object for one whose lstat is
the same: who comes later can tell by `is` what needs no work.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from .collector import paused
from .filesystem import kind_of
from .ignore import Ignore, Scope
from .policy import Rules, Verdict


class Status(NamedTuple):
    """What snapshots need of an `os.stat_result`, by the same names, in a quarter of its memory."""

    st_ino: int
    st_mode: int
    st_size: int
    st_mtime_ns: int
    st_ctime_ns: int
    st_nlink: int
    st_dev: int


class Node(NamedTuple):
    """A path below the root and its lstat; `verdict` is what a rule of the policy says of it."""

    path: bytes
    status: Status
    verdict: Verdict | None = None


class PlannedFile(NamedTuple):
    """A regular file: its lstat, what a rule of the policy says of it, and whether its bytes are
    kept or only its size and time (decided by `plan_tree`).
    """

    path: bytes
    status: Status
    verdict: Verdict | None = None
    keep: bool = True


@dataclass
class Walked:
    """What is there, nearly sorted. `mounts` are folders not entered, `ignored` paths left out,
    `unreadable` folders that could not be listed, `special` counts sockets, pipes and devices;
    `special_paths` are the first of them.
    """

    files: list[PlannedFile] = field(default_factory=list)
    folders: list[Node] = field(default_factory=list)
    links: list[Node] = field(default_factory=list)
    mounts: list[bytes] = field(default_factory=list)
    ignored: list[bytes] = field(default_factory=list)
    unreadable: list[bytes] = field(default_factory=list)
    special: int = 0
    special_paths: list[bytes] = field(default_factory=list)


class _SeenFolder(NamedTuple):
    """The files listed in a folder, by path, and what they were judged by."""

    files: list[PlannedFile]
    scope: Scope
    environment: bool


class Seen:
    """What the last complete walk saw; for one root. About 100 bytes a folder and 8 a file beside
    the files themselves, which the last plan holds too.
    """

    def __init__(self) -> None:
        self._judge: object = None
        self._folders: dict[bytes, _SeenFolder] = {}

    def judged_by(self, judge: object) -> dict[bytes, _SeenFolder]:
        """The folders as they were last seen, by rules equal to `judge`."""
        return self._folders if self._judge == judge else {}

    def note(self, judge: object, folders: dict[bytes, _SeenFolder]) -> None:
        """What a walk has seen, to its end."""
        self._judge, self._folders = judge, folders


SPECIAL_MOST = 20
_PLACEHOLDER = 2
_NO_IGNORE_FILE = Scope()
_by_path = itemgetter(0)


def walk(
    root: bytes,
    ignore: Ignore,
    rules: Rules,
    check: Callable[[], None],
    seen: Seen | None = None,
    known_as: int | None = None,
    mounts: Collection[bytes] = (),
) -> Walked:
    """Everything below `root` that is not ignored. `known_as`: the device that a status names instead of the
    root's; `mounts`: folders that are not entered. Raises OSError when `root` cannot be listed,
    and what `check` raises (called once a folder).
    """
    seen = seen or Seen()
    judge = rules.key, frozenset(ignore.skip)
    walker = _Walker(root, ignore, rules, seen.judged_by(judge), known_as, mounts)
    with paused():
        while walker.todo:
            check()
            walker.folder(*walker.todo.pop())
    seen.note(judge, walker.seen)
    return walker.walked


class _Walker:
    def __init__(
        self,
        root: bytes,
        ignore: Ignore,
        rules: Rules,
        before: dict[bytes, _SeenFolder],
        known_as: int | None,
        mounts: Collection[bytes],
    ) -> None:
        self._mounts = mounts
        self._root = root
        self._own = os.lstat(root).st_dev
        self._device = self._own if known_as is None else known_as
        self._ignore = ignore
        self._rules = rules
        self._before = before
        self._modes: dict[int, int] = {}
        self.seen: dict[bytes, _SeenFolder] = {}
        self.walked = Walked()
        self.todo: list[tuple[Node | None, Scope]] = [(None, _NO_IGNORE_FILE)]

    def folder(self, node: Node | None, outer: Scope) -> None:
        """List one folder (None: the root) and queue the folders in it."""
        path = b"" if node is None else node.path
        entries = self._list(node)
        if entries is None:
            return
        names = {entry.name for entry in entries}
        environment = self._ignore.is_environment(names)
        if node is not None:
            if environment:
                self.walked.ignored.append(path)
                return
            self.walked.folders.append(node)
        before = self._before.get(path)
        scope = self._ignore.enter(
            outer, self._root, path, names, None if before is None else before.scope
        )
        if before is None or before.scope is not scope or before.environment != environment:
            before = _SeenFolder([], scope, environment)
        self._entries(entries, path, before)

    def _list(self, node: Node | None) -> list[os.DirEntry[bytes]] | None:
        if node is None:
            return list(os.scandir(self._root))
        try:
            return list(os.scandir(os.path.join(self._root, node.path)))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError:
            self.walked.folders.append(node)
            self.walked.unreadable.append(node.path)
            return None

    def _entries(
        self, entries: list[os.DirEntry[bytes]], folder: bytes, before: _SeenFolder
    ) -> None:
        """What is in a folder. The one loop where every nanosecond counts: once a file."""
        known = {file.path: file for file in before.files}
        prefix = folder + b"/" if folder else b""
        files: list[PlannedFile] = []
        folders: list[Node] = []
        same = 0
        for entry in entries:
            path = prefix + entry.name
            file = known.get(path)
            if file is None:
                self._new(entry, path, before, files, folders)
                continue
            try:
                status = _status(entry, self._own, self._device)
            except OSError:  # gone since it was listed
                continue
            if status == file.status:
                files.append(file)
                same += 1
            elif stat.S_ISREG(status[1]):
                files.append(file._replace(status=self._kept_status(status)))
            else:
                self._new(entry, path, before, files, folders)
        if same == len(files) == len(before.files):
            files = before.files
        else:
            files.sort(key=_by_path)
            before = before._replace(files=files)
        self.seen[folder] = before
        self.walked.files += files
        folders.sort(key=_by_path, reverse=True)
        self.todo.extend((node, before.scope) for node in folders)

    def _new(
        self,
        entry: os.DirEntry[bytes],
        path: bytes,
        place: _SeenFolder,
        files: list[PlannedFile],
        folders: list[Node],
    ) -> None:
        """An entry that was no file there at the last walk."""
        is_folder = entry.is_dir(follow_symlinks=False)
        if place.environment and self._ignore.is_environment_part(entry.name):
            self.walked.ignored.append(path)
            return
        if self._ignore.ignored(place.scope, path, entry.name, is_folder):
            self.walked.ignored.append(path)
            return
        try:
            status = self._kept_status(_status(entry, self._own, self._device))
        except OSError:  # gone since it was listed
            return
        if is_folder:
            self._folder(path, status, folders)
        elif stat.S_ISREG(status.st_mode):
            self._file(path, status, files)
        elif stat.S_ISLNK(status.st_mode):
            self.walked.links.append(Node(path, status))
        else:
            self.walked.special += 1
            if len(self.walked.special_paths) < SPECIAL_MOST:
                self.walked.special_paths.append(path)

    def _kept_status(self, status: tuple[int, int, int, int, int, int, int]) -> Status:
        """It is kept as long as the file is there: equal modes and devices are one number."""
        ino, mode, size, mtime_ns, ctime_ns, names, device = status
        mode = self._modes.setdefault(mode, mode)
        device = self._device if device == self._device else device
        return Status(ino, mode, size, mtime_ns, ctime_ns, names, device)

    def _folder(self, path: bytes, status: Status, folders: list[Node]) -> None:
        # Only folders are compared: on overlay file systems a file may have another device.
        if (
            status.st_dev != self._device
            or path in self._mounts
            or self._stands_for_a_subvolume(status)
        ):
            self.walked.folders.append(Node(path, status))
            self.walked.mounts.append(path)
        elif self._rules and self._rules.prunes(_text(path) + "/"):
            self.walked.ignored.append(path)
        else:
            folders.append(Node(path, status))

    def _stands_for_a_subvolume(self, status: Status) -> bool:
        """Whether it is the empty folder that stands for a subvolume in a snapshot of btrfs."""
        return status.st_ino == _PLACEHOLDER and kind_of(self._root) == "btrfs"

    def _file(self, path: bytes, status: Status, files: list[PlannedFile]) -> None:
        verdict = self._rules.verdict(_text(path)) if self._rules else None
        if verdict == "ignore":
            self.walked.ignored.append(path)
        else:
            files.append(PlannedFile(path, status, verdict, verdict != "fingerprint"))


def _status(
    entry: os.DirEntry[bytes], own: int, known_as: int
) -> tuple[int, int, int, int, int, int, int]:
    """The fields of `Status`, plain: most are only compared. The device `own` is told as `known_as`."""
    status = entry.stat(follow_symlinks=False)
    return (
        status.st_ino,
        status.st_mode,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
        status.st_nlink,
        known_as if status.st_dev == own else status.st_dev,
    )


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")
