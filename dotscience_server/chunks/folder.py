"""The files of a chunk store: where they lie, and how they become durable.

    xorbs/<2 hex>/<64 hex>.xorb    under the xorb's hash
    shards/<64 hex>.mdb            under the SHA-256 of the bytes
    tmp/<pid>-<number>             unfinished

A file has its name only once its bytes are on the disk, mode 0444, and is never changed. Its name is
durable once its folder was synced, too (`sync_names`).
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..store.copying import write_all
from ..store.durability import Durability
from ..store.failures import DiskFloor, size_text, storing
from ..store.room import free_bytes

_XORB_NAME = re.compile(r"[0-9a-f]{64}\.xorb")
_SHARD_NAME = re.compile(r"[0-9a-f]{64}\.mdb")
_START_EVERY = 8 << 20


class ChunkFolder:
    """The folders below `folder`, made on the first write. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tmp = folder / "tmp"
        self._xorbs = f"{folder}/xorbs"
        self._shards = folder / "shards"
        self._durability = Durability(folder)
        self._numbers = itertools.count()

    def xorb_path(self, xorb: str) -> str:
        """Where a xorb lies. `xorb` must be a hash."""
        return f"{self._xorbs}/{xorb[:2]}/{xorb}.xorb"

    def shard_path(self, shard: str) -> Path:
        """Where a shard lies."""
        return self._shards / f"{shard}.mdb"

    def xorb_names(self) -> Iterator[str]:
        """The hashes of all xorbs that are there."""
        with contextlib.suppress(FileNotFoundError):
            for prefix in sorted(os.listdir(self._xorbs)):
                for name in sorted(_listed(f"{self._xorbs}/{prefix}")):
                    if _XORB_NAME.fullmatch(name):
                        yield name[:64]

    def shard_names(self) -> list[str]:
        """The names of all shards that are there, the oldest first."""
        found = []
        with contextlib.suppress(FileNotFoundError), os.scandir(self._shards) as entries:
            for entry in entries:
                if _SHARD_NAME.fullmatch(entry.name):
                    found.append((_mtime(entry), entry.name[:64]))
        return [name for _, name in sorted(found)]

    def shards_stamp(self) -> int:
        """Changes whenever a shard is added or removed."""
        try:
            return self._shards.stat().st_mtime_ns
        except OSError:
            return 0

    def disk_usage(self) -> int:
        """Bytes of all xorbs and shards."""
        names = [Path(self.xorb_path(xorb)) for xorb in self.xorb_names()]
        names += [self.shard_path(shard) for shard in self.shard_names()]
        return sum(_size(path) for path in names)

    def write_shard(self, data: bytes, floor_bytes: int = 0) -> str:
        """Write a shard; its name. On return it is durable. Raises DiskFull, DiskFloor,
        StoreUnwritable.
        """
        name = hashlib.sha256(data).hexdigest()
        target = self.shard_path(name)
        with self.new_file(len(data), floor_bytes) as file, storing(self.folder, "the data was"):
            file.write(memoryview(data))
            file.sync()
            file.publish(str(target))
            self.sync_names([self._shards])
        return name

    def new_file(self, size: int, floor_bytes: int = 0) -> NewFile:
        """A temporary file for about `size` bytes. Raises as `write_shard`."""
        with storing(self.folder, "the data was", size):
            for folder in (self.folder, self.tmp, self._shards, Path(self._xorbs)):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.check_room(size, floor_bytes)
            path = f"{self.tmp}/{os.getpid()}-{next(self._numbers)}"
            return NewFile(path, self.folder, self._durability, size)

    def check_room(self, size: int, floor_bytes: int) -> None:
        """Return when `size` bytes may be written. Raises DiskFloor, StoreUnwritable."""
        with storing(self.folder, "the data was", size):
            if floor_bytes and free_bytes(self.folder) - size < floor_bytes:
                floor = size_text(floor_bytes)
                raise DiskFloor("below the floor of free space", floor=floor)

    def sync_xorb_names(self, xorbs: Iterable[str]) -> None:
        """Make the names of xorbs durable. Raises OSError."""
        prefixes = {xorb[:2] for xorb in xorbs}
        if prefixes:
            folders = [Path(self._xorbs) / prefix for prefix in sorted(prefixes)]
            self.sync_names([*folders, Path(self._xorbs), self.folder])

    def sync_names(self, folders: Iterable[Path]) -> None:
        """Make what stands in folders durable. Raises OSError."""
        for folder in folders:
            self._durability.sync([str(folder)])


class NewFile:
    """A temporary file; removed at the end of its `with` unless it was published. Its errors are
    failures of the store.
    """

    def __init__(self, path: str, folder: Path, durability: Durability, size: int) -> None:
        self._path = path
        self._folder = folder
        self._durability = durability
        self._size = size
        self._at = 0
        self._started = 0
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444)
        self._published = False

    def __enter__(self) -> NewFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def write(self, data: memoryview) -> None:
        """Append; every few MiB what is written is sent to the disk."""
        with storing(self._folder, "the data was", self._size):
            write_all(self._fd, data, self._at)
        self._at += len(data)
        if self._at - self._started >= _START_EVERY:
            self.start()

    def start(self) -> None:
        """Send what is written to the disk now, so that `sync` waits less."""
        self._durability.start(self._fd)
        self._started = self._at

    def sync(self) -> None:
        """Return once the bytes are on the disk. Raises DiskFull, StoreUnwritable."""
        with storing(self._folder, "the data was", self._size):
            os.fsync(self._fd)

    def publish(self, target: str) -> None:
        """Give it its name."""
        with storing(self._folder, "the data was", self._size):
            parent = os.path.dirname(target)
            try:
                os.rename(self._path, target)
            except FileNotFoundError:
                os.makedirs(parent, 0o700, exist_ok=True)
                os.rename(self._path, target)
        self._published = True

    def close(self) -> None:
        """Close it, and remove it unless it has its name. Again: nothing happens."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
            if not self._published:
                with contextlib.suppress(OSError):
                    os.unlink(self._path)


def _listed(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _mtime(entry: os.DirEntry[str]) -> int:
    try:
        return entry.stat().st_mtime_ns
    except OSError:
        return 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
