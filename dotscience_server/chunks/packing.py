"""Small contents: each is one chunk, packed by us into xorbs, without hf-xet.

A hand-over to hf-xet costs some 300 µs of processor time for each content, however small; a content of
no more bytes than a chunk has on the average gains little from being cut. Invariants: a content of at
most `PACKED_MOST` bytes comes in this way alone, so that equal bytes have one key; as from hf-xet, each
chunk is unpacked and hashed before its xorb gets its name.

    added ─► waiting (in memory) ─► in the growing xorb, a temporary file ─► handed on, to be synced
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import NamedTuple

from ..store.failures import ObjectDamaged
from .folder import NewFile
from .hashing import chunk_hash, file_hash, range_hash, text_of
from .shard import ShardFile, Term
from .store import ChunkStore, key_of
from .xorb import XorbBuilder, XorbLayout, pack

PACKED_MOST = 64 << 10
_WAITING_MOST = 512
_WAITING_BYTES = 1 << 20

Keep = Callable[[str, NewFile, XorbLayout], None]
"""Takes a xorb that is written but neither durable nor named: its hash, its file, what it holds."""


class _Content(NamedTuple):
    file: bytes
    chunk: bytes
    size: int
    sha256: str | None


class Packing:
    """The small contents of one commit. Any thread. Nothing is there until what `finish` returns was
    registered. Raises DiskFull, DiskFloor, StoreUnwritable.
    """

    def __init__(self, store: ChunkStore, keep: Keep) -> None:
        self.floor_bytes = 0
        self._store = store
        self._keep = keep
        self._lock = threading.Lock()
        self._known: set[str] = set()
        self._waiting: dict[str, tuple[_Content, bytes]] = {}
        self._waiting_bytes = 0
        self._growing: list[_Content] = []
        self._builder = XorbBuilder()
        self._file: NewFile | None = None
        self._done: list[ShardFile] = []

    def add(self, data: bytes, sha256: str | None = None) -> str:
        """Add a content of 1 to PACKED_MOST bytes; its key. `sha256` as with `ChunkWriter`."""
        chunk = chunk_hash(data)
        file = file_hash([chunk], [len(data)])
        key = key_of(file)
        with self._lock:
            if key not in self._known:
                self._known.add(key)
                self._waiting[key] = _Content(file, chunk, len(data), sha256), data
                self._waiting_bytes += len(data)
                if len(self._waiting) >= _WAITING_MOST or self._waiting_bytes >= _WAITING_BYTES:
                    self._pack()
        return key

    def finish(self) -> list[ShardFile]:
        """Hand on the last xorb; what a shard is to say of the files once all xorbs are durable."""
        with self._lock:
            self._pack()
            self._end_xorb()
            done, self._done = self._done, []
            self._known.clear()
        return done

    def drop(self) -> None:
        """Forget what was added since the last `finish`."""
        with self._lock:
            self._known.clear()
            self._waiting.clear()
            self._done.clear()
            self._begin_xorb()

    def _pack(self) -> None:
        """From memory into the xorb, but for what is in the store."""
        waiting, self._waiting, self._waiting_bytes = self._waiting, {}, 0
        there = self._store.held(list(waiting))
        for key, (content, data) in waiting.items():
            if key in there and content.sha256 is None and self._is_whole(key):
                continue
            packed = pack(data)
            if not self._builder.fits(len(packed)):
                self._end_xorb()
            self._builder.add_packed(packed)
            self._growing.append(content)
        self._write()

    def _is_whole(self, key: str) -> bool:
        """Whether the xorb of a content that shards name is there."""
        try:
            return bool(self._store.chunks_of(key))
        except ObjectDamaged:
            return False

    def _write(self) -> None:
        data = self._builder.taken()
        if not data:
            return
        if self._file is None:
            self._file = self._store.folder.new_file(len(data), self.floor_bytes)
        else:
            self._store.folder.check_room(len(data), self.floor_bytes)
        self._file.write(memoryview(data))

    def _end_xorb(self) -> None:
        self._write()
        if self._file is None:
            return
        layout = self._builder.layout()
        xorb = layout.xorb_hash()
        for index, (file, chunk, size, sha256) in enumerate(self._growing):
            term = Term(xorb, index, index + 1, size)
            self._done.append(ShardFile(file, [term], [range_hash(chunk)], sha256))
        written, self._file = self._file, None
        self._begin_xorb()
        self._keep(text_of(xorb), written, layout)

    def _begin_xorb(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        self._growing, self._builder = [], XorbBuilder()
