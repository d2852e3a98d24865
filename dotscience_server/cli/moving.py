"""``ds init --zfs``: the workspace moves into a ZFS dataset of its own; ``--zfs-undo`` and ``--zfs-confirm`` end it."""

from __future__ import annotations

import os
import pwd
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from ..protocol.failure import ApiError
from ..relocation.failures import MoveRefused, MoveStopped
from ..relocation.moving import Moved, Watch, confirm, is_done, move, plan_move, undo
from ..relocation.note import Note, find_note
from ..store.failures import FreezeRefused
from ..store.layout import Located, locate, make_folders
from ..store.stamps import new_id
from ..worker.barrier import reach
from ..zfs.command import Zfs
from ..zfs.delegation import grant
from ..zfs.names import NameRefused
from .context import Context
from .jobs import showing
from .output import counted, plain
from .own_work import OwnWork, failures_told
from .standing_still import refuse_used, standing_still

Json = dict[str, Any]
_COMMANDS_S = 600.0
"""Destroying and unmounting may take long on a busy pool."""


def move_in(context: Context, path: str, parent: str) -> Json:
    """Move the workspace of ``path`` below the dataset ``parent``, or go on with a move. What was done, for ``--json``.

    Raises ApiError.
    """
    with failures_told():
        zfs = _tools(path, f"--zfs {shlex.quote(parent)}")
        located, note = _found(path)
        if note is None:
            _refuse_elsewhere(located)
            _refuse_untracked(located)
        elif is_done(note):
            raise _done_already(note)
        with standing_still(located):
            return _moved(zfs, located, note, parent)


def go_back(context: Context, path: str) -> Json:
    """The original is the workspace again. Raises ApiError."""
    with failures_told():
        zfs = _tools(path, "--zfs-undo")
        located, note = _needed(path)
        mounted = Path(note.workspace).is_mount()
        whole = "The original and the dataset, each whole."
        with standing_still(located, to_unmount=mounted), _system_told(whole):
            kept = undo(zfs, note)
        return {"workspace": note.workspace, "dataset": note.dataset, "kept": kept}


def end_move(context: Context, path: str) -> Json:
    """The original is removed. Raises ApiError."""
    with failures_told():
        zfs = _tools(path, "--zfs-confirm")
        _located, note = _needed(path)
        refuse_used(Path(note.aside))
        with _system_told("The workspace in its dataset."):
            confirm(zfs, note)
        return {"workspace": note.workspace, "dataset": note.dataset, "removed": note.aside}


def tell_moved(told: Json) -> None:
    """What was done, and what comes next, for people."""
    workspace, dataset = plain(told["workspace"]), plain(told["dataset"])
    print(f"{workspace} lies in the ZFS dataset {dataset} now: every byte was compared.")
    if told["without_attributes"]:
        count = counted(told["without_attributes"], "file")
        print(f"Of {count} extended attributes could not be kept; the original has them.")
    if told["granted"]:
        print(f"Snapshots need no root: {told['granted']} may take them.")
    if told["grant"]:
        print(f"So that {told['owner']} may take snapshots without root: {told['grant']}")
    print(f"The original is kept at {plain(told['aside'])}. When all is well:")
    print("  ds init --zfs-confirm   removes it")
    print("  ds init --zfs-undo      goes back to it")
    print("A terminal that stands in the folder still stands in the original: cd out and in again.")


def _moved(zfs: Zfs, located: Located, note: Note | None, parent: str) -> Json:
    if note is None:
        try:
            with _system_told("Everything, where it was."):
                note, _size = plan_move(zfs, located.path, parent, new_id())
        except NameRefused as refusal:
            raise MoveRefused(str(refusal), "POOL or POOL/PARENT names a dataset.") from refusal
    try:
        with showing() as show:
            work = OwnWork(show)
            still_free = partial(refuse_used, located.path)
            moved = move(zfs, note, Watch(work.begin, work.tell, still_free, reach))
    except KeyboardInterrupt:
        raise _stopped("it was cancelled", note) from None
    except OSError as error:
        raise _stopped(_of_system(error), note) from error
    return _told(zfs, moved)


