"""The driver `reflink` on XFS and btrfs: the contract of drivers, with real clones."""

from __future__ import annotations

import errno
import os
import random
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from dotscience_server.chunks import batch
from dotscience_server.snapshots import plain, reflink
from dotscience_server.snapshots.reflink import ReflinkDriver, why_not_reflink
from dotscience_server.snapshots.statcache import StatCache
from dotscience_server.store import ioctls
from dotscience_server.store.clones import Clones
from dotscience_server.store.failures import ChunksRefused, ObjectDamaged
from dotscience_server.store.objects import ObjectStore
from tests.chunks.engines import LocalEngine, chunked_driver
from tests.snapshots.driver_contract import DriverContract
from tests.snapshots.trees import describe
from tests.snapshots.workspaces import Workspace

from .disks import NOBODY, being, fresh_disk

MIB = 1 << 20
LEAST = 3 * MIB // 2
SIZE = 4 * MIB


def reflink_driver(root: Path, objects: ObjectStore, cache: StatCache) -> ReflinkDriver:
    if objects.engine is None:
        objects.engine = LocalEngine(root.parent / "store", root.parent / "cache")
    held = objects.hold(lambda _: None)
    assert held is not None
    return ReflinkDriver(objects, cache, "tested", held)


@pytest.fixture(scope="module", params=["btrfs", "xfs"])
def sharing_disk(request: pytest.FixtureRequest) -> Iterator[Path]:
    """XFS without the room beforehand that it takes back at any later moment, holes being a file's then."""
    with fresh_disk(request.param, "allocsize=4k" if request.param == "xfs" else "") as at:
        yield at


