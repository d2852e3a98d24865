"""The drivers whose file system keeps the bytes, on a real btrfs: the contract, and what only they do."""

from __future__ import annotations

import random
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dotscience._tree import FROZEN
from dotscience_server.chunks import batch
from dotscience_server.snapshots import holding_driver
from dotscience_server.snapshots.btrfs import btrfs_freezer
from dotscience_server.snapshots.contract import Driver, Unwatched
from dotscience_server.snapshots.holding_driver import HoldingDriver
from dotscience_server.snapshots.statcache import StatCache
from dotscience_server.store.failures import ObjectDamaged
from dotscience_server.store.objects import ObjectStore
from tests.chunks.engines import LocalEngine
from tests.filesystems.disks import fresh_disk

from .driver_contract import DriverContract
from .workspaces import Workspace

LARGE = random.Random(7).randbytes(20 << 20)


def btrfs_driver(root: Path, objects: ObjectStore, cache: StatCache) -> Driver:
    """A driver for a `Workspace` that lies on btrfs."""
    store = root.parent / "store"
    if objects.engine is None:
        objects.engine = LocalEngine(store, root.parent / "cache")
    freezer = btrfs_freezer(root, store)
    assert freezer is not None
    held = objects.hold(lambda _: freezer)
    assert held is not None
    return HoldingDriver(freezer, objects, held, cache)


@pytest.fixture(scope="module")
def disk() -> Iterator[Path]:
    with fresh_disk("btrfs") as folder:
        yield folder


@pytest.fixture(autouse=True)
def folders_on_it(disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(disk))


@pytest.fixture
def space() -> Iterator[Workspace]:
    space = Workspace(Path(tempfile.mkdtemp(prefix="ds-")), btrfs_driver)
    yield space
    space.close()


class TestBtrfs(DriverContract):
    make_driver = staticmethod(btrfs_driver)

    @pytest.fixture
    def space(self) -> Iterator[Workspace]:
        space = Workspace(Path(tempfile.mkdtemp(prefix="ds-")), btrfs_driver)
        yield space
        space.close()


def test_no_bytes_are_stored_a_second_time(space: Workspace) -> None:
    space.file("large", LARGE)
    space.file("small", b"few")
    space.freeze()
    stored = [path for path in space.store.rglob("*") if path.is_file()]
    own = [path for path in stored if "freezes" not in path.parts]
    assert sum(path.stat().st_size for path in own) < 100_000


def test_much_is_frozen_first_and_code_known_at_once(space: Workspace) -> None:
    space.file("large", LARGE)
    space.file("train.py", b"print()")
    result = space.frozen()
    entries = space.entries(result.tree)
    assert result.state == "frozen"
    assert (entries[b"large"].hash, entries[b"large"].not_kept) == (None, FROZEN)
    assert (result.not_kept, result.files, result.bytes) == (0, 2, len(LARGE) + 7)
    assert space.objects.read(str(entries[b"train.py"].hash)) == b"print()"


def test_sealing_tells_the_key_of_what_was_frozen_not_of_what_is_there_now(
    space: Workspace,
) -> None:
    path = space.file("large", LARGE)
    result = space.frozen()
    path.write_bytes(b"something else")
    sealed = space.sealed(result)
    path.unlink()
    assert (space.checkout(sealed.tree).path / "large").read_bytes() == LARGE


def test_after_sealing_an_unchanged_file_is_known(space: Workspace) -> None:
    path = space.file("large", LARGE)
    space.file("other", b"1")
    first = space.freeze()
    space.cache.put(path.stat(), str(space.entries(first.tree)[b"large"].hash), None, 2**62)
    space.file("other", b"2")
    assert space.frozen().state == "sealed"


