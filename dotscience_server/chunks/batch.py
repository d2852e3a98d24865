"""Files taken into chunks: the batch that a snapshot's reader fills in the engine's process.

    small, notebook   read whole into memory
    very sparse       only the data ranges, one after the other (`content`), else as below; smaller
                      holes are read as zeros, so that equal bytes have one key
    large             read by hf-xet through our descriptor, which pins the inode; of more than a
                      xorb by us, in pieces, so that little of it is in memory
    large, known      compared with the earlier version; only what differs is cut anew (`delta`)
Two `fstat` around the reading tell whether a file moved meanwhile. A content is durable after `flush`.
"""

from __future__ import annotations

import os
import stat
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

from dotscience._tree import Ranges

from ..snapshots.holding import is_notebook
from ..store.attributes import left_out_of
from ..store.batch import AddedFile, has_moved
from ..store.copying import Tick, data_ranges, no_tick
from ..store.failures import StoreFailure
from .content import Content
from .delta import Facts, Part, compare, is_made_of
from .hashing import EMPTY_FILE, chunk_hash, text_of
from .model import ChunkRef, NewFile
from .packing import PACKED_MOST
from .store import ChunkStore
from .writer import ChunkWriter

EMPTY = "x" + text_of(EMPTY_FILE)
SMALL = 1 << 20
DELTA_LEAST = 16 << 20
HOLES_MOST = 256 << 20
NOTEBOOK_MOST = 64 << 20
_CUT_AT_ONCE = 64 << 20
_MUCH_BYTES = 16 << 20
_PIECES_FROM = 64 << 20  # more than a xorb: handed over no faster than it is stored
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class ChunkBatch:
    """Fulfils `snapshots.reading.Batch`."""

    def __init__(self, store: ChunkStore, writer: ChunkWriter) -> None:
        self._store = store
        self._writer = writer
        self._lock = threading.Lock()
        self._notebooks: dict[str, bytes] = {}
        self._small_keys: dict[bytes, str] = {}
        self._by_size: dict[int, str] = {}
        self.count_pending = 0
        self.bytes_pending = 0
        self.bytes_stored = 0
        self._small_bytes = 0

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
        """See `ObjectBatch.add_file`."""
        source = os.open(path, _FLAGS)
        try:
            before = os.fstat(source)
            if not stat.S_ISREG(before.st_mode):
                return None
            ranges = data_ranges(source, before)
            is_sparse = ranges and _hole_bytes(ranges, before.st_size) > HOLES_MOST
            content = Content(source, before.st_size, ranges if is_sparse else None)
            most = NOTEBOOK_MOST if is_notebook(os.fsencode(path)) else SMALL
            if content.size <= most:
                key, read = self._small(content, path, expected)
            else:
                differs = None if is_sparse else changed
                key, read = self._large(content, path, expected or earlier, differs)
            tick(read)
            moved = read != content.size or has_moved(source, before)
            if moved and not keep_moving:
                return None
            if moved and (expected or earlier) is not None and read >= DELTA_LEAST:
                # What was compared and what was cut may be of different moments: once more, whole.
                key, read = self._uploaded(content, path)
            size = before.st_size if is_sparse else read
            return AddedFile(
                key, size, 0, moved, ranges, before, left_out_of(source, before.st_uid)
            )
        finally:
            os.close(source)

    def content(self, content: str) -> bytes:
        """The bytes of a notebook just added."""
        return self._notebooks.pop(content, b"{}")

    def flush(self) -> None:
        """Make everything added so far durable. Raises DiskFull, DiskFloor, StoreUnwritable,
        ChunksRefused.
        """
        with self._lock:
            if self.count_pending:
                self._commit()

    def _commit(self) -> None:
        self._writer.commit()
        self.bytes_stored += self._writer.stored_bytes
        self.count_pending = self.bytes_pending = self._small_bytes = 0
        self._small_keys.clear()

    def _small(self, content: Content, path: bytes | Path, expected: str | None) -> tuple[str, int]:
        data = content.read(0, content.size) if content.size else b""
        key = self._added(data, expected)
        if is_notebook(os.fsencode(path)):
            self._notebooks[key] = data
        return key, len(data)

    def _large(
        self, content: Content, path: bytes | Path, known: str | None, changed: Ranges | None
    ) -> tuple[str, int]:
        size = content.size
        if size >= _MUCH_BYTES and self._small_bytes >= _MUCH_BYTES:
            self.flush()  # the memory that many small files leave in pieces goes back first
        if known is None:
            known = self._one_of_the_size(size)
        if known is not None:
            key = self._from_earlier(content, known, changed)
            if key is not None:
                return key, size
        uploaded = self._uploaded(content, path)
        self._by_size[size] = uploaded[0]
        return uploaded

    def _one_of_the_size(self, size: int) -> str | None:
        """A large file of just that size that came in with this batch: a copy costs nothing then, which
        hf-xet does not see within one xorb.
        """
        known = self._by_size.get(size)
        if known is not None and not self._store.has(known):
            self.flush()
        return known

    def _added(self, data: bytes, expected: str | None) -> str:
        if not data:
            return EMPTY
        if expected is not None and self._holds(expected, data):
            return expected
        if len(data) <= PACKED_MOST:
            with self._lock:
                self._note_pending(len(data))
            return self._writer.add_small(data)
        digest = chunk_hash(data)
        with self._lock:
            known = self._small_keys.get(digest)
            if known is not None:
                return known
            upload = self._writer.add_bytes(data)
            self._note_pending(len(data))
            self._small_bytes += len(data)
        key = self._small_keys[digest] = upload.result()[0]
        return key

    def _uploaded(self, content: Content, path: bytes | Path) -> tuple[str, int]:
        if content.is_joined or content.size > _PIECES_FROM:
            with self._lock:
                self._note_pending(content.size)
                return self._writer.add_pieces(content.pieces())
        name = f"/proc/self/fd/{content.fd}"
        if not sys.platform.startswith("linux"):
            name = os.fsdecode(path)
        with self._lock:
            upload = self._writer.add_path(name)
            self._note_pending(content.size)
        return upload.result()

    def _note_pending(self, size: int) -> None:
        self.count_pending += 1
        self.bytes_pending += size

    def _holds(self, key: str, data: bytes) -> bool:
        """Whether the content of `key` is `data`, told by hashes."""
        view = memoryview(data)
        chunks = self._chunks(key)
        return is_made_of(lambda at, size: view[at : at + size], len(data), chunks)

    def _chunks(self, key: str) -> list[ChunkRef]:
        """The chunks of a content that may be gone, or an object."""
        if key == EMPTY or not key.startswith("x"):
            return []
        try:
            return self._store.chunks_of(key)
        except StoreFailure:
            return []

    def _from_earlier(self, content: Content, known: str, changed: Ranges | None) -> str | None:
        """The key of the file as made of its earlier version; None where that does not pay."""
        old = self._chunks(known)
        if not old:
            return None
        size = content.size
        facts = compare(content.readinto, size, old, changed)
        if (chunks := facts.chunks()) is None and not self._pays(facts, size):
            return None
        most = max(_CUT_AT_ONCE, size // 4)
        while (chunks := facts.chunks()) is None:
            parts = facts.wanted()
            if facts.fed > most:
                return None
            for some in _portions(parts):
                if not self._cut(content, facts, some):
                    return None
        if [chunk.hash for chunk in chunks] == [chunk.hash for chunk in old]:
            return known
        with self._lock:
            return self._store.register([NewFile(chunks)])[0]

    def _pays(self, facts: Facts, size: int) -> bool:
        """Whether to go on with what is known; a small file is sooner cut whole than committed twice."""
        return size >= DELTA_LEAST and 2 * facts.known_bytes >= size

    def _cut(self, content: Content, facts: Facts, parts: Sequence[Part]) -> bool:
        """Have hf-xet cut parts of a file, and note their chunks. False when the file is shorter now."""
        with self._lock:
            uploads = []
            for part in parts:
                data = content.read(part.start, part.end - part.start)
                if len(data) != part.end - part.start:
                    return False
                uploads.append(self._writer.add_bytes(data))
            keys = [upload.result()[0] for upload in uploads]
            self._commit()
        for part, key in zip(parts, keys, strict=True):
            facts.add_part(part, self._store.chunks_of(key))
        return True


def _hole_bytes(ranges: Ranges, size: int) -> int:
    return size - sum(length for _, length in ranges)


def _portions(parts: Sequence[Part]) -> Iterator[list[Part]]:
    """Parts, so many bytes at once."""
    portion: list[Part] = []
    total = 0
    for part in parts:
        if portion and total + part.end - part.start > _CUT_AT_ONCE:
            yield portion
            portion, total = [], 0
        portion.append(part)
        total += part.end - part.start
    if portion:
        yield portion