class OnDisk(DriverContract):
    make_driver = reflink_driver

    @pytest.fixture(autouse=True)
    def _on_the_disk(self, sharing_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(tempfile, "tempdir", str(sharing_disk))

    @pytest.fixture
    def space(self, sharing_disk: Path) -> Iterator[Workspace]:
        base = Path(tempfile.mkdtemp(dir=sharing_disk))
        space = Workspace(base, reflink_driver)
        yield space
        space.objects.close()
        shutil.rmtree(base)


@pytest.mark.slow
class TestReflink(OnDisk):
    objects_of_a_change = 2


@pytest.mark.slow
class TestAllCloned(OnDisk):
    """The smallest file is cloned too."""

    objects_of_a_change = 2

    @pytest.fixture(autouse=True)
    def _everything(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(reflink, "CLONED_LEAST", 0)


@pytest.fixture(autouse=True)
def _small_files_are_large(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """All sizes are a twelfth."""
    for module, name in (
        (reflink, "CLONED_LEAST"),
        (plain, "EARLIER_LEAST"),
        (batch, "DELTA_LEAST"),
    ):
        monkeypatch.setattr(module, name, LEAST)


@pytest.fixture
def space(sharing_disk: Path) -> Iterator[Workspace]:
    base = Path(tempfile.mkdtemp(dir=sharing_disk))
    space = Workspace(base)
    driver = reflink_driver(space.root, space.objects, space.cache)
    space._make_driver = lambda *_: driver
    yield space
    space.objects.close()
    shutil.rmtree(base)


def driver_of(space: Workspace) -> ReflinkDriver:
    found = space._make_driver(space.root, space.objects, space.cache)
    assert isinstance(found, ReflinkDriver)
    return found


def clones_of(space: Workspace) -> list[Path]:
    return sorted(path for path in (space.store / "held" / "clones").rglob("*") if path.is_file())


def large(size: int = SIZE, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def test_a_large_file_is_kept_once_and_comes_back(space: Workspace) -> None:
    content = large()
    path = space.file("model", content)
    path.chmod(0o640)
    result = space.freeze()
    assert (result.state, result.refused, result.unstable) == ("sealed", None, ())
    key = space.entries(result.tree)[b"model"].hash
    assert key is not None
    assert clones_of(space) == [space.store / "held" / "clones" / key[1:3] / key]
    assert not list((space.store / "chunks").rglob("xorbs/*/*"))
    assert _shared(clones_of(space)[0], path)
    path.write_bytes(b"gone")
    out = space.checkout(result.tree)
    assert (out.path / "model").read_bytes() == content
    assert (out.path / "model").stat().st_mode & 0o777 == 0o640
    with space.objects.open(key) as file:
        file.seek(2 * MIB)
        assert file.read(1000) == content[2 * MIB :][:1000]
    assert set(Clones(space.store / "held" / "clones").keys()) == {key}


def test_only_what_changed_is_read(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    path = space.file("model", large())
    first = space.freeze()
    with path.open("r+b") as file:
        os.pwrite(file.fileno(), b"changed", MIB)
        os.pwrite(file.fileno(), b"changed", 3 * MIB)
    read = _bytes_read(monkeypatch)
    second = space.freeze()
    assert 0 < sum(read) < MIB
    keys = [space.entries(one.tree)[b"model"].hash for one in (first, second)]
    assert len(set(keys)) == len(clones_of(space)) == 2
    for one, content in zip((first, second), (large(), path.read_bytes()), strict=True):
        assert (space.checkout(one.tree).path / "model").read_bytes() == content


def test_a_file_that_was_only_touched_is_not_read(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = space.file("model", large())
    first = space.freeze()
    os.utime(path)
    read = _bytes_read(monkeypatch)
    second = space.freeze()
    keys = {space.entries(one.tree)[b"model"].hash for one in (first, second)}
    assert len(keys) == 1
    assert sum(read) == 0
    assert len(clones_of(space)) == 1


def test_a_very_sparse_file_whose_holes_are_filled_comes_back(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the earlier version the data alone is stored: its chunks lie elsewhere than in the file."""
    monkeypatch.setattr(batch, "HOLES_MOST", 3 * MIB)
    path = space.file("sparse", large(16 * MIB))
    for start, length in ((MIB, MIB), (12 * MIB, 3 * MIB)):
        _punch(path, start, length)
    space.freeze()
    with path.open("r+b") as file:
        os.pwrite(file.fileno(), large(2 * MIB, 2), 12 * MIB)
    tree = space.freeze().tree
    assert (space.checkout(tree).path / "sparse").read_bytes() == path.read_bytes()


def test_equal_files_have_one_clone(space: Workspace) -> None:
    space.file("one", large())
    space.file("two", large())
    tree = space.freeze().tree
    assert len(clones_of(space)) == 1
    (space.root / "one").unlink()
    (space.root / "two").unlink()
    out = space.checkout(tree).path
    assert (out / "one").read_bytes() == (out / "two").read_bytes() == large()


def test_history_of_plain_stays_and_goes_on(space: Workspace) -> None:
    path = space.file("model", large())
    reflink_way = space._make_driver
    space._make_driver = chunked_driver
    before = space.freeze().tree
    assert clones_of(space) == []
    with path.open("r+b") as file:
        os.pwrite(file.fileno(), b"changed", 2 * MIB)
    changed = path.read_bytes()
    space._make_driver = reflink_way
    after = space.freeze().tree
    assert len(clones_of(space)) == 1
    space._make_driver = chunked_driver
    path.write_bytes(last := large(seed=2))
    plain_again = space.freeze().tree
    for tree, content in ((before, large()), (after, changed), (plain_again, last)):
        assert (space.checkout(tree).path / "model").read_bytes() == content


def test_holes_stay_holes(space: Workspace) -> None:
    path = space.root / "sparse"
    with path.open("wb") as file:
        for at in (0, 100 * MIB, 300 * MIB):
            os.pwrite(file.fileno(), large(MIB, at), at)
        file.truncate(400 * MIB)
    tree = space.freeze().tree
    before = describe(os.fsencode(space.root))[b"sparse"]
    assert len(clones_of(space)) == 1
    path.unlink()
    out = space.checkout(tree)
    assert describe(os.fsencode(out.path))[b"sparse"] == before
    assert (out.path / "sparse").stat().st_blocks * 512 < 8 * MIB


def test_a_damaged_clone_is_noticed(space: Workspace) -> None:
    space.file("model", large())
    tree = space.freeze().tree
    (clone,) = clones_of(space)
    clone.chmod(0o600)
    with clone.open("r+b") as file:
        os.pwrite(file.fileno(), b"\0" * 10, 3 * MIB)
    entry = space.entries(tree)[b"model"]
    assert entry.hash is not None
    with space.objects.open(entry.hash) as file:
        assert file.read(MIB) == large()[:MIB]
        file.seek(3 * MIB)
        with pytest.raises(ObjectDamaged):
            file.read(10)


def test_a_clone_that_was_removed_is_made_again(space: Workspace) -> None:
    path = space.file("model", large())
    space.freeze()
    clones_of(space)[0].unlink()
    assert not driver_of(space)._held.has("x" + "0" * 63 + "1")
    os.utime(path)
    space._make_driver = reflink_driver
    tree = space.freeze().tree
    path.unlink()
    assert (space.checkout(tree).path / "model").read_bytes() == large()


def test_g3_of_a_file_that_is_written_to_a_moment_is_kept(space: Workspace) -> None:
    """A writer of whole rounds: no clone may hold more than two rounds, the later one in front."""
    blocks, size = 1000, 4096
    path = space.file("busy", b"\0" * (blocks * size))
    stop = threading.Event()

    def write() -> None:
        number = 0
        with path.open("r+b", buffering=0) as file:
            while not stop.is_set():
                number += 1
                for block in range(blocks):
                    os.pwrite(file.fileno(), number.to_bytes(8, "little"), block * size)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        trees = [space.freeze().tree for _ in range(4)]
    finally:
        stop.set()
        thread.join()
    for tree in trees:
        data = (space.checkout(tree).path / "busy").read_bytes()
        rounds = [int.from_bytes(data[at * size : at * size + 8], "little") for at in range(blocks)]
        assert rounds == sorted(rounds, reverse=True)
        assert rounds[0] - rounds[-1] <= 1
    again = space.freeze()
    out = space.checkout(again.tree)
    assert describe(os.fsencode(out.path)) == describe(os.fsencode(space.root))


@pytest.mark.parametrize("refusal", [errno.ENOSPC, errno.EINVAL, errno.EOPNOTSUPP, errno.EXDEV])
def test_what_cannot_be_cloned_is_read(
    space: Workspace, refusal: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    space.file("small", b"1")
    space.file("one", large())
    space.file("two", large(seed=2))
    clone = ioctls.clone
    calls = []

    def refused(source: int, target: int) -> None:
        calls.append(source)
        if len(calls) == 1:
            raise OSError(refusal, os.strerror(refusal))
        clone(source, target)

    monkeypatch.setattr(ioctls, "clone", refused)
    driver = driver_of(space)
    result = space.freeze()
    assert driver.uncloned == {os.strerror(refusal): 1}
    assert len(clones_of(space)) == 1
    out = space.checkout(result.tree)
    assert describe(os.fsencode(out.path)) == describe(os.fsencode(space.root))


def test_where_the_engine_refuses_they_are_stored_whole(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    space.file("model", large())
    engine = space.objects.engine
    assert engine is not None

    def refuse(*_: object, **__: object) -> None:
        raise ChunksRefused("broken")

    monkeypatch.setattr(engine, "read", refuse)
    result = space.freeze()
    assert result.refused == "broken"
    assert clones_of(space) == []
    out = space.checkout(result.tree)
    assert describe(os.fsencode(out.path)) == describe(os.fsencode(space.root))


def test_extents_that_are_not_told_are_compared_by_reading(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = space.file("model", large())
    space.freeze()
    with path.open("r+b") as file:
        os.pwrite(file.fileno(), b"changed", MIB)
    monkeypatch.setattr(reflink, "changed_between", lambda *_: None)
    tree = space.freeze().tree
    assert (space.checkout(tree).path / "model").read_bytes() == path.read_bytes()


def test_clones_of_the_killed_are_cleared(space: Workspace) -> None:
    path = space.file("model", large())
    clones = Clones(space.store / "held" / "clones")
    with path.open("rb") as file:
        name = clones.take(file.fileno())
    space.freeze()
    assert len(clones_of(space)) == 2
    space.objects.clear_unfinished()
    assert [path.name for path in clones_of(space)] == list(clones.keys())
    assert not (clones.folder / name).exists()


def test_a_clone_that_nothing_needs_is_given_up(space: Workspace) -> None:
    path = space.file("model", large())
    first = space.entries(space.freeze().tree)[b"model"].hash
    path.write_bytes(large(seed=2))
    tree = space.freeze().tree
    second = space.entries(tree)[b"model"].hash
    clones = Clones(space.store / "held" / "clones")
    assert first is not None and second is not None
    assert list(clones.given_up({second}, before_ns=0)) == []
    assert list(clones.given_up({second}, before_ns=1 << 63)) == [first]
    assert not space.objects.has(first)
    assert (space.checkout(tree).path / "model").read_bytes() == large(seed=2)
    assert list(clones.given_up(set(), before_ns=1 << 63)) == [second]
    assert list(Clones(space.store / "nowhere").given_up(set(), 1 << 63)) == []


def test_a_user_can_clone(sharing_disk: Path) -> None:
    base = Path(tempfile.mkdtemp(dir=sharing_disk))
    os.chown(base, NOBODY, NOBODY)
    with being(NOBODY):
        space = Workspace(base, reflink_driver)
        space.file("model", large())
        assert why_not_reflink(space.root, space.store) is None
        tree = space.freeze().tree
        assert len(clones_of(space)) == 1
        assert (space.checkout(tree).path / "model").read_bytes() == large()
        space.objects.close()


def test_why_not(sharing_disk: Path, tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    (sharing_disk / "tmp").mkdir(exist_ok=True)
    assert why_not_reflink(sharing_disk, sharing_disk) is None
    assert "another file system" in str(why_not_reflink(sharing_disk, tmp_path))
    assert os.listdir(sharing_disk / "tmp") == []


def test_why_not_elsewhere() -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        assert why_not_reflink(Path(folder), Path(folder)) == "tmpfs has none"


def test_an_xfs_of_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.filesystems.disks._OPTIONS", {"xfs": ["-q", "-m", "reflink=0"]})
    with fresh_disk("xfs") as at:
        (at / "tmp").mkdir()
        assert why_not_reflink(at, at) == "xfs was made without them"


def test_subvolumes_of_one_btrfs_share(btrfs_disk: Path) -> None:
    fd = os.open(btrfs_disk, os.O_RDONLY)
    for name in (b"one", b"other"):
        ioctls.create_subvolume(fd, name)
    os.close(fd)
    (btrfs_disk / "other" / "tmp").mkdir()
    assert why_not_reflink(btrfs_disk / "one", btrfs_disk / "other") is None


@pytest.mark.fault
def test_a_full_disk_keeps_what_is_there() -> None:
    with fresh_disk("xfs", size=320 * MIB) as at:
        space = Workspace(at, reflink_driver)
        path = space.file("model", large(64 * MIB))
        first = space.freeze().tree
        with pytest.raises(OSError), (at / "filling").open("wb") as file:
            while True:
                file.write(bytes(MIB))
                file.flush()
        subprocess.run(["sync", "-f", at], check=True)
        with pytest.raises(OSError), path.open("r+b") as file:
            for number in range(64):
                os.pwrite(file.fileno(), bytes(MIB), number * MIB)
                os.fsync(file.fileno())
        (at / "filling").unlink()
        assert (space.checkout(first).path / "model").read_bytes() == large(64 * MIB)
        space.objects.close()


def _shared(one: Path, other: Path) -> bool:
    """Whether both lie at the same places of the disk."""
    with one.open("rb") as first, other.open("rb") as second:
        places = [list(ioctls.extents(file.fileno())) for file in (first, second)]
    return [extent[:3] for extent in places[0]] == [extent[:3] for extent in places[1]]


def _bytes_read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What the engine reads of files from now on, in bytes."""
    counts: list[int] = []
    pread, preadv = os.pread, os.preadv

    def counted(fd: int, length: int, offset: int) -> bytes:
        data = pread(fd, length, offset)
        counts.append(len(data))
        return data

    def counted_into(fd: int, buffers: list[memoryview], offset: int) -> int:
        count = preadv(fd, buffers, offset)
        counts.append(count)
        return count

    monkeypatch.setattr(os, "pread", counted)
    monkeypatch.setattr(os, "preadv", counted_into)
    return counts


def _punch(path: Path, start: int, length: int) -> None:
    hole = ["fallocate", "--punch-hole", "-o", str(start), "-l", str(length), str(path)]
    subprocess.run(hole, check=True, timeout=60)
