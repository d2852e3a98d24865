"""What goes wrong on pools, and the traps of ZFS: on zfs-fuse where it has them, on the kernel's ZFS all of them."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dotscience_server.store.failures import FreezeRefused
from dotscience_server.zfs.freezer import why_not_zfs, zfs_freezer
from dotscience_server.zfs.places import mounts_below, read_mounts
from tests.filesystems.disks import being
from tests.snapshots.freezer_contract import check_unchanged

from .pools import KERNEL, Pool, ZfsGround, fresh_pool, run, zfs, zfs_once_idle

pytestmark = [pytest.mark.slow, pytest.mark.any_zfs]
MIB = 1 << 20
LIMIT_S = 60


def refusal(call: object, *arguments: object) -> FreezeRefused:
    with pytest.raises(FreezeRefused) as caught:
        call(*arguments)  # type: ignore[operator]
    return caught.value


def eventually(ready: object) -> None:
    until = time.monotonic() + LIMIT_S
    while not ready():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.05)


def test_why_it_is_chosen_and_why_not(ground: ZfsGround, tmp_path: Path) -> None:
    assert why_not_zfs(ground.workspace, ground.store) is None
    assert ground.dataset in ground.freezer().reason
    assert zfs_freezer(tmp_path, ground.store) is None
    assert why_not_zfs(tmp_path, ground.store) == "the workspace lies in no ZFS dataset"
    assert "cannot be read" in (why_not_zfs(ground.workspace, tmp_path) or "")


def test_another_workspace_of_the_same_dataset_has_its_own(ground: ZfsGround, pool: Pool) -> None:
    other = ZfsGround(pool)
    other.workspace = ground.top / "other"
    other.workspace.mkdir()
    ours, theirs = ground.freezer().take("1"), other.freezer().take("2")
    assert ground.freezer().all() == [ours]
    assert other.freezer().all() == [theirs]
    assert theirs.below == "other"


def test_what_another_holds_is_not_dropped(ground: ZfsGround) -> None:
    freezer = ground.freezer()
    freeze = freezer.take("1")
    zfs("hold", "backup", freeze.name)
    failure = refusal(freezer.drop, freeze)
    assert failure.code == "zfs-held"
    assert freezer.all() == [freeze]
    assert zfs("get", "-H", "-o", "value", "userrefs", freeze.name) == "2"
    zfs("release", "backup", freeze.name)
    freezer.drop(freeze)
    assert freezer.all() == []


def test_the_newest_that_a_target_has_is_not_dropped(ground: ZfsGround) -> None:
    freezer = ground.freezer()
    freeze = freezer.take("1")
    zfs("hold", "ds:nas", freeze.name)
    failure = refusal(freezer.drop, freeze)
    assert failure.code == ("zfs-replicated" if KERNEL else "zfs-held")
    assert freezer.is_there(freeze)


def test_what_a_clone_needs_is_not_dropped(ground: ZfsGround) -> None:
    freezer = ground.freezer()
    freeze = freezer.take("1")
    clone = f"{ground.dataset}-clone"
    zfs("clone", freeze.name, clone)
    assert refusal(freezer.drop, freeze).code == "zfs-cloned"
    assert freezer.all() == [freeze]
    zfs_once_idle("destroy", clone)
    freezer.drop(freeze)


def test_a_view_keeps_its_freeze(ground: ZfsGround) -> None:
    freezer = ground.freezer()
    freeze = freezer.take("1")
    with freezer.view(freeze):
        assert refusal(freezer.drop, freeze).code in ("zfs-busy", "zfs-cloned")
        assert freezer.is_there(freeze)
    freezer.drop(freeze)


_VIEWER = """
import sys, time
from pathlib import Path
from dotscience_server.zfs.freezer import zfs_freezer
from dotscience_server.zfs import views
import contextlib
views._hidden_folder = lambda place, snapshot: contextlib.nullcontext(None)
freezer = zfs_freezer(Path(sys.argv[1]), Path(sys.argv[2]))
with freezer.view(freezer.all()[0]) as view:
    print((view / "data").read_text(), flush=True)
    time.sleep(600)
