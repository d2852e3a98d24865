"""The stat cache: equality of the whole key, the racy rule, and that it is only a cache."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dotscience_server.snapshots.filesystem import COARSE_NS, kind_of, now_ns, racy_window_ns
from dotscience_server.snapshots.statcache import Known, StatCache
from dotscience_server.snapshots.walk import Status

HASH = "ab" * 32


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(b"content")
    return path


def open_cache(folder: Path, racy_ns: int = 0) -> StatCache:
    return StatCache(folder / "cache" / "stat.sqlite", folder, racy_ns)


def test_what_was_put_is_known_after_a_restart(tmp_path: Path, file: Path) -> None:
    cache = open_cache(tmp_path)
    cache.put(file.stat(), HASH, ((0, 3), (5, 2)), cache.moment() + 10**9)
    cache.save()
    known = open_cache(tmp_path).known(file.stat())
    assert known is not None
    assert (known.hash, known.ranges) == (HASH, ((0, 3), (5, 2)))


@pytest.mark.parametrize("change", ["content", "mtime", "ctime", "replaced"])
def test_any_difference_is_unknown(tmp_path: Path, file: Path, change: str) -> None:
    cache = open_cache(tmp_path)
    cache.put(file.stat(), HASH, None, cache.moment() + 10**9)
    status = file.stat()
    if change == "content":
        file.write_bytes(b"longer content")
    elif change == "mtime":
        os.utime(file, ns=(0, 0))
    elif change == "ctime":
        file.write_bytes(b"CONTENT")
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    else:
        file.rename(tmp_path / "old")
        file.write_bytes(b"content")
        os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert cache.known(file.stat()) is None


def test_big_device_and_inode_numbers_and_old_times(tmp_path: Path) -> None:
    cache = open_cache(tmp_path)
    status = Status(2**64 - 1, 0o100644, 5, -5, -(10**9), 1, 2**63)
    cache.put(status, HASH, None, 2 * 10**18)
    cache.save()
    assert open_cache(tmp_path).known(status) is not None


@given(read=st.integers(0, 10**10), ctime=st.integers(0, 10**10), mtime=st.integers(0, 2 * 10**10))
def test_racy_rule(read: int, ctime: int, mtime: int) -> None:
    cache = StatCache(Path("/nonexistent/stat.sqlite"), Path("/"), COARSE_NS)
    trusted = cache.trusts(Known(1, mtime, ctime, HASH, None, read))
    if trusted:
        assert ctime + COARSE_NS < read
        assert mtime + COARSE_NS < read or mtime > read + COARSE_NS
    elif ctime + COARSE_NS < read:
        assert abs(mtime - read) <= COARSE_NS


def test_a_row_made_right_after_the_change_is_suspected_only(tmp_path: Path, file: Path) -> None:
    cache = open_cache(tmp_path, COARSE_NS)
    cache.put(file.stat(), HASH, None, cache.moment())
    assert cache.known(file.stat()) is None
    assert cache.suspected(file.stat()) is not None
    cache.put(file.stat(), HASH, None, cache.moment() + 2 * COARSE_NS)
    assert cache.known(file.stat()) is not None


def test_what_was_read_while_a_long_write_may_have_gone_on_is_suspected_only() -> None:
    cache = StatCache(Path("/nonexistent/stat.sqlite"), Path("/"), 0)
    gigabyte, second = 10**9, 10**9
    for since, trusted in ((0, False), (second // 2, False), (2 * second, True)):
        assert cache.trusts(Known(gigabyte, 0, 0, HASH, None, since)) == trusted
    for since, trusted in ((0, False), (second // 10, False), (second, True)):
        assert cache.trusts(Known(20_000, 0, 0, HASH, None, since)) == trusted
    assert cache.trusts(Known(100 * gigabyte, 0, 0, HASH, None, 3 * second))


@pytest.mark.parametrize("spoil", ["text", "empty", "version", "row", "truncated", "folder"])
def test_a_damaged_cache_is_started_anew(tmp_path: Path, file: Path, spoil: str) -> None:
    cache = open_cache(tmp_path)
    cache.put(file.stat(), HASH, None, cache.moment() + 10**9)
    cache.save()
    path = tmp_path / "cache" / "stat.sqlite"
    if spoil == "text":
        path.write_bytes(b"not a database" * 1000)
    elif spoil == "empty":
        path.write_bytes(b"")
    elif spoil == "truncated":
        path.write_bytes(path.read_bytes()[:5000])
    elif spoil == "folder":
        path.unlink()
        path.mkdir()
    else:
        database = sqlite3.connect(path)
        with database:
            sql = "PRAGMA user_version = 9" if spoil == "version" else "UPDATE inode SET hash = 7"
            database.execute(sql)
        database.close()
    fresh = open_cache(tmp_path)
    assert fresh.known(file.stat()) is None
    fresh.put(file.stat(), HASH, None, cache.moment() + 10**9)
    fresh.save()
    assert fresh.known(file.stat()) is not None
    assert (open_cache(tmp_path).known(file.stat()) is None) == (spoil == "folder")


def test_many_rows_of_several_disks_and_all_kinds_of_content(tmp_path: Path) -> None:
    cache = open_cache(tmp_path)
    made = [
        Status(7 * n % 30_011, 0o100644, n, -n, n * n, 1, (2**63 + 5, 3, 1)[n % 3])
        for n in range(30_000)
    ]
    for n, status in enumerate(made):
        cache.put(
            status,
            HASH if n % 2 else "x" + HASH,
            ((n, 1),) if n % 50 == 0 else None,
            2 * 10**18 + n,
        )
    cache.save()
    for opened in (cache, open_cache(tmp_path)):
        for n, status in enumerate(made):
            known = opened.known(status)
            assert known is not None
            assert known.hash == (HASH if n % 2 else "x" + HASH)
            assert known.ranges == (((n, 1),) if n % 50 == 0 else None)
            assert known.read_ns == 2 * 10**18 + n
        assert opened.known(made[0]._replace(st_dev=4)) is None
        assert opened.known(made[0]._replace(st_ino=30_012)) is None


def test_rows_of_gone_files_are_forgotten_once_there_are_many(tmp_path: Path, file: Path) -> None:
    cache = open_cache(tmp_path)
    for number in range(10_002):
        status = os.stat_result((0o100644, number, 1, 1, 0, 0, 5, 0, 0, 0))
        cache.put(status, HASH, None, 2 * 10**18)
    kept = file.stat()
    cache.put(kept, HASH, None, 2 * 10**18)
    assert cache.is_crowded(2)
    assert not cache.is_crowded(3)
    cache.forget_unless({(kept.st_dev, kept.st_ino)})
    assert cache.known(kept) is not None
    assert cache.known(os.stat_result((0o100644, 1, 1, 1, 0, 0, 5, 0, 0, 0))) is None
    assert open_cache(tmp_path).known(kept) is not None


def test_the_clock_of_a_file_system(tmp_path: Path) -> None:
    (tmp_path / "ws").mkdir()
    assert racy_window_ns(tmp_path / "ws", tmp_path) in (0, COARSE_NS)
    assert racy_window_ns(Path("/proc"), tmp_path) == COARSE_NS
    assert racy_window_ns(tmp_path, tmp_path / "missing") == COARSE_NS
    assert now_ns(tmp_path) <= now_ns(tmp_path)
    assert list(tmp_path.iterdir()) == [tmp_path / "ws"]
    assert kind_of(tmp_path)
    assert kind_of(tmp_path / "missing") == "this file system"
