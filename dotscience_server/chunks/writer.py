"""Writing contents in chunks: hf-xet and our CAS, in the process that calls."""

from __future__ import annotations

from pathlib import Path

from .store import ChunkStore


class Upload:
    """A content that was added."""

    def result(self) -> tuple[str, int]:
        """Its key and the bytes read; waits until it is hashed. Durable after the commit."""
        raise NotImplementedError


class ChunkWriter:
    """One commit after the other. Not thread-safe."""

    def __init__(self, store: ChunkStore, cache: Path, floor_bytes: int = 0) -> None:
        raise NotImplementedError

    def add_path(self, path: str, sha256: str | None = None) -> Upload:
        """Add a file, which is read by its path: /proc/self/fd/N pins the inode."""
        raise NotImplementedError

    def add_bytes(self, data: bytes, sha256: str | None = None) -> Upload:
        """Add bytes."""
        raise NotImplementedError

    def commit(self) -> None:
        """Make everything added durable and registered; then a new commit begins.
        Raises DiskFull, DiskFloor, StoreUnwritable, ChunksRefused.
        """
        raise NotImplementedError

    def abort(self) -> None:
        """Drop what was added since the last commit."""
        raise NotImplementedError

    def close(self) -> None:
        """End the CAS and remove its socket."""
        raise NotImplementedError