"""


def test_a_clone_that_a_killed_reader_left_goes(ground: ZfsGround) -> None:
    (ground.workspace / "data").write_text("frozen")
    freezer = ground.freezer()
    freeze = freezer.take("1")
    argv = [sys.executable, "-c", _VIEWER, str(ground.workspace), str(ground.store)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as viewer:
        assert viewer.stdout is not None
        assert viewer.stdout.readline() == "frozen\n"
        (point,) = [mount.point for mount in read_mounts() if b"/ds-view-" in mount.point]
        around = Path(os.fsdecode(point)).parent
        assert around.stat().st_mode & 0o077 == 0  # what is mounted has the dataset's own modes
        assert freezer.clean() == 0
        assert refusal(freezer.drop, freeze).code == "zfs-cloned"
        viewer.send_signal(signal.SIGKILL)
    assert "/ds-view-" in zfs("list", "-H", "-o", "name,mountpoint", "-r", ground.dataset)
    freezer.drop(freeze)
    assert zfs("list", "-H", "-o", "name", "-r", ground.dataset) == ground.dataset
    assert not [line for line in Path("/proc/mounts").read_text().splitlines() if "ds-view" in line]
    assert not around.exists()


def test_a_nested_dataset_is_another_file_system(ground: ZfsGround) -> None:
    zfs("create", "-o", f"mountpoint={ground.workspace}/inner", f"{ground.dataset}/inner")
    (ground.workspace / "inner" / "data").write_text("elsewhere")
    assert mounts_below(ground.workspace) == [b"inner"]
    freezer = ground.freezer()
    with freezer.view(freezer.take("1")) as view:
        assert list((view / "inner").iterdir()) == []


@contextlib.contextmanager
def full(pool: Pool, top: Path) -> Iterator[None]:
    with contextlib.suppress(OSError), (top / "filler").open("wb") as file:
        while True:
            file.write(os.urandom(MIB))
            file.flush()
            os.fsync(file.fileno())
    yield
    (top / "filler").unlink()


def test_a_full_pool() -> None:
    with fresh_pool(64 * MIB) as pool:
        ground = ZfsGround(pool)
        (ground.workspace / "data").write_bytes(b"kept")
        freezer = ground.freezer()
        first = freezer.take("1")
        with full(pool, ground.top):
            try:
                freezer.drop(freezer.take("2"))
            except FreezeRefused as failure:
                assert failure.code == "zfs-pool-full"
            assert freezer.all() == [first]
            with freezer.view(first) if KERNEL else contextlib.nullcontext(ground.workspace) as v:
                assert (v / "data").read_bytes() == b"kept"
        eventually(lambda: _taken(ground))


def _taken(ground: ZfsGround) -> bool:
    """Room comes back with the next transaction group."""
    try:
        return bool(ground.freezer().take("3"))
    except FreezeRefused as failure:
        assert failure.code == "zfs-pool-full"
        return False


def test_a_quota_that_is_used_up_stops_no_snapshot(pool: Pool) -> None:
    ground = ZfsGround(pool)
    freezer = ground.freezer()
    zfs("set", f"quota={8 * MIB}", ground.dataset)
    with contextlib.suppress(OSError), (ground.workspace / "filler").open("wb") as file:
        for _ in range(12):
            file.write(os.urandom(MIB))
            file.flush()
            os.fsync(file.fileno())
    try:
        freeze = freezer.take("1")
    except FreezeRefused as failure:
        assert failure.code in ("zfs-quota", "zfs-pool-full")
    else:
        assert freezer.all() == [freeze]
        freezer.drop(freeze)


def test_exactly_the_records_that_were_written_are_told(ground: ZfsGround) -> None:
    path = ground.workspace / "big"
    path.write_bytes(os.urandom(4 * MIB))
    freezer = ground.freezer()
    first = freezer.take("1")
    with path.open("r+b") as file:
        file.seek(MIB + 5)
        file.write(b"changed")
    second = freezer.take("2")
    record = 128 << 10
    told = freezer.changed_in(b"big", first, second)
    assert told is not None
    inside = [(offset, length) for offset, length in told if offset < 4 * MIB]
    # The block before the end stands for a file that may have grown.
    assert inside[0] == (MIB, record)
    assert [offset for offset, _ in inside[1:]] == [4 * MIB - record]
    assert freezer.changed_in(b"big", second, first) is None
    assert freezer.changed(second, second) == {}


def test_a_number_given_again_is_another_file(ground: ZfsGround) -> None:
    path = ground.workspace / "data"
    freezer = ground.freezer()
    for number in range(6):
        path.write_bytes(bytes([number]) * 300_000)
        os.truncate(path, 900_000)
        before, old = freezer.take(f"{number}-a"), path.read_bytes()
        inode = path.stat().st_ino
        path.unlink()
        path.write_bytes(b"another" * 10)
        os.truncate(path, 500_000)
        after = freezer.take(f"{number}-b")
        if path.stat().st_ino == inode:
            told = freezer.changed_in(b"data", before, after)
            assert told is not None
            check_unchanged(old, path.read_bytes(), told)


def test_a_renamed_dataset_keeps_its_freezes(ground: ZfsGround) -> None:
    (ground.workspace / "data").write_bytes(b"old")
    freeze = ground.freezer().take("1")
    below = ground.workspace.relative_to(ground.top)
    zfs_once_idle("rename", ground.dataset, f"{ground.dataset}-renamed")
    ground.workspace = Path(f"{ground.top}-renamed") / below
    freezer = ground.freezer()
    assert freezer.is_there(freeze)
    assert [one.guid for one in freezer.all()] == [freeze.guid]
    with freezer.view(freeze) as view:
        assert (view / "data").read_bytes() == b"old"
    freezer.drop(freeze)
    assert freezer.all() == []


@pytest.mark.openzfs
def test_dirty_is_told_after_a_sync(ground: ZfsGround) -> None:
    freezer = ground.freezer()
    freeze = freezer.take("1")
    assert freezer.datasets.dirty(freeze.name) is False
    (ground.workspace / "data").write_bytes(os.urandom(MIB))
    assert freezer.datasets.dirty(freeze.name) is True


@pytest.mark.openzfs
def test_a_bookmark_stays_when_its_snapshot_goes(ground: ZfsGround) -> None:
    freezer = ground.freezer()
    freeze = freezer.take("1")
    name = freezer.datasets.bookmark(freeze.name, "mark")
    assert freezer.datasets.bookmark(freeze.name, "mark") == name
    assert name is not None and freezer.datasets.guid(name) == freeze.guid
    freezer.drop(freeze)
    assert freezer.datasets.guid(name) == freeze.guid


@pytest.mark.openzfs
def test_guids_above_two_to_the_63_stay_whole(ground: ZfsGround) -> None:
    freezer = ground.freezer()
    taken = [freezer.take(f"{number}") for number in range(8)]
    listed = zfs("list", "-Hp", "-t", "snapshot", "-o", "guid", "-s", "createtxg", ground.dataset)
    assert [one.guid for one in taken] == listed.split()


@pytest.mark.openzfs
def test_values_with_tabs_and_newlines_break_no_list(ground: ZfsGround) -> None:
    freezer = ground.freezer()
    freeze = freezer.take("1")
    forged = f"x\n{ground.dataset}@ds-forged\tds:replica\t-"
    zfs("set", f"ds:replica={forged}\tmore", ground.foreign())  # type: ignore[arg-type]
    assert freezer.all() == [freeze]


@pytest.mark.openzfs
def test_without_rights_it_is_not_chosen_and_says_what_grants_them(pool: Pool) -> None:
    ground = ZfsGround(pool, user=1000)
    with being(1000):
        assert zfs_freezer(ground.workspace, ground.store) is None
        said = why_not_zfs(ground.workspace, ground.store) or ""
    assert "zfs allow -u tester snapshot,hold,release,userprop,destroy,mount" in said
    command = said.partition("'")[2].partition("'")[0].split()
    run(*command)
    with being(1000):
        assert why_not_zfs(ground.workspace, ground.store) is None


@pytest.mark.openzfs
def test_rights_that_are_withdrawn_are_told(pool: Pool) -> None:
    ground = ZfsGround(pool, user=1000)
    rights = "snapshot,hold,release,userprop,destroy,mount,send"
    zfs("allow", "-u", "tester", rights, ground.dataset)
    with being(1000):
        freezer = ground.freezer()
        freeze = freezer.take("1")
    zfs("unallow", "-u", "tester", rights, ground.dataset)
    with being(1000):
        assert refusal(freezer.take, "2").code == "zfs-permission"
        assert refusal(freezer.drop, freeze).code == "zfs-permission"
        assert freezer.is_there(freeze)
        other = freezer.changed(freeze, freeze)
        assert other == {}


@pytest.mark.openzfs
def test_where_the_top_of_the_dataset_is_hidden_a_clone_is_read(ground: ZfsGround) -> None:
    (ground.workspace / "data").write_text("frozen")
    freeze = ground.freezer().take("1")
    part = ground.pool.folder / "part"
    part.mkdir()
    script = (
        f"mount --bind {ground.top}/a {part} && umount -l {ground.top} &&"
        f" exec {sys.executable} -c '{_SEEN}' '{part}/b c/ü' {ground.store}"
    )
    done = run("unshare", "-m", "sh", "-c", script)
    assert done.stdout.split() == ["frozen", "/tmp/ds-view"]
    assert ground.freezer().is_there(freeze)


_SEEN = """
import sys
from pathlib import Path
from dotscience_server.zfs.freezer import zfs_freezer
freezer = zfs_freezer(Path(sys.argv[1]), Path(sys.argv[2]))
(freeze,) = freezer.all()
with freezer.view(freeze) as view:
    print((view / "data").read_text(), str(view)[:12])
