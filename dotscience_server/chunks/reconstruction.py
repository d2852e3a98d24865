"""The answer that tells a Xet client where the bytes of a file are (specification 1.1, `api.md`)."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import Any

from .hashing import text_of
from .shard import Term
from .store import ChunkStore

_RANGE = re.compile(r"bytes=(\d{1,18})-(\d{0,18})")


class OutOfRange(ValueError):
    """A range that the file does not have."""


def wanted_range(header: str | None, size: int) -> tuple[int, int]:
    """Start and end (not included) of a Range header; everything without one. Raises OutOfRange."""
    if header is None:
        return 0, size
    match = _RANGE.fullmatch(header.strip())
    start = int(match[1]) if match else size
    if match is None or start >= size:
        raise OutOfRange(header)
    return start, min(int(match[2]) + 1, size) if match[2] else size


def reconstruction(store: ChunkStore, key: str, header: str | None) -> dict[str, Any]:
    """Terms of the file, or of a range of it, and from where to fetch their chunks: for each xorb
    ranges that neither touch nor overlap. Raises ObjectDamaged, OutOfRange.
    """
    start, end = wanted_range(header, store.size(key))
    terms, skipped = _cut(store, store.terms_of(key), start, end)
    return {
        "offset_into_first_range": skipped,
        "terms": [
            {
                "hash": text_of(term.xorb),
                "unpacked_length": term.size,
                "range": {"start": term.start, "end": term.end},
            }
            for term in terms
        ],
        "fetch_info": _fetches(store, terms),
    }


def _cut(store: ChunkStore, terms: list[Term], start: int, end: int) -> tuple[list[Term], int]:
    """The terms, cut to whole chunks, that hold a range; the bytes to skip in the first."""
    kept: list[Term] = []
    skipped = at = 0
    for term in terms:
        if at < end and at + term.size > start:
            layout = store.layout_of(text_of(term.xorb))
            assert layout is not None
            starts = list(accumulate(layout.sizes[term.start : term.end], initial=at))
            first = max(i for i, chunk_at in enumerate(starts[:-1]) if chunk_at <= max(start, at))
            last = min(i for i, chunk_end in enumerate(starts) if chunk_end >= min(end, starts[-1]))
            if not kept:
                skipped = start - starts[first]
            size = starts[last] - starts[first]
            kept.append(Term(term.xorb, term.start + first, term.start + last, size))
        at += term.size
    return kept, skipped


def _fetches(store: ChunkStore, terms: list[Term]) -> dict[str, list[dict[str, Any]]]:
    ranges: dict[str, list[tuple[int, int]]] = {}
    for term in terms:
        ranges.setdefault(text_of(term.xorb), []).append((term.start, term.end))
    return {
        xorb: [_fetch(store, xorb, *one) for one in _merged(many)] for xorb, many in ranges.items()
    }


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _fetch(store: ChunkStore, xorb: str, start: int, end: int) -> dict[str, Any]:
    layout = store.layout_of(xorb)
    assert layout is not None
    return {
        "range": {"start": start, "end": end},
        "url": f"http://localhost/xorbs/{xorb}",
        "url_range": {"start": layout.offsets[start], "end": layout.offsets[end] - 1},
    }
