"""The calls that share blocks, against the kernel."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

import pytest

from dotscience_server.store import ioctls
from dotscience_server.store.ioctls import Extent

from .disks import NOBODY, being

# As linux/fs.h, linux/fiemap.h and linux/btrfs.h have them.
NUMBERS = {
    "FICLONE": 0x40049409,
    "FICLONERANGE": 0x4020940D,
    "FIEMAP": 0xC020660B,
    "BTRFS_SYNC": 0x9408,
    "BTRFS_SNAPSHOT": 0x50009417,
    "BTRFS_CREATE": 0x50009418,
    "BTRFS_GET_FLAGS": 0x80089419,
    "BTRFS_SET_FLAGS": 0x4008941A,
    "BTRFS_FILE_SYSTEM": 0x8400941F,
    "BTRFS_SUBVOLUME": 0x81F8943C,
    "BTRFS_DESTROY": 0x5000943F,
}


@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_are_those_of_the_kernels_headers(name: str) -> None:
    assert getattr(ioctls, name) == NUMBERS[name]


def test_elsewhere_each_call_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ioctls, "SUPPORTED", False)
    fd = os.open(tmp_path, os.O_RDONLY)
    with pytest.raises(OSError) as refused:
        ioctls.btrfs_id(fd)
    os.close(fd)
    assert refused.value.errno == errno.ENOTTY


def test_a_clone_has_the_bytes_and_goes_its_own_way(sharing_disk: Path) -> None:
    one, other = sharing_disk / "one", sharing_disk / "other"
    one.write_bytes(content := os.urandom(300_001))
    with one.open("r+b") as source, other.open("xb") as target:
        ioctls.clone(source.fileno(), target.fileno())
        source.write(b"changed")
    assert other.read_bytes() == content
    assert one.read_bytes() == b"changed" + content[7:]


def test_a_range_is_cloned(sharing_disk: Path) -> None:
    one, other = sharing_disk / "ranges", sharing_disk / "ranged"
    one.write_bytes(content := os.urandom(1 << 20))
    with one.open("rb") as source, other.open("xb") as target:
        ioctls.clone_range(source.fileno(), 65536, 131072, target.fileno(), 4096)
    assert other.read_bytes() == bytes(4096) + content[65536 : 65536 + 131072]


def test_extents_are_told_in_pages(sharing_disk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sharing_disk / "holes"
    with path.open("xb") as file:
        for number in range(50):
            os.pwrite(file.fileno(), b"x" * 4096, number * 65536)
        file.truncate(50 * 65536)
    with path.open("rb") as file:
        whole = list(ioctls.extents(file.fileno()))
        monkeypatch.setattr(ioctls, "_PAGE", 7)
        assert list(ioctls.extents(file.fileno())) == whole
    told = {one.offset for one in whole if one.told}
    assert told >= {number * 65536 for number in range(50)}


def test_preallocated_room_tells_nothing(sharing_disk: Path) -> None:
    path = sharing_disk / "room"
    with path.open("xb") as file:
        os.posix_fallocate(file.fileno(), 0, 1 << 20)
        found = list(ioctls.extents(file.fileno()))
    assert found and not any(one.told for one in found)


def test_small_files_and_packed_ones_of_btrfs_tell_nothing(btrfs_disk: Path) -> None:
    (btrfs_disk / "small").write_bytes(b"inline")
    assert [one.told for one in _extents(btrfs_disk / "small")] == [False]
    packed = btrfs_disk / "packed"
    packed.touch()
    subprocess.run(["chattr", "+c", packed], check=True)
    packed.write_bytes(b"again and again " * 40_000)
    assert not any(one.told for one in _extents(packed))


def test_an_empty_file_has_no_extents(sharing_disk: Path) -> None:
    (sharing_disk / "empty").touch()
    assert _extents(sharing_disk / "empty") == []


def test_subvolumes_snapshots_and_their_end(btrfs_disk: Path) -> None:
    folder = os.open(btrfs_disk, os.O_RDONLY)
    ioctls.create_subvolume(folder, b"made")
    (btrfs_disk / "made" / "file").write_bytes(b"1")
    made = os.open(btrfs_disk / "made", os.O_RDONLY)
    first = ioctls.subvolume(made)
    assert (first.read_only, first.parent) == (False, bytes(16))
    ioctls.snapshot(made, folder, b"frozen")
    frozen = os.open(btrfs_disk / "frozen", os.O_RDONLY)
    told = ioctls.subvolume(frozen)
    assert (told.read_only, told.parent) == (True, first.uuid)
    assert told.made >= first.made and told.uuid != first.uuid and told.top != first.top
    assert ioctls.btrfs_id(frozen) == ioctls.btrfs_id(folder)
    with pytest.raises(OSError) as refused:
        (btrfs_disk / "frozen" / "file").write_bytes(b"2")
    assert refused.value.errno == errno.EROFS
    ioctls.set_read_only(frozen, False)
    (btrfs_disk / "frozen" / "file").write_bytes(b"2")
    assert not ioctls.subvolume(frozen).read_only
    ioctls.sync_btrfs(folder)
    for fd in (made, frozen):
        os.close(fd)
    for name in (b"made", b"frozen"):
        ioctls.destroy_subvolume(folder, name)
    os.close(folder)
    assert not {"made", "frozen"} & set(os.listdir(btrfs_disk))


def test_users_may_freeze_but_not_destroy(btrfs_disk: Path) -> None:
    home = btrfs_disk / "home"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    with being(NOBODY):
        folder = os.open(home, os.O_RDONLY)
        ioctls.create_subvolume(folder, b"work")
        work = os.open(home / "work", os.O_RDONLY)
        ioctls.snapshot(work, folder, b"frozen")
        assert ioctls.subvolume(work).parent == bytes(16)
        with pytest.raises(PermissionError):
            ioctls.destroy_subvolume(folder, b"frozen")
    os.close(folder)
    os.close(work)


def _extents(path: Path) -> list[Extent]:
    with path.open("rb") as file:
        return list(ioctls.extents(file.fileno()))
