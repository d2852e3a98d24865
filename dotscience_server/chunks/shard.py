"""Shards: which chunk ranges of which xorbs make a file, and which chunks a xorb holds (Xet
specification 1.1, `shard.md`). Everything is in records of 48 bytes, so what a count claims is
bounded by the bytes that follow it.

Written without a footer, as they are uploaded; `written_for_cache` writes the form with a footer and
lookup tables that hf-xet keeps in its own cache.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .hashing import HASH_BYTES, raw_of, text_of

MOST_SHARD_BYTES = 256 << 20
_RECORD = 48
_TAG = b"HFRepoMetaData\0" + bytes.fromhex("556967456a7b815783a5bdd95ccdd14aa9")
_HEADER = struct.Struct("<32sQQ")
_FILE = struct.Struct("<32sIIQ")
_TERM = struct.Struct("<32sIIII")
_PROOF = struct.Struct("<32s16x")
_XORB = struct.Struct("<32sIIII")
_CHUNK = struct.Struct("<32sIIQ")
_FOOTER = struct.Struct("<QQQ6Q32sQQ48xQQQQ")
_END = b"\xff" * HASH_BYTES + bytes(16)
_WITH_PROOFS, _WITH_SHA256 = 1 << 31, 1 << 30


class BadShard(ValueError):
    """The bytes are no shard."""


@dataclass(frozen=True, slots=True)
class Term:
    """Chunks `start` up to before `end` of a xorb, `size` unpacked bytes."""

    xorb: bytes
    start: int
    end: int
    size: int


@dataclass(frozen=True, slots=True)
class ShardFile:
    """A file: its hash, its terms, one proof (range hash) a term where they are there."""

    hash: bytes
    terms: Sequence[Term]
    proofs: Sequence[bytes] = ()
    sha256: str | None = None

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return sum(term.size for term in self.terms)


@dataclass(frozen=True, slots=True)
class ShardXorb:
    """A xorb: its chunks' hashes (32 bytes each) and unpacked sizes; the bytes it takes, or 0."""

    hash: bytes
    hashes: bytes
    sizes: array[int]
    stored: int = 0


@dataclass(frozen=True, slots=True)
class Shard:
    """What a shard says."""

    files: list[ShardFile] = field(default_factory=list)
    xorbs: list[ShardXorb] = field(default_factory=list)


def parse(data: bytes) -> Shard:
    """Read a shard. Raises BadShard."""
    if len(data) < _HEADER.size or len(data) > MOST_SHARD_BYTES:
        raise BadShard("its size is wrong")
    tag, version, footer = _HEADER.unpack_from(data)
    if tag != _TAG or version != 2 or footer not in (0, _FOOTER.size):
        raise BadShard("its header is wrong")
    reader = _Reader(data)
    try:
        shard = Shard(list(reader.files()), list(reader.xorbs()))
    except struct.error as error:
        raise BadShard("it ends too early") from error
    if not footer and reader.at != len(data):
        raise BadShard("something follows its end")
    return shard


def write(shard: Shard) -> bytes:
    """A shard without a footer."""
    return b"".join((_HEADER.pack(_TAG, 2, 0), *_files(shard.files), *_xorbs(shard.xorbs)))


def with_more(shard: Shard, xorbs: Iterable[ShardXorb]) -> Shard:
    """The same with more xorbs described."""
    return replace(shard, xorbs=[*shard.xorbs, *xorbs])


