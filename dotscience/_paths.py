"""Paths as run blocks hold them, relative to a root as the original 0.8.7 computes them, and where that root lies in
a workspace.

``docs/compatibility.md`` lists what is kept on purpose: names of missing files, ``../``, bytes.
"""

from __future__ import annotations

import os

from dotscience._workspace import STORE_NAME

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator


def relative(path: object, root: str) -> str:
    """The recorded form of a path given by the user. Raises ValueError for an empty one."""
    try:
        return os.path.relpath(str(path), start=root or os.curdir)
    except OSError:  # the current directory has been deleted
        return str(path)


def expand_input(path: Any, root: str) -> Iterator[str]:
    """An input as recorded: the files of a folder as they stand now, else the path itself."""
    if not os.path.isdir(path):
        yield relative(path, root)
        return
    for file in _files(path):
        yield relative(file, root)


def expand_output(recorded: str, root: str) -> Iterator[str]:
    """A recorded output as the block lists it: the files of a folder as they stand now."""
    folder = os.path.join(root, recorded)
    if not os.path.isdir(folder):
        yield recorded
        return
    for file in _files(folder):
        yield os.path.join(recorded, os.path.relpath(file, start=folder))


def place_of(folder: str, workspace: str) -> dict[str, str]:
    """The fields of a block's body that say where its paths start from: ``base``, and ``workspace`` where the folder
    lies outside of it. ``workspace`` is a real path."""
    real = os.path.realpath(folder)
    if real == workspace:
        return {"base": ""}
    if real.startswith(workspace.rstrip("/") + "/"):
        return {"base": os.path.relpath(real, workspace)}
    return {"base": real, "workspace": workspace}


def inside(path: object, workspace: str) -> str | None:
    """An absolute path as workspace-relative, or as it is when it lies outside. None where it is no text."""
    if not isinstance(path, str):
        return None
    folder, name = os.path.split(path)
    real = os.path.join(os.path.realpath(folder), name)
    top = workspace.rstrip("/") + "/"
    return real[len(top) :] if real.startswith(top) else real


def _files(folder: Any) -> Iterator[Any]:
    for parent, folders, names in os.walk(folder, followlinks=True):
        # Our own store is none of the user's data: the block is as if it were not there.
        folders[:] = [name for name in folders if not _is_store(parent, name)]
        for name in names:
            yield os.path.join(parent, name)


def _is_store(parent: Any, name: Any) -> bool:
    name = os.fsdecode(name)
    return name == STORE_NAME or (
        name == "dotscience" and os.path.basename(os.fsdecode(parent)) == ".git"
    )
