"""Walking a workspace: one lstat per entry, names as bytes, nothing read but ignore files.

Invariants: symbolic links are never followed; folders on another file system are not entered;
sockets, pipes and devices are counted, not listed.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from .ignore import Ignore, Scope
from .policy import Rules, Verdict


class Node(NamedTuple):
    """A path below the root and its lstat; `verdict` is what a rule of the policy says of it."""

    path: bytes
    status: os.stat_result
    verdict: Verdict | None = None


@dataclass
class Walked:
    """What is there, unsorted. `mounts` are folders not entered, `ignored` paths left out,
    `unreadable` folders that could not be listed, `special` counts sockets, pipes and devices.
    """

    files: list[Node] = field(default_factory=list)
    folders: list[Node] = field(default_factory=list)
    links: list[Node] = field(default_factory=list)
    mounts: list[bytes] = field(default_factory=list)
    ignored: list[bytes] = field(default_factory=list)
    unreadable: list[bytes] = field(default_factory=list)
    special: int = 0


def walk(root: bytes, ignore: Ignore, rules: Rules, check: Callable[[], None]) -> Walked:
    """Everything below `root` that is not ignored. Raises OSError when `root` cannot be listed,
    and what `check` raises (called once a folder).
    """
    walker = _Walker(root, ignore, rules)
    while walker.todo:
        check()
        walker.folder(*walker.todo.pop())
    return walker.walked


class _Walker:
    def __init__(self, root: bytes, ignore: Ignore, rules: Rules) -> None:
        self._root = root
        self._device = os.lstat(root).st_dev
        self._ignore = ignore
        self._rules = rules
        self.walked = Walked()
        self.todo: list[tuple[Node | None, Scope]] = [(None, Scope())]

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
        scope = self._ignore.enter(outer, self._root, path, names)
        prefix = path + b"/" if path else b""
        for entry in entries:
            if environment and self._ignore.is_environment_part(entry.name):
                self.walked.ignored.append(entry.name)
            else:
                self._entry(entry, prefix + entry.name, scope)

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

    def _entry(self, entry: os.DirEntry[bytes], path: bytes, scope: Scope) -> None:
        is_folder = entry.is_dir(follow_symlinks=False)
        if self._ignore.ignored(scope, path, entry.name, is_folder):
            self.walked.ignored.append(path)
            return
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError:  # gone since it was listed
            return
        if is_folder:
            self._queue(path, status, scope)
        elif stat.S_ISREG(status.st_mode):
            self._file(path, status)
        elif stat.S_ISLNK(status.st_mode):
            self.walked.links.append(Node(path, status))
        else:
            self.walked.special += 1

    def _queue(self, path: bytes, status: os.stat_result, scope: Scope) -> None:
        # Only folders are compared: on overlay file systems a file may have another device.
        if status.st_dev != self._device:
            self.walked.folders.append(Node(path, status))
            self.walked.mounts.append(path)
        elif self._rules and self._rules.prunes(_text(path) + "/"):
            self.walked.ignored.append(path)
        else:
            self.todo.append((Node(path, status), scope))

    def _file(self, path: bytes, status: os.stat_result) -> None:
        verdict = self._rules.verdict(_text(path)) if self._rules else None
        if verdict == "ignore":
            self.walked.ignored.append(path)
        else:
            self.walked.files.append(Node(path, status, verdict))


def _text(path: bytes) -> str:
    return path.decode("utf-8", "surrogateescape")
