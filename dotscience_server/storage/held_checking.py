"""Checking what the file system keeps: every chunk of every held content once, and the shards that describe them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..store.failures import StoreFailure
from ..store.held import HeldContents
from .checking import Checked, Fault, Tick

if TYPE_CHECKING:
    from ..chunks.store import ChunkStore


def check_held(held: HeldContents, chunks: ChunkStore | None, checked: Checked, tick: Tick) -> None:
    """A content that cannot be read as it was stored is broken, unless `chunks` has it too. Chunks that several
    versions of a file share are read once.
    """
    held.chunks.refresh()
    for name in list(held.chunks.shards()):
        checked.count += 1
        tick(held.chunks.folder.shard_path(name).stat().st_size)
        checked.faults += [
            Fault("shard", name, one.detail) for one in held.chunks.check_shard(name)
        ]
    sound: dict[bytes, bytearray] = {}
    for key in list(held.keys()):
        checked.count += 1
        if chunks is not None and chunks.has(key):
            continue
        try:
            held.check(key, sound, tick)
        except StoreFailure as failure:
            checked.faults.append(Fault("held", key, failure.fields["detail"]))
