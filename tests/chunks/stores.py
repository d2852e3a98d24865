"""Chunk stores of their own for tests, and data to put there."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dotscience_server.chunks.hashing import text_of
from dotscience_server.chunks.model import ChunkRef, NewFile
from dotscience_server.chunks.store import ChunkStore
from dotscience_server.chunks.writer import ChunkWriter
from dotscience_server.chunks.xorb import XorbBuilder


def store_in(folder: Path) -> ChunkStore:
    """The store of a test's folder."""
    return ChunkStore(folder / "chunks", folder / "cache" / "chunks.sqlite")


@contextmanager
def writing(store: ChunkStore, folder: Path, floor_bytes: int = 0) -> Iterator[ChunkWriter]:
    """A writer, closed at the end."""
    writer = ChunkWriter(store, folder / "cache", floor_bytes)
    try:
        yield writer
    finally:
        writer.close()


def noise(size: int, seed: int = 0) -> bytes:
    """Bytes that cannot be compressed, the same each time."""
    return random.Random(seed).randbytes(size)


def put(store: ChunkStore, folder: Path, *contents: bytes) -> list[str]:
    """Store contents through hf-xet; their keys."""
    with writing(store, folder) as writer:
        uploads = [writer.add_bytes(content) for content in contents]
        writer.commit()
        return [upload.result()[0] for upload in uploads]


def put_chunks(store: ChunkStore, *chunks: bytes) -> list[ChunkRef]:
    """Store chunks as one xorb, without hf-xet."""
    builder = XorbBuilder()
    for chunk in chunks:
        builder.add(chunk)
    xorb = store.add_xorb(builder)
    layout = store.layout_of(xorb)
    assert layout is not None
    return [
        ChunkRef(text_of(layout.hash_of(i)), layout.sizes[i], xorb, i) for i in range(layout.count)
    ]


def put_file(store: ChunkStore, *chunks: bytes) -> str:
    """Store a file of these chunks, without hf-xet; its key."""
    return store.register([NewFile(put_chunks(store, *chunks))])[0]


def change(path: Path, at: int, to: int) -> None:
    """Change a byte of a stored file."""
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[at] = to
    path.write_bytes(data)
    path.chmod(0o444)
