"""A workspace moves into a dataset of its own, and back.

    note ─► dataset made ─► copied ─► every byte compared ─► original set aside ─► dataset mounted in its place
      └─ killed anywhere: `move` goes on (what is copied is not copied again), `undo` goes back
    swapped ─► `confirm`: the original is removed · `undo`: the original is back, the dataset kept and unmounted
Invariants: until `confirm` the original is whole; nothing is swapped that was not compared since it last changed; the
caller holds the worker's lock of the workspace all the time, so no worker of ours writes.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ..snapshots.folders import Folders, opened, remove_tree
from ..store.failures import FreezeRefused, StoreFailure, size_text
from ..zfs.command import Zfs
from ..zfs.places import mounts_below
from .dataset import Dataset, available, name_below
from .exchange import put_back, set_aside
from .failures import MoveRefused
from .note import (
    Note,
    aside_of,
    find_note,
    forget_note,
    note_path,
    read_note,
    temporary_of,
    write_note,
)
from .tree_check import Difference, Moment, differences, moment_of
from .tree_copy import Copied, OtherFileSystem, Size, copy_tree, measure

_SPARE = 1.05
_SPARE_BYTES = 32 << 20
_NAME_MOST = 200
_OWN_FILES = (b"worker.lock",)
"""Of the store: they change while the move goes on, and hold nothing that is kept."""

Reach = Callable[[str], None]


@dataclass(frozen=True)
class Watch:
    """Who watches. `begin(title, files, bytes)` before each part, `tell(files, bytes)` while it goes on (may raise to
    stop); `still_free` before the swap: raises when somebody uses the workspace; `reach` names steps for fault tests.
    """

    begin: Callable[[str, int, int], None]
    tell: Callable[[int, int], None]
    still_free: Callable[[], None]
    reach: Reach


@dataclass(frozen=True)
class Moved:
    """`without_attributes`: paths whose extended attributes the dataset does not take."""

    note: Note
    size: Size
    without_attributes: tuple[bytes, ...] = ()


def plan_move(zfs: Zfs, workspace: Path, parent: str, identity: str) -> tuple[Note, Size]:
    """What would be done; nothing is written. Raises MoveRefused, FreezeRefused, NameRefused."""
    _may_move(workspace)
    size = _measured(workspace)
    need = int(size.disk_bytes * _SPARE) + _SPARE_BYTES
    free = available(zfs, parent)
    if free < need:
        raise MoveRefused(
            f"{parent} has {size_text(free)} free, the workspace needs {size_text(need)}",
            "Free some space in the pool, or name another one.",
        )
    note = Note(
        identity,
        name_below(parent, workspace, identity),
        os.fspath(workspace),
        os.fspath(aside_of(workspace)),
        os.fspath(temporary_of(workspace, identity)),
    )
    return note, size


def move(zfs: Zfs, note: Note, watch: Watch) -> Moved:
    """Do it, or go on with it. Raises MoveRefused, FreezeRefused, StoreFailure, OSError: then nothing is swapped."""
    workspace, dataset = Path(note.workspace), Dataset(zfs, note.dataset, note.identity)
    if dataset.stands() and dataset.is_at(workspace):
        return _finished(note)
    if _is_aside(note):
        return _into_place(dataset, note, watch)
    write_note(workspace, note)
    watch.reach("move-noted")
    if not dataset.stands():
        Path(note.temporary).mkdir(mode=0o700, exist_ok=True)
        dataset.create(Path(note.temporary))
    watch.reach("move-made")
    Path(note.temporary).mkdir(mode=0o700, exist_ok=True)
    dataset.mount(Path(note.temporary))
    # That of an earlier try says another step in as many letters: it would pass for copied.
    forget_note(Path(note.temporary), note)
    lacks, size, checked_ns = _copied(note, watch)
    note = replace(note, checked_ns=checked_ns)
    write_note(workspace, note.at("checked"))
    write_note(Path(note.temporary), note.at("swapped"))
    watch.reach("move-checked")
    watch.still_free()
    set_aside(workspace, Path(note.aside))
    watch.reach("move-aside")
    return _into_place(dataset, note, watch, lacks, size)


def is_done(note: Note) -> bool:
    """Whether nothing is left but to confirm it or to go back."""
    kept = read_note(Path(note.aside)) if Path(note.aside).is_dir() else note
    swapped = note.step == "swapped" and kept is not None and kept.step == "swapped"
    return swapped and Path(note.workspace).is_mount() and not Path(note.temporary).exists()


def undo(zfs: Zfs, note: Note) -> bool:
    """Everything where it was. Whether the dataset is kept: once it was the workspace, it is, unmounted. Raises
    FreezeRefused (zfs-busy), MoveRefused, OSError.
    """
    workspace, dataset = Path(note.workspace), Dataset(zfs, note.dataset, note.identity)
    stands = dataset.stands()
    if not _is_aside(note):
        if stands and dataset.is_at(workspace):
            raise MoveRefused(
                f"the original is no more at {note.aside}",
                "The dataset is the workspace: 'ds init --zfs-confirm' ends the move.",
            )
        if stands:
            dataset.destroy()
        _remove_empty(Path(note.temporary))
        forget_note(workspace, note)
        return False
    if stands:
        dataset.unmount()
        dataset.zfs.run("set", "mountpoint=none", dataset.name)
        # Before the original is back: an undo that is killed then and given again must not destroy it.
        dataset.keep_without_mark()
    _remove_empty(Path(note.temporary))
    put_back(workspace, Path(note.aside))
    forget_note(workspace, note)
    return dataset.exists()


def confirm(zfs: Zfs, note: Note) -> None:
    """Remove the original that was set aside. Raises MoveRefused when the dataset is not in place, or somebody has
    written into the original since; FreezeRefused.
    """
    workspace, aside = Path(note.workspace), Path(note.aside)
    dataset = Dataset(zfs, note.dataset, note.identity)
    if not (dataset.stands() and dataset.is_at(workspace)):
        raise MoveRefused(
            "the dataset is not in the workspace's place",
            f"'ds init --zfs {note.dataset.rpartition('/')[0]}' goes on, 'ds init --zfs-undo' goes back.",
        )
    if _is_aside(note):
        _refuse_mounts(aside)
        changed = _written_since(note)
        if changed is not None:
            raise MoveRefused(
                f"{_shown(changed)} was written in {note.aside} after the move",
                "Take over what you need of it, remove that folder yourself, and confirm again.",
            )
        forget_note(aside, note)  # nobody goes back to what is removed in part
        with opened(aside.parent) as parent:
            remove_tree(parent, os.fsencode(aside.name))
    if os.path.lexists(aside):
        raise MoveRefused(
            f"{note.aside} was not removed whole",
            "Remove it yourself, then confirm again.",
            "The workspace in its dataset; what is left of the original.",
        )
    dataset.keep_without_mark()
    forget_note(workspace, note)


def _may_move(workspace: Path) -> None:
    if workspace.is_mount():
        raise MoveRefused(
            f"{workspace} is a mount point: a file system of its own already",
            "Where that is ZFS nothing needs to be moved; 'ds doctor' says what it is.",
        )
    if len(os.fsencode(workspace.name)) > _NAME_MOST or workspace.parent == workspace:
        raise MoveRefused(
            "the folder's name is too long to keep the original beside it", "Rename it."
        )
    if os.path.lexists(aside_of(workspace)):
        raise MoveRefused(
            f"{aside_of(workspace)} stands there already, where the original would be kept",
            "Remove it or give it another name.",
        )


def _measured(workspace: Path) -> Size:
    _refuse_mounts(workspace)
    try:
        with opened(workspace) as top:
            return measure(top)
    except OtherFileSystem as other:
        raise _mounted_inside(other.path) from other


def _copied(note: Note, watch: Watch) -> tuple[Copied, Size, int]:
    """Copy until nothing differs and nothing has changed meanwhile; last the newest change time in the original."""
    _refuse_mounts(Path(note.workspace))
    try:
        with opened(Path(note.workspace)) as source, opened(Path(note.temporary)) as target:
            size = measure(source)
            watch.begin("Copying", size.files, size.bytes)
            lacks = copy_tree(source, target, watch.tell)
            watch.reach("move-copied")
            before = moment_of(source)
            watch.begin("Comparing", size.files, size.bytes)
            for difference in differences(
                source, target, watch.tell, frozenset(lacks.without_attributes)
            ):
                if not _is_own(note, difference):
                    _drop_copy(target, difference)
                    raise _differs(difference)
            after = moment_of(source)
            _refuse_changed(before, after, note)
            return lacks, size, max(entry[3] for entry in after.entries)
    except OtherFileSystem as other:
        raise _mounted_inside(other.path) from other


def _into_place(
    dataset: Dataset,
    note: Note,
    watch: Watch,
    lacks: Copied | None = None,
    size: Size | None = None,
) -> Moved:
    """The second half of the swap: the workspace's place is empty, the original stands aside."""
    workspace = Path(note.workspace)
    if not dataset.stands():
        raise MoveRefused(
            f"{note.dataset} is not there any more, or not of this move",
            "'ds init --zfs-undo' puts the original back.",
            f"The original, whole, at {note.aside}.",
        )
    try:
        workspace.mkdir(mode=0o500, exist_ok=True)
        dataset.mount(workspace, always=True)
    except StoreFailure:
        with contextlib.suppress(FreezeRefused):
            dataset.unmount()  # else the next start of the machine mounts it over the original
        put_back(workspace, Path(note.aside))
        raise
    watch.reach("move-mounted")
    return _finished(note, lacks, size)


