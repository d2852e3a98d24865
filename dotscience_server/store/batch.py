"""A batch of objects: added by several threads, made durable and then visible together.

    added ──► pending (complete in tmp/, hash known) ──flush()──► synced ──► renamed ──► visible
      └─ fails: its temporary file is removed at once

Nothing pending has a name under objects/, so a kill at any point leaves whole objects or none.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from dotscience._tree import Ranges

from .attributes import LeftOut, left_out_of
from .copying import Tick, copy, no_tick
from .failures import DiskFloor, size_text, storing
from .removal import touch
from .room import free_bytes
from .temporary import Places, Target, remove

SMALL = 1 << 18


@dataclass(frozen=True)
class AddedFile:
    """What was read of a file: `status` is that of the moment it was read (size as read),
    `bytes_new` what the store grew by, `ranges` the data ranges of a sparse file, `left_out` what is
    not kept of it (`attributes`).
    """

    hash: str
    size: int
    bytes_new: int
    unstable: bool
    ranges: Ranges | None
    status: os.stat_result
    left_out: LeftOut = ()


class _Pending(NamedTuple):
    tmp: str
    written: int


class ObjectBatch:
    """Made by `ObjectStore.batch()`. `add_*` may be called by several threads at once."""

    def __init__(self, places: Places, floor_bytes: int) -> None:
        self._places = places
        self._floor = floor_bytes
        self._lock = threading.Lock()
        self._pending: dict[str, _Pending] = {}
        self._name = uuid4().hex
        self._numbers = count()
        self._reserved_bytes = 0
        self.bytes_visible = 0
        self.bytes_pending = 0

    @property
    def count_pending(self) -> int:
        """Objects added since the last flush."""
        return len(self._pending)

    def add_bytes(self, data: bytes) -> str:
        """Add `data`; its hash. Raises DiskFull, DiskFloor, StoreUnwritable."""
        object_hash = hashlib.sha256(data).hexdigest()
        self._add_small(object_hash, data)
        return object_hash

    def add_file(
        self,
        path: bytes | Path,
        *,
        keep_moving: bool = True,
        expected: str | None = None,
        earlier: str | None = None,
        changed: Ranges | None = None,
        tick: Tick = no_tick,
    ) -> AddedFile | None:
        """Read a file once and add its content; never follows a symbolic link.

        A file that changes while it is read gives None, or with `keep_moving` what was read,
        `unstable`. With `expected`, a file that still has that hash is read but not copied.
        `earlier` and `changed` are for a batch of chunks.
        Raises OSError when it cannot be read, and what `add_bytes` raises.
        """
        source = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            before = os.fstat(source)
            if not stat.S_ISREG(before.st_mode):
                return None
            if before.st_size <= SMALL and before.st_blocks * 512 >= before.st_size:
                added = self._small_file(source, before, keep_moving, tick)
            else:
                added = self._large_file(source, before, keep_moving, expected, tick)
            left_out = left_out_of(source, before.st_uid)
            return replace(added, left_out=left_out) if added and left_out else added
        finally:
            os.close(source)

    def content(self, object_hash: str) -> bytes:
        """The bytes of an object, visible or still pending."""
        pending = self._pending.get(object_hash)
        name = self._places.name(object_hash) if pending is None else pending.tmp
        return Path(name).read_bytes()

    def flush(self) -> None:
        """Make everything added so far durable, then visible. Not while others add."""
        with self._lock:
            pending, self._pending, self.bytes_pending = self._pending, {}, 0
        if not pending:
            return
        try:
            with storing(self._places.store, "the snapshot was"):
                self._publish(pending)
        except BaseException:
            for item in pending.values():
                remove(item.tmp)
            raise

    def rescue(self) -> None:
        """Flush what can be flushed after a failure."""
        with contextlib.suppress(Exception):
            self.flush()

    def discard(self) -> None:
        """Drop what was not flushed."""
        with self._lock:
            pending, self._pending = self._pending, {}
        for item in pending.values():
            remove(item.tmp)

    def _small_file(
        self, source: int, before: os.stat_result, keep_moving: bool, tick: Tick
    ) -> AddedFile | None:
        """Read whole into memory, so nothing is written that the store has already."""
        data = os.pread(source, before.st_size, 0) if before.st_size else b""
        tick(len(data))
        moved = len(data) != before.st_size or has_moved(source, before)
        if moved and not keep_moving:
            return None
        object_hash = hashlib.sha256(data).hexdigest()
        bytes_new = self._add_small(object_hash, data)
        return AddedFile(object_hash, len(data), bytes_new, moved, None, before)

    def _large_file(
        self,
        source: int,
        before: os.stat_result,
        keep_moving: bool,
        expected: str | None,
        tick: Tick,
    ) -> AddedFile | None:
        """Copied while it is hashed; only hashed first where it should be what the store has."""
        if expected is not None and self._present(expected, before.st_size):
            seen = copy(source, before, tick)
            if seen.hash == expected and not has_moved(source, before):
                return AddedFile(expected, seen.size, 0, False, seen.ranges, before)
        with self._temporary(min(before.st_size, before.st_blocks * 512)) as (tmp, target):
            copied = copy(source, before, tick, target.write)
            target.truncate(copied.size)
        moved = copied.size != before.st_size or has_moved(source, before)
        if moved and not keep_moving:
            remove(tmp)
            return None
        if self._present(copied.hash, copied.size):
            remove(tmp)
            return AddedFile(copied.hash, copied.size, 0, moved, copied.ranges, before)
        bytes_new = self._register(copied.hash, tmp, copied.written)
        return AddedFile(copied.hash, copied.size, bytes_new, moved, copied.ranges, before)

    def _add_small(self, object_hash: str, data: bytes) -> int:
        if self._present(object_hash, len(data)):
            return 0
        with self._temporary(len(data)) as (tmp, target):
            target.write(memoryview(data), 0)
        return self._register(object_hash, tmp, len(data))

    def _present(self, object_hash: str, size: int) -> bool:
        """Whether the object is there whole. One of another size is damaged: it is replaced."""
        if object_hash in self._pending:
            return True
        try:
            status = os.stat(self._places.name(object_hash))
            return status.st_size == size and touch(self._places.name(object_hash), status)
        except OSError:
            return False

    def _register(self, object_hash: str, tmp: str, written: int) -> int:
        """Take a finished temporary file in; what the store grows by. 0 if it has it already."""
        with self._lock:
            if object_hash not in self._pending:
                self._pending[object_hash] = _Pending(tmp, written)
                self.bytes_pending += written
                return written
        remove(tmp)
        return 0

    @contextlib.contextmanager
    def _reserved(self, size: int) -> Iterator[None]:
        """Room for `size` bytes above the floor, also while other threads write; else DiskFloor."""
        with self._lock:
            free = free_bytes(self._places.store) if self._floor else 0
            if self._floor and free - self._reserved_bytes - size < self._floor:
                raise DiskFloor("below the floor of free space", floor=size_text(self._floor))
            self._reserved_bytes += size
        try:
            yield
        finally:
            with self._lock:
                self._reserved_bytes -= size

    @contextlib.contextmanager
    def _temporary(self, size: int) -> Iterator[tuple[str, Target]]:
        """A new temporary file for about `size` bytes; removed when the body fails."""
        tmp = f"{self._places.tmp}/{self._name}-{next(self._numbers)}"
        with self._reserved(size), Target(tmp, self._places, size) as target:
            try:
                yield tmp, target
            except BaseException:
                remove(tmp)
                raise

    def _publish(self, pending: dict[str, _Pending]) -> None:
        self._places.durability.sync([item.tmp for item in pending.values()])
        folders = [self._shard(prefix) for prefix in {name[:2] for name in pending}]
        for object_hash, item in pending.items():
            os.rename(item.tmp, self._places.name(object_hash))
            self.bytes_visible += item.written
        self._places.durability.sync([*folders, str(self._places.objects)])

    def _shard(self, prefix: str) -> str:
        folder = self._places.objects / prefix
        folder.mkdir(mode=0o700, exist_ok=True)
        return str(folder)


def has_moved(source: int, before: os.stat_result) -> bool:
    """Whether an open file has changed since `before`."""
    now = os.fstat(source)
    return (now.st_size, now.st_mtime_ns, now.st_ctime_ns) != (
        before.st_size,
        before.st_mtime_ns,
        before.st_ctime_ns,
    )
