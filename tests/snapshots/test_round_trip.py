"""The laws of bringing back (G3, G4), on generated trees and edits:

checkout(freeze(tree)) == tree                             whatever was edited since
restore(tree, subset, onto) == tree on the subset, `onto` elsewhere
restoring twice is restoring once
"""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dotscience._tree import Entry
from dotscience_server.snapshots.comparing import holds
from dotscience_server.snapshots.contract import Unwatched
from dotscience_server.snapshots.failures import RestoreRefused
from dotscience_server.snapshots.folders import opened
from dotscience_server.snapshots.replacing import Mover, Plan, plan_restore, selected
from dotscience_server.snapshots.safe_entries import safe_entries
from dotscience_server.snapshots.writing import TreeWriter

from .trees import HARD_NAMES, TREES, Described, Item, describe, make_tree
from .workspaces import Workspace, temporary_workspace

LAW = settings(
    max_examples=min(60, settings().max_examples),
    suppress_health_check=[HealthCheck.differing_executors],
)


def edited(root: bytes, items: list[Item]) -> None:
    """More things below `root`; every third of what was there is written anew or removed."""
    for number, path in enumerate(sorted(describe(root))):
        full = os.path.join(root, path)
        if number % 3 == 1 and os.path.isfile(full) and not os.path.islink(full):
            os.chmod(full, 0o600)
            with open(full, "ab") as file:
                file.write(b"edited")
        elif number % 3 == 2 and not os.path.isdir(full):
            os.unlink(full)
    make_tree(root, items)


def restore(space: Workspace, tree: str, asked: list[bytes]) -> Plan:
    """As the worker does, but for the snapshot before."""
    entries = safe_entries(space.objects.read, tree, {})
    folders = {entry.path: entry for entry in entries if entry.kind == "d"}
    wanted, _ = selected(entries, asked)

    def is_same(folder: int, name: bytes, _status: os.stat_result, entry: Entry) -> bool:
        return holds(space.objects, entry, folder, name, lambda: None)

    stage = space.base / "stage"
    shutil.rmtree(stage, ignore_errors=True)
    stage.mkdir()
    with opened(space.root) as root, opened(stage) as aside:
        plan = plan_restore(root, wanted, folders, lambda entry: None, is_same)
        TreeWriter(space.objects, aside, stage, Unwatched()).write(plan.staged())
        with Mover(aside, root) as mover:
            mover.make_folders([folder.path for folder in plan.folders])
            assert all(mover.move(step) for step in plan.steps)
            mover.finish_folders([(f.path, f.mode, f.mtime_ns) for f in plan.folders])
    return plan


def timeless(described: Described) -> Described:
    """Without what other names of a file, or restored neighbours, may change."""
    return described._replace(same_file=(), mtime_ns=0, holes=None)


def without_times(found: dict[bytes, Described]) -> dict[bytes, Described]:
    return {path: timeless(one) for path, one in found.items()}


@LAW
@given(TREES, TREES)
def test_g3_checkout_is_the_tree_whatever_was_edited_since(
    items: list[Item], edits: list[Item]
) -> None:
    with temporary_workspace() as space:
        root = os.fsencode(space.root)
        make_tree(root, items)
        first, before = space.freeze().tree, describe(root)
        edited(root, edits)
        second, after = space.freeze().tree, describe(root)
        assert describe(os.fsencode(space.checkout(first).path)) == before
        assert describe(os.fsencode(space.checkout(second).path)) == after
        assert describe(root) == after


@LAW
@given(TREES, TREES, st.randoms(use_true_random=False))
def test_g4_a_restored_subset_is_the_subset_and_the_rest_is_untouched(
    items: list[Item], edits: list[Item], random: Random
) -> None:
    with temporary_workspace() as space:
        root = os.fsencode(space.root)
        make_tree(root, items)
        tree, then = space.freeze().tree, describe(root)
        edited(root, edits)
        now = describe(root)
        paths = sorted(then)
        asked = [path for path in paths if random.random() < 0.4]
        try:
            plan = restore(space, tree, asked)
        except RestoreRefused:
            assert describe(root) == now
            return
        found = describe(root)
        wanted = {path for path in then if _is_asked(path, asked)}
        for path in wanted:
            if then[path].kind != "folder":
                assert timeless(found[path]) == timeless(then[path])
        written = {step.path for step in plan.steps} | {folder.path for folder in plan.folders}
        for step in plan.steps:
            assert found[step.path].mtime_ns == then[step.path].mtime_ns
        rest = {path: one for path, one in found.items() if path not in written}
        assert without_times(rest) == without_times(
            {path: one for path, one in now.items() if path not in written}
        )
        assert restore(space, tree, asked).steps == ()


def _is_asked(path: bytes, asked: list[bytes]) -> bool:
    return any(path == one or path.startswith(one + b"/") for one in asked)


def test_everything_onto_nothing_is_the_tree(tmp_path: Path) -> None:
    """Times, modes of folders, holes and hard links too."""
    space = Workspace(tmp_path)
    root = os.fsencode(space.root)
    items = [
        Item("folder", 0, b"closed", 0o500, 10**18, [], b"a", 0),
        *(Item("file", 1, name, 0o640, 10**18 + 5, [(0, name)], b"a", 0) for name in HARD_NAMES),
        Item("hardlink", 0, b"again", 0o600, 0, [], b"a", 0),
        Item("sparse", 0, b"holes", 0o600, 7, [(300, b"end")], b"a", 5),
        Item("link", 0, b"link", 0o777, 9, [], b"\xff", 0),
        Item("folder", 0, b"empty", 0o711, 11, [], b"a", 0),
    ]
    make_tree(root, items)
    before = describe(root)
    tree = space.freeze().tree
    os.chmod(space.root / "closed", 0o700)
    shutil.rmtree(space.root)
    space.root.mkdir()
    restore(space, tree, [b""])
    assert describe(root) == before


def test_names_that_a_disk_folds_together_are_refused(tmp_path: Path) -> None:
    """A target that knows no case, or no form of é, takes the first and says of the second that it is there."""
    space = Workspace(tmp_path)
    for name in ("Readme", "README"):
        space.file(name, name)
    plan = safe_entries(space.objects.read, space.freeze().tree, {})
    folder = tmp_path / "folding"
    folder.mkdir()
    (folder / "README").touch()  # what such a disk has once "Readme" is written
    with opened(folder) as top:
        try:
            TreeWriter(space.objects, top, folder, Unwatched()).write(plan)
        except Exception as error:
            assert type(error).__name__ == "PathRefused"
        else:
            raise AssertionError("it was merged")
    assert (folder / "README").read_bytes() == b""


def test_deep_paths_longer_than_the_system_takes_at_once(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    depth, objects = 60, space.objects
    path = b"/".join([b"n" * 100] * depth)
    folders = [Entry(path[: 101 * n - 1], "d", 0o755, 0) for n in range(1, depth + 1)]
    entry = Entry(path + b"/file", "f", 0o644, 0, 4, objects.add_bytes(b"deep"))
    out = tmp_path / "out"
    out.mkdir()
    with opened(out) as top:
        TreeWriter(objects, top, out, Unwatched()).write([*folders, entry])
    here = os.open(out, os.O_RDONLY)
    for _ in range(depth):
        inner = os.open(b"n" * 100, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    assert stat.S_ISREG(os.stat(b"file", dir_fd=here).st_mode)
    os.close(here)
    shutil.rmtree(out)  # not everybody who cleans up can
