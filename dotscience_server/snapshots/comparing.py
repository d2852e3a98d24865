"""Whether a file holds just what is stored under a content key. Reads both, piece by piece; whatever the key's kind."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable

from dotscience._tree import Entry

from ..store.copying import BUFFER
from ..store.objects import ObjectStore

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def holds(
    objects: ObjectStore, entry: Entry, folder: int, name: bytes, check: Callable[[], None]
) -> bool:
    """Whether the file `name` in the open `folder` has the stored bytes of `entry`; False where it cannot be read.

    `check` is called once a MiB and may raise. Raises ObjectDamaged.
    """
    try:
        file = os.open(name, _READ, dir_fd=folder)
    except OSError:
        return False
    try:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode) or status.st_size != entry.size:
            return False
        with objects.open(entry.hash or "", entry.ranges, entry.size) as stored:
            at = 0
            while data := stored.read(BUFFER):
                check()
                if os.pread(file, len(data), at) != data:
                    return False
                at += len(data)
        return at == os.fstat(file).st_size
    except OSError:
        return False
    finally:
        os.close(file)


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
