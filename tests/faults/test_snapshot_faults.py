"""The list of faults that need no hub (rows 7 to 9, 12, 13): what is not as it was at one moment is named,
what changed is seen, whatever the times of files say (G3). With whole objects and with chunks.
"""

from __future__ import annotations

import mmap
import os
import resource
import shutil
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dotscience_server.snapshots import reading
from dotscience_server.snapshots.filesystem import kind_of
from dotscience_server.snapshots.mapped import tells_stores
from dotscience_server.snapshots.statcache import StatCache
from tests.snapshots.running import Running, running
from tests.snapshots.trees import describe

PROJECT = Path(__file__).parents[2]
DAY_NS = 86_400 * 10**9

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: mounts, changes owners")


@pytest.fixture(params=[False, True], ids=["objects", "chunks"])
def space(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Running]:
    with running(tmp_path, request.param) as made:
        yield made


# Row 7: files in motion.


@pytest.mark.fault
def test_a_storm_is_consistent_or_named(space: Running) -> None:
    for number in range(50):
        space.file(f"quiet/{number}", os.urandom(3000))
    quiet = describe(os.fsencode(space.root / "quiet"))
    storm = space.root / "storm"
    storm.mkdir()
    program = [sys.executable, "-m", "tests.faults.storm", str(storm)]
    with subprocess.Popen(program, cwd=PROJECT, stdin=subprocess.PIPE) as writer:
        assert writer.stdin is not None
        _until(lambda: len(os.listdir(storm)) > 3)
        for _ in range(6):
            _check_storm(space)
        writer.stdin.close()
        assert writer.wait(30) == 0
    result = space.freeze()
    assert (result.unstable, result.unreadable) == ((), ())
    space.check(result)
    assert describe(os.fsencode(space.root / "quiet")) == quiet