def _told(zfs: Zfs, moved: Moved) -> Json:
    note = moved.note
    owner_id = Path(note.workspace).stat().st_uid
    owner = _user_name(owner_id)
    command = grant(note.dataset, owner)
    granted = False
    if owner_id != 0 and os.geteuid() == 0:
        try:
            zfs.run(*command[1:])
            granted = True
        except FreezeRefused:
            pass  # its command is told instead
    return {
        "workspace": note.workspace,
        "dataset": note.dataset,
        "aside": note.aside,
        "files": moved.size.files,
        "bytes": moved.size.bytes,
        "without_attributes": len(moved.without_attributes),
        "owner": owner,
        "granted": owner if granted else None,
        "grant": None if granted or owner_id == 0 else shlex.join(command),
    }


def _tools(path: str, option: str) -> Zfs:
    """The commands of ZFS. Raises MoveRefused where we may not mount."""
    zfs = Zfs.find()
    if zfs is None:
        raise MoveRefused(
            "the commands zfs and zpool are not installed", "Install OpenZFS, and create a pool."
        )
    if sys.platform.startswith("linux") and os.geteuid() != 0:
        place = shlex.quote(os.path.abspath(path))
        command = f"sudo {shlex.quote(sys.argv[0])} init {option} {place}"
        raise MoveRefused("on Linux only root may mount a file system", f"As root: {command}")
    return Zfs(zfs.zfs, zfs.zpool, _COMMANDS_S)


def _found(path: str) -> tuple[Located, Note | None]:
    """The workspace, and its move that is not over. In the middle of a swap nothing may stand at its path."""
    absolute = Path(os.path.abspath(path))
    empty = not absolute.exists() or (absolute.is_dir() and not any(absolute.iterdir()))
    located = None if empty else locate(path)
    found = find_note(absolute if located is None else located.path)
    if found is None:
        return located or locate(path), None
    note, root = found
    return (located if located and located.path == root else locate(root)), note


def _needed(path: str) -> tuple[Located, Note]:
    located, note = _found(path)
    if note is None:
        raise MoveRefused(
            f"no move of {located.path} waits to be ended", "'ds init --zfs POOL' begins one."
        )
    return located, note


def _refuse_elsewhere(located: Located) -> None:
    """History must lie in the dataset too, else neither snapshots nor replicas of it are whole."""
    if located.path not in located.store.parents or located.store.is_symlink():
        raise MoveRefused(
            f"its store lies elsewhere, in {located.store}: it is a Git worktree, a folder of a repository, or a link",
            "Move the folder that has it: 'ds init --zfs' in the top folder of the repository.",
        )


def _refuse_untracked(located: Located) -> None:
    """Root makes no store for somebody else."""
    if located.store.exists():
        return
    if located.path.stat().st_uid != os.geteuid():
        raise MoveRefused(
            f"{located.path} is not tracked, and not yours", "'ds init' as its owner comes first."
        )
    make_folders(located.store)


@contextmanager
def _system_told(kept: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MoveRefused(
            _of_system(error), "Look at what is there, then give the command again.", kept
        ) from error


def _of_system(error: OSError) -> str:
    return f"{error.strerror or error} ({plain(os.fsdecode(error.filename or '?'))})"


def _stopped(why: str, note: Note) -> MoveStopped:
    parent = note.dataset.rpartition("/")[0]
    place = f", at {plain(note.aside)}" if Path(note.aside).is_dir() else ""
    return MoveStopped(
        why,
        f"The workspace, whole{place}; what was copied, in {note.dataset}.",
        f"'ds init --zfs {parent}' goes on, 'ds init --zfs-undo' gives the copy up.",
    )


def _done_already(note: Note) -> ApiError:
    failure = MoveRefused(
        f"it lies in {note.dataset} already, the original is at {note.aside}",
        "'ds init --zfs-confirm' removes the original, 'ds init --zfs-undo' goes back to it.",
    )
    return ApiError.of("move-refused", **failure.fields)


def _user_name(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
