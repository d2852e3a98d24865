"""The contents of a store, by content key: objects, files in chunks, and what a file system keeps by itself
(docs/formats/store.md).

`ObjectStore` is the one door: whoever reads asks it for a key and need not know which of them it is.
An object of an older store may have gone over into chunks; its SHA-256 still names it.
Invariants of objects: an object is never changed; it is visible under its name only once it is durable
(written as `tmp/…`, synced, renamed, folder synced); whatever is read back is checked by its hash
(G6). A failure leaves no partial object, and what was stored before it stays (G2).
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from dotscience._tree import Ranges, is_chunked, is_hash

from .batch import AddedFile, ObjectBatch
from .clones import CLONES, Clones
from .copying import BUFFER
from .durability import Durability
from .failures import ChunksRefused, ObjectDamaged, StoreFailure, writing
from .holes import WithHoles
from .removal import bring_back
from .room import free_bytes
from .temporary import Places, remove

if TYPE_CHECKING:
    from ..chunks.client import Engine
    from ..chunks.model import ChunkRef
    from ..chunks.store import ChunkStore
    from .held import FreezerOf, HeldContents

__all__ = ["AddedFile", "ObjectBatch", "ObjectStore"]

_VERIFIED_MOST = 4096
_WAITS_S = (0.05, 0.2)
CHUNKED_LEAST = 64 << 10
EMPTY = "x" + 64 * "0"
"""The key of an empty file in chunks, which is always there."""


class ObjectStore:
    """The contents below `store`. May be used by several threads; one process writes objects, and its
    `engine` chunks. `cache` is the folder of what can be made anew. `refused` hears why a content
    was stored whole though there is an engine.
    """

    def __init__(
        self,
        store: Path,
        cache: Path | None = None,
        engine: Engine | None = None,
        refused: Callable[[ChunksRefused], object] = lambda _: None,
    ) -> None:
        self.engine = engine
        self.held_contents: HeldContents | None = None
        self._cache = cache
        self._refused = refused
        self._chunks: ChunkStore | None = None
        self._places = Places(store, store / "objects", store / "tmp", Durability(store))
        self._verified: dict[str, tuple[int, ...]] = {}
        self._usage: int | None = None
        self._lock = threading.Lock()
        with writing(store, "the store was"):
            for folder in (self._places.objects, self._places.tmp):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def hold(self, freezer_of: FreezerOf) -> HeldContents | None:
        """What freezes and clones hold is content of this store too, from now on; None where the packages to check
        it are missing.
        """
        if self.held_contents is None and not missing_packages():
            from .held import HeldContents

            self.held_contents = HeldContents(
                self._places.store, self._cache, self.read, freezer_of
            )
        return self.held_contents

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
        """Store a file's content, durable on return: in chunks from 64 KiB on where there is an
        engine. A file in motion is read up to three times, then kept as read with `unstable` set.
        Blocks up to 0.35 s more than reading takes.
        Raises OSError when it cannot be read, DiskFull, StoreUnwritable.
        """
        if self.engine is not None and _is_large(path):
            try:
                return self.engine.add_file(path)
            except ChunksRefused as failure:
                self._refused(failure)
        with self.batch() as batch:
            for wait_s in _WAITS_S:
                added = batch.add_file(path, keep_moving=False)
                if added is not None:
                    return added
                time.sleep(wait_s)
            added = batch.add_file(path)
            assert added is not None
            return added

    def read(self, key: str) -> bytes:
        """The content. Raises ObjectDamaged when it is missing or not what its key says."""
        if is_chunked(key):
            return b"" if key == EMPTY else self._holder(key).read(key)
        try:
            data = self.path(key).read_bytes()
        except FileNotFoundError as error:
            return self._in_chunks(key).read(self._moved(key, error))
        except OSError as error:
            raise ObjectDamaged(key, error.strerror or str(error)) from error
        if hashlib.sha256(data).hexdigest() != key:
            raise ObjectDamaged(key, "its bytes have changed")
        return data

    def open(self, key: str, ranges: Ranges | None = None, size: int | None = None) -> BinaryIO:
        """The content as a seekable file. An object is read through and checked first (0.7 s/GiB)
        unless this process has checked the same unchanged file before; of chunks those that are
        read are checked then. `ranges` and `size` as a manifest's entry has them: of a very
        sparse file in chunks only its data is stored, the holes are zeros here. Raises ObjectDamaged, reading
        of chunks too. For one thread.
        """
        if not is_chunked(key):
            return self._object(key)
        file = io.BytesIO() if key == EMPTY else self._holder(key).open(key)
        if ranges is None or size is None or self.size(key) == size:
            return file
        return io.BufferedReader(WithHoles(file, ranges, size))

    def has(self, key: str) -> bool:
        """Whether the content is there; it is not checked."""
        if is_chunked(key):
            return key == EMPTY or any(one.has(key) for one in self._holders())
        return os.path.exists(self._places.name(key)) or self._key_of_sha256(key) is not None

    def held(self, keys: Collection[str]) -> set[str]:
        """Those of the keys that are there, as `has` says; quick for many."""
        chunked = [key for key in keys if is_chunked(key)]
        there: set[str] = set()
        for holder in self._holders() if chunked else ():
            there |= holder.held([key for key in chunked if key not in there])
        return there | {key for key in keys if key not in there and self.has(key)}

    def path(self, object_hash: str) -> Path:
        """Where an object lies, if it is one still. Raises ValueError when it is no hash."""
        if not is_hash(object_hash):
            raise ValueError(f"no object hash: {object_hash!r}")
        return Path(self._places.name(object_hash))

    def size(self, key: str) -> int:
        """Bytes of content; of a sparse file in chunks those of its data. Raises ObjectDamaged when
        it is missing.
        """
        if is_chunked(key):
            return 0 if key == EMPTY else self._holder(key).size(key)
        try:
            return self.path(key).stat().st_size
        except OSError as error:
            moved = self._moved(key, error)
            return self._in_chunks(key).size(moved)

    def chunks_of(self, key: str) -> list[ChunkRef]:
        """What a content that is no object is made of, whoever has its bytes. Raises ObjectDamaged."""
        held, chunks = self.held_contents, self._in_chunks(key)
        if held is not None and not chunks.has(key) and held.chunks.has(key):
            return held.chunks.chunks_of(key)
        return chunks.chunks_of(key)

    @property
    def chunks(self) -> ChunkStore | None:
        """The files in chunks; None where the packages to read them are missing."""
        with self._lock:
            if self._chunks is None and not missing_packages():
                from ..chunks.store import ChunkStore

                index = None if self._cache is None else self._cache / "chunks.sqlite"
                self._chunks = ChunkStore(self._places.store / "chunks", index)
            return self._chunks

    def warm(self, held: bool = False) -> None:
        """Something large may be added soon, `held` by the file system or by us: the engine starts meanwhile."""
        if self.engine is not None:
            self.engine.warm(held)

    def close(self) -> None:
        """End the engine and close the index; what is asked for later opens it again."""
        if self.engine is not None:
            self.engine.close()
        for one in (self._chunks, self.held_contents):
            if one is not None:
                one.close()

    def disk_usage(self) -> int:
        """Bytes that all contents take on the disk. Walks the objects the first time only."""
        in_chunks = sum(one.disk_usage() for one in self._holders())
        with self._lock:
            if self._usage is None:
                self._usage = sum(
                    entry.stat().st_blocks * 512
                    for folder in os.scandir(self._places.objects)
                    for entry in os.scandir(folder.path)
                )
            return self._usage + in_chunks

    def recount(self) -> None:
        """Objects went over into chunks: count the bytes on the disk anew."""
        with self._lock:
            self._usage = None

    def forget(self) -> None:
        """Contents were removed: look at the disk anew. The engine must have been paused."""
        with self._lock:
            self._usage = None
            self._verified.clear()
        if self._chunks is not None:
            self._chunks.refresh()
        if self.held_contents is not None:
            self.held_contents.chunks.refresh()

    def free_bytes(self) -> int:
        """Bytes an ordinary user may still write on the store's disk."""
        return free_bytes(self._places.store)

    def clear_unfinished(self) -> None:
        """Remove what killed processes left unfinished. Only the one writer, at its start."""
        bring_back(self._places.store)
        for entry in list(os.scandir(self._places.tmp)):
            remove(entry.path)
        Clones(self._places.store / CLONES).clear_unfinished()

    def _holders(self) -> Iterator[ChunkStore | HeldContents]:
        """Who may have contents that are no objects."""
        for one in (self.chunks, self.held_contents):
            if one is not None:
                yield one

    def _holder(self, key: str) -> ChunkStore | HeldContents:
        """Who has a content that is no object, else who says that it is missing."""
        held = self.held_contents
        if held is not None and not self._in_chunks(key).has(key) and held.has(key):
            return held
        return self._in_chunks(key)

    def _in_chunks(self, key: str) -> ChunkStore:
        chunks = self.chunks
        if chunks is None:
            missing = ", ".join(missing_packages())
            raise ObjectDamaged(key, f"it cannot be read without the packages {missing}")
        return chunks

    def _key_of_sha256(self, sha256: str) -> str | None:
        chunks = self.chunks
        return None if chunks is None else chunks.key_of_sha256(sha256)

    def _moved(self, sha256: str, error: OSError) -> str:
        """The chunked form of an object that went over. Raises ObjectDamaged where there is none."""
        key = self._key_of_sha256(sha256)
        if key is None:
            missing = isinstance(error, FileNotFoundError)
            detail = "it is missing" if missing else error.strerror or str(error)
            raise ObjectDamaged(sha256, detail) from error
        return key

    def _object(self, object_hash: str) -> BinaryIO:
        try:
            file = self.path(object_hash).open("rb")
        except OSError as error:
            key = self._moved(object_hash, error)
            return self._in_chunks(object_hash).open(key)
        try:
            self._verify(file, object_hash)
        except BaseException:
            file.close()
            raise
        return file

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


@lru_cache(maxsize=1)
def missing_packages() -> tuple[str, ...]:
    """What is not installed of the packages that chunks are read with."""
    return tuple(name for name in ("blake3", "lz4") if find_spec(name) is None)


def _is_large(path: bytes | Path) -> bool:
    try:
        status = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISREG(status.st_mode) and status.st_size >= CHUNKED_LEAST
