"""Cleaning a chunk store: shards without dead files, xorbs without dead chunks.

    plan ─► live chunks of thin xorbs copied ─► new shards durable ─► old shards removed ─► old xorbs removed
Invariants: a live file has a shard and all its chunks at every step, whoever is killed when; what is younger than
`before_ns` is taken for needed; where a shard cannot be read nothing is removed. Nobody may register files meanwhile.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..store.failures import ObjectDamaged
from .hashing import raw_of, text_of
from .judge import proof
from .shard import BadShard, Shard, ShardFile, ShardXorb, Term
from .store import ChunkStore, key_of
from .xorb import XorbBuilder, XorbLayout

LEAST_GAIN = 0.5
"""A xorb is repacked when less than this share of it is live."""
_MOST_RECORDS = 500_000

Step = Callable[[str], None]


def no_step(_name: str) -> None:
    """Nobody looks."""


@dataclass(frozen=True)
class Cleaned:
    """What became of it; `bytes` is what the disk gained."""

    files: int = 0
    shards: int = 0
    xorbs: int = 0
    repacked: int = 0
    bytes: int = 0


@dataclass
class _Plan:
    """What to do. `files`: those that need a new home; `describe`: xorbs that lose their description."""

    old: list[str] = field(default_factory=list)
    files: list[ShardFile] = field(default_factory=list)
    describe: set[bytes] = field(default_factory=set)
    repack: dict[bytes, list[tuple[int, int]]] = field(default_factory=dict)
    drop: list[bytes] = field(default_factory=list)
    dead: int = 0


def clean(
    store: ChunkStore, live: Collection[str], before_ns: int, step: Step = no_step
) -> Cleaned:
    """Remove every file whose key (or SHA-256) is not in `live`, and the chunks that nobody needs then. `step`
    hears the name of each step and may raise, which leaves a store as whole as before. Raises ObjectDamaged where a
    shard or a chunk to be copied is damaged, DiskFull, StoreUnwritable.
    """
    store.refresh()
    used = store.disk_usage()
    plan = _Planner(store, live, before_ns).plan()
    step("gc-chunks-planned")
    moved = _repacked(store, plan.repack, step)
    step("gc-xorbs-written")
    new = _write_shards(store, plan, moved)
    step("gc-shards-written")
    gone = [name for name in plan.old if name not in new]
    _remove_shards(store, gone, step)
    step("gc-shards-removed")
    # A killed run may have left the very xorb that we have just written.
    kept = {xorb for xorb, _ in moved.values()}
    _remove_xorbs(store, [xorb for xorb in (*plan.drop, *plan.repack) if xorb not in kept], step)
    store.take_in_xorbs()
    return Cleaned(
        plan.dead, len(gone), len(plan.drop), len(plan.repack), used - store.disk_usage()
    )


class _Planner:
    """Reads all shards and decides."""

    def __init__(self, store: ChunkStore, live: Collection[str], before_ns: int) -> None:
        self._store = store
        self._live = live
        self._before_ns = before_ns
        self._chosen: dict[bytes, tuple[str, ShardFile]] = {}
        self._duplicates: set[str] = set()
        self._with_dead: set[str] = set()
        self._fixed: set[bytes] = set()
        self._described: defaultdict[bytes, set[str]] = defaultdict(set)
        self._plan = _Plan()

    def plan(self) -> _Plan:
        names = list(self._store.shards())
        for name in names:
            self._take(name, self._loaded(name))
        self._judge_xorbs()
        gone = set(self._plan.repack) | set(self._plan.drop)
        rewritten = self._with_dead | self._duplicates
        rewritten |= {name for xorb in gone for name in self._described.get(xorb, ())}
        for name, file in self._chosen.values():
            if any(term.xorb in gone for term in file.terms):
                rewritten.add(name)
        self._plan.old = [name for name in names if name in rewritten]
        self._plan.files = [file for name, file in self._chosen.values() if name in rewritten]
        named = {term.xorb for file in self._plan.files for term in file.terms}
        for xorb, homes in self._described.items():
            if xorb not in gone and homes <= rewritten and (xorb in named or self._is_there(xorb)):
                self._plan.describe.add(xorb)
        return self._plan

    def _take(self, name: str, shard: Shard) -> None:
        young = self._is_young(self._store.folder.shard_path(name))
        for xorb in shard.xorbs:
            if not young:
                self._described[xorb.hash].add(name)
            else:
                self._fixed.add(xorb.hash)
        for file in shard.files:
            if young:
                self._fixed.update(term.xorb for term in file.terms)
            elif not self._is_live(file):
                self._with_dead.add(name)
                self._plan.dead += 1
            else:
                self._choose(name, file)

    def _choose(self, name: str, file: ShardFile) -> None:
        """Of two descriptions the later counts; a SHA-256 that either tells stays."""
        known = self._chosen.get(file.hash)
        if known is not None:
            self._duplicates.add(known[0])
            if known[1].sha256 and not file.sha256:
                self._duplicates.add(name)
                file = replace(file, sha256=known[1].sha256)
        self._chosen[file.hash] = name, file

    def _judge_xorbs(self) -> None:
        spans: defaultdict[bytes, list[tuple[int, int]]] = defaultdict(list)
        for _, file in self._chosen.values():
            for term in file.terms:
                spans[term.xorb].append((term.start, term.end))
        for name in self._store.xorbs():
            path = Path(self._store.folder.xorb_path(name))
            raw = raw_of(name)
            if raw in self._fixed or self._is_young(path):
                continue
            if raw not in spans:
                self._plan.drop.append(raw)
                continue
            layout = self._store.layout_of(name)
            if layout is not None and layout.offsets:
                merged = _merged(spans[raw])
                kept = sum(layout.offsets[b] - layout.offsets[a] for a, b in merged)
                if kept < LEAST_GAIN * layout.offsets[-1]:
                    self._plan.repack[raw] = merged

    def _is_live(self, file: ShardFile) -> bool:
        return key_of(file.hash) in self._live or file.sha256 in self._live

    def _is_young(self, path: Path) -> bool:
        try:
            return path.stat().st_mtime_ns >= self._before_ns
        except OSError:
            return False

    def _is_there(self, xorb: bytes) -> bool:
        return os.path.exists(self._store.folder.xorb_path(text_of(xorb)))

    def _loaded(self, name: str) -> Shard:
        try:
            return self._store.shard_of(name)
        except (BadShard, OSError) as error:
            raise ObjectDamaged(name, f"the shard cannot be read: {error}") from error


_Moved = dict[tuple[bytes, int], tuple[bytes, int]]


def _repacked(store: ChunkStore, repack: dict[bytes, list[tuple[int, int]]], step: Step) -> _Moved:
    """Copy the live chunks of these xorbs, packed as they are, into new ones; where each is now."""
    moved: _Moved = {}
    builder, origins = XorbBuilder(), list[tuple[bytes, int]]()

    def finish() -> None:
        nonlocal builder, origins
        if origins:
            new = raw_of(store.add_xorb(builder))
            moved.update((origin, (new, at)) for at, origin in enumerate(origins))
            step("gc-xorb-written")
        builder, origins = XorbBuilder(), []

    for xorb, spans in repack.items():
        for index, stored in _packed_chunks(store, xorb, spans):
            if not builder.fits(len(stored)):
                finish()
            builder.add_packed(stored)
            origins.append((xorb, index))
    finish()
    _check_moved(store, moved)
    return moved


def _packed_chunks(
    store: ChunkStore, xorb: bytes, spans: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, bytes]]:
    layout = _layout(store, xorb)
    with open(store.folder.xorb_path(text_of(xorb)), "rb", buffering=0) as file:
        for start, end in spans:
            for index in range(start, end):
                at, after = layout.offsets[index], layout.offsets[index + 1]
                yield index, os.pread(file.fileno(), after - at, at)


def _check_moved(store: ChunkStore, moved: _Moved) -> None:
    """A chunk that is damaged must not get a sound name, nor its xorb go."""
    for (old, index), (new, at) in moved.items():
        if _layout(store, old).hash_of(index) != _layout(store, new).hash_of(at):
            raise ObjectDamaged(text_of(old), f"chunk {index} of the xorb is damaged")


def _write_shards(store: ChunkStore, plan: _Plan, moved: _Moved) -> set[str]:
    """New homes for the files, a bounded number in each."""
    new: set[str] = set()
    described = {xorb for xorb, _ in moved.values()} | plan.describe
    files: list[ShardFile] = []
    xorbs: list[ShardXorb] = []
    records = 0

    def finish() -> None:
        nonlocal files, xorbs, records
        if files or xorbs:
            new.add(store.accept(Shard(files, xorbs)))
        files, xorbs, records = [], [], 0

    for xorb in sorted(described):
        layout = _layout(store, xorb)
        xorbs.append(ShardXorb(xorb, layout.hashes, layout.sizes, layout.offsets[-1]))
        records += layout.count
        if records > _MOST_RECORDS:
            finish()
    for file in plan.files:
        moved_file = _relocated(store, file, moved)
        files.append(moved_file)
        records += 2 * len(moved_file.terms) + 2
        if records > _MOST_RECORDS:
            finish()
    finish()
    return new


def _relocated(store: ChunkStore, file: ShardFile, moved: _Moved) -> ShardFile:
    """The same file, its chunks where they are now."""
    terms: list[Term] = []
    for term in file.terms:
        if (term.xorb, term.start) not in moved:
            terms.append(term)
            continue
        sizes = _layout(store, term.xorb).sizes
        for index in range(term.start, term.end):
            xorb, at = moved[term.xorb, index]
            last = terms[-1] if terms else None
            if last is not None and (last.xorb, last.end) == (xorb, at):
                terms[-1] = Term(xorb, last.start, at + 1, last.size + sizes[index])
            else:
                terms.append(Term(xorb, at, at + 1, sizes[index]))
    proofs = [proof(term, _layout(store, term.xorb)) for term in terms]
    return replace(file, terms=terms, proofs=proofs)


def _remove_shards(store: ChunkStore, names: Sequence[str], step: Step) -> None:
    for name in names:
        store.folder.shard_path(name).unlink(missing_ok=True)
        step("gc-shard-removed")
    if names:
        store.folder.sync_names([store.folder.shard_path(names[0]).parent])
    store.refresh()


def _remove_xorbs(store: ChunkStore, xorbs: Sequence[bytes], step: Step) -> None:
    for xorb in xorbs:
        Path(store.folder.xorb_path(text_of(xorb))).unlink(missing_ok=True)
        step("gc-xorb-removed")


def _layout(store: ChunkStore, xorb: bytes) -> XorbLayout:
    layout = store.layout_of(text_of(xorb))
    if layout is None or not layout.offsets:
        raise ObjectDamaged(text_of(xorb), "the xorb is missing or damaged")
    return layout


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The same chunks as spans that do not touch, in order."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged
