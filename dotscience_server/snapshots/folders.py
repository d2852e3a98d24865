"""Folders below one that we trust, opened a step at a time and never through a link.

Every step is an `openat` with O_NOFOLLOW, so whatever a manifest says, and whatever is put in the way
meanwhile, nothing outside of `top` is touched. Paths may be longer than the system takes at once.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Folders:
    """Used by one thread. `top` is an open folder that stays the caller's."""

    def __init__(self, top: int) -> None:
        self._top = top
        self._steps: list[tuple[bytes, int]] = []

    def __enter__(self) -> Folders:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def folder(self, path: bytes) -> int:
        """The folder at `path` (b"": the top), open until the next call. Raises OSError: ENOENT, ENOTDIR or
        ELOOP where something else, a link too, stands at a step.
        """
        parts = path.split(b"/") if path else []
        self._keep(parts)
        for name in parts[len(self._steps) :]:
            self._steps.append((name, os.open(name, _FOLDER, dir_fd=self._deepest())))
        return self._deepest()

    def parent(self, path: bytes) -> tuple[int, bytes]:
        """The folder that `path` lies in, open until the next call, and its name there."""
        above, _, name = path.rpartition(b"/")
        return self.folder(above), name

    def close(self) -> None:
        """Close what is open. May be used again afterwards."""
        self._keep([])

    def _keep(self, parts: list[bytes]) -> None:
        same = 0
        while same < min(len(parts), len(self._steps)) and self._steps[same][0] == parts[same]:
            same += 1
        while len(self._steps) > same:
            os.close(self._steps.pop()[1])

    def _deepest(self) -> int:
        return self._steps[-1][1] if self._steps else self._top


@contextlib.contextmanager
def opened(path: bytes | os.PathLike[str]) -> Iterator[int]:
    """A folder, open for the body; `path` itself must not be a link."""
    folder = os.open(path, _FOLDER)
    try:
        yield folder
    finally:
        os.close(folder)


def lstat(folder: int, name: bytes) -> os.stat_result | None:
    """What stands there, or None. Raises OSError for anything but a missing name."""
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def remove_tree(folder: int, name: bytes) -> None:
    """Remove what stands there with all below it, whatever the modes in it are; what resists stays. Never
    enters a link.
    """
    status = lstat(folder, name)
    if status is None:
        return
    with contextlib.suppress(OSError):
        if not stat.S_ISDIR(status.st_mode):
            os.unlink(name, dir_fd=folder)
            return
        _empty(folder, name)
        os.rmdir(name, dir_fd=folder)


def _empty(folder: int, name: bytes) -> None:
    try:
        inner = os.open(name, _FOLDER, dir_fd=folder)
    except PermissionError:
        os.chmod(name, 0o700, dir_fd=folder)
        inner = os.open(name, _FOLDER, dir_fd=folder)
    try:
        os.fchmod(inner, 0o700)
        for below in os.listdir(inner):
            remove_tree(inner, os.fsencode(below))
    finally:
        os.close(inner)
