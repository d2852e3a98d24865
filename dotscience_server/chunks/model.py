"""The plain data of chunks. Hashes are 64 hex digits in the string form of the Xet specification;
the *key* of a chunked file is `x` and its file hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class ChunkRef:
    """A chunk where it lies: its hash, its size in bytes, its xorb and its number in that xorb."""

    hash: str
    size: int
    xorb: str
    index: int


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to register: its chunks in order, all in the store, and its SHA-256 where it is known."""

    chunks: Sequence[ChunkRef]
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Damage:
    """What is wrong with a stored file: `name` is the hash of the xorb or shard."""

    what: Literal["xorb", "shard"]
    name: str
    detail: str