def _check_storm(space: Running) -> None:
    result = space.freeze()
    assert all(path.startswith(b"storm/") for path in result.unstable)
    entries = space.entries(result.tree)
    assert sum(path.startswith(b"quiet/") for path in entries) == 50
    for path, entry in entries.items():
        if path.startswith(b"storm/") and entry.kind == "f":
            content = space.content(result.tree, path)
            assert len(content) == entry.size
            if path not in result.unstable and b"/replaced" in path:
                assert content == content[:1] * len(content), path
            if path.startswith(b"storm/grows"):
                assert content == b"line\n" * (len(content) // 5) + b"line\n"[: len(content) % 5]


@pytest.mark.parametrize("what", ["grows", "is cut", "is replaced", "goes", "is renamed"])
def test_a_change_after_the_look_is_taken_or_named(space: Running, what: str) -> None:
    path = space.file("data", b"first" * 1000)
    plan = space.look()
    if what == "grows":
        path.write_bytes(b"second" * 2000)
    elif what == "is cut":
        path.write_bytes(b"")
    elif what == "is replaced":
        space.file("other", b"other").rename(path)
    elif what == "goes":
        path.unlink()
    else:
        path.rename(space.root / "renamed")
    result = space.freeze(plan)
    if path.exists():
        assert result.unstable == ()
        assert space.content(result.tree, b"data") == path.read_bytes()
    else:
        assert result.unstable == (b"data",)
        assert b"data" not in space.entries(result.tree)
    again = space.freeze()
    assert again.unstable == ()
    space.check(again)


def test_a_file_that_never_rests_is_kept_as_read(
    space: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "WAITS_S", (0.0, 0.0))
    path = space.file("moves", b"x" * 1_000_000)
    space.file("rests", b"y")
    stop = threading.Event()

    def move() -> None:
        with path.open("r+b", buffering=0) as file:
            while not stop.is_set():
                os.pwrite(file.fileno(), b"z", 5)

    thread = threading.Thread(target=move)
    thread.start()
    try:
        found = [space.freeze() for _ in range(5)]
    finally:
        stop.set()
        thread.join()
    for result in found:
        assert result.unstable in ((), (b"moves",))
        assert len(space.content(result.tree, b"moves")) == 1_000_000
    assert space.freeze().unstable == ()


# Row 7, mapped memory: the first store to a clean page tells, the next ones do not.


def test_stores_to_mapped_memory_are_seen(space: Running) -> None:
    if not tells_stores(kind_of(space.root)):
        pytest.skip("this file system never tells")
    path = space.file("mapped", bytes(100_000))
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
        for number in range(1, 6):
            memory[50_000] = number
            tree = space.freeze().tree
            assert space.content(tree, b"mapped")[50_000] == number


@pytest.mark.fault
@needs_root
def test_stores_to_mapped_memory_are_seen_on_tmpfs(tmp_path: Path) -> None:
    command = ["unshare", "-m", sys.executable, "-m", "tests.faults.mapped_on_tmpfs", str(tmp_path)]
    subprocess.run(command, cwd=PROJECT, check=True, timeout=120)


# Row 8: the same size, the time of modification restored.


def _touch(path: Path, old: Path) -> None:
    path.write_bytes(b"new!")
    subprocess.run(["touch", "-r", str(old), str(path)], check=True)


def _copy(path: Path, old: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"new!")
    subprocess.run(["touch", "-r", str(old), str(other)], check=True)
    subprocess.run(["cp", "-p", str(other), str(path)], check=True)
    other.unlink()


def _rsync(path: Path, old: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"new!")
    subprocess.run(["touch", "-r", str(old), str(other)], check=True)
    subprocess.run(
        ["rsync", "-t", "--inplace", "--ignore-times", str(other), str(path)], check=True
    )
    other.unlink()


def _move(path: Path, old: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(b"new!")
    subprocess.run(["touch", "-r", str(old), str(other)], check=True)
    other.rename(path)


@pytest.mark.parametrize("rewrite", [_touch, _copy, _rsync, _move])
def test_a_rewrite_that_keeps_size_and_time_is_seen(
    space: Running, tmp_path: Path, rewrite: Callable[[Path, Path], None]
) -> None:
    if rewrite is _rsync and shutil.which("rsync") is None:
        pytest.skip("needs rsync")
    path = space.file("data", b"old!")
    old = tmp_path / "reference"
    shutil.copy2(path, old)
    before = path.stat()
    assert space.content(space.freeze().tree, b"data") == b"old!"
    rewrite(path, old)
    after = path.stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert space.content(space.freeze().tree, b"data") == b"new!"


# Row 9: clocks that jump by a day, or by the hour of summer time, in both directions.


@pytest.mark.parametrize("jumps", [(1, -2, 1), (-1, 2, -1), (1 / 24, -1 / 24, 1 / 24)])
def test_no_change_is_missed_when_the_clock_jumps(
    space: Running, monkeypatch: pytest.MonkeyPatch, jumps: tuple[float, ...]
) -> None:
    real_ns, real_moment = time.time_ns, StatCache.moment
    offset = 0
    monkeypatch.setattr(reading.time, "time_ns", lambda: real_ns() + offset)
    monkeypatch.setattr(StatCache, "moment", lambda cache: real_moment(cache) + offset)
    path, still = space.file("data", b"0"), space.file("still.ipynb", b"{}")
    for number, jump in enumerate(jumps, 1):
        offset += int(jump * DAY_NS)
        path.write_bytes(b"%d" % number)
        os.utime(path, ns=(real_ns() + offset, real_ns() + offset))
        os.utime(still, ns=(real_ns() + offset, real_ns() + offset))
        result = space.freeze()
        assert (result.unstable, result.half_written) == ((), ())
        assert space.content(result.tree, b"data") == b"%d" % number
        space.check(result)
        assert space.freeze().tree == result.tree


# Row 12: what is no plain file, and what is not kept of a file.


def test_pipes_sockets_and_devices_are_counted_never_opened(space: Running) -> None:
    space.file("plain", b"1")
    os.mkfifo(space.root / "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(os.path.relpath(space.root / "socket"))
        plan = space.look()
        made = 2
        if os.geteuid() == 0:
            os.mknod(space.root / "zero", 0o600 | stat.S_IFCHR, os.makedev(1, 5))
            plan = space.look()
            made = 3
        assert plan.special == made
        result = space.freeze(plan)
    assert set(space.entries(result.tree)) == {b"plain"}
    assert os.listdir(space.checkout(result.tree).path) == ["plain"]


def test_a_pipe_put_in_a_files_place_does_not_stop_the_snapshot(space: Running) -> None:
    path = space.file("data", b"1")
    plan = space.look()
    path.unlink()
    os.mkfifo(path)
    result = space.freeze(plan)
    assert result.unstable == (b"data",)
    assert space.entries(result.tree) == {}


def test_set_user_id_and_sticky_bits_come_back(space: Running) -> None:
    space.file("tool", b"#!/bin/sh\n").chmod(0o4755)
    space.file("shared/file", b"").chmod(0o2644)
    (space.root / "shared").chmod(0o1777)
    space.check(space.freeze())


@needs_root
def test_another_owner_is_no_other_content(space: Running) -> None:
    path = space.file("data", b"1")
    first = space.freeze()
    os.chown(path, 12345, 12345)
    second = space.freeze()
    before, after = (space.entries(one.tree)[b"data"] for one in (first, second))
    assert (after, second.unstable) == (before._replace(left_out=("owner",)), ())
    assert second.left_out.to_json() == {"owner": {"count": 1, "paths": ["data"]}}
    assert (space.checkout(second.tree).path / "data").stat().st_uid == os.geteuid()


def test_extended_attributes_are_not_kept_and_do_no_harm(space: Running) -> None:
    path = space.file("data", b"1")
    try:
        os.setxattr(path, "user.note", b"mine")
    except OSError:
        pytest.skip("this file system has no attributes")
    result = space.freeze()
    space.check(result)
    assert result.left_out.to_json() == {"xattr": {"count": 1, "paths": ["data"]}}
    assert os.listxattr(space.checkout(result.tree).path / "data") == []
    assert os.getxattr(path, "user.note") == b"mine"


# Row 13: extremes.


def test_an_empty_tree_and_an_empty_file(space: Running) -> None:
    empty = space.freeze()
    assert (empty.files, space.entries(empty.tree)) == (0, {})
    space.check(empty)
    space.file("nothing", b"")
    space.check(space.freeze())


def test_forty_folders_deep(space: Running) -> None:
    deep = "/".join(f"level-{number}" for number in range(40))
    space.file(f"{deep}/file", b"down here")
    result = space.freeze()
    assert space.content(result.tree, f"{deep}/file".encode()) == b"down here"
    space.check(result)


def test_a_sparse_file_of_a_terabyte(space: Running) -> None:
    # An object's name is the hash of all its zeros: 1 TiB would take minutes without chunks.
    size = 1 << 40 if space.objects.engine is not None else 1 << 26
    path = space.root / "sparse"
    with path.open("wb") as file:
        file.truncate(size)
        os.pwrite(file.fileno(), b"island", size // 2)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = space.freeze()
    assert result.unstable == ()
    entry = space.entries(result.tree)[b"sparse"]
    assert entry.size == size
    assert entry.ranges is not None
    assert sum(length for _, length in entry.ranges) <= 1 << 20
    assert entry.hash is not None
    with space.objects.open(entry.hash, entry.ranges, entry.size) as content:
        content.seek(size // 2)
        assert content.read(10) == b"island\0\0\0\0"
    assert result.bytes_new < 1 << 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


@pytest.mark.slow
def test_a_hundred_thousand_files_in_one_folder(space: Running) -> None:
    (space.root / "all").mkdir()
    for number in range(100_000):
        with open(space.root / "all" / f"f{number}", "wb") as file:
            file.write(b"%d" % (number % 50))
    first = space.freeze()
    assert first.files == 100_000
    space.file("all/f77777", b"changed")
    second = space.freeze()
    assert space.content(second.tree, b"all/f77777") == b"changed"
    before = {path: entry for path, entry in space.entries(first.tree).items() if entry.kind == "f"}
    after = space.entries(second.tree)
    assert [path for path in before if after[path] != before[path]] == [b"all/f77777"]


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
