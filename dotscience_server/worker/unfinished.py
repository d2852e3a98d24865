"""What is being made in the user's folders and is not whole yet (`<store>/unfinished/`, docs/formats/store.md).

    noted ─► made, or restored ─► note removed
       └─ the worker is killed: the next one finds the note, removes the folder or finishes the restore

Invariants: a note is durable before the folder it names is made; a folder is removed only while it has the name that
unfinished ones have, so no note, whoever wrote it, removes anything of the user's.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..relocation.note import is_move
from ..snapshots.folders import opened, remove_tree
from ..snapshots.ignore import UNFINISHED
from ..store.failures import StoreFailure, writing
from ..store.layout import sync_folder, write_whole
from ..store.stamps import new_id

log = logging.getLogger(__name__)
Json = dict[str, Any]


class Unfinished:
    """The notes. Any thread."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._folder = store / "unfinished"

    @contextlib.contextmanager
    def noting(self, folder: Path) -> Iterator[None]:
        """Remember ``folder`` while the body makes it; where the store takes no note it is made all the same, and only
        a killed worker leaves it behind."""
        identity = new_id()
        with contextlib.suppress(StoreFailure):
            self.write(identity, {"folder": os.fspath(folder)})
        try:
            yield
        finally:
            self.forget(identity)

    def write(self, identity: str, note: Json) -> None:
        """Durable on return. Raises ``StoreFailure``."""
        with writing(self._store, "the note was"):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            write_whole(self._folder / f"{identity}.json", json.dumps(note).encode())

    def forget(self, identity: str) -> None:
        """It is whole, or gone."""
        with contextlib.suppress(OSError):
            (self._folder / f"{identity}.json").unlink()
            sync_folder(self._folder)

    def notes(self) -> dict[str, Json]:
        """By identity, the oldest first. What cannot be read is dropped."""
        found: dict[str, Json] = {}
        for file in sorted(self._folder.glob("*")) if self._folder.is_dir() else ():
            try:
                note = json.loads(file.read_bytes())
            except (OSError, ValueError):
                note = None
            if file.suffix == ".json" and isinstance(note, dict):
                found[file.stem] = note
            else:
                log.warning("an unreadable note of unfinished work was removed: %s", file.name)
                file.unlink(missing_ok=True)
        return found

    def clear(self, identity: str, note: Json) -> None:
        """Remove the folder that a killed worker left, then its note. That of a move is for `ds init --zfs` alone."""
        if is_move(note):
            return
        named = note.get("folder")
        if isinstance(named, str) and os.path.isabs(named):
            remove_unfinished(Path(named))
        self.forget(identity)


def remove_unfinished(folder: Path) -> None:
    """Remove a folder of ours, whole or not; one of another name is never touched."""
    name = os.fsencode(folder.name)
    if not name.startswith(UNFINISHED):
        return
    with contextlib.suppress(OSError), opened(folder.parent) as parent:
        remove_tree(parent, name)