"""


@pytest.mark.openzfs
def test_a_dataset_in_use_in_another_mount_namespace_is_busy(ground: ZfsGround) -> None:
    freezer = ground.freezer()
    freeze = freezer.take("1")
    hidden = ground.top / ".zfs/snapshot" / freeze.name.partition("@")[2]
    assert list(hidden.iterdir())
    keeper = subprocess.Popen(
        [
            "unshare",
            "-m",
            "--propagation",
            "private",
            "sh",
            "-c",
            f"cd {hidden}; echo; exec sleep 600",
        ],
        stdout=subprocess.PIPE,
    )
    try:
        assert keeper.stdout is not None
        keeper.stdout.readline()
        assert refusal(freezer.drop, freeze).code == "zfs-busy"
        assert freezer.all() == [freeze]
    finally:
        keeper.kill()
        keeper.communicate()
    freezer.drop(freeze)
    assert freezer.all() == []


@pytest.mark.openzfs
def test_an_encrypted_dataset_without_its_key(pool: Pool) -> None:
    name = f"{pool.name}/locked"
    key = pool.folder / "key"
    key.write_bytes(b"k" * 32)
    options = ("encryption=on", "keyformat=raw", f"keylocation=file://{key}")
    zfs("create", *(part for option in options for part in ("-o", option)), name)
    ground = ZfsGround(pool)
    ground.dataset, ground.top = name, pool.folder / "top" / "locked"
    ground.workspace = ground.top
    freezer = ground.freezer()
    (ground.workspace / "data").write_bytes(b"1" * 300_000)
    first = freezer.take("1")
    with (ground.workspace / "data").open("r+b") as file:
        file.write(b"2")
    second = freezer.take("2")
    told = freezer.changed_in(b"data", first, second)
    assert told is not None and told[0][0] == 0
    zfs("umount", name)
    zfs("unload-key", name)
    assert freezer.changed(first, second) is None or told
    zfs("load-key", name)
    zfs("mount", name)
    freezer.drop(first)
