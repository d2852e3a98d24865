"""The chunk store of a workspace: `<store>/chunks` (docs/formats/store.md, Chunks).

Invariants: a file is there once a durable shard names it, and a shard is written only when each of its
xorbs is durable; each xorb that a file names is described by a stored shard; what is read is checked
chunk by chunk (G6).
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from dotscience._tree import is_chunked

from ..store.failures import ChunksRefused, ObjectDamaged, storing
from .catalogue import Catalogue
from .folder import ChunkFolder
from .hashing import EMPTY_FILE, file_hash, raw_of, text_of
from .judge import judge, proof
from .model import ChunkRef, Damage, NewFile
from .reader import ChunkFile, Found
from .shard import BadShard, Shard, ShardFile, ShardXorb, Term, with_more, write
from .xorb import BadXorb, XorbBuilder, XorbLayout, verify

__all__ = ["ChunkRef", "ChunkStore", "Damage", "NewFile", "file_of_key", "key_of"]

_READ_AHEAD = 64 << 10
_PAGE = 10_000


def key_of(file: bytes) -> str:
    """The content key of a file hash."""
    return "x" + text_of(file)


def file_of_key(key: str) -> bytes:
    """The file hash of a content key. Raises ValueError where it is none."""
    if not is_chunked(key):
        raise ValueError(f"{key!r} is no key of a chunked file")
    return raw_of(key[1:])


class ChunkStore:
    """Xorbs and shards below `folder`; thread-safe. `index` is a SQLite file in the cache folder, or
    None: the index is kept in memory.
    """

    def __init__(self, folder: Path, index: Path | None = None) -> None:
        self.folder = ChunkFolder(folder)
        self._catalogue = Catalogue(self.folder, index)

    def close(self) -> None:
        """Close the index."""
        self._catalogue.close()

    def has(self, key: str) -> bool:
        """Whether a shard names the file."""
        file = file_of_key(key)
        return file == EMPTY_FILE or self._catalogue.find(lambda i: i.size(file)) is not None

    def held(self, keys: Sequence[str]) -> set[str]:
        """Those of the keys that shards name. What only another process has just added may lack."""
        names = {file_of_key(key): key for key in keys}
        there = self._catalogue.ask(lambda i: i.held(list(names)))
        if EMPTY_FILE in names:
            there.add(EMPTY_FILE)
        return {names[file] for file in there}

    def size(self, key: str) -> int:
        """Bytes of the file. Raises ObjectDamaged when it is missing."""
        file = file_of_key(key)
        size = 0 if file == EMPTY_FILE else self._catalogue.find(lambda i: i.size(file))
        if size is None:
            raise _missing(key)
        return size

    def read(self, key: str) -> bytes:
        """The whole file, verified. Raises ObjectDamaged."""
        with self._file(key) as file:
            return file.readall()

    def open(self, key: str) -> BinaryIO:
        """A seekable file that reads and verifies only the chunks asked for. Raises ObjectDamaged,
        also when it is read. For one thread.
        """
        return io.BufferedReader(self._file(key), _READ_AHEAD)

    def chunks_of(self, key: str) -> list[ChunkRef]:
        """The file's chunks in its order. Raises ObjectDamaged."""
        terms = self.terms_of(key)
        try:
            return self._chunks(key, terms)
        except ObjectDamaged:
            renewed = self._renewed(key)
            if renewed == terms:
                raise
            return self._chunks(key, renewed)

    def _chunks(self, key: str, terms: list[Term]) -> list[ChunkRef]:
        found = []
        for term in terms:
            layout = self._layout(key, term.xorb)
            xorb = text_of(term.xorb)
            for index in range(term.start, term.end):
                chunk = text_of(layout.hash_of(index))
                found.append(ChunkRef(chunk, layout.sizes[index], xorb, index))
        return found

    def terms_of(self, key: str) -> list[Term]:
        """The ranges of chunks the file is made of. Raises ObjectDamaged."""
        file = file_of_key(key)
        terms = [] if file == EMPTY_FILE else self._catalogue.find(lambda i: i.terms(file))
        if terms is None:
            raise _missing(key)
        return terms

    def layout_of(self, xorb: str) -> XorbLayout | None:
        """What a xorb holds; None when it is not there or cannot be read."""
        return self._catalogue.layout(raw_of(xorb))

    def shard_of(self, shard: str) -> Shard:
        """What a stored shard says. Raises BadShard, OSError."""
        return self._catalogue.load(shard)

    def key_of_sha256(self, sha256: str) -> str | None:
        """The chunked form of an object of an older store, where there is one."""
        file = self._catalogue.find(lambda i: i.file_of_sha256(sha256))
        return None if file is None else key_of(file)

    def register(self, files: Sequence[NewFile], floor_bytes: int = 0) -> list[str]:
        """Write a shard for files whose chunks are all there; their keys. On return it is durable.
        Raises ChunksRefused where a chunk is not there, DiskFull, DiskFloor, StoreUnwritable.
        """
        described = [self._described(file) for file in files]
        self.register_described([file for file in described if file.terms], floor_bytes)
        return [key_of(file.hash) for file in described]

    def register_described(self, files: list[ShardFile], floor_bytes: int = 0) -> None:
        """As `register`, for files as a shard tells them."""
        if files:
            try:
                self.accept(Shard(files), floor_bytes)
            except BadShard as error:
                raise ChunksRefused(str(error)) from error

    def accept(self, shard: Shard, floor_bytes: int = 0) -> str:
        """Check a shard, make the names of its xorbs durable, and store it; its name. Raises BadShard
        (nothing is stored), and what `register` raises of the disk.
        """
        known: dict[bytes, XorbLayout | None] = {}

        def layout_of(xorb: bytes) -> XorbLayout | None:
            if xorb not in known:
                known[xorb] = self._catalogue.layout(xorb)
            return known[xorb]

        judge(shard, layout_of)
        present = {xorb.hash for xorb in shard.xorbs}
        more = [
            ShardXorb(xorb, layout.hashes, layout.sizes, layout.offsets[-1])
            for xorb, layout in known.items()
            if layout and xorb not in present and not self._catalogue.described(xorb)
        ]
        shard = with_more(shard, more) if more else shard
        with storing(self.folder.folder, "the data was"):
            self.folder.sync_xorb_names(text_of(xorb) for xorb in known)
        name = self.folder.write_shard(write(shard), floor_bytes)
        self._catalogue.note_shard(name, shard)
        return name

    def add_xorb(self, builder: XorbBuilder, floor_bytes: int = 0) -> str:
        """Write a new xorb; its hash. On return its bytes are durable, its name with the shard that
        names it. Raises BadXorb when it is empty, and what `register` raises of the disk.
        """
        layout, parts = builder.finish()
        raw = layout.xorb_hash()
        name = text_of(raw)
        with self.folder.new_file(builder.bytes_stored, floor_bytes) as file:
            for part in parts:
                file.write(memoryview(part))
            file.sync()
            file.publish(self.folder.xorb_path(name))
        self.note_xorb(name, layout)
        return name

    def note_xorb(self, xorb: str, layout: XorbLayout) -> None:
        """A xorb was verified and stored."""
        self._catalogue.note_xorb(raw_of(xorb), layout)

    def take_in_xorbs(self) -> None:
        """Learn of the xorbs that an ended process left without a shard."""
        self._catalogue.take_in_xorbs()

    def known_xorbs(self) -> Iterator[tuple[str, XorbLayout]]:
        """The xorbs that are there and whose chunks are known, the newest first. Offsets may lack."""
        there = set(self.xorbs())
        for xorb in reversed(self._catalogue.ask(lambda i: i.known_xorbs())):
            name = text_of(xorb)
            known = self._catalogue.told(xorb) if name in there else None
            if known is not None:
                yield name, known

    def every_file(self) -> Iterator[tuple[str, int, list[tuple[str, int, int]]]]:
        """Every file: its key, its bytes, its terms (xorb, start, end)."""
        names: dict[bytes, str] = {}
        for file, size, terms in self._catalogue.ask(lambda i: i.every_file()):
            for xorb, _, _ in terms:
                if xorb not in names:
                    names[xorb] = text_of(xorb)
            yield key_of(file), size, [(names[xorb], start, end) for xorb, start, end in terms]

    def remembers(self, shard: str) -> bool:
        """Whether the index knows what the shard says, though it may be damaged now."""
        return shard in self._catalogue.ask(lambda i: i.shards())

    def sha256s(self) -> dict[str, str]:
        """By key, the SHA-256 of the files that came from an older store."""
        return {
            key_of(file): one for file, one in self._catalogue.ask(lambda i: i.sha256s()).items()
        }

    def disk_usage(self) -> int:
        """Bytes of all xorbs and shards."""
        return self.folder.disk_usage()

    def xorbs(self) -> Iterator[str]:
        """The hashes of all xorbs that are there."""
        return self.folder.xorb_names()

    def shards(self) -> Iterator[str]:
        """The names of all shards that are there, the oldest first."""
        return iter(self.folder.shard_names())

    def files(self) -> Iterator[str]:
        """The keys of all files."""
        last = b""
        while found := self._files_after(last):
            yield from map(key_of, found)
            last = found[-1]

    def check_xorb(self, xorb: str) -> list[Damage]:
        """Read a xorb whole and hash it."""
        try:
            with open(self.folder.xorb_path(xorb), "rb", buffering=0) as file:
                found = text_of(verify(file.readinto).xorb_hash())
        except FileNotFoundError:
            return [Damage("xorb", xorb, "it is missing")]
        except (BadXorb, OSError) as error:
            return [Damage("xorb", xorb, str(error))]
        return [] if found == xorb else [Damage("xorb", xorb, "its bytes are not what was stored")]

    def check_shard(self, shard: str) -> list[Damage]:
        """Read a shard and hash it, and see that what it names is there."""
        try:
            content = self.shard_of(shard)
            judge(Shard(content.files, []), self._catalogue.layout)
        except FileNotFoundError:
            return [Damage("shard", shard, "it is missing")]
        except (BadShard, OSError) as error:
            return [Damage("shard", shard, str(error))]
        return []

    def refresh(self) -> None:
        """Shards were added or removed by another process."""
        self._catalogue.refresh()

    def _files_after(self, file: bytes) -> list[bytes]:
        return self._catalogue.ask(lambda i: i.files_after(file, _PAGE))

    def _file(self, key: str) -> ChunkFile:
        return ChunkFile(
            key, self.terms_of(key), lambda xorb: self._found(key, xorb), lambda: self._renewed(key)
        )

    def _renewed(self, key: str) -> list[Term]:
        """The terms after a look at the shards."""
        self.refresh()
        return self.terms_of(key)

    def _found(self, key: str, xorb: bytes) -> Found:
        return self._layout(key, xorb), self.folder.xorb_path(text_of(xorb))

    def _layout(self, key: str, xorb: bytes) -> XorbLayout:
        layout = self._catalogue.layout(xorb)
        if layout is None or not layout.offsets:
            name = text_of(xorb)
            there = os.path.exists(self.folder.xorb_path(name))
            raise ObjectDamaged(key, f"xorb {name} is {'damaged' if there else 'missing'}")
        return layout

    def _described(self, file: NewFile) -> ShardFile:
        """A new file as a shard tells it."""
        hashes: list[bytes] = []
        terms: list[Term] = []
        proofs: list[bytes] = []
        for first, last in _runs(file.chunks):
            chunks = file.chunks[first:last]
            xorb = raw_of(chunks[0].xorb)
            size = sum(chunk.size for chunk in chunks)
            term = Term(xorb, chunks[0].index, chunks[-1].index + 1, size)
            layout = self._catalogue.layout(xorb)
            if layout is None or not _holds(layout, chunks):
                raise ChunksRefused(f"xorb {chunks[0].xorb} does not hold the chunks")
            terms.append(term)
            proofs.append(proof(term, layout))
            hashes.extend(layout.hash_of(chunk.index) for chunk in chunks)
        name = file_hash(hashes, [chunk.size for chunk in file.chunks])
        return ShardFile(name, terms, proofs, file.sha256)


def _runs(chunks: Sequence[ChunkRef]) -> Iterator[tuple[int, int]]:
    """Ranges of `chunks` that lie in a row in one xorb."""
    first = 0
    for last in range(1, len(chunks) + 1):
        if last < len(chunks):
            before, after = chunks[last - 1], chunks[last]
            if (after.xorb, after.index) == (before.xorb, before.index + 1):
                continue
        yield first, last
        first = last


def _holds(layout: XorbLayout, chunks: Sequence[ChunkRef]) -> bool:
    return all(
        0 <= chunk.index < layout.count
        and layout.sizes[chunk.index] == chunk.size
        and text_of(layout.hash_of(chunk.index)) == chunk.hash
        for chunk in chunks
    )


def _missing(key: str) -> ObjectDamaged:
    return ObjectDamaged(key, "no shard names it")
