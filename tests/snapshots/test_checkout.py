"""Bringing back: a new folder, whole, verified, or nothing (G3, G4, G6, G7)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dotscience._tree import Entry, write_tree
from dotscience_server.snapshots.contract import Unwatched
from dotscience_server.snapshots.failures import (
    Cancelled,
    CheckoutExists,
    CheckoutRefused,
    PathRefused,
    SnapshotFailure,
)
from dotscience_server.snapshots.overlay import Overlay, overlaid
from dotscience_server.snapshots.restore import checkout
from dotscience_server.store.failures import ObjectDamaged, StoreFailure

from .test_manifest import ENTRIES, PATHS
from .workspaces import Workspace


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def beside(space: Workspace) -> set[str]:
    return set(os.listdir(space.base))


def hostile(space: Workspace, *entries: Entry) -> str:
    return write_tree(sorted(entries), space.objects.add_bytes)


def regular(space: Workspace, path: bytes, content: bytes = b"x") -> Entry:
    return Entry(path, "f", 0o644, 0, len(content), space.objects.add_bytes(content))


@pytest.mark.parametrize("kind", ["file", "folder", "empty folder", "link", "dangling link"])
def test_g4_what_exists_is_refused_and_untouched(space: Workspace, kind: str) -> None:
    space.file("a", b"1")
    tree = space.freeze().tree
    into = space.base / "there"
    if kind == "file":
        into.write_bytes(b"mine")
    elif kind == "link":
        into.symlink_to(space.root)
    elif kind == "dangling link":
        into.symlink_to("nowhere")
    else:
        into.mkdir()
        if kind == "folder":
            (into / "mine").write_bytes(b"")
    before = beside(space)
    with pytest.raises(CheckoutExists):
        checkout(space.objects, tree, {}, into, Unwatched())
    assert beside(space) == before
    if kind == "folder":
        assert os.listdir(into) == ["mine"]


def test_g4_a_folder_that_appears_meanwhile_is_not_overwritten(space: Workspace) -> None:
    space.file("a", b"1")
    tree = space.freeze().tree
    into = space.base / "there"

    class Racing(Unwatched):
        def check(self) -> None:
            into.mkdir(exist_ok=True)

    with pytest.raises(CheckoutExists):
        checkout(space.objects, tree, {}, into, Racing())
    assert os.listdir(into) == []
    into.rmdir()
    assert beside(space) == {"ws", "store", "stat.sqlite"}


def test_parents_are_made_and_the_result_counts(space: Workspace) -> None:
    space.file("d/a", b"12345")
    tree = space.freeze().tree
    into = space.base / "x" / "y" / "z"
    result = checkout(space.objects, tree, {}, into, Unwatched())
    status = into.stat()
    assert (result.path, result.device, result.inode) == (into, status.st_dev, status.st_ino)
    assert (result.files, result.bytes, result.not_kept, result.left_out) == (1, 5, (), ())


@pytest.mark.parametrize("into", ["ws/file/below", "/proc/nothing/here"])
def test_a_place_that_cannot_be_is_said(space: Workspace, into: str) -> None:
    space.file("file", b"1")
    tree = space.freeze().tree
    with pytest.raises(CheckoutRefused):
        checkout(space.objects, tree, {}, space.base / into, Unwatched())
    assert beside(space) == {"ws", "store", "stat.sqlite"}


@pytest.mark.parametrize("after", [0, 1, 3])
def test_cancelled_in_the_middle_leaves_nothing(space: Workspace, after: int) -> None:
    for name in ("a", "b", "c"):
        space.file(f"{name}/f", b"x" * 2_500_000)
    tree = space.freeze().tree
    left = [after]

    class Impatient(Unwatched):
        def check(self) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise Cancelled("no longer wanted")

    with pytest.raises(Cancelled):
        checkout(space.objects, tree, {}, space.base / "new" / "out", Impatient())
    assert beside(space) == {"ws", "store", "stat.sqlite"}


@pytest.mark.parametrize("damage", ["flipped", "truncated", "missing"])
def test_g6_damage_is_named_and_the_rest_can_be_brought_back(space: Workspace, damage: str) -> None:
    space.file("good", b"good")
    space.file("bad", b"bad" * 1_000_000)
    tree = space.freeze().tree
    name = space.entries(tree)[b"bad"].hash
    assert name is not None
    path = space.objects.path(name)
    data = bytearray(path.read_bytes())
    path.chmod(0o600)
    if damage == "flipped":
        data[1_500_000] ^= 1
        path.write_bytes(data)
    elif damage == "truncated":
        path.write_bytes(data[:-1])
    else:
        path.unlink()
    with pytest.raises(ObjectDamaged) as caught:
        space.checkout(tree)
    assert (caught.value.path, caught.value.object) == (b"bad", name)
    assert beside(space) == {"ws", "store", "stat.sqlite"}
    rest = space.checkout(tree, without=(b"bad",))
    assert os.listdir(rest.path) == ["good"]
    assert rest.left_out == (b"bad",)


def test_g6_a_damaged_manifest_is_said(space: Workspace) -> None:
    space.file("a", b"1")
    tree = space.freeze().tree
    path = space.objects.path(tree)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b'"files":1', b'"files":2'))
    with pytest.raises(ObjectDamaged):
        space.checkout(tree)


def test_g7_nothing_is_written_through_a_link(space: Workspace) -> None:
    outside = space.base / "outside"
    outside.mkdir()
    link = Entry(b"d", "l", 0o777, 0, target=os.fsencode(outside))
    tree = hostile(space, link, regular(space, b"d/evil"))
    with pytest.raises(PathRefused):
        space.checkout(tree)
    assert os.listdir(outside) == []


@pytest.mark.parametrize(
    "path", [b"../evil", b"/evil", b"a/../../evil", b".", b"a//b", b"nul\0", b"no/folder"]
)
def test_g7_hostile_paths_are_refused(space: Workspace, path: bytes) -> None:
    with pytest.raises((PathRefused, ObjectDamaged)):
        space.checkout(hostile(space, regular(space, path)))
    assert beside(space) == {"ws", "store"}


def test_a_name_no_file_system_takes_is_refused(space: Workspace) -> None:
    with pytest.raises(PathRefused):
        space.checkout(hostile(space, regular(space, b"x" * 300)))


@pytest.mark.parametrize("ranges", [((0, 0),), ((10, 10**15),), ((5, 2), (3, 9)), ()])
def test_lying_holes_do_not_change_the_bytes(
    space: Workspace, ranges: tuple[tuple[int, int], ...]
) -> None:
    content = b"x" * 10_000 + bytes(10_000)
    entry = regular(space, b"a", content)._replace(ranges=ranges)
    out = space.checkout(hostile(space, entry)).path
    assert (out / "a").read_bytes() == content


@given(st.lists(ENTRIES, unique_by=lambda entry: entry.path, max_size=6))
def test_g7_any_manifest_is_written_or_refused(
    tmp_path_factory: pytest.TempPathFactory, entries: list[Entry]
) -> None:
    space = Workspace(tmp_path_factory.mktemp("any"))
    tree = hostile(space, *entries)
    before = beside(space)
    try:
        space.checkout(tree)
    except (SnapshotFailure, StoreFailure):
        assert beside(space) == before


def test_overlays_stand_in_place_of_files_and_beside_them(space: Workspace) -> None:
    space.file("model.bin", b"last").chmod(0o600)
    space.file("n.ipynb", b"{}")
    tree = space.freeze().tree
    overlays = {
        b"model.bin": Overlay(space.objects.add_bytes(b"mine"), 4),
        b"new/deep/file": Overlay(space.objects.add_bytes(b"new"), 3, 0o640, 12345),
    }
    out = space.checkout(tree, overlays).path
    assert (out / "model.bin").read_bytes() == b"mine"
    assert (out / "model.bin").stat().st_mode & 0o777 == 0o600
    deep = out / "new/deep/file"
    assert deep.read_bytes() == b"new"
    assert (deep.stat().st_mode & 0o777, deep.stat().st_mtime_ns) == (0o640, 12345)


def test_an_overlay_wins_over_what_is_in_its_way(space: Workspace) -> None:
    outside = space.base / "outside"
    outside.mkdir()
    (space.root / "out").symlink_to(outside)
    space.file("folder/inner", b"x")
    tree = space.freeze().tree
    overlays = {
        b"out/model": Overlay(space.objects.add_bytes(b"m"), 1),
        b"folder": Overlay(space.objects.add_bytes(b"f"), 1),
    }
    out = space.checkout(tree, overlays).path
    assert (out / "out/model").read_bytes() == b"m"
    assert (out / "folder").read_bytes() == b"f"
    assert os.listdir(outside) == []


@given(
    st.lists(ENTRIES, unique_by=lambda entry: entry.path, max_size=8),
    st.dictionaries(PATHS, st.just(Overlay("cd" * 32, 1)), max_size=3),
)
def test_overlaid_entries_are_sorted_and_hold_every_overlay(
    entries: list[Entry], overlays: dict[bytes, Overlay]
) -> None:
    found = overlaid(entries, overlays)
    paths = [entry.path for entry in found]
    assert paths == sorted(set(paths))
    last = list(overlays)[-1:]
    assert {entry.path for entry in found if entry.hash == "cd" * 32} >= set(last)


def test_an_unsafe_overlay_is_refused(space: Workspace) -> None:
    tree = space.freeze().tree
    with pytest.raises(PathRefused):
        space.checkout(tree, {b"../x": Overlay(space.objects.add_bytes(b""), 0)})


def test_fifty_pins_on_one_snapshot_are_fifty_models(space: Workspace) -> None:
    """Decision 0002: runs of one cell share a snapshot and differ in what they pinned."""
    space.file("model.bin", b"model 49")
    tree = space.freeze().tree
    pins = [space.file("../pin", b"model %d" % run) for run in range(50)]
    found = set()
    for run, pin in enumerate(pins):
        pin.write_bytes(b"model %d" % run)
        added = space.objects.add_file(pin)
        out = space.checkout(tree, {b"model.bin": Overlay(added.hash, added.size)})
        found.add((out.path / "model.bin").read_bytes())
    assert len(found) == 50
