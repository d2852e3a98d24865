"""Chunk lists without bytes: `<store>/held` (docs/formats/store.md, Held contents; decision 0100).

What a file system keeps by itself (a freeze, a clone) is cut and hashed by the same engine, and its xorbs
are verified while they come in; but only the shards are kept, 0.07 % of the bytes. So `has`, `size`,
`chunks_of` and the comparison with an earlier version work as in a `ChunkStore`; `read` and `open` do
not (ObjectDamaged): where the bytes lie is known to `store.held.HeldContents`.

    ObjectStore.held_contents ─► HeldContents (places, reading) ─► HeldChunks (which chunks)

Invariants: a xorb is known by the record of a durable shard; one that was seen and that no shard describes
yet is told by the next `accept`, and forgotten when a new process begins. Offsets of layouts are those of
the unpacked bytes.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

from .catalogue import Catalogue
from .folder import ChunkFolder, NewFile
from .hashing import text_of
from .store import ChunkStore
from .xorb import XorbLayout

HELD = "held"
"""The folder below the store."""
INDEX = "held.sqlite"
"""The index below the cache folder."""


class HeldChunks(ChunkStore):
    """The shards below `<store>/held`; thread-safe."""

    def __init__(self, folder: Path, index: Path | None = None) -> None:
        self.folder = _HeldFolder(folder)
        self._catalogue = _HeldCatalogue(self.folder, index)

    def xorbs(self) -> Iterator[str]:
        """The hashes of all xorbs that are known: none lies here."""
        return (text_of(xorb) for xorb in self._catalogue.ask(lambda i: i.known_xorbs()))


class _HeldFolder(ChunkFolder):
    """Keeps shards; what else is written goes nowhere."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._kept = ChunkFolder(folder)

    def write_shard(self, data: bytes, floor_bytes: int = 0) -> str:
        """As there."""
        return self._kept.write_shard(data, floor_bytes)

    def new_file(self, size: int, floor_bytes: int = 0) -> NewFile:
        """A xorb, which is not kept; the room is none of its business."""
        return _Nowhere()

    def check_room(self, size: int, floor_bytes: int) -> None:
        """Nothing is written."""

    def sync_xorb_names(self, xorbs: object) -> None:
        """There are none."""


class _Nowhere(NewFile):
    """Takes bytes and forgets them."""

    def __init__(self) -> None:
        """No file is made."""

    def write(self, data: memoryview) -> None:
        """Forget."""

    def start(self) -> None:
        """Nothing to send."""

    def sync(self) -> None:
        """Nothing to wait for."""

    def publish(self, target: str) -> None:
        """It gets no name."""

    def close(self) -> None:
        """Nothing to remove."""


class _HeldCatalogue(Catalogue):
    """Knows xorbs by what shards, or their senders a moment ago, said of them."""

    def layout(self, xorb: bytes) -> XorbLayout | None:
        """What a xorb holds; None when no shard tells."""
        found = self._layouts.get(xorb)
        if found is None:
            known = self.find(lambda index: index.layout(xorb))
            if known is None:
                return None
            found = known[0]
            if len(found.offsets) == 0:
                found = XorbLayout(found.hashes, found.sizes, _unpacked(found.sizes))
            self._keep(xorb, found)
        return found


def _unpacked(sizes: array[int]) -> array[int]:
    return array("I", accumulate(sizes, initial=0))
