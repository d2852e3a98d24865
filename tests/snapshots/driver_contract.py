"""What every driver must fulfil. Subclass it with a `make_driver`; the law is G3:
`checkout(freeze(tree)) == tree`.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings

from dotscience_server.snapshots.contract import Unwatched
from dotscience_server.snapshots.failures import Cancelled

from .trees import HARD_NAMES, TREES, Item, describe, make_tree
from .workspaces import MakeDriver, Workspace, temporary_workspace

LAW = settings(max_examples=25, suppress_health_check=[HealthCheck.differing_executors])
ALL_NAMES = [Item("file", 0, name, 0o644, 10**18, [(0, name)], b"a", 0) for name in HARD_NAMES]
HOLES = [
    Item("sparse", 0, b"holes", 0o600, 10**18 + 7, [(3, b"mid"), (70, b"end")], b"a", 5),
    Item("sparse", 0, b"all-hole", 0o600, -1, [], b"a", 300),
    Item("hardlink", 0, b"again", 0o600, 0, [], b"a", 0),
]


class DriverContract:
    """Inherit in a class whose name begins with Test."""

    make_driver: MakeDriver
    objects_of_a_change = 2
    """Objects that a changed file makes: a page, the root, and the file where it is no chunked one."""

    @pytest.fixture
    def space(self, tmp_path: Path) -> Iterator[Workspace]:
        space = Workspace(tmp_path, type(self).make_driver)
        yield space
        space.objects.close()

    @LAW
    @given(TREES)
    @example(ALL_NAMES)
    @example(HOLES)
    def test_g3_checkout_of_freeze_is_the_tree(self, items: list[Item]) -> None:
        with temporary_workspace(type(self).make_driver) as space:
            make_tree(os.fsencode(space.root), items)
            before = describe(os.fsencode(space.root))
            result = space.freeze()
            out = space.checkout(result.tree)
            assert describe(os.fsencode(out.path)) == before
            assert describe(os.fsencode(space.root)) == before
            assert (result.unstable, result.unreadable, result.not_kept) == ((), (), 0)

    @LAW
    @given(TREES)
    def test_freezing_twice_is_the_same_tree_and_no_new_bytes(self, items: list[Item]) -> None:
        with temporary_workspace(type(self).make_driver) as space:
            make_tree(os.fsencode(space.root), items)
            first = space.freeze()
            second = space.freeze()
            assert (second.tree, second.bytes_new) == (first.tree, 0)
            space.cache = space.open_cache()
            third = space.freeze()
            assert (third.tree, third.bytes_new) == (first.tree, 0)

    def test_counts(self, space: Workspace) -> None:
        space.file("a/one", b"1" * 10)
        space.file("a/two", b"2" * 20)
        (space.root / "link").symlink_to("a/one")
        result = space.freeze()
        assert (result.files, result.bytes) == (2, 30)
        assert result.bytes_new >= 30

    @pytest.mark.slow
    def test_one_changed_file_of_many_costs_a_page_and_the_root(self, space: Workspace) -> None:
        for number in range(5000):
            space.file(f"d{number % 50}/f{number}", b"")
        space.freeze()
        before = set(space.object_files())
        space.file("d7/f7", b"changed")
        space.freeze()
        assert len(set(space.object_files()) - before) == self.objects_of_a_change

    def test_a_changed_file_is_seen_and_the_old_version_stays(self, space: Workspace) -> None:
        path = space.file("data", b"old")
        old = space.freeze()
        path.write_bytes(b"new")
        new = space.freeze()
        assert (space.checkout(old.tree).path / "data").read_bytes() == b"old"
        assert (space.checkout(new.tree).path / "data").read_bytes() == b"new"

    def test_same_size_and_restored_mtime_is_seen(self, space: Workspace) -> None:
        path = space.file("data", b"old")
        status = path.stat()
        space.freeze()
        path.write_bytes(b"new")
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        tree = space.freeze().tree
        assert (space.checkout(tree).path / "data").read_bytes() == b"new"

    def test_a_file_that_vanished_since_the_plan_is_named(self, space: Workspace) -> None:
        space.file("stays", b"1")
        path = space.file("goes", b"2")
        plan = space.plan()
        path.unlink()
        result = space.freeze(plan)
        assert result.unstable == (b"goes",)
        assert set(space.entries(result.tree)) == {b"stays"}

    def test_a_file_replaced_by_a_link_since_the_plan_is_not_followed(
        self, space: Workspace
    ) -> None:
        path = space.file("data", b"2")
        plan = space.plan()
        path.unlink()
        path.symlink_to("/etc/passwd")
        result = space.freeze(plan)
        assert set(space.entries(result.tree)) <= {b"data"}
        assert result.unstable == (b"data",) or result.unreadable == (b"data",)

    def test_cancelling_leaves_no_temporary_file_and_no_tree(self, space: Workspace) -> None:
        space.file("data", b"x" * 3_000_000)

        class Impatient(Unwatched):
            def check(self) -> None:
                raise Cancelled("no longer wanted")

        with pytest.raises(Cancelled):
            space.freeze(progress=Impatient())
        assert list((space.store / "tmp").iterdir()) == []
        assert space.freeze().files == 1

    def test_progress_ends_at_the_total(self, space: Workspace) -> None:
        for number in range(20):
            space.file(f"f{number}", b"x" * 1000)
        seen: list[tuple[int, int | None, int, int | None]] = []

        class Watching(Unwatched):
            def update(
                self, done: int, total: int | None, done_bytes: int, total_bytes: int | None
            ) -> None:
                seen.append((done, total, done_bytes, total_bytes))

        space.freeze(progress=Watching())
        assert seen[-1] == (20, 20, 20_000, 20_000)
        assert seen == sorted(seen)

    def test_plain_trees_are_sealed_at_once(self, space: Workspace) -> None:
        space.file("data", b"bytes")
        result = space.freeze()
        assert (result.state, result.refused) == ("sealed", None)

    def test_a_change_in_the_middle_of_a_large_file(self, space: Workspace) -> None:
        path = space.file("large", random.Random(1).randbytes(20 << 20))
        old = space.freeze().tree
        with path.open("r+b") as file:
            file.seek(10 << 20)
            file.write(b"changed")
        new = space.freeze().tree
        replaced = path.read_bytes() + b"more"
        path.unlink()
        path.write_bytes(replaced)
        last = space.freeze().tree
        assert (space.checkout(last).path / "large").read_bytes() == replaced
        assert (space.checkout(new).path / "large").read_bytes() == replaced[:-4]
        assert (space.checkout(old).path / "large").read_bytes() != replaced[:-4]

    def test_a_deleted_store_is_filled_again(self, space: Workspace) -> None:
        space.file("data", b"bytes")
        space.freeze()
        for path in space.stored_files():
            path.unlink()
        tree = space.freeze().tree
        assert (space.checkout(tree).path / "data").read_bytes() == b"bytes"
