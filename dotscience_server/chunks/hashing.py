"""The hashes of the Xet specification (1.1, `hashing.md`): chunks, xorbs, files, ranges of chunks.

A hash is 32 raw bytes here; outside it is text, each 8 bytes read as a little-endian number
(`text_of`, `raw_of`). The tree over the chunks is cut by content: a node takes at least 2 and at
most 9 children, and from the third on ends after the first whose hash is a multiple of 4.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from blake3 import blake3

HASH_BYTES = 32
EMPTY_FILE = bytes(HASH_BYTES)  # the hash of no bytes at all
_CHUNK = bytes.fromhex("6697f5775b9550de3135cbaca597181c9de421109beb2b58b4d0b04b93adf229")
_NODE = bytes.fromhex("017ec5c7a5472996fd946666b48a02e65ddd536f37c76dd2f86352e64a53713f")
_RANGE = bytes.fromhex("7f1857d6ce56ed66127ff913e7a5c3f3a4cd26d5b5db49e64124987f28fb94c3")
_FILE = bytes(HASH_BYTES)
_MOST_CHILDREN = 9


def chunk_hash(data: bytes | bytearray | memoryview) -> bytes:
    """The hash of a chunk's bytes."""
    return blake3(data, key=_CHUNK).digest()


def xorb_hash(hashes: Sequence[bytes], sizes: Sequence[int]) -> bytes:
    """The hash of a xorb from its chunks' hashes and sizes in bytes, at least one."""
    while len(hashes) > 1:
        hashes, sizes = _level(hashes, sizes)
    return hashes[0]


def file_hash(hashes: Sequence[bytes], sizes: Sequence[int]) -> bytes:
    """The hash of a file from its chunks' hashes and sizes in bytes."""
    if not hashes:
        return EMPTY_FILE
    return blake3(xorb_hash(hashes, sizes), key=_FILE).digest()


def range_hash(hashes: bytes | memoryview) -> bytes:
    """The hash that proves a range of chunks, from their hashes in a row."""
    return blake3(hashes, key=_RANGE).digest()


def text_of(raw: bytes) -> str:
    """The string form of a hash."""
    return _swapped(raw).hex()


def raw_of(text: str) -> bytes:
    """The bytes of a hash's string form. Raises ValueError unless `text` is 64 hex digits."""
    raw = bytes.fromhex(text)
    if len(raw) != HASH_BYTES or len(text) != 2 * HASH_BYTES:
        raise ValueError("not a hash")
    return _swapped(raw)


def _swapped(raw: bytes) -> bytes:
    """Every 8 bytes the other way round, on any machine."""
    numbers = array("Q", raw)
    numbers.byteswap()
    return numbers.tobytes()


def _level(hashes: Sequence[bytes], sizes: Sequence[int]) -> tuple[list[bytes], list[int]]:
    """The parents of a row of nodes."""
    text = _swapped(b"".join(hashes)).hex()
    lines = [f"{text[64 * i : 64 * i + 64]} : {size}\n" for i, size in enumerate(sizes)]
    # The last 8 bytes are the number that decides; little-endian, so its low bits come first.
    ends = [raw[24] & 3 == 0 for raw in hashes]
    parents, totals = [], []
    start, count = 0, len(hashes)
    while start < count:
        end = _group_end(ends, start, count)
        node = "".join(lines[start:end]).encode("ascii")
        parents.append(blake3(node, key=_NODE).digest())
        totals.append(sum(sizes[start:end]))
        start = end
    return parents, totals


def _group_end(ends: list[bool], start: int, count: int) -> int:
    most = min(start + _MOST_CHILDREN, count)
    for position in range(start + 2, most):
        if ends[position]:
            return position + 1
    return most
