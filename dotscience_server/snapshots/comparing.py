"""Whether a file holds just what a content key names, told by hashes: the stored bytes are not read, so they may be
damaged. Only where holes are kept apart both are read, piece by piece.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable

from dotscience._tree import Entry, is_chunked

from ..store.copying import BUFFER
from ..store.failures import ObjectDamaged
from ..store.objects import EMPTY, ObjectStore

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def holds(
    objects: ObjectStore, entry: Entry, folder: int, name: bytes, check: Callable[[], None]
) -> bool:
    """Whether the file `name` in the open `folder` has the stored bytes of `entry`; False where it cannot be read.

    `check` is called at least once a MiB and may raise. Raises ObjectDamaged where nothing says what the content is.
    """
    try:
        file = os.open(name, _READ, dir_fd=folder)
    except OSError:
        return False
    try:
        status = os.fstat(file)
        return stat.S_ISREG(status.st_mode) and is_as_stored(objects, entry, file, check)
    except OSError:
        return False
    finally:
        os.close(file)


def is_as_stored(objects: ObjectStore, entry: Entry, file: int, check: Callable[[], None]) -> bool:
    """Whether the open `file` has the stored bytes of `entry`. Raises as `holds`, and OSError."""
    if os.fstat(file).st_size != entry.size:
        return False
    if entry.ranges is None:
        return _has_content(objects, entry.hash or "", file, check)
    with objects.open(entry.hash or "", entry.ranges, entry.size) as stored:
        at = 0
        while data := stored.read(BUFFER):
            check()
            if os.pread(file, len(data), at) != data:
                return False
            at += len(data)
    return at == os.fstat(file).st_size


def _has_content(objects: ObjectStore, key: str, file: int, check: Callable[[], None]) -> bool:
    """Of a file without holes kept apart."""
    if not is_chunked(key):
        digest, at = hashlib.sha256(), 0
        while data := os.pread(file, BUFFER, at):
            check()
            digest.update(data)
            at += len(data)
        return digest.hexdigest() == key
    if key == EMPTY:
        return not os.fstat(file).st_size
    if objects.chunks is None:
        raise ObjectDamaged(key, "what reads chunks is not installed")
    from ..chunks.delta import is_made_of

    chunks, size = objects.chunks_of(key), os.fstat(file).st_size
    same = is_made_of(lambda at, count: os.pread(file, count, at), size, chunks, check)
    return same and os.fstat(file).st_size == size


def same_stored(objects: ObjectStore, one: Entry, other: Entry) -> bool:
    """Whether two files of a size hold the same bytes: by their content keys, or, where one is an object and one a
    chunked file, by reading. Raises ObjectDamaged.
    """
    if one.hash == other.hash and one.ranges == other.ranges:
        return True
    left_key, right_key = one.hash or "", other.hash or ""
    holed = one.ranges is not None or other.ranges is not None
    if left_key.startswith("x") == right_key.startswith("x") and not holed:
        return False
    with (
        objects.open(left_key, one.ranges, one.size) as left,
        objects.open(right_key, other.ranges, other.size) as right,
    ):
        while data := left.read(BUFFER):
            if right.read(len(data)) != data:
                return False
        return not right.read(1)
