"""What differs from the last snapshot."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import given

from dotscience_server.snapshots import changes as changes_module
from dotscience_server.snapshots.changes import Change, changes
from dotscience_server.snapshots.policy import Policy, PolicyRule
from dotscience_server.snapshots.statcache import StatCache

from .driver_contract import LAW
from .trees import TREES, Item, make_tree
from .workspaces import Workspace, temporary_workspace


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def changed(space: Workspace, tree: str) -> list[Change]:
    return changes(space.objects, tree, space.plan(), space.cache)


@LAW
@given(TREES)
def test_nothing_differs_right_after_a_snapshot(items: list[Item]) -> None:
    with temporary_workspace() as space:
        make_tree(os.fsencode(space.root), items)
        tree = space.freeze().tree
        assert changed(space, tree) == []


def test_kinds(space: Workspace) -> None:
    for path in ("same", "content", "grown", "mode", "gone", "becomes-link"):
        space.file(path, b"x")
    for path in ("link", "gone-link"):
        (space.root / path).symlink_to("a")
    tree = space.freeze().tree
    space.file("content", b"y")
    space.file("grown", b"xx")
    space.file("new", b"12345")
    (space.root / "mode").chmod(0o600)
    for path in ("gone", "becomes-link", "link", "gone-link"):
        (space.root / path).unlink()
    for path in ("becomes-link", "link", "new-link"):
        (space.root / path).symlink_to("b")
    assert changed(space, tree) == [
        Change(b"becomes-link", "modified", None, "keep"),
        Change(b"content", "modified", 1, "keep"),
        Change(b"gone", "deleted", None, "keep"),
        Change(b"gone-link", "deleted", None, "keep"),
        Change(b"grown", "modified", 2, "keep"),
        Change(b"link", "modified", None, "keep"),
        Change(b"mode", "modified", 1, "keep"),
        Change(b"new", "added", 5, "keep"),
        Change(b"new-link", "added", None, "keep"),
    ]


def test_a_touched_file_is_read_once_and_does_not_count(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(StatCache, "moment", lambda _: time.time_ns() + 10**10)  # much later
    path = space.file("data", b"x" * 1000)
    tree = space.freeze().tree
    os.utime(path, ns=(0, 0))
    reads: list[int] = []
    real = changes_module.data_ranges
    monkeypatch.setattr(
        changes_module, "data_ranges", lambda *args: (reads.append(1), real(*args))[1]
    )
    assert changed(space, tree) == []
    assert changed(space, tree) == []
    assert len(reads) == 1


def test_a_large_touched_file_is_not_read(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(changes_module, "READ_MOST", 10)
    path = space.file("data", b"x" * 1000)
    tree = space.freeze().tree
    assert changed(space, tree) == []
    os.utime(path, ns=(0, 0))
    assert [change.path for change in changed(space, tree)] == [b"data"]


def test_fingerprints_are_compared_by_size_and_time(space: Workspace) -> None:
    policy = Policy(floor_bytes=0, rules=(PolicyRule("*", "fingerprint"),))
    path = space.file("data", b"x")
    tree = space.freeze(space.plan(policy)).tree

    def found() -> list[Change]:
        return changes(space.objects, tree, space.plan(policy), space.cache)

    assert found() == []
    os.utime(path, ns=(0, 0))
    assert found() == [Change(b"data", "modified", 1, "fingerprint")]
    path.unlink()
    assert found() == [Change(b"data", "deleted", None, "fingerprint")]


def test_what_status_read_is_still_stored_by_the_snapshot(space: Workspace) -> None:
    path = space.file("data", b"old")
    tree = space.freeze().tree
    path.write_bytes(b"new")
    assert len(changed(space, tree)) == 1
    tree = space.freeze().tree
    assert (space.checkout(tree).path / "data").read_bytes() == b"new"
