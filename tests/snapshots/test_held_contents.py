"""Contents that the file system keeps: found by their keys, checked, and gone with their freezes."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from dotscience._tree import Entry, write_tree
from dotscience_server.snapshots.contract import Unwatched
from dotscience_server.snapshots.freezes import Freeze
from dotscience_server.snapshots.reading import Stored, Task
from dotscience_server.snapshots.walk import PlannedFile, Status
from dotscience_server.store import held, held_places
from dotscience_server.store.failures import ObjectDamaged
from dotscience_server.store.held import HeldContents
from dotscience_server.store.objects import ObjectStore
from tests.chunks.engines import LocalEngine

from .copying_freezer import CopyingFreezer

LARGE = random.Random(5).randbytes(3_000_000)


class Keeping:
    """A workspace of which freezes are kept, without a driver."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.root = base / "ws"
        self.root.mkdir()
        self.freezer = CopyingFreezer(self.root, base / "freezes")
        self.open()

    def open(self) -> None:
        """As a process does when it begins."""
        store, cache = self.base / "store", self.base / "cache"
        self.objects = ObjectStore(store, cache, LocalEngine(store, cache))
        held = self.objects.hold(lambda freeze: self.freezer)
        assert held is not None
        self.held: HeldContents = held

    def freeze(self, label: str) -> tuple[Freeze, str, dict[str, str]]:
        """Freeze and read all files; the freeze, the manifest, the keys by path."""
        freeze = self.freezer.take(label)
        names = sorted(path.name for path in self.root.iterdir())
        tasks = [
            Task(PlannedFile(os.fsencode(name), Status(0, 0, 0, 0, 0, 1, 0)), None)
            for name in names
        ]
        engine = self.objects.engine
        assert engine is not None
        root = os.fsencode(freeze.name)
        outcomes, _ = engine.read(root, tasks, 0, Unwatched(), lambda _: None, held=True)
        entries, keys = [], {}
        for name in names:
            one = outcomes[os.fsencode(name)]
            assert isinstance(one, Stored)
            added = one.added
            keys[name] = added.hash
            path = os.fsencode(name)
            entries.append(Entry(path, "f", 0o644, 0, added.size, added.hash, ranges=added.ranges))
        with self.objects.batch() as batch:
            tree = write_tree(entries, batch.add_bytes)
        self.held.note(freeze, tree)
        return freeze, tree, keys

    def frozen(self, freeze: Freeze, name: str) -> Path:
        """The file that holds the bytes."""
        return Path(freeze.name) / name


@pytest.fixture
def keeping(tmp_path: Path) -> Iterator[Keeping]:
    keeping = Keeping(tmp_path)
    yield keeping
    keeping.objects.close()


def test_contents_are_read_by_key_whole_and_in_ranges(keeping: Keeping) -> None:
    (keeping.root / "large").write_bytes(LARGE)
    (keeping.root / "small").write_bytes(b"few")
    (keeping.root / "empty").write_bytes(b"")
    _, _, keys = keeping.freeze("one")
    (keeping.root / "large").write_bytes(b"something else")
    objects = keeping.objects
    assert objects.held(list(keys.values())) == set(keys.values())
    assert not objects.has("x" + 64 * "1")
    assert objects.read(keys["small"]) == b"few"
    assert objects.read(keys["empty"]) == b""
    assert objects.size(keys["large"]) == len(LARGE)
    assert objects.read(keys["large"]) == LARGE
    with objects.open(keys["large"]) as file:
        for start in (0, 1, 70_000, 1_234_567, len(LARGE) - 1, len(LARGE)):
            file.seek(start)
            assert file.read(100_000) == LARGE[start : start + 100_000]


