"""Files mapped to write: read again only where a store may have gone unseen."""

from __future__ import annotations

import mmap
import os
import time
from pathlib import Path

import pytest

from dotscience_server.snapshots import reading
from dotscience_server.snapshots.filesystem import kind_of
from dotscience_server.snapshots.mapped import synced, tells_stores, times_of
from tests.snapshots.running import Running, running

_ENOUGH_S = 10.0


def _trusted(space: Running, path: Path) -> bool:
    """Whether the next snapshot would leave the file unread, once its times are old enough to tell."""
    ctime_ns = path.stat().st_ctime_ns
    end = time.monotonic() + _ENOUGH_S
    while time.monotonic() < end:
        begun = time.time_ns()
        space.freeze()
        if space.cache.known(os.lstat(path)) is not None:
            return True
        if begun - ctime_ns > 10**9:  # long past every bound of the racy rule
            return False
    raise AssertionError("no snapshot long enough after the last store")


def test_one_that_nobody_stores_to_is_read_once(tmp_path: Path) -> None:
    with running(tmp_path, engine=False) as space:
        if not tells_stores(kind_of(space.root)):
            pytest.skip("this file system never tells")
        path = space.file("mapped", bytes(100_000))
        with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
            assert _trusted(space, path)
            memory[50_000] = 7
            assert space.content(space.freeze().tree, b"mapped")[50_000] == 7
            memory[50_000] = 8
            assert space.content(space.freeze().tree, b"mapped")[50_000] == 8
            assert _trusted(space, path)


@pytest.mark.parametrize("could_sync", [True, False])
def test_one_stored_to_before_it_is_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, could_sync: bool
) -> None:
    with running(tmp_path, engine=False) as space:
        path = space.file("mapped", bytes(100_000))
        with path.open("r+b") as file, mmap.mmap(file.fileno(), 0) as memory:

            def storing(name: bytes) -> object:
                times = synced(name) if could_sync else None
                if could_sync:
                    os.utime(name, ns=(0, 1))  # what a store to a clean page does
                return times

            monkeypatch.setattr(reading, "synced", storing)
            space.freeze()
            assert memory[0] == 0
        known = space.cache.last(os.lstat(path))
        assert known is not None
        assert not space.cache.trusts(known)
        assert known.read_ns == 0


def test_the_times_are_those_from_before(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x")
    assert synced(os.fsencode(path)) == times_of(os.lstat(path))
    assert synced(os.fsencode(tmp_path / "none")) is None
