"""The work of the engine in the process that calls: reading files into chunks, migrating objects.

One store at a time; hf-xet is set up at the first use and kept for the next.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..snapshots.contract import Progress
from ..snapshots.reading import OnDurable, Outcome, Reader, Task
from ..store.copying import BUFFER, data_ranges
from ..store.failures import ChunksRefused, StoreFailure
from .batch import ChunkBatch
from .held import HELD, INDEX, HeldChunks
from .packing import PACKED_MOST
from .store import ChunkStore
from .writer import ChunkWriter, Upload

_MIGRATE_BYTES = 64 << 20


@dataclass(frozen=True)
class Places:
    """A store's folder, and the folder of what can be made anew; `held`: chunks are only hashed (held.py)."""

    store: Path
    cache: Path
    held: bool = False


class Workshop:
    """Used by one thread at a time."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.chunks = _chunks_at(places)
        self._writer: ChunkWriter | None = None

    def read(
        self,
        root: bytes,
        tasks: Sequence[Task],
        floor_bytes: int,
        progress: Progress,
        on_durable: OnDurable,
    ) -> tuple[dict[bytes, Outcome], int]:
        """Every task's outcome, and what the store grew by in bytes. Raises DiskFull, DiskFloor,
        StoreUnwritable, ChunksRefused and what `progress` raises; what was durable stays.
        """
        shards = self._shards()
        writer = self.prepare(floor_bytes)
        try:
            batch = ChunkBatch(self.chunks, writer)
            outcomes = Reader(root, batch, progress, on_durable).read(tasks)
        except BaseException as error:
            self._given_up(writer, error)
            raise
        new = self._shards() - shards
        return outcomes, batch.bytes_stored + sum(path.stat().st_size for path in new)

    def migrate(self, objects: Sequence[str], progress: Progress) -> list[str]:
        """Put objects into chunks; those that are no object any more. An object goes when its chunked
        form was read back and has its hash; one with holes, or damaged, stays. Raises as `read`.
        """
        writer = self.prepare(0)
        gone: list[str] = []
        try:
            while len(gone) < len(objects):
                some = self._some(objects, len(gone))
                self._put(writer, [one for one in some if self.chunks.key_of_sha256(one) is None])
                for one in some:
                    progress.check()
                    self._let_go(one)
                gone.extend(some)
                progress.update(len(gone), len(objects), 0, None)
        except BaseException as error:
            self._given_up(writer, error)
            raise
        return [one for one in gone if not self._object(one).exists()]

    def prepare(self, floor_bytes: int) -> ChunkWriter:
        """hf-xet, ready."""
        if self._writer is None:
            self._writer = ChunkWriter(self.chunks, self.places.cache)
        self._writer.set_floor(floor_bytes)
        return self._writer

    def close(self) -> None:
        """End hf-xet; the next use begins anew."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def _given_up(self, writer: ChunkWriter, error: BaseException) -> None:
        with contextlib.suppress(StoreFailure):
            writer.abort()
        if isinstance(error, ChunksRefused):
            self.close()

    def _shards(self) -> set[Path]:
        try:
            return set((self.chunks.folder.folder / "shards").iterdir())
        except FileNotFoundError:
            return set()

    def _some(self, objects: Sequence[str], start: int) -> list[str]:
        """The next objects, about so many bytes of them, at least one."""
        some: list[str] = []
        total = 0
        for one in objects[start:]:
            some.append(one)
            with contextlib.suppress(OSError):
                total += self._object(one).stat().st_size
            if total > _MIGRATE_BYTES:
                break
        return some

    def _put(self, writer: ChunkWriter, objects: Sequence[str]) -> None:
        uploads: list[Upload] = []
        for one in objects:
            path = self._object(one)
            if not _is_whole(path):
                continue
            if 0 < path.stat().st_size <= PACKED_MOST:
                writer.add_small(path.read_bytes(), one)
            else:
                uploads.append(writer.add_path(str(path), one))
        for upload in uploads:
            upload.result()
        writer.commit()

    def _let_go(self, sha256: str) -> None:
        """Remove an object whose chunked form is the same."""
        key = self.chunks.key_of_sha256(sha256)
        if key is None:
            return
        digest = hashlib.sha256()
        with self.chunks.open(key) as file:
            while data := file.read(BUFFER):
                digest.update(data)
        if digest.hexdigest() == sha256:
            self._object(sha256).unlink(missing_ok=True)

    def _object(self, sha256: str) -> Path:
        return self.places.store / "objects" / sha256[:2] / sha256[2:]


def _chunks_at(places: Places) -> ChunkStore:
    if places.held:
        return HeldChunks(places.store / HELD, places.cache / INDEX)
    return ChunkStore(places.store / "chunks", places.cache / "chunks.sqlite")


def _is_whole(path: Path) -> bool:
    """Whether the object is there and has no holes: those would be read as zeros, however many."""
    try:
        source = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return data_ranges(source, os.fstat(source)) is None
    finally:
        os.close(source)
