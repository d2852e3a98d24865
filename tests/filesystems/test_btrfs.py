"""The freezer of btrfs on a real one, as root and as a user."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from dotscience_server.snapshots import btrfs
from dotscience_server.snapshots.btrfs import BtrfsFreezer, btrfs_freezer, why_not_btrfs
from dotscience_server.snapshots.filesystem import kind_of
from dotscience_server.snapshots.folders import opened, remove_tree
from dotscience_server.snapshots.freezes import Freeze
from dotscience_server.snapshots.ignore import Ignore
from dotscience_server.snapshots.policy import Rules
from dotscience_server.snapshots.walk import walk
from dotscience_server.store import ioctls
from dotscience_server.store.failures import DiskFull, FreezeRefused, ObjectDamaged
from tests.snapshots.freezer_contract import FreezerContract

from .disks import NOBODY, being, fresh_disk, mounted

BELOW = "a/b c/ü"


class BtrfsGround:
    """`top` is a subvolume, the workspace somewhere in it, the store beside it."""

    def __init__(self, folder: Path, below: str = BELOW) -> None:
        self.top = _subvolume(folder, "work")
        self.workspace = self.top / below
        self.workspace.mkdir(parents=True, exist_ok=True)
        self.store = folder / "store"
        self.store.mkdir(mode=0o700)
        self._others = folder / "others"
        self._others.mkdir()
        self._again: list[object] = []

    def freezer(self) -> BtrfsFreezer:
        found = btrfs_freezer(self.workspace, self.store)
        assert found is not None
        return found

    def foreign(self) -> object:
        name = uuid4().hex
        _snapshot(self.top, self._others, name)
        return str(self._others / name)

    def foreigners(self) -> list[object]:
        others = [str(path) for path in self._others.iterdir()]
        return [*sorted(others), *(name for name in self._again if Path(str(name)).exists())]

    def destroy(self, freeze: Freeze) -> None:
        path = Path(freeze.name)
        with opened(path.parent) as folder, opened(path) as inside:
            ioctls.set_read_only(inside, False)
            remove_tree(folder, os.fsencode(path.name))

    def make_again(self, freeze: Freeze) -> None:
        path = Path(freeze.name)
        _snapshot(self.top, path.parent, path.name)
        self._again.append(freeze.name)


def _snapshot(source: Path, folder: Path, name: str) -> None:
    with opened(source) as top, opened(folder) as into:
        ioctls.snapshot(top, into, name.encode())


def _subvolume(folder: Path, name: str) -> Path:
    with opened(folder) as into:
        ioctls.create_subvolume(into, name.encode())
    return folder / name


def _home(disk: Path, user: int = 0) -> Path:
    home = disk / uuid4().hex
    home.mkdir()
    os.chown(home, user, user)
    return home


class TestAsRoot(FreezerContract):
    @pytest.fixture
    def ground(self, btrfs_disk: Path) -> BtrfsGround:
        return BtrfsGround(_home(btrfs_disk))


class TestAsUser(FreezerContract):
    """Who may take snapshots, but not destroy them."""

    @pytest.fixture
    def ground(self, btrfs_disk: Path) -> Iterator[BtrfsGround]:
        home = _home(btrfs_disk, NOBODY)
        with being(NOBODY):
            yield BtrfsGround(home, "")


@pytest.fixture
def ground(btrfs_disk: Path) -> BtrfsGround:
    return BtrfsGround(_home(btrfs_disk))


def test_the_store_may_lie_in_the_workspace(btrfs_disk: Path) -> None:
    work = _subvolume(_home(btrfs_disk), "work")
    store = work / ".dotscience"
    store.mkdir()
    freezer = btrfs_freezer(work, store)
    assert freezer is not None
    taken = []
    for number in range(3):
        (work / "data").write_bytes(b"%d" % number)
        taken.append(freezer.take(f"{number}"))
    assert (store / "freezes").stat().st_mode & 0o777 == 0o700
    for number, freeze in enumerate(taken):
        with freezer.view(freeze) as view:
            assert (view / "data").read_bytes() == b"%d" % number
            assert os.listdir(view / ".dotscience" / "freezes") == [f"{n}" for n in range(number)]
            with pytest.raises(OSError):
                (view / "data").write_bytes(b"x")


def test_the_workspace_moves_with_its_freezes(btrfs_disk: Path) -> None:
    top = _subvolume(_home(btrfs_disk), "work")
    store = top / "here" / ".dotscience"
    store.mkdir(parents=True)
    (top / "here" / "data").write_bytes(b"old")
    freezer = btrfs_freezer(top / "here", store)
    assert freezer is not None
    freeze = freezer.take("1")
    (top / "here").rename(top / "there")
    moved = btrfs_freezer(top / "there", top / "there" / ".dotscience")
    assert moved is not None
    with moved.view(freeze) as view:
        assert (view / "data").read_bytes() == b"old"
    moved.drop(freeze)
    assert moved.all() == []


def test_why_not(ground: BtrfsGround, tmp_path: Path) -> None:
    assert why_not_btrfs(ground.workspace, ground.store) is None
    assert why_not_btrfs(tmp_path, tmp_path) == "this is no btrfs"
    assert "another file system" in str(why_not_btrfs(ground.workspace, tmp_path))
    _snapshot(ground.top, ground.store, "only-read")
    assert "only be read" in str(why_not_btrfs(ground.store / "only-read", ground.store))
    with being(NOBODY):
        (tmp := ground.top / "tmp").exists()
        assert "somebody else" in str(why_not_btrfs(ground.top, ground.store.parent))
        assert btrfs_freezer(ground.top, ground.store.parent) is None
    odd = ground.top / os.fsdecode(b"\xff")
    odd.mkdir()
    assert "UTF-8" in str(why_not_btrfs(odd, ground.store))
    assert why_not_btrfs(tmp / "missing", ground.store) is not None


def test_the_calls_of_another_file_system_are_not_mistaken(xfs_disk: Path) -> None:
    (xfs_disk / "store").mkdir()
    assert why_not_btrfs(xfs_disk, xfs_disk / "store") == "this is no btrfs"


def test_subvolumes_inside_are_not_part_and_no_hindrance(btrfs_disk: Path) -> None:
    home = _home(btrfs_disk, NOBODY)
    with being(NOBODY):
        ground = BtrfsGround(home)
        (_subvolume(ground.workspace, "inner") / "data").write_bytes(b"1")
        freezer = ground.freezer()
        freeze = freezer.take("1")
        with freezer.view(freeze) as view:
            assert os.listdir(view / "inner") == []
            assert (view / "inner").stat().st_ino == 2
        freezer.drop(freeze)
        assert os.listdir(ground.store / "freezes") == []
        assert (ground.workspace / "inner" / "data").read_bytes() == b"1"


def test_where_the_disk_allows_it_a_user_destroys_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    with fresh_disk("btrfs", "user_subvol_rm_allowed") as at:
        home = _home(at, NOBODY)
        with being(NOBODY):
            ground = BtrfsGround(home)
            freezer = ground.freezer()
            freeze = freezer.take("1")
            monkeypatch.setattr(btrfs, "remove_tree", lambda *_: pytest.fail("file by file"))
            freezer.drop(freeze)
            assert freezer.all() == []


def test_what_a_user_cannot_empty_is_said_and_is_no_freeze_any_more(btrfs_disk: Path) -> None:
    home = _home(btrfs_disk, NOBODY)
    with being(NOBODY):
        ground = BtrfsGround(home)
    foreign = ground.workspace / "root's"
    foreign.mkdir()
    (foreign / "data").write_bytes(b"1")
    with being(NOBODY):
        freezer = ground.freezer()
        freeze = freezer.take("1")
        with pytest.raises(FreezeRefused) as refused:
            freezer.drop(freeze)
        assert refused.value.code == "freeze-not-permitted"
        assert not freezer.is_there(freeze)
        assert freezer.all() == []
        freezer.drop(freeze)
    left = list((ground.store / "freezes").iterdir())
    assert [path.name for path in left] == [f"gone-{freeze.guid}"]
    ground.freezer().drop(freeze)
    assert list((ground.store / "freezes").iterdir()) == [], "root empties what the user could not"


def test_what_was_being_emptied_is_gone_and_goes_on(
    btrfs_disk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = _home(btrfs_disk, NOBODY)
    with being(NOBODY):
        ground = BtrfsGround(home)
        (ground.workspace / "data").write_bytes(b"1")
        freezer = ground.freezer()
        first, second = freezer.take("1"), freezer.take("2")
        with monkeypatch.context() as patch:
            patch.setattr(btrfs, "remove_tree", _killed)
            with pytest.raises(KeyboardInterrupt):
                freezer.drop(first)
        later = ground.freezer()
        assert later.all() == [second]
        with pytest.raises(ObjectDamaged), later.view(first):
            raise AssertionError("it is gone")
        later.drop(second)
        assert os.listdir(ground.store / "freezes") == []


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_no_label_leaves_the_folder(ground: BtrfsGround) -> None:
    freezer = ground.freezer()
    for label in ("", "../1", "a/b", "x", "gone-1", "1" * 41, "1\n"):
        with pytest.raises(ValueError):
            freezer.take(label)
    freeze = freezer.take("1")
    for name in (str(ground.top), "/", "..", f"{ground.store}/freezes/.."):
        assert not freezer.is_there(Freeze("btrfs", name, freeze.guid))
        freezer.drop(Freeze("btrfs", name, freeze.guid))
    freezer.drop(Freeze("zfs", freeze.name, freeze.guid))
    assert freezer.all() == [freeze]


def test_what_is_no_subvolume_is_no_freeze(ground: BtrfsGround) -> None:
    freezer = ground.freezer()
    freeze = freezer.take("1")
    (ground.store / "freezes" / "2").mkdir()
    (ground.store / "freezes" / "3").write_bytes(b"")
    (ground.store / "freezes" / "4").symlink_to("1")
    assert freezer.all() == [freeze]
    assert not freezer.is_there(Freeze("btrfs", f"{ground.store}/freezes/4", freeze.guid))


def test_changes_are_told_of_blocks(ground: BtrfsGround) -> None:
    path = ground.workspace / "large"
    path.write_bytes(os.urandom(8 << 20))
    (ground.workspace / "link").symlink_to("/etc")
    freezer = ground.freezer()
    first = freezer.take("1")
    with path.open("r+b") as file:
        os.pwrite(file.fileno(), b"x", 5 << 20)
    second = freezer.take("2")
    assert freezer.changed(first, second) is None
    assert freezer.changed_in(b"large", first, second) == ((5 << 20, 4096),)
    assert freezer.changed_in(b"large", first, first) == ()
    for missing in (b"gone", b"link", b"link/passwd", b"large/x", b""):
        assert freezer.changed_in(missing, first, second) is None
    freezer.drop(first)
    assert freezer.changed_in(b"large", first, second) is None


@pytest.mark.fault
def test_g2_it_stands_after_the_machine_loses_power(tmp_path: Path) -> None:
    """What a disk holds right after `take` is mounted elsewhere."""
    with fresh_disk("btrfs") as at:
        ground = BtrfsGround(_home(at))
        content = os.urandom(3 << 20)
        (ground.workspace / "data").write_bytes(content)
        freeze = ground.freezer().take("1")
        image = tmp_path / "copy.img"
        shutil.copyfile(at.parent / "btrfs.img", image)
        way = os.path.relpath(freeze.name, at)
    (tmp_path / "again").mkdir()
    with mounted("btrfs", image, tmp_path / "again"):
        assert (tmp_path / "again" / way / BELOW / "data").read_bytes() == content


@pytest.mark.fault
def test_a_full_disk_is_said_and_what_was_taken_stays(tmp_path: Path) -> None:
    with fresh_disk("btrfs", size=120 << 20) as at:
        ground = BtrfsGround(_home(at))
        (ground.workspace / "data").write_bytes(b"old")
        freezer = ground.freezer()
        first = freezer.take("1")
        with pytest.raises(OSError), (ground.workspace / "filling").open("wb") as file:
            while True:
                file.write(os.urandom(1 << 20))
                file.flush()
        taken = [first]
        try:
            for number in range(2, 3000):
                (ground.workspace / f"{number}").write_bytes(b"x" * 100)
                taken.append(freezer.take(f"{number}"))
        except (DiskFull, OSError):
            pass
        assert freezer.all() == taken
        with freezer.view(first) as view:
            assert (view / "data").read_bytes() == b"old"
        for freeze in taken:
            freezer.drop(freeze)
        (ground.workspace / "filling").unlink()
        freezer.drop(freezer.take("1"))


def test_a_walk_of_a_view_takes_subvolumes_inside_for_mounts(ground: BtrfsGround) -> None:
    (ground.workspace / "data").write_bytes(b"1")
    _subvolume(ground.workspace, "inner")
    freezer = ground.freezer()
    live = walk(os.fsencode(ground.workspace), Ignore(), Rules(()), lambda: None)
    with freezer.view(freezer.take("1")) as view:
        frozen = walk(os.fsencode(view), Ignore(), Rules(()), lambda: None)
    assert live.mounts == frozen.mounts == [b"inner"]
    assert kind_of(view.parent) == kind_of(ground.workspace) == "btrfs"
