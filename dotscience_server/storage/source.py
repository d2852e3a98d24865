"""A store on the disk as counting and checking see it: objects, and contents in chunks where there are any."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dotscience._tree import is_hash

from ..store.objects import ObjectStore
from .tally import Range, StoredFile, StoredObject

if TYPE_CHECKING:
    from ..chunks.store import ChunkStore


_HELD = "held/"
"""Before the names of xorbs whose chunks the file system keeps: they are not packed."""


class _Nowhere(Sequence[int]):
    """The bounds of a xorb that is missing."""

    def __len__(self) -> int:
        return 0

    def __getitem__(self, _at: object) -> int:  # type: ignore[override]
        return 0


class StoreSource:
    """Fulfils `tally.Source`."""

    def __init__(self, store: Path, objects: ObjectStore) -> None:
        self._store = store
        self._objects = objects

    @property
    def chunks(self) -> ChunkStore | None:
        """None where the packages to read chunks are missing."""
        return self._objects.chunks

    def read(self, object_hash: str) -> bytes:
        return self._objects.read(object_hash)

    def has_object(self, object_hash: str) -> bool:
        return is_hash(object_hash) and os.path.exists(self._objects.path(object_hash))

    def files(self) -> Iterator[StoredFile]:
        chunks = self.chunks
        if chunks is None:
            return
        joined = chunks.sha256s()
        for key, size, terms in chunks.every_file():
            sha256 = joined.get(key)
            names = (key,) if sha256 is None else (key, sha256)
            yield StoredFile(names, size, [Range(*term) for term in terms])
        yield from self._held_files(chunks)

    def held_bytes(self) -> int:
        """What the file system keeps for us of contents: each chunk once, unpacked."""
        held, total = self._objects.held_contents, 0
        marks: dict[str, bytearray] = {}
        for file in () if held is None or self.chunks is None else self._held_files(self.chunks):
            for place in file.ranges:
                bounds = self.bounds(place.xorb)
                seen = marks.setdefault(place.xorb, bytearray(len(bounds)))
                for at in range(place.start, place.end):
                    total += 0 if seen[at] else bounds[at + 1] - bounds[at]
                    seen[at] = 1
        return total

    def _held_files(self, chunks: ChunkStore) -> Iterator[StoredFile]:
        """What lies in freezes and clones and not in our own chunks."""
        held = self._objects.held_contents
        lying = set() if held is None else set(held.keys())
        if held is None or not lying:
            return
        for key, size, terms in held.chunks.every_file():
            if key in lying and not chunks.has(key):
                ranges = [Range(_HELD + xorb, start, end) for xorb, start, end in terms]
                yield StoredFile((key,), size, ranges)

    def objects(self) -> Iterator[StoredObject]:
        for name, status in objects_of(self._store):
            yield StoredObject(name, status.st_size, status.st_blocks * 512)

    def bounds(self, xorb: str) -> Sequence[int]:
        chunks: ChunkStore | None = self.chunks
        if xorb.startswith(_HELD) and self._objects.held_contents is not None:
            xorb, chunks = xorb[len(_HELD) :], self._objects.held_contents.chunks
        layout = None if chunks is None else chunks.layout_of(xorb)
        return _Nowhere() if layout is None or not layout.offsets else layout.offsets

    def chunked(self, key: str) -> str | None:
        """The key of the content in chunks, also of a migrated object; None: there is no such file."""
        chunks = self.chunks
        if chunks is None:
            return None
        found = key if key.startswith("x") else chunks.key_of_sha256(key)
        return found if found is not None and chunks.has(found) else None

    def has(self, key: str) -> bool:
        """Whether the content is there in any form; its bytes are not checked."""
        is_object = not key.startswith("x") and os.path.exists(self._objects.path(key))
        return is_object or self.chunked(key) is not None or self._is_held(key)

    def _is_held(self, key: str) -> bool:
        held = self._objects.held_contents
        return held is not None and key.startswith("x") and held.has(key)


def objects_of(store: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Every object of a store and its status, in order."""
    folder = store / "objects"
    for prefix in sorted(_listed(folder)):
        for name in sorted(_listed(folder / prefix)):
            if len(prefix) + len(name) == 64:
                try:
                    yield prefix + name, os.stat(folder / prefix / name)
                except FileNotFoundError:
                    continue


def _listed(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