def test_of_a_changed_large_file_only_the_changed_ranges_are_asked_for(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = space.file("large", LARGE)
    space.freeze()
    with path.open("r+b") as file:
        file.seek(10 << 20)
        file.write(b"changed")
    told = []
    real = LocalEngine.read

    def read(self, root, tasks, *rest, **named):  # type: ignore[no-untyped-def]
        told.extend(tasks)
        return real(self, root, tasks, *rest, **named)

    monkeypatch.setattr(LocalEngine, "read", read)
    tree = space.freeze().tree
    (task,) = told
    assert task.earlier is not None
    assert task.changed is not None
    assert sum(length for _, length in task.changed) < 1 << 20
    assert (space.checkout(tree).path / "large").read_bytes() == path.read_bytes()


def test_a_very_sparse_file_whose_holes_are_filled_comes_back(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the earlier version the data alone is stored: its chunks lie elsewhere than in the file."""
    monkeypatch.setattr(batch, "HOLES_MOST", 3 << 20)
    path = space.file("sparse", LARGE)
    for start, length in ((1 << 20, 1 << 20), (14 << 20, 3 << 20)):
        hole = ["fallocate", "--punch-hole", "-o", str(start), "-l", str(length), str(path)]
        subprocess.run(hole, check=True, timeout=60)
    space.freeze()
    with path.open("r+b") as file:
        file.seek(14 << 20)
        file.write(LARGE[: 2 << 20])
    tree = space.freeze().tree
    assert (space.checkout(tree).path / "sparse").read_bytes() == path.read_bytes()


def test_the_freeze_of_an_unchanged_tree_is_given_up_again(disk: Path) -> None:
    space = Workspace(Path(tempfile.mkdtemp(prefix="ds-")), btrfs_driver)
    driver = btrfs_driver(space.root, space.objects, space.cache)
    space._make_driver = lambda *_: driver
    space.file("data", b"bytes")
    first, second = space.freeze(), space.freeze()
    assert isinstance(driver, HoldingDriver)
    assert (second.tree, second.freeze) == (first.tree, first.freeze)
    assert driver.freezer.all() == [first.freeze]
    space.file("data", b"other")
    third = space.freeze()
    assert driver.freezer.all() == [first.freeze, third.freeze]
    space.close()


def test_a_failure_gives_the_freeze_up(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    space.file("data", b"bytes")

    def refuse(*_: object) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(holding_driver, "write_tree", refuse)
    with pytest.raises(RuntimeError):
        space.freeze()
    freezer = btrfs_freezer(space.root, space.store)
    assert freezer is not None
    assert freezer.all() == []


def test_without_an_engine_that_works_the_bytes_are_frozen(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dotscience_server.store.failures import ChunksRefused

    def refuse(*_: object, **__: object) -> None:
        raise ChunksRefused("it ended with -9")

    space.file("data", b"bytes")
    with monkeypatch.context() as broken:
        broken.setattr(LocalEngine, "read", refuse)
        result = space.frozen()
    assert (result.state, result.refused) == ("frozen", "it ended with -9")
    assert (space.checkout(space.sealed(result).tree).path / "data").read_bytes() == b"bytes"


def test_sealing_what_is_gone_says_so(space: Workspace) -> None:
    space.file("large", LARGE)
    result = space.frozen()
    freezer = btrfs_freezer(space.root, space.store)
    assert freezer is not None
    assert result.freeze is not None
    freezer.drop(result.freeze)
    with pytest.raises(ObjectDamaged):
        space.sealed(result)


def test_hard_links_holes_and_attributes_are_as_with_plain(space: Workspace) -> None:
    path = space.file("large", LARGE)
    (space.root / "again").hardlink_to(path)
    entries = space.entries(space.freeze().tree)
    assert entries[b"again"].hash == entries[b"large"].hash
    assert entries[b"again"].link == entries[b"large"].link is not None


def test_what_is_mounted_in_the_workspace_is_named_and_not_entered(space: Workspace) -> None:
    space.file("data", b"bytes")
    inside = space.root / "in side"
    inside.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "none", inside], check=True)
    try:
        (inside / "elsewhere").write_bytes(b"1")
        driver = btrfs_driver(space.root, space.objects, space.cache)
        with driver.ground(space.root) as ground:
            plan = space.plan(ground=ground)
            result = driver.freeze(plan, Unwatched(), ground)
    finally:
        subprocess.run(["umount", inside], check=True)
    assert plan.mounts == (b"in side",)
    assert set(space.entries(result.tree)) == {b"data", b"in side"}
    assert result.left_out.to_json()["mount"]["count"] == 1
