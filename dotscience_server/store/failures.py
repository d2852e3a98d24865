"""What can go wrong with stored content.

    StoreFailure                code of protocol/errors.json and the fields of its texts
    ├── ObjectDamaged           object-damaged: missing, or not the bytes its hash says
    ├── DiskFull                disk-full: ENOSPC or a quota, nothing partial is left
    ├── DiskFloor               disk-floor: less than the policy's floor would stay free
    ├── StoreUnwritable         store-unwritable: owner, mode, read-only disk
    ├── ChunksRefused           chunks-refused: the chunk engine failed or refused the data
    ├── FreezeRefused           freeze-… or zfs-…: the file system refused a command
    └── StoreGone               worker-unreachable: the store was removed, its worker ends

Each carries `code` and `fields`, so the edge can fill in the catalogue's texts without knowing us.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .room import free_bytes


class StoreFailure(Exception):
    """Base of all; `fields` fill the placeholders of the catalogue's texts."""

    code = "internal"

    def __init__(self, detail: str, **fields: str) -> None:
        super().__init__(detail)
        self.fields = {"detail": detail, **fields}


class ObjectDamaged(StoreFailure):
    """Stored bytes are missing or wrong; `path` is the file they were, where that is known."""

    code = "object-damaged"

    def __init__(self, object_hash: str, detail: str, path: bytes | None = None) -> None:
        self.object = object_hash
        self.path = path
        name = "an object" if path is None else path.decode("utf-8", "replace")
        super().__init__(f"object {object_hash}: {detail}", object=object_hash, path=name)


class DiskFull(StoreFailure):
    """The disk is full; everything stored before stays."""

    code = "disk-full"


class DiskFloor(StoreFailure):
    """Storing would leave less than the floor free."""

    code = "disk-floor"


class StoreUnwritable(StoreFailure):
    """The store's folder cannot be written."""

    code = "store-unwritable"


class ChunksRefused(StoreFailure):
    """The chunk engine failed or refused the data; the content can still be stored whole."""

    code = "chunks-refused"


class FreezeRefused(StoreFailure):
    """The file system refused a snapshot command; `code` is that of its cause in the catalogue."""

    def __init__(self, code: str, detail: str, **fields: str) -> None:
        self.code = code
        super().__init__(detail, **fields)


class StoreGone(StoreFailure):
    """The store was removed under its worker, which ends; the next one has a new store."""

    code = "worker-unreachable"

    def __init__(self) -> None:
        super().__init__("the store was removed")


FULL = (errno.ENOSPC, errno.EDQUOT)
UNWRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS)


@contextmanager
def writing(folder: Path, what: str, need_bytes: int = 0) -> Iterator[None]:
    """Turn the system's refusals to write below `folder` into failures of the catalogue."""
    try:
        yield
    except OSError as error:
        raise write_failure(error, folder, what, need_bytes) from error


@contextmanager
def storing(folder: Path, what: str, need_bytes: int = 0) -> Iterator[None]:
    """As `writing`, where every error is one of the store below `folder`: none stays an OSError."""
    try:
        yield
    except OSError as error:
        failure = write_failure(error, folder, what, need_bytes)
        if failure is error:
            failure = StoreUnwritable(error.strerror or str(error), path=str(folder))
        raise failure from error


def write_failure(error: OSError, folder: Path, what: str, need_bytes: int) -> Exception:
    """The failure of the catalogue for an error while writing, else the error itself. `what` fits
    into "Disk full: {what} not saved."
    """
    reason = error.strerror or str(error)
    if error.errno in FULL:
        free, need = _free_text(folder), size_text(need_bytes)
        return DiskFull(reason, what=what, free=free, need=need, kept="Everything stored so far.")
    if error.errno in UNWRITABLE:
        return StoreUnwritable(reason, path=str(folder))
    return error


def _free_text(folder: Path) -> str:
    try:
        return size_text(free_bytes(folder))
    except OSError:
        return "no room"


def size_text(size: int) -> str:
    """A number of bytes for people: 640 MB, 2.1 GB."""
    value = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if value >= 10 or unit == "B" else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
