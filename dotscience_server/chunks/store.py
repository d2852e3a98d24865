"""The chunk store of a workspace: `<store>/chunks`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from .model import ChunkRef, Damage, NewFile

__all__ = ["ChunkRef", "ChunkStore", "Damage", "NewFile"]


class ChunkStore:
    """Xorbs and shards below `folder`; thread-safe. `index` is a SQLite file in the cache folder, or
    None: the index is kept in memory.
    """

    def __init__(self, folder: Path, index: Path | None = None) -> None:
        raise NotImplementedError

    def has(self, key: str) -> bool:
        """Whether a shard names the file."""
        raise NotImplementedError

    def size(self, key: str) -> int:
        """Bytes of the file. Raises ObjectDamaged when it is missing."""
        raise NotImplementedError

    def read(self, key: str) -> bytes:
        """The whole file, verified. Raises ObjectDamaged."""
        raise NotImplementedError

    def open(self, key: str) -> BinaryIO:
        """A seekable file that reads and verifies only the chunks asked for. Raises ObjectDamaged."""
        raise NotImplementedError

    def chunks_of(self, key: str) -> list[ChunkRef]:
        """The file's chunks in its order. Raises ObjectDamaged."""
        raise NotImplementedError

    def key_of_sha256(self, sha256: str) -> str | None:
        """The chunked form of an object of an older store, where there is one."""
        raise NotImplementedError

    def register(self, files: Sequence[NewFile]) -> list[str]:
        """Write a durable shard for files whose chunks are all there; their keys."""
        raise NotImplementedError

    def disk_usage(self) -> int:
        """Bytes of all xorbs and shards."""
        raise NotImplementedError

    def xorbs(self) -> Iterator[str]:
        """The hashes of all xorbs that are there."""
        raise NotImplementedError

    def shards(self) -> Iterator[str]:
        """The hashes of all shards that are there."""
        raise NotImplementedError

    def files(self) -> Iterator[str]:
        """The keys of all files."""
        raise NotImplementedError

    def check_xorb(self, xorb: str) -> list[Damage]:
        """Read a xorb whole and hash it."""
        raise NotImplementedError

    def check_shard(self, shard: str) -> list[Damage]:
        """Read a shard and hash it, and see that what it names is there."""
        raise NotImplementedError

    def refresh(self) -> None:
        """Shards were added or removed by another process."""
        raise NotImplementedError
