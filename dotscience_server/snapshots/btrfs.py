"""The freezer of btrfs: read-only snapshots of the subvolume in which the workspace lies.

    <subvolume>/…/<workspace>          frozen whole; `below` is the way from the subvolume's top to the workspace
    <store>/freezes/<label>            the snapshots, in a folder of the user alone
    <store>/freezes/gone-<uuid>        one that is being given up: emptied, where a user may not destroy subvolumes

They lie in the store, so that all we keep is in one folder, whose copy holds the history too; the store must be
on the same file system. Subvolumes inside the subvolume are not part of a snapshot: empty folders stand there.
A freeze is known by the uuid of its subvolume. Its name is tried in our folder alone, wherever the workspace
has moved to. Only the calls of the kernel are used: no `btrfs` need be installed.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from dotscience._tree import Ranges

from ..store import ioctls
from ..store.extents import changed_between
from ..store.failures import FULL, FreezeRefused, ObjectDamaged, storing, write_failure
from .folders import lstat, opened, remove_tree
from .freezes import Freeze

FOLDER = "freezes"
TOP_INODE = 256
"""The number of the top folder of each subvolume."""
_LABEL = re.compile(r"[0-9a-f-]{1,40}", re.ASCII)
_GONE = "gone-"
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class _Place(NamedTuple):
    """A subvolume that may be frozen: its top, and the way from there to the workspace."""

    top: Path
    below: str


def btrfs_freezer(workspace: Path, store: Path) -> BtrfsFreezer | None:
    """The freezer of a workspace, or None where it cannot be frozen by btrfs (`why_not_btrfs`)."""
    place = _place(workspace, store)
    return None if isinstance(place, str) else BtrfsFreezer(place.top, place.below, store / FOLDER)


def why_not_btrfs(workspace: Path, store: Path) -> str | None:
    """Why btrfs does not freeze the workspace, in words that go on after "no snapshots of btrfs: "."""
    place = _place(workspace, store)
    return place if isinstance(place, str) else None


class BtrfsFreezer:
    """See `Freezer`. `top` is the subvolume, `folder` where its snapshots lie; made when it is needed."""

    name = "btrfs"

    def __init__(self, top: Path, below: str, folder: Path) -> None:
        self._top = top
        self._below = below
        self._folder = folder
        self.reason = f"{top} is a subvolume of btrfs: the file system takes the snapshots"

    def take(self, label: str) -> Freeze:
        """See `Freezer`. Its transaction is committed on return, what was written before is on the disk."""
        if _LABEL.fullmatch(label) is None:
            raise ValueError(f"{label!r} is no label of a freeze")
        with storing(self._folder, "the snapshot was"):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            with opened(self._folder) as folder, opened(self._top) as source:
                try:
                    ioctls.snapshot(source, folder, label.encode())
                except OSError as error:
                    raise self._refused(error, label, "take snapshots of this subvolume") from error
                found = _subvolume(folder, label)
        if found is None:
            raise FreezeRefused("freeze-refused", f"{label} is gone already")
        return self._freeze(label, found)

    def is_there(self, freeze: Freeze) -> bool:
        """See `Freezer`."""
        with self._opened() as folder:
            return folder is not None and self._known(folder, freeze) is not None

    def standing(self, freezes: Collection[Freeze]) -> set[str]:
        """See `Freezer`."""
        with self._opened() as folder:
            if folder is None:
                return set()
            return {one.guid for one in freezes if self._known(folder, one) is not None}

    def all(self) -> list[Freeze]:
        """See `Freezer`."""
        with self._opened() as folder:
            if folder is None:
                return []
            labels = [name for name in os.listdir(folder) if _LABEL.fullmatch(name)]
            found = {label: _subvolume(folder, label) for label in labels}
        there = [(one, label) for label, one in found.items() if one is not None and one.read_only]
        return [self._freeze(label, one) for one, label in sorted(there)]

    @contextlib.contextmanager
    def view(self, freeze: Freeze) -> Iterator[Path]:
        """See `Freezer`."""
        with self._opened() as folder:
            label = None if folder is None else self._known(folder, freeze)
        if label is None:
            raise ObjectDamaged(freeze.guid, f"the snapshot {freeze.name} is gone")
        yield self._folder / label / freeze.below

    def changed(self, since: Freeze, until: Freeze) -> None:
        """Not told: to search btrfs by generation is root's alone. `changed_in` tells of one file."""
        return None

    def changed_in(self, path: bytes, since: Freeze, until: Freeze) -> Ranges | None:
        """See `Freezer`. Told also of a file that was replaced by one that shares its blocks."""
        try:
            with (
                self.view(since) as old,
                self.view(until) as new,
                _frozen(old, path) as before,
                _frozen(new, path) as after,
            ):
                return changed_between(before, after)
        except (OSError, ObjectDamaged):
            return None

    def drop(self, freeze: Freeze) -> None:
        """See `Freezer`. As a user who may not destroy subvolumes (only root may, or where the disk is mounted with
        `user_subvol_rm_allowed`) it is emptied instead, which takes a moment a file.
        """
        with self._opened() as folder:
            if folder is None:
                return
            self._clear(folder)
            label = self._known(folder, freeze)
            if label is None:
                return
            try:
                ioctls.destroy_subvolume(folder, os.fsencode(label))
            except FileNotFoundError:
                return
            except OSError as error:
                # EROFS: a user who may destroy subvolumes may none that can only be read.
                if error.errno not in (errno.EPERM, errno.EACCES, errno.EROFS):
                    raise self._refused(error, label, "remove snapshots") from error
                self._give_up(folder, label, freeze)

    def _give_up(self, folder: int, label: str, freeze: Freeze) -> None:
        """Whoever reads it meanwhile finds nothing, rather than a part of it: it loses its name first."""
        gone = _GONE + freeze.guid
        try:
            os.rename(label, gone, src_dir_fd=folder, dst_dir_fd=folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._refused(error, label, "remove snapshots") from error
        if not _removed(folder, gone):
            detail = f"{self._folder / gone} holds files of other users"
            raise FreezeRefused("freeze-not-permitted", detail, what="remove all of a snapshot")

    def _clear(self, folder: int) -> None:
        """What an earlier process has not emptied to the end."""
        for name in os.listdir(folder):
            if name.startswith(_GONE):
                _removed(folder, name)

    def _known(self, folder: int, freeze: Freeze) -> str | None:
        """The name of a freeze in our folder, if it is that one still."""
        label = os.path.basename(freeze.name)
        if freeze.driver != self.name or not freeze.stays_inside:
            return None
        if _LABEL.fullmatch(label) is None:
            return None
        found = _subvolume(folder, label)
        return label if found is not None and _guid(found) == freeze.guid else None

    def _freeze(self, label: str, found: ioctls.Subvolume) -> Freeze:
        return Freeze(self.name, str(self._folder / label), _guid(found), self._below)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[int | None]:
        """The folder of the snapshots; None where there is none."""
        with storing(self._folder, "the snapshot was"), contextlib.ExitStack() as stack:
            try:
                folder = stack.enter_context(opened(self._folder))
            except (FileNotFoundError, NotADirectoryError):
                folder = None
            yield folder

    def _refused(self, error: OSError, label: str, what: str) -> Exception:
        reason = error.strerror or str(error)
        if error.errno in FULL or error.errno == errno.EROFS:
            return write_failure(error, self._folder, "the snapshot was", 0)
        if error.errno in (errno.EPERM, errno.EACCES):
            return FreezeRefused("freeze-not-permitted", reason, what=what)
        if error.errno == errno.EEXIST:
            return FreezeRefused("freeze-exists", reason, name=label)
        if error.errno in (errno.EBUSY, errno.ETXTBSY):
            return FreezeRefused("freeze-busy", reason, name=label)
        return FreezeRefused("freeze-refused", reason)


def _place(workspace: Path, store: Path) -> _Place | str:
    """The subvolume that holds a workspace, or why it cannot be frozen."""
    try:
        workspace = workspace.resolve()
        with opened(workspace) as here, opened(store.resolve()) as there:
            disk = ioctls.btrfs_id(here)
            try:
                same = ioctls.btrfs_id(there) == disk
            except OSError:
                same = False
            if not same:
                return f"the store {store} lies on another file system"
            if ioctls.subvolume(here).read_only:
                return "the subvolume can only be read"
        top = _top(workspace)
    except OSError as error:
        if error.errno in (errno.ENOTTY, errno.EOPNOTSUPP, errno.EINVAL):
            return "this is no btrfs"
        return error.strerror or str(error)
    if top is None:
        return "the top of its subvolume is not to be seen from here"
    if os.geteuid() not in (0, top.stat().st_uid):
        return f"the subvolume {top} belongs to somebody else"
    below = os.path.relpath(workspace, top)
    if not _is_text(below):
        return "its path is no UTF-8"
    return _Place(top, "" if below == "." else below)


def _top(folder: Path) -> Path | None:
    """The top of the subvolume in which a folder lies, if it is on the way up."""
    device = folder.stat().st_dev
    for one in (folder, *folder.parents):
        status = one.stat()
        if status.st_dev != device:
            return None
        if status.st_ino == TOP_INODE:
            return one
    return None


def _subvolume(folder: int, name: str) -> ioctls.Subvolume | None:
    """The subvolume of that name; None where there is none. Raises OSError."""
    status = lstat(folder, os.fsencode(name))
    if status is None or not stat.S_ISDIR(status.st_mode) or status.st_ino != TOP_INODE:
        return None
    try:
        fd = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
    except FileNotFoundError:
        return None
    try:
        return ioctls.subvolume(fd)
    finally:
        os.close(fd)


def _guid(one: ioctls.Subvolume) -> str:
    return str(UUID(bytes=one.uuid))


@contextlib.contextmanager
def _frozen(view: Path, path: bytes) -> Iterator[int]:
    """A file of a view, open. Raises OSError, also where a link leads out of the view."""
    fd = os.open(os.path.join(os.fsencode(view), path), _FILE)
    try:
        status = os.fstat(fd)
        if not stat.S_ISREG(status.st_mode) or status.st_dev != os.stat(view).st_dev:
            raise OSError(errno.EINVAL, "no file of the view")
        yield fd
    finally:
        os.close(fd)


def _removed(folder: int, name: str) -> bool:
    """Remove a subvolume that is nobody's any more, if need be file by file; whether nothing is left."""
    raw = os.fsencode(name)
    try:
        fd = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
    except FileNotFoundError:
        return True
    try:
        with contextlib.suppress(OSError):
            ioctls.set_read_only(fd, False)
    finally:
        os.close(fd)
    try:
        ioctls.destroy_subvolume(folder, raw)
    except OSError:
        remove_tree(folder, raw)
    return lstat(folder, raw) is None


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
