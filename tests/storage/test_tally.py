"""Counting: equal to what one finds by looking at every run alone, and quick where there are many."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dotscience._tree import Entry, decode_page, decode_root, encode_page
from dotscience_server.storage.spans import EVER
from dotscience_server.storage.tally import (
    LARGE_BYTES,
    Holder,
    Range,
    StoredFile,
    StoredObject,
    Tally,
    contents_of,
    keys_in,
    tally,
)
from dotscience_server.storage.thinning import plan_thinning
from tests.storage.stores import TableStore, key_of

CHUNKS = 8


@st.composite
def chunked_stores(draw: st.DrawFn) -> tuple[TableStore, list[Holder]]:
    """A few files over two xorbs, some large; runs with trees, pins and facts; a workspace that holds some."""
    store = TableStore()
    bounds = [0]
    for size in draw(st.lists(st.integers(1, 9), min_size=CHUNKS, max_size=CHUNKS)):
        bounds.append(bounds[-1] + size)
    store.xorbs = {"A": bounds, "B": bounds}
    keys = []
    for number in range(draw(st.integers(1, 6))):
        key = "x" + key_of(number)
        terms = draw(
            st.lists(
                st.tuples(st.sampled_from("AB"), st.integers(0, 7), st.integers(1, 8)), max_size=3
            )
        )
        store.chunked[key] = [Range(x, a, min(8, a + n)) for x, a, n in terms]
        store.sizes[key] = draw(st.sampled_from([1, LARGE_BYTES]))
        keys.append(key)
    keys.append(store.put(b"an object"))
    facts = [store.put(b"fact %d" % n) for n in range(3)]
    holders = []
    for number in range(draw(st.integers(1, 5))):
        trees = {
            store.put_tree({b"%d" % n: key for n, key in enumerate(chosen)})
            for chosen in draw(st.lists(st.lists(st.sampled_from(keys), max_size=4), max_size=2))
        }
        pins = draw(st.sets(st.sampled_from(keys), max_size=2))
        named = draw(st.sets(st.sampled_from(facts), max_size=2))
        rank = draw(st.just(EVER) | st.just(number))
        holders.append(Holder(f"run{number}", rank, trees, pins, named))
    kept = {
        store.put_tree({b"%d" % n: key for n, key in enumerate(keys[: draw(st.integers(0, 2))])})
    }
    holders.append(Holder(None, trees=kept))
    return store, holders


def atoms(store: TableStore, holder: Holder, without: set[str]) -> set[tuple[str, int]]:
    """Every chunk and object that a holder needs, found the long way."""
    keys = set(holder.files)
    found = {(name, -1) for name in (*holder.facts, *holder.trees)}
    for tree in holder.trees:
        for page in decode_root(store.blobs[tree]).pages:
            found.add((page.hash, -1))
            keys |= {str(entry.hash) for entry in decode_page(store.blobs[page.hash])}
    for key in keys - without:
        if key in store.blobs:
            found.add((key, -1))
        found |= {
            (place.xorb, n)
            for place in store.chunked.get(key, [])
            for n in range(place.start, place.end)
        }
    return found


def weight(store: TableStore, found: set[tuple[str, int]]) -> int:
    return sum(
        len(store.blobs[name]) if n < 0 else store.xorbs[name][n + 1] - store.xorbs[name][n]
        for name, n in found
    )


@given(chunked_stores())
def test_alone_is_what_would_go_with_the_run(case: tuple[TableStore, list[Holder]]) -> None:
    store, holders = case
    counted = tally(holders, store)
    needed = [atoms(store, holder, set()) for holder in holders]
    assert counted.live_bytes == weight(store, set().union(*needed))
    for number, holder in enumerate(holders):
        if holder.run is not None:
            others = set().union(*needed[:number], *needed[number + 1 :])
            assert counted.alone.get(holder.run, 0) == weight(store, needed[number] - others)


@given(chunked_stores(), st.integers(1, 200))
def test_a_plan_frees_what_it_says_and_touches_nothing_kept(
    case: tuple[TableStore, list[Holder]], over: int
) -> None:
    store, holders = case
    before = tally(holders, store)
    candidates = [(h.rank, str(h.run)) for h in holders if h.rank < EVER]
    plan = plan_thinning(before, candidates, over)
    if plan is None:
        return
    ranks = {run: rank for rank, run in candidates}
    last = max(ranks[one.run] for one in plan.runs)
    after = tally(holders, store, dict.fromkeys(plan.contents, last))
    assert before.live_bytes - after.live_bytes == plan.bytes
    for holder in holders:
        if holder.rank == EVER or holder.rank > last:
            needed = atoms(store, holder, set())
            assert needed == atoms(store, holder, set(plan.contents) - after.live)
    assert all(store.sizes.get(key, 0) >= LARGE_BYTES for key in plan.contents)


def test_listings_hold_what_they_name() -> None:
    store = TableStore()
    source = store.put(b"print(1)")
    listing = store.put(json.dumps({"cells": [{"hash": source}]}).encode())
    counted = tally([Holder("a", listings={listing})], store)
    assert counted.live == {source, listing}
    assert counted.alone == {"a": counted.live_bytes}


def test_names_that_look_like_contents_are_none() -> None:
    """A path may hold any text, quotes and newlines too."""
    store = TableStore()
    hostile = b'{"h":"x' + key_of(1).encode() + b'"\n{"h":"' + key_of(2).encode() + b'"'
    root = decode_root(store.blobs[store.put_tree({hostile: "x" + key_of(3), b"z": key_of(4)})])
    assert contents_of(store.blobs[root.pages[0].hash]) == {"x" + key_of(3), key_of(4)}
    assert keys_in(b'{"a":"x%s"}' % key_of(1).encode()) == {"x" + key_of(1)}


class ManyRuns(TableStore):
    """10,000 snapshots of 10,000 files, each with one new file; nothing of it is in memory at once."""

    FILES, PAGE, RUNS = 10_000, 1_000, 10_000

    def __init__(self) -> None:
        super().__init__()
        line = '{"h":"x%s","k":"f","m":420,"p":"data/folder/file-%06d","s":65536,"t":"1700000000000000000"}\n'
        self._pages = [
            "".join(line % (key_of(n), n) for n in range(at, at + self.PAGE)).encode()
            for at in range(0, self.FILES, self.PAGE)
        ]
        self._hashes = [key_of(("page", n)) for n in range(len(self._pages))]
        self._own = {key_of(("own page", run)): run for run in range(self.RUNS)}
        self._trees = {key_of(("tree", run)): run for run in range(self.RUNS)}
        self.read_once: set[str] = set()

    def trees(self) -> Sequence[str]:
        return list(self._trees)

    def read(self, object_hash: str) -> bytes:
        assert object_hash not in self.read_once
        self.read_once.add(object_hash)
        if object_hash in self._trees:
            return self._root(self._trees[object_hash])
        if object_hash in self._own:
            run = self._own[object_hash]
            page = self._pages[run % len(self._pages)]
            return page.replace(page[7:71], key_of(("file", run)).encode(), 1)
        return self._pages[self._hashes.index(object_hash)]

    def _root(self, run: int) -> bytes:
        hashes = list(self._hashes)
        hashes[run % len(hashes)] = key_of(("own page", run))
        pages = [{"first": f"a{n}", "count": self.PAGE, "hash": h} for n, h in enumerate(hashes)]
        return json.dumps({"format": 2, "pages": pages, "files": self.FILES, "bytes": 0}).encode()

    def objects(self) -> Iterator[StoredObject]:
        for name in (*self._own, *self._trees):
            yield StoredObject(name, 150_000, 1_000)

    def files(self) -> Iterator[StoredFile]:
        for name in (*range(self.FILES), *(("file", run) for run in range(self.RUNS))):
            key = key_of(name)
            chunk = int(key[2:5], 16)
            yield StoredFile(("x" + key,), 65_536, (Range(key[:2], chunk, chunk + 1),))

    def bounds(self, xorb: str) -> Sequence[int]:
        return range(0, 4_098 * 65_536, 65_536)


@pytest.mark.slow
def test_ten_thousand_runs_of_ten_thousand_files() -> None:
    """Every page is read once; each run alone has its page, its root and its file."""
    store = ManyRuns()
    holders = [Holder(f"run{n}", n, {tree}) for n, tree in enumerate(store.trees())]
    counted: Tally = tally(holders, store)
    assert len(store.read_once) == 2 * ManyRuns.RUNS + len(store._hashes)
    assert len(counted.alone) == ManyRuns.RUNS
    assert set(counted.alone.values()) <= {2_000, 2_000 + 65_536}


def test_contents_of_every_kind_of_entry_are_seen() -> None:
    """What a file has beside its bytes stands before its content key in its line."""
    plain = Entry(b"b", "f", 0o644, 0, 1, key_of(1))
    entries = [
        Entry(b"a", "f", 0o644, 0, 1, "x" + key_of(2), left_out=("owner", "xattr")),
        plain,
        Entry(b"c", "f", 0o644, 0, 1, key_of(3), None, "1:2", ((0, 1),), None, True, ("acl",)),
        Entry(b'd{"h":"' + key_of(4).encode() + b'"', "f", 0o644, 0, 1, not_kept="frozen"),
        Entry(b"e", "d", 0o755, 0),
    ]
    assert contents_of(encode_page(entries)) == {"x" + key_of(2), key_of(1), key_of(3)}