def written_for_cache(xorbs: Sequence[ShardXorb], created: int, expires: int) -> bytes:
    """A shard that describes xorbs alone, as hf-xet keeps it (times in seconds since 1970)."""
    info = b"".join(_xorbs(xorbs))
    lookup: list[tuple[int, int]] = []
    chunks: list[tuple[int, int, int]] = []
    at = 0
    for xorb in xorbs:
        lookup.append((int.from_bytes(xorb.hash[:8], "little"), at))
        heads = struct.unpack("<" + "Q24x" * len(xorb.sizes), xorb.hashes)
        chunks.extend((head, at, index) for index, head in enumerate(heads))
        at += 1 + len(xorb.sizes)
    tables = b"".join(struct.pack("<QI", *row) for row in sorted(lookup))
    tables += b"".join(struct.pack("<QII", *row) for row in sorted(chunks))
    files_at = _HEADER.size
    xorbs_at = files_at + _RECORD
    lookup_at = xorbs_at + len(info)
    chunks_at = lookup_at + 12 * len(lookup)
    end = chunks_at + 16 * len(chunks)
    raw = sum(sum(xorb.sizes) for xorb in xorbs)
    stored = sum(xorb.stored for xorb in xorbs)
    footer = _FOOTER.pack(
        *(1, files_at, xorbs_at),
        *(lookup_at, 0, lookup_at, len(lookup), chunks_at, len(chunks)),
        *(bytes(HASH_BYTES), created, expires),
        *(stored, 0, raw, end),
    )
    return b"".join((_HEADER.pack(_TAG, 2, _FOOTER.size), _END, info, tables, footer))


class _Reader:
    """Reads records one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = _HEADER.size

    def files(self) -> Iterable[ShardFile]:
        """The files up to the end mark."""
        while (head := self._head(_FILE)) is not None:
            file_hash, flags, count, _ = head
            terms = [Term(x, s, e, n) for x, _, n, s, e in self._records(_TERM, count)]
            proofs = [p for (p,) in self._records(_PROOF, count)] if flags & _WITH_PROOFS else ()
            sha256 = None
            if flags & _WITH_SHA256:
                sha256 = text_of(next(iter(self._records(_PROOF, 1)))[0])
            yield ShardFile(file_hash, terms, proofs, sha256)

    def xorbs(self) -> Iterable[ShardXorb]:
        """The xorbs up to the end mark."""
        while (head := self._head(_XORB)) is not None:
            xorb, _, count, _, stored = head
            hashes, sizes = [], array("I")
            for chunk, _, size, _ in self._records(_CHUNK, count):
                hashes.append(chunk)
                sizes.append(size)
            yield ShardXorb(xorb, b"".join(hashes), sizes, stored)

    def _head(self, record: struct.Struct) -> tuple[Any, ...] | None:
        """The next header; None, and past it, at the end mark."""
        head = record.unpack_from(self._data, self.at)
        self.at += _RECORD
        return None if head[0] == _END[:HASH_BYTES] else head

    def _records(self, record: struct.Struct, count: int) -> Iterable[tuple[Any, ...]]:
        end = self.at + _RECORD * count
        if end > len(self._data):
            raise BadShard("it counts more than it holds")
        start, self.at = self.at, end
        return record.iter_unpack(memoryview(self._data)[start:end])


def _files(files: Iterable[ShardFile]) -> Iterable[bytes]:
    for file in files:
        flags = _WITH_PROOFS | (_WITH_SHA256 if file.sha256 else 0)
        yield _FILE.pack(file.hash, flags, len(file.terms), 0)
        for term in file.terms:
            yield _TERM.pack(term.xorb, 0, term.size, term.start, term.end)
        for proof in file.proofs:
            yield _PROOF.pack(proof)
        if file.sha256:
            yield _PROOF.pack(raw_of(file.sha256))
    yield _END


def _xorbs(xorbs: Iterable[ShardXorb]) -> Iterable[bytes]:
    for xorb in xorbs:
        count = len(xorb.sizes)
        yield _XORB.pack(xorb.hash, 0, count, sum(xorb.sizes), xorb.stored)
        at = 0
        for index, size in enumerate(xorb.sizes):
            start = HASH_BYTES * index
            yield _CHUNK.pack(xorb.hashes[start : start + HASH_BYTES], at, size, 0)
            at += size
    yield _END
