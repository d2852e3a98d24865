"""What a shard claims, held against the xorbs that are there."""

from __future__ import annotations

from collections.abc import Callable

from .hashing import HASH_BYTES, file_hash, range_hash, text_of
from .shard import BadShard, Shard, ShardFile, ShardXorb, Term
from .xorb import XorbLayout

LayoutOf = Callable[[bytes], XorbLayout | None]
"""What a xorb holds; None: it is not there."""


def judge(shard: Shard, layout_of: LayoutOf) -> None:
    """Return when every xorb is there and every file follows from its chunks. Raises BadShard."""
    for xorb in shard.xorbs:
        _judge_xorb(xorb, _there(xorb.hash, layout_of))
    for file in shard.files:
        _judge_file(file, layout_of)


def proof(term: Term, layout: XorbLayout) -> bytes:
    """The range hash of a term."""
    return range_hash(layout.hashes[HASH_BYTES * term.start : HASH_BYTES * term.end])


def _judge_xorb(xorb: ShardXorb, layout: XorbLayout) -> None:
    if xorb.hashes != layout.hashes or xorb.sizes != layout.sizes:
        raise BadShard(f"it describes xorb {text_of(xorb.hash)} wrongly")


def _judge_file(file: ShardFile, layout_of: LayoutOf) -> None:
    name = text_of(file.hash)
    if len(file.proofs) != len(file.terms):
        raise BadShard(f"file {name} is not proved")
    hashes: list[bytes] = []
    sizes: list[int] = []
    for term, proved in zip(file.terms, file.proofs, strict=True):
        layout = _there(term.xorb, layout_of)
        if not 0 <= term.start < term.end <= layout.count:
            raise BadShard(f"file {name} names chunks that its xorb has not")
        covered = layout.sizes[term.start : term.end]
        if sum(covered) != term.size or proof(term, layout) != proved:
            raise BadShard(f"file {name} has a wrong term")
        hashes.extend(layout.hash_of(index) for index in range(term.start, term.end))
        sizes.extend(covered)
    if file_hash(hashes, sizes) != file.hash:
        raise BadShard(f"file {name} has another hash")


def _there(xorb: bytes, layout_of: LayoutOf) -> XorbLayout:
    layout = layout_of(xorb)
    if layout is None:
        raise BadShard(f"xorb {text_of(xorb)} is not there")
    return layout
