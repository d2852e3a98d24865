"""Paths as run blocks hold them: relative to a root, as the original 0.8.7 computes them.

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
