"""Bringing a tree back: always into a new folder, all of it or nothing (G3, G4, G6).

read and check the whole manifest ─► note the place ─► write into a hidden sibling ─► one rename
                                          └─ cancelled or failed: the sibling is removed; killed: by the next
                                             worker, which finds the note
Where damaged files are to be left out, the folder that lacks some says so in a file of its own, `INCOMPLETE`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from dotscience._tree import Entry, TreePath

from ..store.failures import DiskFull, size_text
from ..store.objects import ObjectStore
from ..store.room import free_bytes
from .contract import Progress
from .failures import CheckoutExists, CheckoutRefused
from .folders import opened, remove_tree
from .ignore import UNFINISHED
from .lacking import Lacking, lacking_of, mark_incomplete
from .overlay import Overlay, Span
from .safe_entries import LostPage, safe_entries
from .writing import TreeWriter

__all__ = ["CheckoutResult", "Noting", "Overlay", "check_room", "checkout"]

Noting = Callable[[Path], contextlib.AbstractContextManager[object]]
"""Remembers a folder that is unfinished as long as the body runs."""


@dataclass(frozen=True)
class CheckoutResult:
    """What was made: `path`, its device and inode, the counts of regular files and their bytes;
    `not_kept` are the files whose bytes were never stored, `left_out` those of `without`; `lacking` all
    that is not there, each with its reason; `incomplete`: some of it is damaged.
    """

    path: Path
    device: int
    inode: int
    files: int
    bytes: int
    not_kept: tuple[TreePath, ...]
    left_out: tuple[TreePath, ...]
    lacking: tuple[Lacking, ...]
    incomplete: bool


def checkout(
    objects: ObjectStore,
    tree: str,
    overlays: Mapping[bytes, Overlay],
    into: Path,
    progress: Progress,
    *,
    without: Collection[bytes] = (),
    span: Span | None = None,
    skip_damaged: bool = False,
    noting: Noting = contextlib.nullcontext,
    complete: Callable[[Path], None] = lambda folder: None,
) -> CheckoutResult:
    """Make the folder `into` (its parents too) with the tree's content, modes, times, links, holes.

    `complete` may add to the folder before it gets its name. Raises CheckoutExists, CheckoutRefused, PathRefused,
    ObjectDamaged (names the file; go on with `skip_damaged`), DiskFull, Cancelled, and what `complete` raises. Whatever
    it raises, nothing is left behind.
    """
    into = Path(os.path.abspath(into))  # resolve() would follow links
    if os.path.lexists(into):
        raise CheckoutExists(str(into))
    lost: list[LostPage] = []
    entries = safe_entries(objects.read, tree, overlays, span, lost if skip_damaged else None)
    wanted = [entry for entry in entries if entry.path not in without]
    with _unfinished(into, noting) as sibling:
        check_room(sibling, wanted, "the checkout was")
        with opened(sibling) as top:
            writer = TreeWriter(objects, top, into, progress, skip_damaged)
            writer.write(wanted)
        damaged = (*((path, "damaged") for path in sorted(writer.damaged)), *_of_lists(lost))
        lacking = tuple(sorted((*lacking_of(entries, without), *damaged)))
        if damaged:
            mark_incomplete(sibling, lacking)
        complete(sibling)
        progress.check()
        _move(sibling, into)
    left_out = tuple(entry.path for entry in entries if entry.path in without)
    written = [entry for entry in wanted if entry.path not in writer.damaged]
    return _result(into, written, left_out, lacking, bool(damaged))


@contextlib.contextmanager
def _unfinished(into: Path, noting: Noting) -> Iterator[Path]:
    """A new folder beside `into`, removed (with the parents made for it) when the body fails."""
    made = [folder for folder in into.parents if not os.path.lexists(folder)]
    sibling = into.parent / (os.fsdecode(UNFINISHED) + uuid4().hex)
    with noting(sibling):
        try:
            into.parent.mkdir(parents=True, exist_ok=True)
            sibling.mkdir()
        except OSError as error:
            _remove_empty(made)
            raise CheckoutRefused(str(into), error.strerror or str(error)) from error
        try:
            yield sibling
        except BaseException:
            with opened(sibling.parent) as parent:
                remove_tree(parent, os.fsencode(sibling.name))
            _remove_empty(made)
            raise


def check_room(folder: Path, entries: Sequence[Entry], what: str) -> None:
    """Raise DiskFull at once where it would come later; `what` fits into its text."""
    free = free_bytes(folder)
    need = sum(_disk_bytes(entry) for entry in entries if entry.hash is not None)
    if need > free:
        texts = {"free": size_text(free), "need": size_text(need)}
        raise DiskFull("no space", what=what, kept="Everything stored.", **texts)


def _disk_bytes(entry: Entry) -> int:
    size = entry.size or 0
    return size if entry.ranges is None else min(size, sum(length for _, length in entry.ranges))


def _move(sibling: Path, into: Path) -> None:
    """Give the finished folder its name. The empty folder made first holds the name: renaming
    replaces it only as long as nobody has put anything there.
    """
    try:
        into.mkdir()
    except FileExistsError as error:
        raise CheckoutExists(str(into)) from error
    try:
        sibling.rename(into)
    except OSError as error:
        _remove_empty([into])
        raise CheckoutExists(str(into)) from error


def _result(
    into: Path,
    wanted: list[Entry],
    left_out: tuple[TreePath, ...],
    lacking: tuple[Lacking, ...],
    incomplete: bool,
) -> CheckoutResult:
    status = os.lstat(into)
    files = [entry for entry in wanted if entry.kind == "f"]
    kept = [entry for entry in files if entry.hash is not None]
    return CheckoutResult(
        path=into,
        device=status.st_dev,
        inode=status.st_ino,
        files=len(kept),
        bytes=sum(entry.size or 0 for entry in kept),
        not_kept=tuple(entry.path for entry in files if entry.hash is None),
        left_out=left_out,
        lacking=lacking,
        incomplete=incomplete,
    )


def _of_lists(lost: Sequence[LostPage]) -> Iterator[Lacking]:
    return ((page.first, "list") for page in lost)


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        with contextlib.suppress(OSError):
            folder.rmdir()
