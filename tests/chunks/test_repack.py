"""Cleaning a chunk store: what is live stays whole at every step, what is dead goes."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dotscience_server.chunks.hashing import text_of
from dotscience_server.chunks.model import ChunkRef, NewFile
from dotscience_server.chunks.repack import clean
from dotscience_server.chunks.shard import Shard
from dotscience_server.chunks.store import ChunkStore
from dotscience_server.chunks.xorb import XorbBuilder
from dotscience_server.store.failures import ObjectDamaged

EVER = 1 << 62


@dataclass
class Filled:
    """A chunk store and what was put into it."""

    store: ChunkStore
    contents: dict[str, bytes] = field(default_factory=dict)

    def xorb(self, *chunks: bytes) -> list[ChunkRef]:
        """A new xorb; its chunks."""
        builder = XorbBuilder()
        for chunk in chunks:
            builder.add(chunk)
        name = self.store.add_xorb(builder)
        layout = self.store.layout_of(name)
        assert layout is not None
        return [
            ChunkRef(text_of(layout.hash_of(n)), len(chunk), name, n)
            for n, chunk in enumerate(chunks)
        ]

    def file(self, chunks: list[ChunkRef], data: bytes, sha256: str | None = None) -> str:
        """A file in a shard of its own."""
        (key,) = self.store.register([NewFile(chunks, sha256)])
        self.contents[key] = data
        return key

    def is_whole(self, live: set[str]) -> None:
        """Every live file reads back; nothing that is there is damaged."""
        fresh = ChunkStore(self.store.folder.folder)
        for key in live:
            assert fresh.read(key) == self.contents[key]
            assert self.store.read(key) == self.contents[key]
        for shard in fresh.shards():
            assert fresh.check_shard(shard) == []
        for xorb in fresh.xorbs():
            assert fresh.check_xorb(xorb) == []


@contextmanager
def filled(seed: int) -> Iterator[Filled]:
    """Three xorbs and seven files over them, made from a seed."""
    at = Path(tempfile.mkdtemp(prefix="ds-"))
    chance = random.Random(seed)
    try:
        made = Filled(ChunkStore(at / "chunks"))
        chunks: list[tuple[ChunkRef, bytes]] = []
        for _ in range(3):
            data = [chance.randbytes(chance.randint(1, 2000)) for _ in range(chance.randint(1, 8))]
            chunks += zip(made.xorb(*data), data, strict=True)
        for number in range(7):
            first = chance.randrange(len(chunks))
            chosen = [*chunks[first : first + 3], *chance.choices(chunks, k=chance.randint(0, 2))]
            data = b"".join(piece for _, piece in chosen)
            sha256 = f"{number:064x}" if number % 2 else None
            made.file([ref for ref, _ in chosen], data, sha256)
        yield made
    finally:
        shutil.rmtree(at)


class Killed(Exception):
    """The process ends here."""


@pytest.mark.parametrize(
    ("seed", "chosen", "kill_at"), [(0, 0, 30), (1, 0b1010101, 0), (2, 0b1000, 2), (3, 0b110, 5)]
)
def test_live_files_stay_whole_when_it_is_killed(seed: int, chosen: int, kill_at: int) -> None:
    with filled(seed) as made:
        live = {key for n, key in enumerate(made.contents) if chosen >> n & 1}
        steps = 0

        def step(_name: str) -> None:
            nonlocal steps
            made.is_whole(live)
            steps += 1
            if steps > kill_at:
                raise Killed

        try:
            clean(made.store, live, EVER, step)
        except Killed:
            again = Filled(ChunkStore(made.store.folder.folder), made.contents)
            clean(again.store, live, EVER)
            again.is_whole(live)
        made.store.refresh()
        made.is_whole(live)
        assert set(made.store.files()) == live
        used = {ref.xorb for key in live for ref in made.store.chunks_of(key)}
        assert set(made.store.xorbs()) == used
        assert clean(made.store, live, EVER).bytes == 0
        for xorb in used:
            assert _share(made.store, xorb, live) >= 0.5


@pytest.mark.slow
@given(st.integers(0, 10**9), st.integers(0, 2**7 - 1), st.integers(0, 30))
def test_live_files_stay_whole_whenever_it_is_killed(seed: int, chosen: int, kill_at: int) -> None:
    test_live_files_stay_whole_when_it_is_killed(seed, chosen, kill_at)


def _share(store: ChunkStore, xorb: str, live: set[str]) -> float:
    layout = store.layout_of(xorb)
    assert layout is not None
    used = {ref.index for key in live for ref in store.chunks_of(key) if ref.xorb == xorb}
    return sum(layout.offsets[n + 1] - layout.offsets[n] for n in used) / layout.offsets[-1]


def test_what_is_young_is_not_touched(tmp_path: Path) -> None:
    made = Filled(ChunkStore(tmp_path / "chunks"))
    key = made.file(made.xorb(b"one", b"two"), b"onetwo")
    made.xorb(b"unfinished")
    cleaned = clean(made.store, set(), 0)
    assert (cleaned.files, cleaned.xorbs, cleaned.bytes) == (0, 0, 0)
    made.is_whole({key})
    assert len(list(made.store.xorbs())) == 2


def test_a_migrated_file_lives_by_its_sha256(tmp_path: Path) -> None:
    made = Filled(ChunkStore(tmp_path / "chunks"))
    key = made.file(made.xorb(b"one"), b"one", "ab" * 32)
    clean(made.store, {"ab" * 32}, EVER)
    assert made.store.key_of_sha256("ab" * 32) == key


def test_damage_stops_it_before_anything_goes(tmp_path: Path) -> None:
    made = Filled(ChunkStore(tmp_path / "chunks"))
    chunks = made.xorb(b"live" * 100, bytes(random.Random(1).randbytes(5000)))
    made.file(chunks[:1], b"live" * 100)
    path = Path(made.store.folder.xorb_path(chunks[0].xorb))
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[20] ^= 1
    path.write_bytes(data)
    with pytest.raises((ObjectDamaged, ValueError)):
        clean(made.store, set(made.contents), EVER)
    assert path.exists()
    shard = next(made.store.shards())
    made.store.folder.shard_path(shard).chmod(0o600)
    made.store.folder.shard_path(shard).write_bytes(b"no shard")
    with pytest.raises(ObjectDamaged):
        clean(made.store, set(), EVER)
    assert path.exists()


def test_two_descriptions_of_one_file_become_one(tmp_path: Path) -> None:
    """What a kill between new and old shards leaves."""
    made = Filled(ChunkStore(tmp_path / "chunks"))
    chunks = made.xorb(b"one")
    key = made.file(chunks, b"one", "ab" * 32)
    first = next(made.store.shards())
    made.store.accept(Shard([*made.store.shard_of(first).files], []))
    made.file(chunks, b"one")
    clean(made.store, {key}, EVER)
    assert sum(len(made.store.shard_of(name).files) for name in made.store.shards()) == 1
    assert made.store.key_of_sha256("ab" * 32) == key


def test_the_xorb_that_a_killed_run_wrote_is_used_again(tmp_path: Path) -> None:
    made = Filled(ChunkStore(tmp_path / "chunks"))
    chunks = made.xorb(b"live", random.Random(1).randbytes(5000))
    key = made.file(chunks[:1], b"live")

    def step(name: str) -> None:
        if name == "gc-xorb-written":
            raise Killed

    with pytest.raises(Killed):
        clean(made.store, {key}, EVER, step)
    assert len(list(made.store.xorbs())) == 2
    clean(made.store, {key}, EVER)
    made.is_whole({key})
    assert len(list(made.store.xorbs())) == 1
