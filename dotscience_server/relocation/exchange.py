"""A folder is set aside and an empty one stands in its place, in one step of the file system where it knows one."""

from __future__ import annotations

import ctypes
import errno
import os
from pathlib import Path

from ..store.layout import sync_folder

_AT_FDCWD = -100
_EXCHANGE = 2
_NOT_KNOWN = (errno.ENOSYS, errno.EINVAL, errno.ENOTSUP)


def set_aside(original: Path, aside: Path) -> None:
    """`original` is at `aside` then, in the same parent, and empty itself; durable on return. `aside` may be an empty
    folder. Raises OSError.
    """
    aside.mkdir(mode=0o500, exist_ok=True)
    if os.listdir(aside):
        raise OSError(errno.ENOTEMPTY, os.strerror(errno.ENOTEMPTY), os.fspath(aside))
    if not _exchanged(original, aside):
        original.rename(aside)  # over the empty folder
        original.mkdir(mode=0o500)
    sync_folder(original.parent)


def put_back(original: Path, aside: Path) -> None:
    """The inverse, over what is empty or missing. Raises OSError: ENOTEMPTY where something is in it."""
    aside.rename(original)
    sync_folder(original.parent)


def _exchanged(one: Path, other: Path) -> bool:
    """Whether both names were exchanged; False where the system cannot. Raises OSError."""
    call = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if call is None:
        return False
    if call(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in _NOT_KNOWN:
        return False
    raise OSError(code, os.strerror(code), os.fspath(one))
