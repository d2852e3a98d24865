"""Xorbs are taken apart with bounds, whatever they claim."""

from __future__ import annotations

import io
import random

import lz4.frame
import pytest

from dotscience_server.chunks import xorb
from dotscience_server.chunks.hashing import chunk_hash
from dotscience_server.chunks.xorb import BadXorb, XorbBuilder, parse_header, unpack, verify
from tests.chunks.stores import noise


def header(packed: int, scheme: int, size: int, version: int = 0) -> bytes:
    return bytes((version, *packed.to_bytes(3, "little"), scheme, *size.to_bytes(3, "little")))


def verified(data: bytes) -> xorb.XorbLayout:
    return verify(io.BytesIO(data).readinto)


@pytest.mark.parametrize("size", [1, 3, 4, 5, 1000, 65_537, 131_072])
def test_packing_is_undone(size: int) -> None:
    for data in (noise(size), b"ab" * (size // 2) + b"c" * (size % 2)):
        stored = xorb.pack(data)
        packed, scheme, found = parse_header(stored, 0)
        assert (packed, found) == (len(stored) - 8, size)
        assert bytes(unpack(stored[8:], scheme, size)) == data


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 6, 7, 4096, 4099])
def test_bytes_grouped_by_four(size: int) -> None:
    data = noise(size)
    grouped = b"".join(data[start::4] for start in range(4))
    assert unpack(lz4.frame.compress(grouped), 2, size) == data


def test_a_xorb_is_read_in_pieces_of_any_size() -> None:
    chunks = [noise(size, size) for size in (100, 131_072, 1, 60_000, 131_072)]
    builder = XorbBuilder()
    for chunk in chunks:
        builder.add(chunk)
    layout, parts = builder.finish()
    data = b"".join(parts)
    assert layout.offsets[-1] == len(data) == builder.bytes_stored
    assert layout.all_hashes() == [chunk_hash(chunk) for chunk in chunks]
    for most in (1, 7, 1000, 1 << 20) if len(data) < 1000 else (997, 1 << 20):
        source, passed = io.BytesIO(data), bytearray()
        found = verify(
            lambda view, source=source, most=most: source.readinto(view[:most]), passed.extend
        )
        assert (found.hashes, found.sizes, found.offsets) == (
            layout.hashes,
            layout.sizes,
            layout.offsets,
        )
        assert bytes(passed) == data


def test_nothing_unpacks_to_more_than_it_says() -> None:
    bomb = lz4.frame.compress(bytes(10 << 20))
    assert len(bomb) < 128 << 10
    for size in (1, 1000, 128 << 10):
        with pytest.raises(BadXorb):
            verified(header(len(bomb), 1, size) + bomb)
    short = lz4.frame.compress(b"x" * 100)
    with pytest.raises(BadXorb):
        verified(header(len(short), 1, 101) + short)
    twice = short + short
    with pytest.raises(BadXorb):
        verified(header(len(twice), 1, 100) + twice)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0",
        header(4, 0, 4) + b"abc",
        header(4, 0, 5) + b"abcd",
        header(0, 0, 0),
        header(4, 3, 4) + b"abcd",
        header(4, 0, 4, version=1) + b"abcd",
        header((128 << 10) + 1, 0, (128 << 10) + 1) + bytes((128 << 10) + 1),
        header(4, 1, 4) + b"abcd",
        header(4, 0, 4) + b"abcd" + b"rest",
    ],
)
def test_what_is_no_xorb(data: bytes) -> None:
    with pytest.raises(BadXorb):
        verified(data)


def test_counts_and_sizes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    one = header(1, 0, 1) + b"x"
    assert verified(one * 8192).count == 8192
    with pytest.raises(BadXorb, match="too large"):
        verified(one * 8193)
    monkeypatch.setattr(xorb, "MOST_XORB_BYTES", 100_000 - 8192 * 8)
    with pytest.raises(BadXorb, match="too large"):
        verified((header(50_000, 0, 50_000) + bytes(50_000)) * 2)


def test_random_bytes_never_do_worse_than_being_refused() -> None:
    chance = random.Random(5)
    good = b"".join(xorb.pack(noise(size)) for size in (20, 300))
    for _ in range(300):
        data = bytearray(good)
        for _ in range(chance.randint(1, 3)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            verified(bytes(data))
        except BadXorb:
            pass
