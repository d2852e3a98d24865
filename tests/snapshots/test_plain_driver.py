"""The driver `plain`: the contract, and what only it has to face: files in motion."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dotscience_server.snapshots import reading
from dotscience_server.snapshots.driver import choose_driver
from dotscience_server.snapshots.filesystem import COARSE_NS
from dotscience_server.snapshots.statcache import StatCache
from tests.chunks.engines import chunked_driver

from .driver_contract import DriverContract
from .workspaces import Workspace


class TestWholeFiles(DriverContract):
    make_driver = staticmethod(choose_driver)
    objects_of_a_change = 3


class TestChunks(DriverContract):
    make_driver = staticmethod(chunked_driver)


@pytest.fixture(params=[choose_driver, chunked_driver], ids=["whole", "chunks"])
def space(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Workspace]:
    space = Workspace(tmp_path, request.param)
    yield space
    space.objects.close()


@pytest.fixture
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "WAITS_S", (0, 0))


class MovingFile:
    """Changes a file each time some of it has been read, so many times."""

    def __init__(self, path: Path, times: int) -> None:
        self.path = path
        self.left = times

    def __call__(self, _count: int) -> None:
        if self.left:
            self.left -= 1
            with self.path.open("ab") as file:
                file.write(b"more")


def test_names_itself_and_says_why(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    driver = choose_driver(space.root, space.objects, space.cache)
    assert driver.name == "plain"
    assert "copied whole" in driver.reason
    driver = chunked_driver(space.root, space.objects, space.cache)
    assert "chunks" in driver.reason
    space.objects.close()


@pytest.mark.parametrize("size", [10, 3_000_000])
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.usefixtures("no_waits")
def test_a_file_in_motion_is_read_again(
    space: Workspace, monkeypatch: pytest.MonkeyPatch, size: int, times: int
) -> None:
    path = space.file("log", b"x" * size)
    moving = MovingFile(path, times)
    monkeypatch.setattr(reading.Reader, "_tick", moving)
    result = space.freeze()
    assert moving.left == 0
    assert result.unstable == ()
    assert (space.checkout(result.tree).path / "log").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("size", [10, 3_000_000])
@pytest.mark.usefixtures("no_waits")
def test_g3_a_file_that_never_rests_is_kept_as_read_and_named(
    space: Workspace, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(reading.Reader, "_tick", MovingFile(space.file("log", b"x" * size), -1))
    result = space.freeze()
    entry = space.entries(result.tree)[b"log"]
    assert result.unstable == (b"log",)
    assert entry.unstable
    assert entry.hash is not None
    assert entry.size == space.objects.size(entry.hash)
    monkeypatch.undo()
    assert space.freeze().unstable == ()


@pytest.mark.usefixtures("no_waits")
def test_a_half_written_notebook_is_waited_for(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = space.file("n.ipynb", b'{"cells": [')

    def finish(_reader: reading.Reader, _seconds: float) -> None:
        path.write_bytes(b'{"cells": []}')

    monkeypatch.setattr(reading.Reader, "_pause", finish)
    result = space.freeze()
    assert result.half_written == ()
    assert (space.checkout(result.tree).path / "n.ipynb").read_bytes() == b'{"cells": []}'


@pytest.mark.parametrize("content", [b"", b'{"cells": [', b"<<<<<<< HEAD\n", b"\xff", b"[" * 10**5])
@pytest.mark.usefixtures("no_waits")
def test_a_notebook_that_stays_no_json_is_kept_and_named(space: Workspace, content: bytes) -> None:
    space.file("n.ipynb", content)
    result = space.freeze()
    assert result.half_written == (b"n.ipynb",)
    assert (space.checkout(result.tree).path / "n.ipynb").read_bytes() == content


def test_an_old_broken_notebook_is_not_waited_for(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = space.file("n.ipynb", b"merge markers")
    os.utime(path, ns=(10**18, 10**18))
    monkeypatch.setattr(reading.Reader, "_pause", lambda *_: pytest.fail("it waited"))
    assert space.freeze().half_written == (b"n.ipynb",)


def test_a_racy_change_that_left_all_times_the_same_is_caught(space: Workspace) -> None:
    """As on a coarse clock: the cache's key fits, but was made within the tick of the change."""
    path = space.file("data", b"old" * 10**6)
    space.cache = StatCache(space.base / "coarse.sqlite", space.store / "tmp", COARSE_NS)
    old = space.freeze()
    path.write_bytes(b"new" * 10**6)
    status = path.stat()
    old_hash = space.entries(old.tree)[b"data"].hash
    assert old_hash is not None
    space.cache.put(status, old_hash, None, status.st_ctime_ns)
    tree = space.freeze().tree
    assert (space.checkout(tree).path / "data").read_bytes() == b"new" * 10**6


def test_a_suspect_that_did_not_change_is_not_copied_again(space: Workspace) -> None:
    space.file("data", b"same" * 10**6)
    space.cache = StatCache(space.base / "coarse.sqlite", space.store / "tmp", COARSE_NS)
    first = space.freeze()
    second = space.freeze()
    assert (second.tree, second.bytes_new) == (first.tree, 0)


def test_equal_files_are_stored_once(space: Workspace) -> None:
    data = os.urandom(1_000_000)
    for number in range(3):
        space.file(f"copy{number}", data)
    result = space.freeze()
    assert 1_000_000 <= result.bytes_new < 1_100_000


def test_hard_links_of_which_one_lies_outside_are_plain_files(space: Workspace) -> None:
    path = space.file("data", b"x")
    os.link(path, space.base / "outside")
    assert space.entries(space.freeze().tree)[b"data"].link is None


def test_sparse_files_take_little_room(space: Workspace) -> None:
    path = space.file("sparse", b"")
    os.truncate(path, 100 << 20)
    result = space.freeze()
    assert result.bytes_new < 200_000
    out = space.checkout(result.tree).path / "sparse"
    assert (out.stat().st_size, out.stat().st_blocks) == (100 << 20, 0)