def _finished(note: Note, lacks: Copied | None = None, size: Size | None = None) -> Moved:
    done = note.at("swapped")
    write_note(Path(note.workspace), done)
    if _is_aside(note):
        write_note(Path(note.aside), done)
    _remove_empty(Path(note.temporary))
    return Moved(done, size or Size(), tuple(lacks.without_attributes) if lacks else ())


def _is_aside(note: Note) -> bool:
    """Whether the original has been set aside: its store has the note."""
    found = find_note(Path(note.workspace))
    aside = Path(note.aside)
    return found is not None and aside.is_dir() and note_path(aside, note).exists()


def _written_since(note: Note) -> bytes | None:
    """What was written in the original after it was compared, but by us."""
    aside = Path(note.aside)
    ours = note_path(aside, note)
    store = ours.parent.parent
    inside = (ours, ours.parent, *(store / os.fsdecode(name) for name in _OWN_FILES))
    own = {b"", *(os.fsencode(os.path.relpath(path, aside)) for path in inside)}
    try:
        with opened(aside) as top:
            for path, _inode, _size, changed_ns in moment_of(top).entries:
                if changed_ns > note.checked_ns and path not in own:
                    return path
    except OtherFileSystem as other:
        raise _mounted_inside(other.path) from other
    return None


def _refuse_changed(before: Moment, after: Moment, note: Note) -> None:
    changed = {entry[0] for entry in set(before.entries) ^ set(after.entries)}
    for path in sorted(changed):
        if not _is_own(note, Difference(path, "")):
            raise MoveRefused(
                f"{_shown(path)} was changed while it was copied",
                "End what writes there and give the command again: what is copied is not copied again.",
            )


