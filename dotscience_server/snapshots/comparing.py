"""Whether a file holds just what is stored under a content key. Reads both, piece by piece; whatever the key's kind."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable

from ..store.copying import BUFFER
from ..store.objects import ObjectStore

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def holds(
    objects: ObjectStore, content: str, folder: int, name: bytes, check: Callable[[], None]
) -> bool:
    """Whether the file `name` in the open `folder` has the stored bytes; False where it cannot be read.

    `check` is called once a MiB and may raise. Raises ObjectDamaged.
    """
    try:
        file = os.open(name, _READ, dir_fd=folder)
    except OSError:
        return False
    try:
        status = os.fstat(file)
        if not stat.S_ISREG(status.st_mode) or status.st_size != objects.size(content):
            return False
        with objects.open(content) as stored:
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


def same_stored(objects: ObjectStore, one: str, other: str) -> bool:
    """Whether two content keys name the same bytes: the same key, or one an object and one a chunked file that say
    the same. Raises ObjectDamaged.
    """
    if one == other:
        return True
    if one.startswith("x") == other.startswith("x") or objects.size(one) != objects.size(other):
        return False
    with objects.open(one) as left, objects.open(other) as right:
        while data := left.read(BUFFER):
            if right.read(len(data)) != data:
                return False
        return not right.read(1)
