"""What hf-xet is told of our xorbs before it begins: files for its shard cache.

hf-xet deduplicates against that cache alone (a query for each file would be 10,000 round trips for
10,000 small files). We make the cache from what is in the store, each time a process begins: so
nothing is forgotten after three weeks, after a kill or with a lost cache folder, and nothing is named
that is there no more. The newest xorbs are told, up to `MOST_CHUNKS_TOLD` chunks; not those of small
contents, which hf-xet is never given (packing.py).
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from .hashing import chunk_hash, raw_of, text_of
from .packing import PACKED_MOST
from .shard import ShardXorb, written_for_cache
from .xorb import XorbLayout

MOST_CHUNKS_TOLD = 1 << 20
_CHUNKS_A_FILE = 1 << 16
_FEW_CHUNKS = 64  # of so many that hf-xet has cut, one is longer than PACKED_MOST
_VALID_S = 400 * 24 * 3600


def shard_cache(root: Path, endpoint: str) -> Path:
    """Where hf-xet keeps the shards of an endpoint below its cache folder."""
    readable = re.sub(r"[^0-9A-Za-z]", "_", endpoint)[:16]
    digest = base64.urlsafe_b64encode(chunk_hash(endpoint.encode())).decode()[:16]
    return root / f"{readable}-{digest}" / "shard-cache"


def tell(folder: Path, xorbs: Iterable[tuple[str, XorbLayout]]) -> set[str]:
    """Write the xorbs, the newest first, into a shard cache; those that were told."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    now = int(time.time())
    told: set[str] = set()
    for group in _groups(xorbs):
        data = written_for_cache(group, now, now + _VALID_S)
        (folder / f"{text_of(chunk_hash(data))}.mdb").write_bytes(data)
        told.update(text_of(xorb.hash) for xorb in group)
    return told


def _groups(xorbs: Iterable[tuple[str, XorbLayout]]) -> Iterator[list[ShardXorb]]:
    group: list[ShardXorb] = []
    told = held = 0
    for xorb, layout in xorbs:
        if layout.count > _FEW_CHUNKS and max(layout.sizes) <= PACKED_MOST:
            continue
        if told + layout.count > MOST_CHUNKS_TOLD:
            break
        stored = layout.offsets[-1] if layout.offsets else 0
        group.append(ShardXorb(raw_of(xorb), layout.hashes, layout.sizes, stored))
        told += layout.count
        held += layout.count
        if held >= _CHUNKS_A_FILE:
            yield group
            group, held = [], 0
    if group:
        yield group