def _is_own(note: Note, difference: Difference) -> bool:
    """Whether it is of a file of ours that changes while we work."""
    store = note_path(Path(note.workspace), note).parent.parent
    inside = os.fsencode(os.path.relpath(store, note.workspace))
    return difference.path in [inside + b"/" + name for name in _OWN_FILES]


def _drop_copy(target: int, difference: Difference) -> None:
    """So that the next try does not take it to be copied."""
    if difference.what == "bytes":
        with Folders(target) as folders:
            parent, name = folders.parent(difference.path)
            remove_tree(parent, name)


def _differs(difference: Difference) -> MoveRefused:
    return MoveRefused(
        f"the copy of {_shown(difference.path)} is not the same ({difference.what})",
        "End what writes there and give the command again: what differs is copied again.",
    )


def _refuse_mounts(folder: Path) -> None:
    """By the kernel's table: a folder of the same disk may be mounted in it too, and what is there is not ours."""
    for path in mounts_below(folder):
        raise _mounted_inside(path)


def _mounted_inside(path: bytes) -> MoveRefused:
    return MoveRefused(
        f"another file system is mounted in it, at {_shown(path)}",
        "Unmount it, or move it out of the workspace first.",
    )


def _shown(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace") or "the folder itself"


def _remove_empty(folder: Path) -> None:
    if folder.is_dir() and not folder.is_mount() and not os.listdir(folder):
        folder.rmdir()
