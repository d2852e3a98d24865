"""Shards are read with bounds, and written as they were."""

from __future__ import annotations

import random
import struct
from array import array
from pathlib import Path

import pytest

from dotscience_server.chunks import shard
from dotscience_server.chunks.hashing import chunk_hash
from dotscience_server.chunks.shard import BadShard, Shard, ShardFile, ShardXorb, Term
from tests.chunks.stores import noise, put, store_in

H = [chunk_hash(b"%d" % number) for number in range(8)]


def example() -> Shard:
    xorb = ShardXorb(H[0], H[1] + H[2], array("I", [10, 20]), 38)
    whole = ShardFile(H[3], [Term(H[0], 0, 2, 30)], [H[4]], "ab" * 32)
    parts = ShardFile(H[5], [Term(H[0], 1, 2, 20), Term(H[0], 0, 1, 10)], [H[6], H[7]])
    return Shard([whole, parts, ShardFile(bytes(32), [])], [xorb])


def test_what_is_written_is_read() -> None:
    found = shard.parse(shard.write(example()))
    assert found.xorbs == example().xorbs
    assert [(f.hash, list(f.terms), list(f.proofs), f.sha256) for f in found.files] == [
        (f.hash, list(f.terms), list(f.proofs), f.sha256) for f in example().files
    ]
    assert [file.size for file in found.files] == [30, 30, 0]


def test_with_a_footer() -> None:
    data = shard.written_for_cache(example().xorbs, 5, 6)
    assert shard.parse(data) == Shard([], example().xorbs)


def test_what_hf_xet_sends_stands_as_it_came(tmp_path: Path) -> None:
    store = store_in(tmp_path)
    put(store, tmp_path, noise(200_000), b"", b"x")
    (name,) = store.shards()
    data = store.folder.shard_path(name).read_bytes()
    assert shard.write(shard.parse(data)) == data
    assert len(store.shard_of(name).files) == 3


@pytest.mark.parametrize("cut", [0, 1, 47, 48, 60, 96, -1, -48])
def test_cut_off(cut: int) -> None:
    data = shard.write(example())
    with pytest.raises(BadShard):
        shard.parse(data[:cut])


def test_counts_that_lie(tmp_path: Path) -> None:
    data = bytearray(shard.write(example()))
    struct.pack_into("<I", data, 48 + 36, 0xFFFFFFFF)
    with pytest.raises(BadShard, match="counts more"):
        shard.parse(bytes(data))


@pytest.mark.parametrize(("at", "value"), [(0, 0), (32, 3), (40, 7)])
def test_headers_that_are_not_ours(at: int, value: int) -> None:
    data = bytearray(shard.write(example()))
    data[at] = value
    with pytest.raises(BadShard):
        shard.parse(bytes(data))
    with pytest.raises(BadShard):
        shard.parse(shard.write(example()) + b"more")


def test_random_bytes_never_do_worse_than_being_refused() -> None:
    chance = random.Random(7)
    good = shard.write(example())
    for _ in range(500):
        data = bytearray(good)
        data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            shard.parse(bytes(data))
        except BadShard:
            pass