def test_nothing_but_shards_and_objects_takes_room(keeping: Keeping) -> None:
    (keeping.root / "large").write_bytes(LARGE)
    keeping.freeze("one")
    files = [path for path in (keeping.base / "store").rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 20_000


def test_g6_a_changed_byte_is_damage_where_it_is_and_nowhere_else(keeping: Keeping) -> None:
    (keeping.root / "large").write_bytes(LARGE)
    freeze, _, keys = keeping.freeze("one")
    with keeping.frozen(freeze, "large").open("r+b") as file:
        file.seek(2_000_000)
        file.write(b"!")
    with keeping.objects.open(keys["large"]) as file:
        assert file.read(1000) == LARGE[:1000]
        file.seek(2_000_000)
        with pytest.raises(ObjectDamaged):
            file.read(1)
    with pytest.raises(ObjectDamaged):
        keeping.objects.read(keys["large"])


def test_a_file_cut_short_is_damage(keeping: Keeping) -> None:
    (keeping.root / "large").write_bytes(LARGE)
    freeze, _, keys = keeping.freeze("one")
    os.truncate(keeping.frozen(freeze, "large"), 1_000_000)
    with pytest.raises(ObjectDamaged):
        keeping.objects.read(keys["large"])


def test_a_later_freeze_serves_what_an_earlier_one_no_longer_can(keeping: Keeping) -> None:
    (keeping.root / "data").write_bytes(b"bytes")
    first, _, keys = keeping.freeze("one")
    (keeping.root / "other").write_bytes(b"1")
    keeping.freeze("two")
    keeping.freezer.drop(first)  # behind our back
    assert keeping.objects.read(keys["data"]) == b"bytes"


def test_what_lay_in_forgotten_freezes_alone_is_gone(keeping: Keeping) -> None:
    (keeping.root / "data").write_bytes(b"old")
    (keeping.root / "same").write_bytes(b"same")
    first, _, old = keeping.freeze("one")
    (keeping.root / "data").write_bytes(b"new")
    _, _, new = keeping.freeze("two")
    assert keeping.objects.has(old["data"])
    keeping.held.forget(first)
    keeping.freezer.drop(first)
    assert keeping.objects.held([old["data"], new["data"], new["same"]]) == {
        new["data"],
        new["same"],
    }
    with pytest.raises(ObjectDamaged):
        keeping.objects.read(old["data"])
    assert keeping.objects.read(new["same"]) == b"same"


def test_the_next_process_knows_them_by_the_records_also_without_its_cache(
    keeping: Keeping,
) -> None:
    (keeping.root / "data").write_bytes(b"bytes")
    freeze, tree, keys = keeping.freeze("one")
    for lost in (False, True):
        keeping.objects.close()
        if lost:
            for path in (keeping.base / "cache").glob("held*"):
                path.unlink()
        keeping.open()
        keeping.held.replace_trees([(freeze, tree)])
        assert keeping.objects.read(keys["data"]) == b"bytes"


def test_a_damaged_index_is_made_anew(keeping: Keeping) -> None:
    (keeping.root / "data").write_bytes(b"bytes")
    freeze, tree, keys = keeping.freeze("one")
    assert keeping.objects.has(keys["data"])
    keeping.objects.close()
    (keeping.base / "cache" / "held-places.sqlite").write_bytes(b"no database" * 500)
    keeping.open()
    keeping.held.replace_trees([(freeze, tree)])
    assert keeping.objects.read(keys["data"]) == b"bytes"


def test_a_clone_is_found_by_its_name(keeping: Keeping) -> None:
    (keeping.root / "data").write_bytes(LARGE)
    freeze, _, keys = keeping.freeze("one")
    keeping.held.forget(freeze)
    assert not keeping.objects.has(keys["data"])
    clone = keeping.held.clone_path(keys["data"])
    clone.parent.mkdir(parents=True)
    clone.write_bytes(LARGE)
    assert keeping.objects.has(keys["data"])
    assert keeping.objects.read(keys["data"]) == LARGE


def test_very_sparse_contents_are_their_data(keeping: Keeping) -> None:
    path = keeping.root / "sparse"
    path.touch()
    os.truncate(path, 400 << 20)
    with path.open("r+b") as file:
        file.seek(100 << 20)
        file.write(LARGE)
        file.seek(300 << 20)
        file.write(b"end")
    _, _, keys = keeping.freeze("one")
    with keeping.objects.open(keys["sparse"]) as file:
        assert file.read(4096).strip(b"\0") == LARGE[:4096]
    assert keeping.objects.size(keys["sparse"]) < 10 << 20
    assert LARGE in keeping.objects.read(keys["sparse"])


def test_where_the_cache_folder_is_full_places_are_known_all_the_same(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = held_places._opened

    def small(path: Path | None) -> sqlite3.Connection:
        database = real(path)
        if path is not None:
            database.execute("PRAGMA max_page_count = 8")
        return database

    monkeypatch.setattr(held_places, "_opened", small)
    for number in range(1000):
        (keeping.root / f"a file with a long name {number:0100}").write_bytes(b"%d" % number)
    _, _, keys = keeping.freeze("one")
    assert keeping.objects.held(list(keys.values())) == set(keys.values())
    assert [keeping.objects.read(key) for key in list(keys.values())[:2]] == [b"0", b"1"]


def test_what_cannot_be_opened_leaves_nothing_open(
    keeping: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    (keeping.root / "data").write_bytes(LARGE)
    freeze, _, keys = keeping.freeze("one")
    os.truncate(keeping.frozen(freeze, "data"), 5)
    left = []
    real = keeping.freezer.view

    @contextlib.contextmanager
    def viewed(one: Freeze) -> Iterator[Path]:
        with real(one) as path:
            left.append(one)
            try:
                yield path
            finally:
                left.remove(one)

    def refuse(*_: object) -> None:
        raise OSError(errno.EIO, "a bad disk")

    monkeypatch.setattr(keeping.freezer, "view", viewed)
    monkeypatch.setattr(held, "data_ranges", refuse)
    counts = []
    for _ in range(2):  # the first one opens indexes
        with pytest.raises(ObjectDamaged):
            keeping.held.open_raw(keys["data"])
        counts.append(len(os.listdir("/proc/self/fd")))
    assert left == []
    assert counts[0] == counts[1]
