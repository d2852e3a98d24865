"""The objects of a store: bytes under the SHA-256 of their content (docs/formats/store.md).

Invariants: an object is never changed; it is visible under its name only once it is durable
(written as `tmp/…`, synced, renamed, folder synced); whatever is read back is checked by its hash
(G6). A failure leaves no partial object, and what was stored before it stays (G2).
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from dotscience._tree import is_hash

from .batch import AddedFile, ObjectBatch
from .copying import BUFFER
from .durability import Durability
from .failures import ObjectDamaged, StoreFailure, writing
from .room import free_bytes
from .temporary import Places, remove

__all__ = ["AddedFile", "ObjectBatch", "ObjectStore"]

_VERIFIED_MOST = 4096
_WAITS_S = (0.05, 0.2)


class ObjectStore:
    """The objects below `store`. May be used by several threads; one process writes."""

    def __init__(self, store: Path) -> None:
        self._places = Places(store, store / "objects", store / "tmp", Durability(store))
        self._verified: dict[str, tuple[int, ...]] = {}
        self._usage: int | None = None
        self._lock = threading.Lock()
        with writing(store, "the store was"):
            for folder in (self._places.objects, self._places.tmp):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @contextmanager
    def batch(self, floor_bytes: int = 0) -> Iterator[ObjectBatch]:
        """Objects added together and made durable together, at `flush()` and at the end.

        When the store refuses (disk full, floor), what was added before becomes durable; on any
        other exception what was not flushed is dropped.
        """
        batch = ObjectBatch(self._places, floor_bytes)
        try:
            yield batch
            batch.flush()
        except StoreFailure:
            batch.rescue()
            raise
        finally:
            batch.discard()
            with self._lock:
                if self._usage is not None:
                    self._usage += batch.bytes_visible

    def add_bytes(self, data: bytes) -> str:
        """Store `data`; its hash. Durable on return. Raises DiskFull, StoreUnwritable."""
        with self.batch() as batch:
            return batch.add_bytes(data)

    def add_file(self, path: bytes | Path) -> AddedFile:
        """Store a file's content, durable on return. A file in motion is read up to three times,
        then kept as read with `unstable` set. Blocks up to 0.25 s more than reading takes.
        Raises OSError when it cannot be read, DiskFull, StoreUnwritable.
        """
        with self.batch() as batch:
            for wait_s in _WAITS_S:
                added = batch.add_file(path, keep_moving=False)
                if added is not None:
                    return added
                time.sleep(wait_s)
            added = batch.add_file(path)
            assert added is not None
            return added

    def read(self, object_hash: str) -> bytes:
        """The content. Raises ObjectDamaged when it is missing or not what its hash says."""
        try:
            data = self.path(object_hash).read_bytes()
        except FileNotFoundError as error:
            raise ObjectDamaged(object_hash, "it is missing") from error
        except OSError as error:
            raise ObjectDamaged(object_hash, error.strerror or str(error)) from error
        if hashlib.sha256(data).hexdigest() != object_hash:
            raise ObjectDamaged(object_hash, "its bytes have changed")
        return data

    def open(self, object_hash: str) -> BinaryIO:
        """The content as a seekable file, read through and checked first (0.7 s/GiB) unless this
        process has checked the same unchanged file before. Raises ObjectDamaged.
        """
        try:
            file = self.path(object_hash).open("rb")
        except OSError as error:
            raise ObjectDamaged(object_hash, error.strerror or str(error)) from error
        try:
            self._verify(file, object_hash)
        except BaseException:
            file.close()
            raise
        return file

    def has(self, object_hash: str) -> bool:
        """Whether the object is there; its content is not checked."""
        return os.path.exists(self._places.name(object_hash))

    def path(self, object_hash: str) -> Path:
        """Where the object lies. Raises ValueError when it is no hash."""
        if not is_hash(object_hash):
            raise ValueError(f"no object hash: {object_hash!r}")
        return Path(self._places.name(object_hash))

    def size(self, object_hash: str) -> int:
        """Bytes of content. Raises ObjectDamaged when it is missing."""
        try:
            return self.path(object_hash).stat().st_size
        except OSError as error:
            raise ObjectDamaged(object_hash, error.strerror or str(error)) from error

    def disk_usage(self) -> int:
        """Bytes that all objects take on the disk. Walks the store the first time only."""
        with self._lock:
            if self._usage is None:
                self._usage = sum(
                    entry.stat().st_blocks * 512
                    for folder in os.scandir(self._places.objects)
                    for entry in os.scandir(folder.path)
                )
            return self._usage

    def free_bytes(self) -> int:
        """Bytes an ordinary user may still write on the store's disk."""
        return free_bytes(self._places.store)

    def clear_unfinished(self) -> None:
        """Remove what killed processes left unfinished. Only the one writer, at its start."""
        for entry in list(os.scandir(self._places.tmp)):
            remove(entry.path)

    def _verify(self, file: BinaryIO, object_hash: str) -> None:
        status = os.fstat(file.fileno())
        key = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        if self._verified.get(object_hash) == key:
            return
        digest = hashlib.sha256()
        while data := file.read(BUFFER):
            digest.update(data)
        if digest.hexdigest() != object_hash:
            raise ObjectDamaged(object_hash, "its bytes have changed")
        file.seek(0)
        with self._lock:
            if len(self._verified) >= _VERIFIED_MOST:
                self._verified.clear()
            self._verified[object_hash] = key
