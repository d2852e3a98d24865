"""What a snapshot leaves out is counted and named; known on after a restart without reading."""

from __future__ import annotations

import os
import sqlite3
import struct
from pathlib import Path
from typing import Any

import pytest

from dotscience_server.snapshots.left_out import sentence
from dotscience_server.store.attributes import OF_FILES, kinds_of, left_out_of, number_of

from .workspaces import Workspace

ACL = struct.pack("<I", 2) + b"".join(
    struct.pack("<HHI", tag, 4, uid)
    for tag, uid in ((1, 2**32 - 1), (2, 12345), (4, 2**32 - 1), (16, 2**32 - 1), (32, 2**32 - 1))
)


def marked(space: Workspace) -> None:
    """A file with an attribute, one with an access control list, one with neither, a pipe."""
    space.file("plain", b"1")
    try:
        os.setxattr(space.file("noted", b"2"), "user.note", b"mine")
        os.setxattr(space.file("listed", b"3"), "system.posix_acl_access", ACL)
    except OSError:
        pytest.skip("this file system has no attributes")
    os.mkfifo(space.root / "pipe")


EXPECTED: dict[str, Any] = {
    "xattr": {"count": 1, "paths": ["noted"]},
    "acl": {"count": 1, "paths": ["listed"]},
    "special": {"count": 1, "paths": ["pipe"]},
}


def test_what_is_left_out_is_told_and_stands_in_the_manifest(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    marked(space)
    result = space.freeze()
    assert result.left_out.to_json() == EXPECTED
    entries = {one.path: one.left_out for one in space.entries(result.tree).values()}
    assert entries == {b"plain": (), b"noted": ("xattr",), b"listed": ("acl",)}
    space.objects.close()


def test_it_is_known_on_after_a_restart_without_reading(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    marked(space)
    first = space.freeze()
    space.cache = space.open_cache()
    again = space.freeze()
    assert (again.tree, again.left_out.to_json()) == (first.tree, EXPECTED)
    os.removexattr(space.root / "noted", "user.note")
    assert "xattr" not in space.freeze().left_out.to_json()
    space.objects.close()


def test_a_cache_of_the_version_before_is_taken_on(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    file = space.file("plain", b"1")
    space.freeze()
    with sqlite3.connect(space.base / "stat.sqlite") as database:
        database.execute("ALTER TABLE inode DROP COLUMN left_out")
        database.execute("PRAGMA user_version = 1")
    database.close()
    known = space.open_cache().last(file.stat())
    assert known is not None and known.left_out == ()
    space.objects.close()


def test_folders_and_links_are_looked_at_too(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    marked(space)
    folder = space.root / "folder"
    folder.mkdir()
    (space.root / "link").symlink_to("plain")
    os.setxattr(folder, "user.note", b"mine")
    if os.geteuid() == 0:
        os.lchown(space.root / "link", 12345, 12345)
    result = space.freeze()
    told = result.left_out.to_json()
    assert told["xattr"] == {"count": 2, "paths": ["folder", "noted"]}
    if os.geteuid() == 0:
        assert told["owner"] == {"count": 1, "paths": ["link"]}
    assert space.entries(result.tree)[b"folder"].left_out == ("xattr",)
    assert space.freeze().left_out.to_json() == told
    os.removexattr(folder, "user.note")
    assert space.freeze().left_out.to_json()["xattr"] == EXPECTED["xattr"]
    space.objects.close()


def test_many_paths_are_counted_and_the_first_twenty_named(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    for number in range(25):
        os.mkfifo(space.root / f"pipe-{number:02}")
    told = space.freeze().left_out.to_json()["special"]
    assert (told["count"], len(told["paths"])) == (25, 20)
    space.objects.close()


def test_whose_a_file_is_and_what_the_system_adds() -> None:
    with open(__file__, "rb") as file:
        assert left_out_of(file.fileno(), os.geteuid()) == ()
        assert left_out_of(file.fileno(), os.geteuid() + 1) == ("owner",)
    assert all(number_of(kinds_of(number)) == number for number in range(8))
    assert kinds_of(7) == OF_FILES


def test_the_words() -> None:
    assert sentence(None) is None
    assert sentence(EXPECTED) == (
        "Not kept: extended attributes of 1 file, the access control list of 1 file"
        " and 1 socket, pipe or device."
    )
