"""The object store: verified, never partial, nothing visible before it is durable (G2, G6)."""

from __future__ import annotations

import errno
import hashlib
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dotscience_server.protocol.errors import ERRORS
from dotscience_server.snapshots.failures import SnapshotFailure
from dotscience_server.store import temporary
from dotscience_server.store.durability import Durability
from dotscience_server.store.failures import (
    DiskFloor,
    DiskFull,
    ObjectDamaged,
    StoreFailure,
    StoreUnwritable,
    size_text,
)
from dotscience_server.store.objects import ObjectStore


@pytest.fixture
def store(tmp_path: Path) -> ObjectStore:
    return ObjectStore(tmp_path / "store")


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def damage(path: Path, data: bytes) -> None:
    path.chmod(0o600)
    path.write_bytes(data)


@settings(max_examples=30)
@given(data=st.binary(max_size=100), size=st.sampled_from([0, 1, 262_144, 262_145, 3_000_001]))
def test_what_is_added_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, size: int
) -> None:
    folder = tmp_path_factory.mktemp("objects")
    store = ObjectStore(folder / "store")
    content = (data * (size // max(1, len(data)) + 1))[:size]
    path = folder / "file"
    path.write_bytes(content)
    added = store.add_file(path)
    assert (added.hash, added.size, added.unstable) == (digest(content), len(content), False)
    assert store.read(added.hash) == content
    assert store.size(added.hash) == len(content)
    assert store.add_bytes(content) == added.hash
    with store.open(added.hash) as file:
        assert file.read() == content
        file.seek(len(content) // 2)
        assert file.read() == content[len(content) // 2 :]
    assert store.add_file(path).bytes_new == 0


def test_objects_lie_where_the_format_says(store: ObjectStore) -> None:
    name = store.add_bytes(b"hello")
    assert store.path(name).parts[-3:] == ("objects", name[:2], name[2:])
    assert store.path(name).stat().st_mode & 0o777 == 0o444
    assert store.path(name).parents[2].joinpath("tmp").is_dir()


@pytest.mark.parametrize("name", ["", "../../etc/passwd", "AB" * 32, "ab" * 31, "ab" * 33])
def test_g7_what_is_no_hash_is_no_path(store: ObjectStore, name: str) -> None:
    with pytest.raises(ValueError, match="no object hash"):
        store.path(name)


@pytest.mark.parametrize("data", [b"", b"hellO", b"hello "])
def test_g6_damage_is_found_on_reading(store: ObjectStore, data: bytes) -> None:
    name = store.add_bytes(b"hello")
    with store.open(name):
        pass
    damage(store.path(name), data)
    for read in (store.read, store.open):
        with pytest.raises(ObjectDamaged) as caught:
            read(name)
        assert caught.value.object == name


def test_a_missing_object_is_damaged(store: ObjectStore) -> None:
    assert not store.has("ab" * 32)
    for read in (store.read, store.open, store.size):
        with pytest.raises(ObjectDamaged):
            read("ab" * 32)


def test_adding_again_heals_a_truncated_object(store: ObjectStore) -> None:
    name = store.add_bytes(b"hello")
    damage(store.path(name), b"")
    assert store.add_bytes(b"hello") == name
    assert store.read(name) == b"hello"


def test_a_symbolic_link_is_not_followed(store: ObjectStore, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"x")
    (tmp_path / "link").symlink_to("secret")
    with pytest.raises(OSError):
        store.add_file(tmp_path / "link")


def test_nothing_is_visible_before_it_is_durable(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, bool]] = []
    real = Durability.sync

    def watched(self: Durability, paths: list[str]) -> None:
        seen.append((len(list(paths)), store.has(digest(b"a"))))
        real(self, paths)

    monkeypatch.setattr(Durability, "sync", watched)
    with store.batch() as batch:
        batch.add_bytes(b"a")
        batch.add_bytes(b"b")
        assert not store.has(digest(b"a"))
    assert [visible for _, visible in seen] == [False, True]
    assert seen[0][0] == 2


@pytest.mark.parametrize("count", [1, 100])
def test_batches_of_any_size(store: ObjectStore, count: int) -> None:
    with store.batch() as batch:
        names = [batch.add_bytes(b"%d" % number) for number in range(count)]
        assert batch.count_pending == count
    assert [store.read(name) for name in names] == [b"%d" % n for n in range(count)]


def test_without_syncfs_every_file_is_synced(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    monkeypatch.setattr(Durability, "_fsync", lambda _self, path: synced.append(path))
    monkeypatch.setattr(store._places.durability, "_syncfs", None)
    with store.batch() as batch:
        for number in range(100):
            batch.add_bytes(b"%d" % number)
    assert sum(Path(path).parent.name == "tmp" for path in synced) == 100


def test_threads_may_add_the_same_content(store: ObjectStore, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 1_000_000)
    with store.batch() as batch:
        threads = [threading.Thread(target=batch.add_file, args=(path,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert batch.count_pending == 1
    assert list((tmp_path / "store" / "tmp").iterdir()) == []


def test_an_exception_drops_what_was_not_flushed(store: ObjectStore) -> None:
    with pytest.raises(KeyError), store.batch() as batch:
        first = batch.add_bytes(b"first")
        batch.flush()
        second = batch.add_bytes(b"second")
        raise KeyError
    assert store.has(first)
    assert not store.has(second)
    assert list(store._places.tmp.iterdir()) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("size", [10, 1_000_000])
def test_g2_a_full_disk_keeps_what_was_added_before(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, size: int
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * size)

    def refuse(*_args: object) -> None:
        raise OSError(code, os.strerror(code))

    with pytest.raises(DiskFull) as caught, store.batch() as batch:
        kept = batch.add_bytes(b"small")
        monkeypatch.setattr(temporary, "write_all", refuse)
        batch.add_file(path)
    assert store.read(kept) == b"small"
    assert list(store._places.tmp.iterdir()) == []
    assert "not saved" in ERRORS["disk-full"].message.format(**caught.value.fields)


@pytest.mark.parametrize("size", [10, 1_000_000])
def test_an_error_of_the_store_is_not_taken_for_one_of_the_file(
    store: ObjectStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * size)

    def refuse(*_args: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(temporary, "write_all", refuse)
    with pytest.raises(StoreUnwritable):
        store.add_file(path)
    monkeypatch.undo()
    monkeypatch.setattr(os, "pread", refuse)
    monkeypatch.setattr(os, "preadv", refuse)
    with pytest.raises(OSError, match="error"):
        store.add_file(path)


def test_the_floor_stops_storing(store: ObjectStore) -> None:
    with pytest.raises(DiskFloor) as caught, store.batch(floor_bytes=1 << 60) as batch:
        batch.add_bytes(b"x")
    assert "would stay free" in ERRORS["disk-floor"].message.format(**caught.value.fields)
    known = store.add_bytes(b"known")
    with store.batch(floor_bytes=1 << 60) as batch:
        assert batch.add_bytes(b"known") == known


def test_disk_usage_follows(store: ObjectStore) -> None:
    store.add_bytes(b"x" * 100_000)
    before = store.disk_usage()
    assert 100_000 <= before <= 120_000
    store.add_bytes(b"y" * 100_000)
    assert store.disk_usage() - before == 100_000


def test_unfinished_files_are_cleared(store: ObjectStore) -> None:
    (store._places.tmp / "left").write_bytes(b"x")
    store.clear_unfinished()
    assert list(store._places.tmp.iterdir()) == []


def every_failure(base: type) -> list[type]:
    return [base, *(found for below in base.__subclasses__() for found in every_failure(below))]


def test_every_failure_is_in_the_catalogue() -> None:
    classes = every_failure(StoreFailure) + every_failure(SnapshotFailure)
    assert {found.code for found in classes} <= set(ERRORS)  # type: ignore[attr-defined]


def test_unwritable_store_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_named: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(StoreUnwritable) as caught:
        ObjectStore(tmp_path / "store")
    assert str(tmp_path) in ERRORS["store-unwritable"].message.format(**caught.value.fields)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (2_100_000_000, "2.1 GB"),
        (640_000_000, "640 MB"),
        (10**15, "1000.0 TB"),
    ],
)
def test_sizes_for_people(size: int, text: str) -> None:
    assert size_text(size) == text
