"""The second look: with what the last walk saw, a plan is what a plan from nothing is, and what has
not changed is the same object.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings

from dotscience_server.snapshots.ignore import IGNORE_FILE, Ignore
from dotscience_server.snapshots.plan import Seen, TreePlan, plan_tree
from dotscience_server.snapshots.policy import Policy, PolicyRule

from .running import running
from .trees import TREES, Item, make_tree
from .workspaces import KEEP, Workspace, temporary_workspace


def look(space: Workspace, seen: Seen | None, policy: Policy = KEEP, skip: bytes = b"") -> TreePlan:
    ignore = Ignore((skip,) if skip else ())
    return plan_tree(space.root, policy, ignore, agreed=None, free_bytes=10**12, seen=seen)


@settings(max_examples=15)
@given(TREES, TREES)
def test_a_second_look_sees_what_a_first_one_would(before: list[Item], after: list[Item]) -> None:
    with temporary_workspace() as space:
        seen = Seen()
        root = os.fsencode(space.root)
        make_tree(root, before)
        assert look(space, seen) == look(space, None)
        for file in look(space, None).files[::3]:
            os.unlink(os.path.join(root, file.path))
        make_tree(root, after)
        assert look(space, seen) == look(space, None)
        assert look(space, seen) == look(space, None)


@settings(max_examples=15)
@given(TREES, TREES)
def test_g3_a_driver_that_stays_makes_the_tree_that_a_new_one_makes(
    before: list[Item], after: list[Item]
) -> None:
    with temporary_workspace() as temporary, running(temporary.base, engine=False) as space:
        root = os.fsencode(space.root)
        make_tree(root, before)
        space.freeze()
        space.freeze()
        for file in space.look().files[::3]:
            os.unlink(os.path.join(root, file.path))
        make_tree(root, after)
        tree = space.freeze().tree
        space.check(space.freeze())
        assert temporary.freeze().tree == tree


def test_what_has_not_changed_is_the_same_object(tmp_path: Path) -> None:
    space, seen = Workspace(tmp_path), Seen()
    for number in range(20):
        space.file(f"d{number % 3}/f{number}", b"x")
    space.file(IGNORE_FILE, b"*.tmp\n")
    first = look(space, seen)
    changed = space.file("d1/f4", b"other")
    space.file("d1/new", b"")
    second = {file.path: file for file in look(space, seen).files}
    for file in first.files:
        assert (second[file.path] is file) == (file.path != b"d1/f4")
    assert second[b"d1/f4"].status.st_size == changed.stat().st_size


def ignore_file(space: Workspace) -> tuple[Policy, bytes]:
    space.file("d/" + os.fsdecode(IGNORE_FILE), b"f1\n")
    return KEEP, b""


def environment(space: Workspace) -> tuple[Policy, bytes]:
    space.file("d/pyvenv.cfg", b"")
    return KEEP, b""


def rule(_space: Workspace) -> tuple[Policy, bytes]:
    return Policy(default="keep", rules=(PolicyRule("f1", "fingerprint"),)), b""


def skipped(_space: Workspace) -> tuple[Policy, bytes]:
    return KEEP, b"d"


def became_a_link(space: Workspace) -> tuple[Policy, bytes]:
    (space.root / "d/f1").unlink()
    (space.root / "d/f1").symlink_to("f2")
    return KEEP, b""


def became_a_folder(space: Workspace) -> tuple[Policy, bytes]:
    (space.root / "d/f1").unlink()
    space.file("d/f1/inner", b"1")
    return KEEP, b""


def root_environment(space: Workspace) -> tuple[Policy, bytes]:
    space.file("pyvenv.cfg", b"")
    return KEEP, b""


@pytest.mark.parametrize(
    "change",
    [
        ignore_file,
        environment,
        rule,
        skipped,
        became_a_link,
        became_a_folder,
        root_environment,
    ],
)
def test_what_judges_files_is_asked_again_when_it_changes(
    tmp_path: Path, change: Callable[[Workspace], tuple[Policy, bytes]]
) -> None:
    space, seen = Workspace(tmp_path), Seen()
    for name in ("f1", "f2", "e/f1"):
        space.file(f"d/{name}", b"x")
    space.file("bin", b"a file that an environment would own")
    look(space, seen)
    policy, skip = change(space)
    assert look(space, seen, policy, skip) == look(space, None, policy, skip)
    assert look(space, seen) == look(space, None)
