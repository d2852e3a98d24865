"""What is known of a move that is not confirmed yet: a note in the store's `unfinished/`.

    copying ─► checked ─► swapping ─► swapped ─► (confirmed, undone: no note)
The note is written before each step, durably. In which step a move really is, is seen from where things are.
Until the swap it lies in the workspace's store; the original that is set aside keeps its copy of it.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from dotscience import _workspace

from ..store.failures import writing
from ..store.layout import sync_folder, write_whole
from ..zfs import names

Step = Literal["copying", "checked", "swapped"]
_KEY = "move"
_IDENTITY = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{7,63}", re.ASCII)


@dataclass(frozen=True)
class Note:
    """`workspace`, `aside` (where the original goes), `temporary` (where the dataset is mounted meanwhile) are absolute;
    `identity` stands in the dataset's property `ds:move`, so that no other is ever taken for ours. `checked_ns`: the
    newest change time in the original when it was compared.
    """

    identity: str
    dataset: str
    workspace: str
    aside: str
    temporary: str
    step: Step = "copying"
    checked_ns: int = 0

    def at(self, step: Step) -> Note:
        """The same at another step."""
        return replace(self, step=step)


def write_note(root: Path, note: Note) -> None:
    """Into the store of the folder `root`; durable on return. Raises StoreFailure."""
    folder = _folder(root)
    with writing(folder, "the note was"):
        folder.mkdir(mode=0o700, exist_ok=True)
        for path in (folder, folder.parent):
            if path.is_symlink():  # root would write where it leads
                raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), os.fspath(path))
        write_whole(folder / f"{note.identity}.json", json.dumps({_KEY: asdict(note)}).encode())
        # As root we write into somebody's store: what lies there stays theirs.
        owner = folder.parent.stat()
        if os.geteuid() == 0:
            for path in (folder, folder / f"{note.identity}.json"):
                os.chown(path, owner.st_uid, owner.st_gid, follow_symlinks=False)


def note_path(root: Path, note: Note) -> Path:
    """Where it lies in the store of `root`."""
    return _folder(root) / f"{note.identity}.json"


def forget_note(root: Path, note: Note) -> None:
    """The move is over, one way or the other."""
    with contextlib.suppress(OSError):
        note_path(root, note).unlink()
        sync_folder(_folder(root))


def read_note(root: Path) -> Note | None:
    """The note in the store of `root`; None where there is none that can be read."""
    for file in sorted(_folder(root).glob("*.json")):
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            return _trusted(Note(**json.loads(file.read_bytes())[_KEY]))
    return None


def _trusted(note: Note) -> Note:
    """The same, where all in it follows from the workspace and the identity: root acts on it, and anybody may have
    written it. Raises ValueError, TypeError.
    """
    workspace = Path(note.workspace)
    dataset = names.dataset(note.dataset).rpartition("/")[2]
    follows = (
        workspace.is_absolute()
        and _IDENTITY.fullmatch(note.identity)
        and dataset.startswith(names.OWN)
        and dataset.endswith(note.identity[-6:].lower())
        and note.aside == os.fspath(aside_of(workspace))
        and note.temporary == os.fspath(temporary_of(workspace, note.identity))
        and isinstance(note.checked_ns, int)
    )
    if not follows:
        raise ValueError("not a note of ours")
    return note


def find_note(workspace: Path) -> tuple[Note, Path] | None:
    """The note of a move of `workspace`, and the folder whose store it lies in: the workspace, or the original that was
    set aside while nothing stood in its place.
    """
    for root in (workspace, aside_of(workspace)):
        note = read_note(root) if root.is_dir() else None
        if note is not None and note.workspace == os.fspath(workspace):
            return note, root
    return None


def aside_of(workspace: Path) -> Path:
    """Where the original is kept until it is confirmed."""
    return workspace.with_name(f"{workspace.name}.before-zfs")


def temporary_of(workspace: Path, identity: str) -> Path:
    """Where the dataset is mounted while it is filled."""
    return workspace.with_name(f".zfs-copy-{identity[-6:].lower()}")


def is_move(note: dict[str, Any]) -> bool:
    """Whether a note of `unfinished/` is one of these."""
    return isinstance(note, dict) and _KEY in note


def _folder(root: Path) -> Path:
    return Path(_workspace.store_path(root)) / "unfinished"
