"""The bytes of a file as a run left it, straight from the store: pins, the run's notebook, its snapshot's tree.

Every byte is checked by its hash before it is given out (G6); pins that no worker has taken over yet have none and are
checked by their size.
"""

from __future__ import annotations

import errno
import hashlib
import os
import posixpath

from dotscience import _tree
from dotscience._facts import Run, is_outside, overlays

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO

    from dotscience._query_facts import Facts

_PIECE = 1 << 20
_LINKS = 40


def open_bytes(facts: Facts, run: Run, path: str) -> BinaryIO:
    """The file at a workspace path, seekable. Raises FileNotFoundError, IsADirectoryError; OSError (EIO) when damaged."""
    if is_outside(path):
        raise _missing(path, "it lies outside the workspace, so its bytes are not kept")
    pin = facts.pins.get((run.id, path))
    for overlay in overlays(run):
        if overlay.path == path:
            return _open_content(facts, run, overlay.object, path)
    if pin is not None:
        found = _open_pin(facts, run, pin, path)
        if found is not None:
            return found
    at, content = _in_tree(facts, run, path)
    return _open_content(facts, run, content, at)


def has_file(facts: Facts, run: Run, path: str) -> bool:
    """Whether `open_bytes` would find something at a workspace path, kept or not."""
    if (run.id, path) in facts.pins or any(one.path == path for one in overlays(run)):
        return True
    tree = facts.trees.get(run.snapshot.id or "")
    if tree is None or is_outside(path):
        return False
    return _tree.find(lambda name: _read(facts, name), tree, os.fsencode(path)) is not None


def read_object(facts: Facts, name: str, what: str) -> bytes:
    """An object's bytes, checked. Raises OSError (EIO) where they are lost or damaged."""
    with _open_object(facts, name, what) as file:
        return file.read()


def _in_tree(facts: Facts, run: Run, path: str) -> tuple[str, str]:
    """Where a path leads in the run's snapshot, and its content key; symbolic links are followed inside the tree."""
    tree = facts.trees.get(run.snapshot.id or "")
    if tree is None:
        why = run.snapshot.message or "its snapshot is not taken yet"
        raise _missing(path, f"run {run.id[:8]} has no snapshot: {why}")
    at = path
    for _ in range(_LINKS):
        entry = _tree.find(lambda name: _read(facts, name), tree, os.fsencode(at))
        if entry is None:
            raise _missing(path, f"it is not in the snapshot of run {run.id[:8]}")
        if entry.kind == "d":
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        if entry.kind == "f":
            return at, _kept(entry, path)
        target = os.fsdecode(entry.target or b"")
        at = posixpath.normpath(posixpath.join(posixpath.dirname(at), target))
        if is_outside(at):
            raise _missing(path, f"it is a link to {target}, outside the workspace")
    raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), path)


def _kept(entry: _tree.Entry, path: str) -> str:
    if entry.hash is None:
        raise _missing(
            path, f"its bytes were not kept ({entry.not_kept}), only that it had {entry.size}"
        )
    return entry.hash


def _open_pin(facts: Facts, run: Run, pin: str, path: str) -> BinaryIO | None:
    taken = facts.pin_objects.get(pin)
    if taken is not None:
        return _open_content(facts, run, taken, path)
    if any(part in ("", ".", "..") for part in pin.split("/")):
        return None  # a journal may come from anywhere
    try:
        return open(os.path.join(facts.workspace.store, "pins", pin), "rb")
    except OSError:
        return None


def _open_content(facts: Facts, run: Run, key: str, path: str) -> BinaryIO:
    """By content key: an object, or a file in chunks (also one whose object was put into chunks since)."""
    if _tree.is_hash(key) and os.path.exists(_object_path(facts, key)):
        return _open_object(facts, key, path)
    if _tree.is_content_key(key) and os.path.isdir(os.path.join(facts.workspace.store, "chunks")):
        from dotscience._query_chunks import open_chunked

        return open_chunked(facts.workspace, run.id, path)
    return _open_object(facts, key, path)


def _open_object(facts: Facts, name: str, path: str) -> BinaryIO:
    if not _tree.is_hash(name):
        raise OSError(errno.EIO, f"the record of {path} is damaged", path)
    try:
        file = open(_object_path(facts, name), "rb")  # noqa: SIM115 - the caller closes it
    except FileNotFoundError:
        raise OSError(
            errno.EIO, f"the stored bytes of {path} are lost (object {name})", path
        ) from None
    digest = hashlib.sha256()
    for piece in iter(lambda: file.read(_PIECE), b""):
        digest.update(piece)
    if digest.hexdigest() != name:
        file.close()
        raise OSError(errno.EIO, f"the stored bytes of {path} are damaged (object {name})", path)
    file.seek(0)
    return file


def _read(facts: Facts, name: str) -> bytes:
    with open(_object_path(facts, name), "rb") as file:
        return file.read()


def _object_path(facts: Facts, name: str) -> str:
    return os.path.join(facts.workspace.store, "objects", name[:2], name[2:])


def _missing(path: str, why: str) -> FileNotFoundError:
    return FileNotFoundError(errno.ENOENT, why, path)
