"""Stores that exist only as tables, for counting; and manifests made without any bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from dotscience._tree import Entry, Page, Root, encode_page, encode_root
from dotscience_server.storage.tally import Range, StoredFile, StoredObject


def key_of(name: object) -> str:
    """64 hex digits for a name."""
    return hashlib.sha256(str(name).encode()).hexdigest()


@dataclass
class TableStore:
    """A `Source` of tables. `chunked`: files as ranges; every chunk of a xorb has its own size."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    chunked: dict[str, list[Range]] = field(default_factory=dict)
    xorbs: dict[str, list[int]] = field(default_factory=dict)
    reads: int = 0

    def read(self, object_hash: str) -> bytes:
        self.reads += 1
        return self.blobs[object_hash]

    def has_object(self, object_hash: str) -> bool:
        return object_hash in self.blobs

    def size(self, key: str) -> int:
        return self.sizes.get(key, len(self.blobs.get(key, b"")))

    def files(self) -> Iterator[StoredFile]:
        for key, ranges in self.chunked.items():
            yield StoredFile((key,), self.size(key), ranges)

    def objects(self) -> Iterator[StoredObject]:
        for name, data in self.blobs.items():
            yield StoredObject(name, self.size(name), len(data))

    def bounds(self, xorb: str) -> Sequence[int]:
        return self.xorbs[xorb]

    def put(self, data: bytes) -> str:
        """Add an object."""
        name = hashlib.sha256(data).hexdigest()
        self.blobs[name] = data
        return name

    def put_tree(self, contents: dict[bytes, str], per_page: int = 2) -> str:
        """A manifest of files."""
        entries = [
            Entry(path, "f", 0o644, 0, self.size(key), key)
            for path, key in sorted(contents.items())
        ]
        pages = []
        for at in range(0, len(entries), per_page):
            page = entries[at : at + per_page]
            pages.append(Page(page[0].path, len(page), self.put(encode_page(page))))
        total = sum(entry.size or 0 for entry in entries)
        return self.put(encode_root(Root(tuple(pages), len(entries), total)))
