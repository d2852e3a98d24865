"""The index of a chunk store, kept in step with the shards that lie there.

A miss looks whether shards were added or removed since; a damaged index is made anew in silence, and
kept in memory where its folder cannot be written.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import time
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from . import index as index_file
from .folder import ChunkFolder
from .hashing import raw_of, text_of
from .index import ChunkIndex, IndexLost
from .shard import BadShard, Shard, parse
from .xorb import BadXorb, XorbLayout, scan_offsets, verify

_T = TypeVar("_T")
_LAYOUTS = 64
_TICK_NS = 20_000_000  # the clock of a file system may stand still for so long


class Catalogue:
    """What the shards below a folder say. Thread-safe."""

    def __init__(self, folder: ChunkFolder, path: Path | None) -> None:
        self._folder = folder
        self._path = path
        self._lock = threading.RLock()
        self._index: ChunkIndex | None = None
        self._stamp = 0
        self._unreadable: set[str] = set()
        self._layouts: dict[bytes, XorbLayout] = {}

    def ask(self, question: Callable[[ChunkIndex], _T]) -> _T:
        """The index's answer; asked again when the index had to be made anew."""
        try:
            return question(self._ready())
        except IndexLost:
            return question(self._renewed())

    def find(self, question: Callable[[ChunkIndex], _T | None]) -> _T | None:
        """As `ask`; where that gives nothing, once more after a look at the shards."""
        found = self.ask(question)
        if found is None and self._folder.shards_stamp() != self._stamp:
            self.refresh()
            found = self.ask(question)
        return found

    def refresh(self) -> None:
        """Take in the shards that were added or removed."""
        try:
            self._follow(self._ready())
        except IndexLost:
            self._renewed()

    def close(self) -> None:
        """Close the index; the next question opens it again."""
        with self._lock:
            if self._index is not None:
                self._index.close()
                self._index = None

    def load(self, name: str) -> Shard:
        """Read a stored shard. Raises BadShard, OSError."""
        data = self._folder.shard_path(name).read_bytes()
        if hashlib.sha256(data).hexdigest() != name:
            raise BadShard("its bytes are not what was stored")
        return parse(data)

    def note_shard(self, name: str, shard: Shard) -> None:
        """A shard was written by us."""
        self.ask(lambda index: index.add_shards([(name, shard)]))

    def note_xorb(self, xorb: bytes, layout: XorbLayout) -> None:
        """A xorb was written by us."""
        self._keep(xorb, layout)
        self.ask(lambda index: index.add_xorb(xorb, layout))

    def layout(self, xorb: bytes) -> XorbLayout | None:
        """What a xorb holds, with offsets; None when it is not there, or damaged and unknown."""
        path = self._folder.xorb_path(text_of(xorb))
        if not os.path.exists(path):
            return None
        found = self._layouts.get(xorb)
        if found is None:
            known = self.find(lambda index: index.layout(xorb))
            found = self._completed(xorb, path, None if known is None else known[0])
        return found

    def told(self, xorb: bytes) -> XorbLayout | None:
        """What the index knows of a xorb, whether or not it is there; offsets may lack."""
        known = self.ask(lambda index: index.layout(xorb))
        return None if known is None else known[0]

    def described(self, xorb: bytes) -> bool:
        """Whether a stored shard says what the xorb holds."""
        known = self.ask(lambda index: index.layout(xorb))
        return known is not None and known[1]

    def take_in_xorbs(self) -> None:
        """Read the xorbs that neither a shard nor the index knows: what an ended process left."""
        there = {raw_of(name) for name in self._folder.xorb_names()}
        known = self.ask(lambda index: index.known_xorbs())
        for xorb in there - known.keys():
            self.layout(xorb)
        if gone := [xorb for xorb in known if not known[xorb] and xorb not in there]:
            self.ask(lambda index: index.forget_xorbs(gone))

    def _completed(self, xorb: bytes, path: str, known: XorbLayout | None) -> XorbLayout | None:
        """A layout with its offsets, which shards do not tell."""
        if known is not None and known.offsets:
            self._keep(xorb, known)
            return known
        try:
            layout = _read_layout(xorb, path) if known is None else _with_offsets(known, path)
        except (BadXorb, OSError):
            return known if known is None else XorbLayout(known.hashes, known.sizes, array("I"))
        self.note_xorb(xorb, layout)
        return layout

    def _keep(self, xorb: bytes, layout: XorbLayout) -> None:
        with self._lock:
            self._layouts.pop(xorb, None)
            self._layouts[xorb] = layout
            while len(self._layouts) > _LAYOUTS:
                del self._layouts[next(iter(self._layouts))]

    def _ready(self) -> ChunkIndex:
        with self._lock:
            if self._index is None:
                self._index = ChunkIndex(self._path)
                self._follow(self._index)
            return self._index

    def _renewed(self) -> ChunkIndex:
        with self._lock:
            self.close()
            if self._path is not None:
                index_file.remove(self._path)
            with contextlib.suppress(IndexLost):
                return self._ready()
            self.close()
            self._path = None
            return self._ready()

    def _follow(self, index: ChunkIndex) -> None:
        with self._lock:
            stamp, now = self._folder.shards_stamp(), time.time_ns()
            names = self._folder.shard_names()
            known = index.shards()
            anew = bool(known.difference(names))
            missing = [name for name in names if anew or name not in known]
            if anew or set(missing) - self._unreadable:
                index.add_shards(self._loaded(missing), anew)
            # A change within the same tick would not be seen in the stamp.
            self._stamp = stamp if now - stamp > _TICK_NS else 0

    def _loaded(self, names: list[str]) -> Iterator[tuple[str, Shard]]:
        """The shards of these names; the damaged ones are left out until we start again."""
        for name in names:
            try:
                shard = self.load(name)
            except (BadShard, OSError):
                self._unreadable.add(name)
                continue
            yield name, shard


def _read_layout(xorb: bytes, path: str) -> XorbLayout:
    with open(path, "rb", buffering=0) as file:
        layout = verify(file.readinto)
    if layout.xorb_hash() != xorb:
        raise BadXorb("it is another xorb")
    return layout


def _with_offsets(known: XorbLayout, path: str) -> XorbLayout:
    with open(path, "rb", buffering=0) as file:
        offsets = scan_offsets(file.fileno(), known.sizes)
    return XorbLayout(known.hashes, known.sizes, offsets)
