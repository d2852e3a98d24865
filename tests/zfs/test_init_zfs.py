"""``ds init --zfs``: a workspace moves into a dataset of its own and back, killed at each step, refused where it must be."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dotscience_server.relocation.moving import Watch, move, plan_move, undo
from dotscience_server.relocation.tree_check import Difference, differences
from dotscience_server.relocation.tree_copy import copy_tree
from dotscience_server.zfs.command import Zfs
from dotscience_server.zfs.places import place_of
from tests.cli.conftest import enter, run_ds
from tests.running_workers import end_workers

from .pools import Pool, destroyed, zfs

slow = pytest.mark.slow
WITHIN_S = 60
STEPS = ("move-noted", "move-made", "move-copied", "move-checked", "move-aside", "move-mounted")


@pytest.fixture
def work(
    pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Path]:
    """A tracked workspace on the ordinary disk, with one of each kind of entry and a snapshot."""
    folder = enter(tmp_path, monkeypatch)
    monkeypatch.chdir(tmp_path)
    fill(folder)
    run_ds("-C", str(folder), "init", str(folder))
    run_ds("-C", str(folder), "policy", "--floor", "0")  # the pool is small
    run_ds("-C", str(folder), "snapshot", "-m", "before")
    yield folder
    end_workers(tmp_path)
    os.chdir("/")
    for name in datasets(pool):
        for snapshot in zfs("list", "-H", "-r", "-t", "snapshot", "-o", "name", name).split():
            zfs("release", "dotscience", snapshot, ok=False)
        destroyed(name, "-r")


def fill(folder: Path) -> None:
    """Links, hard links, holes, odd names, modes and times."""
    (folder / "deep/er").mkdir(parents=True)
    (folder / "deep/er/data.bin").write_bytes(os.urandom(300_000))
    os.link(folder / "deep/er/data.bin", folder / "again.bin")
    (folder / "empty").touch()
    (folder / "link").symlink_to("deep/er")
    (folder / "dangling").symlink_to("/nowhere")
    os.mkfifo(folder / "pipe")
    with (folder / "holes.bin").open("wb") as file:
        file.truncate(8 << 20)
        file.seek(4 << 20)
        file.write(b"in the middle")
    (Path(os.fsdecode(os.fsencode(folder) + b"/\xff\n name"))).write_text("odd")
    (folder / "script.sh").write_text("#!/bin/sh\n")
    (folder / "script.sh").chmod(0o751)
    os.utime(folder / "script.sh", (1_000_000_000, 1_000_000_000))
    os.utime(folder / "deep", (1_100_000_000, 1_100_000_000))


def datasets(pool: Pool) -> list[str]:
    return zfs("list", "-H", "-r", "-o", "name", pool.name).split("\n")[1:]


def tree(folder: Path) -> dict[str, object]:
    """What a user has there: everything but the store."""
    found: dict[str, object] = {}
    for at, names, files in os.walk(folder):
        if ".dotscience" in names:
            names.remove(".dotscience")
        for name in (*names, *files):
            path = Path(at, name)
            info = path.lstat()
            content: object = None
            if path.is_symlink():
                content = os.readlink(path)
            elif path.is_file():
                content = path.read_bytes()
            inside = os.fsdecode(os.path.relpath(path, folder))
            found[inside] = (oct(info.st_mode), int(info.st_mtime), content)
    return found


def is_in(pool: Pool, folder: Path) -> bool:
    place = place_of(folder)
    return place is not None and place.dataset.startswith(f"{pool.name}/ds-work-")


def ds_in(folder: Path, *arguments: str, code: int = 0) -> str:
    done = run_ds(*arguments, str(folder), code=code)
    return done.stdout + done.stderr


@slow
def test_a_workspace_moves_and_its_history_with_it(pool: Pool, work: Path) -> None:
    before = tree(work)
    told = ds_in(work, "init", "--zfs", pool.name)
    assert "every byte was compared" in told and "ds init --zfs-confirm" in told
    assert is_in(pool, work)
    assert tree(work) == before == tree(work.with_name("work.before-zfs"))
    assert (work / "holes.bin").stat().st_blocks * 512 < 2 << 20
    twins = (work / "again.bin").stat(), (work / "deep/er/data.bin").stat()
    assert twins[0].st_ino == twins[1].st_ino and twins[0].st_nlink == 2

    run_ds("-C", str(work), "snapshot", "-m", "after")
    run_ds("-C", str(work), "checkout", "last", "--into", str(work.parent / "out"))
    out = tree(work.parent / "out")
    assert out["deep/er/data.bin"] == before["deep/er/data.bin"]

    assert "already" in ds_in(work, "init", "--zfs", pool.name, code=1)
    assert "is removed" in ds_in(work, "init", "--zfs-confirm")
    assert not work.with_name("work.before-zfs").exists()
    assert "no move" in ds_in(work, "init", "--zfs-undo", code=1)
    assert tree(work).keys() >= before.keys()


@slow
def test_going_back_keeps_what_was_written_since(pool: Pool, work: Path) -> None:
    before = tree(work)
    ds_in(work, "init", "--zfs", pool.name)
    (work / "new").write_text("since")
    told = ds_in(work, "init", "--zfs-undo")
    assert "is the original again" in told and "mounted nowhere" in told
    assert tree(work) == before and not is_in(pool, work)
    (kept,) = datasets(pool)
    at = work.parent / "kept"
    zfs("set", f"mountpoint={at}", kept)
    zfs("mount", kept, ok=False)
    assert (at / "new").read_text() == "since"
    zfs("unmount", kept)
    run_ds("-C", str(work), "snapshot", "-m", "goes on")


@pytest.mark.fault
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("then", ["go on", "go back"])
def test_killed_at_each_step(
    pool: Pool, work: Path, step: str, then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = tree(work)
    killed_at(step, work, pool, monkeypatch)
    if then == "go back":
        ds_in(work, "init", "--zfs-undo")
        assert tree(work) == before and not is_in(pool, work)
        assert not list(work.parent.glob(".zfs-copy-*"))
        if STEPS.index(step) < STEPS.index("move-aside"):
            assert datasets(pool) == []
    else:
        ds_in(work, "init", "--zfs", pool.name)
        assert is_in(pool, work) and len(datasets(pool)) == 1
        assert tree(work) == before == tree(work.with_name("work.before-zfs"))
        ds_in(work, "init", "--zfs-confirm")
        assert tree(work) == before
    assert not work.with_name("work.before-zfs").exists()
    assert [path.name for path in work.parent.glob("work*")] == ["work"]
    run_ds("-C", str(work), "snapshot", "-m", "goes on")


@slow
def test_cancelled_it_says_how_to_go_on(
    pool: Pool, work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = killed_at("move-copied", work, pool, monkeypatch, signal.SIGINT)
    assert "it was cancelled" in told and f"'ds init --zfs {pool.name}' goes on" in told
    shown = run_ds("doctor", str(work), code=1).stdout
    assert "was interrupted" in shown and "--zfs-undo" in shown
    ds_in(work, "init", "--zfs-undo")
    assert datasets(pool) == [] and not is_in(pool, work)


def killed_at(
    step: str,
    work: Path,
    pool: Pool,
    monkeypatch: pytest.MonkeyPatch,
    number: int = signal.SIGKILL,
) -> str:
    """What it said."""
    reached = work.parent / "reached"
    monkeypatch.setenv("DOTSCIENCE_TEST_BARRIER", f"{step}:{reached}")
    command = [sys.executable, "-m", "dotscience_server", "init", "--zfs", pool.name, str(work)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as moving:
        deadline = time.monotonic() + WITHIN_S
        while not reached.exists():
            assert moving.poll() is None, moving.communicate()[0]
            assert time.monotonic() < deadline
            time.sleep(0.01)
        moving.send_signal(number)
        told = moving.communicate(timeout=WITHIN_S)[0].decode()
    monkeypatch.delenv("DOTSCIENCE_TEST_BARRIER")
    return told


@slow
def test_who_uses_the_workspace_is_named(pool: Pool, work: Path) -> None:
    held = (work / "empty").open("ab")
    try:
        other = subprocess.Popen(["sleep", "60"], stdin=held, cwd="/")
        told = ds_in(work, "init", "--zfs", pool.name, code=1)
    finally:
        held.close()
        other.kill()
        other.wait()
    assert f"sleep (pid {other.pid}) has {work}/empty open" in told
    assert datasets(pool) == [] and not is_in(pool, work)


@slow
def test_a_run_that_goes_on_is_not_interrupted(pool: Pool, work: Path) -> None:
    script = (
        "import dotscience as ds, sys; ds.start('x'); print('up', flush=True); sys.stdin.read()"
    )
    root = Path(__file__).resolve().parents[2]
    running = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=work,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    with running:
        assert running.stdout is not None and running.stdin is not None
        assert running.stdout.readline()
        told = ds_in(work, "init", "--zfs", pool.name, code=1)
        running.stdin.close()
    assert "goes on" in told or f"(pid {running.pid})" in told
    assert datasets(pool) == []


@slow
def test_refusals_change_nothing(pool: Pool, work: Path) -> None:
    before = tree(work)
    ds_in(work, "init", "--zfs", "-x", code=2)
    assert "is no name" in ds_in(work, "init", "--zfs", "a@b", code=1)
    ds_in(work, "init", "--zfs", "nopoolofthat/name", code=1)
    with (work / "large").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, 600 << 20)
    assert "free, the workspace needs" in ds_in(work, "init", "--zfs", pool.name, code=1)
    (work / "large").unlink()
    work.with_name("work.before-zfs").mkdir()
    assert "stands there already" in ds_in(work, "init", "--zfs", pool.name, code=1)
    work.with_name("work.before-zfs").rmdir()
    name, at = pool.dataset()
    assert "mount point" in ds_in(at, "init", "--zfs", pool.name, code=1)
    end_workers(at)
    destroyed(name, "-r")
    assert tree(work) == before and datasets(pool) == []


@slow
def test_a_git_worktree_is_refused(pool: Pool, work: Path) -> None:
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@y", "-C", str(work.parent / "repo")]
    subprocess.run(["git", "init", "-q", str(work.parent / "repo")], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "x"], check=True)
    tree_ = work.parent / "tree"
    subprocess.run([*git, "worktree", "add", "-q", str(tree_)], check=True, capture_output=True)
    assert "its store lies elsewhere" in ds_in(tree_, "init", "--zfs", pool.name, code=1)
    assert datasets(pool) == []


@slow
def test_an_original_that_was_written_to_is_not_removed(pool: Pool, work: Path) -> None:
    ds_in(work, "init", "--zfs", pool.name)
    (work.with_name("work.before-zfs") / "late").write_text("from an old terminal")
    told = ds_in(work, "init", "--zfs-confirm", code=1)
    assert "was written in" in told
    assert (work.with_name("work.before-zfs") / "late").exists()
    ds_in(work, "init", "--zfs-undo")
    assert (work / "late").read_text() == "from an old terminal"


def test_every_difference_is_found(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.mkdir()
    other.mkdir()
    fill(one)
    left, right = (os.open(folder, os.O_RDONLY) for folder in (one, other))
    try:
        copy_tree(left, right, nobody)
        assert list(differences(left, right, nobody)) == []
        with (other / "holes.bin").open("r+b") as file:
            times = os.fstat(file.fileno())
            file.seek(1000)
            file.write(b"x")
        os.utime(other / "holes.bin", ns=(times.st_atime_ns, times.st_mtime_ns))
        assert list(differences(left, right, nobody)) == [Difference(b"holes.bin", "bytes")]
        (other / "stray").touch()
        assert Difference(b"stray", "not in the original") in differences(left, right, nobody)
        (other / "stray").unlink()
        (other / "again.bin").unlink()
        assert Difference(b"again.bin", "missing") in differences(left, right, nobody)
    finally:
        os.close(left)
        os.close(right)


def nobody(_files: int, _bytes: int) -> None:
    """Nobody watches."""


@pytest.mark.openzfs
def test_attributes_and_owners_are_kept(pool: Pool, tmp_path: Path) -> None:
    found = Zfs.find()
    assert found is not None
    folder = tmp_path / "work"
    folder.mkdir()
    fill(folder)
    (folder / ".dotscience").mkdir()
    os.setxattr(folder / "empty", "user.note", b"kept")
    subprocess.run(["setfacl", "-m", "u:1001:rwx", folder / "script.sh"], check=True)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 1000, 1000, follow_symlinks=False)
    before = tree(folder)
    watch = Watch(lambda *_: None, nobody, lambda: None, lambda _step: None)
    moved = move(found, plan_move(found, folder, pool.name, "aaaa-bbbbbb")[0], watch)
    assert moved.without_attributes == () and tree(folder) == before
    assert os.getxattr(folder / "empty", "user.note") == b"kept"
    assert b"1001" in subprocess.run(["getfacl", folder / "script.sh"], capture_output=True).stdout
    assert (folder / "empty").stat().st_uid == folder.stat().st_uid == 1000
    assert (folder / "empty").stat().st_mtime_ns == Path(
        moved.note.aside, "empty"
    ).stat().st_mtime_ns
    assert undo(found, moved.note) and tree(folder) == before
    destroyed(moved.note.dataset)
