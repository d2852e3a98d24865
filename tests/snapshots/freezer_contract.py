"""What every `Freezer` must fulfil, on its real file system. Subclass `FreezerContract` with a fixture
`ground`; the law is G3: what `view` shows is what the workspace was when it was taken.
"""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol

import pytest

from dotscience._tree import Ranges
from dotscience_server.snapshots.freezes import Freeze, Freezer
from dotscience_server.store.failures import FreezeRefused, ObjectDamaged

from .trees import HARD_NAMES, Item, describe, make_tree

MIB = 1 << 20
TREE = [
    Item("folder", 0, b"d", 0o755, 10**18, [], b"a", 0),
    *(Item("file", 1, name, 0o640, 10**18 + 1, [(0, name * 9)], b"a", 0) for name in HARD_NAMES),
    Item("sparse", 0, b"holes", 0o600, 10**18 + 7, [(3, b"mid"), (70, b"end")], b"a", 5),
    Item("link", 0, b"link", 0o777, 10**18, [], b"/etc/passwd", 0),
    Item("hardlink", 0, b"again", 0o600, 0, [], b"a", 0),
]


class Ground(Protocol):
    """A workspace on a file system that freezes, empty at first, and what others do to it."""

    workspace: Path

    def freezer(self) -> Freezer:
        """A new one for the workspace, as the next process makes it."""

    def foreign(self) -> object:
        """Somebody else takes a snapshot that holds the workspace; equal to itself as long as it stands."""

    def foreigners(self) -> list[object]:
        """Others' snapshots that stand."""

    def destroy(self, freeze: Freeze) -> None:
        """Behind our back."""

    def make_again(self, freeze: Freeze) -> None:
        """Somebody makes another snapshot of the same name, after `destroy`."""


class FreezerContract:
    """Inherit in a class whose name begins with Test."""

    def test_g3_the_view_is_the_workspace_as_it_was(self, ground: Ground) -> None:
        root = os.fsencode(ground.workspace)
        make_tree(root, TREE)
        before = describe(root)
        freezer = ground.freezer()
        first = freezer.take("f1")
        (ground.workspace / "d" / "plain").write_bytes(b"changed")
        (ground.workspace / "new").write_bytes(b"new")
        (ground.workspace / "holes").unlink()
        after = describe(root)
        second = freezer.take("f2")
        with freezer.view(first) as old, freezer.view(second) as new:
            assert describe(os.fsencode(old)) == before
            assert describe(os.fsencode(new)) == after
        assert describe(root) == after

    def test_inodes_sizes_and_times_in_the_view_are_those_of_the_workspace(
        self, ground: Ground
    ) -> None:
        path = ground.workspace / "data"
        path.write_bytes(b"bytes")
        freezer = ground.freezer()
        freeze = freezer.take("1e")
        with freezer.view(freeze) as view:
            assert _key(view / "data") == _key(path)

    def test_what_was_not_yet_on_the_disk_is_frozen_too(self, ground: Ground) -> None:
        path = ground.workspace / "data"
        content = random.Random(3).randbytes(3 * MIB)
        with path.open("wb") as file:
            file.write(content)
            file.flush()
            freeze = ground.freezer().take("1e")
            file.write(b"more")
        assert _frozen(ground.freezer(), freeze, "data") == content

    def test_freezes_are_told_oldest_first_also_to_the_next_process(self, ground: Ground) -> None:
        freezer = ground.freezer()
        assert freezer.all() == []
        taken = []
        for label in ("c", "a", "0-b"):
            (ground.workspace / "data").write_bytes(label.encode())
            taken.append(freezer.take(label))
        assert len({freeze.guid for freeze in taken}) == 3
        assert freezer.all() == taken
        later = ground.freezer()
        assert later.all() == taken
        assert all(later.is_there(freeze) for freeze in taken)
        assert [_frozen(later, freeze, "data") for freeze in taken] == [b"c", b"a", b"0-b"]

    def test_a_freeze_comes_back_from_a_record(self, ground: Ground) -> None:
        (ground.workspace / "data").write_bytes(b"old")
        taken = ground.freezer().take("1e")
        (ground.workspace / "data").write_bytes(b"new")
        again = Freeze.from_json(taken.to_json())
        assert again == taken
        assert taken.driver == ground.freezer().name
        assert _frozen(ground.freezer(), again, "data") == b"old"

    def test_dropping_one_leaves_the_others_and_can_be_repeated(self, ground: Ground) -> None:
        freezer = ground.freezer()
        path = ground.workspace / "folder" / "data"
        path.parent.mkdir()
        taken = []
        for number in range(3):
            path.write_bytes(str(number).encode())
            taken.append(freezer.take(f"{number}"))
        freezer.drop(taken[1])
        freezer.drop(taken[1])
        assert not freezer.is_there(taken[1])
        assert freezer.all() == [taken[0], taken[2]]
        hostile = Freeze(freezer.name, taken[0].name, taken[0].guid, "../..")
        assert freezer.standing([*taken, hostile]) == {taken[0].guid, taken[2].guid}
        assert freezer.standing([hostile, taken[1]]) == set()
        assert not freezer.is_there(hostile)
        with pytest.raises(ObjectDamaged), freezer.view(taken[1]):
            raise AssertionError("it is gone")
        assert _frozen(freezer, taken[0], "folder/data") == b"0"
        assert _frozen(freezer, taken[2], "folder/data") == b"2"
        assert path.read_bytes() == b"2"

    def test_a_name_that_is_taken_is_refused(self, ground: Ground) -> None:
        freezer = ground.freezer()
        (ground.workspace / "data").write_bytes(b"old")
        freeze = freezer.take("1e")
        (ground.workspace / "data").write_bytes(b"new")
        with pytest.raises(FreezeRefused) as refused:
            freezer.take("1e")
        assert refused.value.code.startswith(("freeze-", "zfs-"))
        assert _frozen(freezer, freeze, "data") == b"old"

    def test_one_that_was_destroyed_is_gone(self, ground: Ground) -> None:
        freezer = ground.freezer()
        freeze = freezer.take("1e")
        ground.destroy(freeze)
        assert not freezer.is_there(freeze)
        assert freezer.all() == []
        with pytest.raises(ObjectDamaged), freezer.view(freeze):
            raise AssertionError("it is gone")
        freezer.drop(freeze)
        assert freezer.take("1e").guid != freeze.guid

    def test_another_of_the_same_name_is_another(self, ground: Ground) -> None:
        freezer = ground.freezer()
        (ground.workspace / "data").write_bytes(b"old")
        freeze = freezer.take("1e")
        (ground.workspace / "data").write_bytes(b"new")
        ground.destroy(freeze)
        ground.make_again(freeze)
        standing = ground.foreigners()
        assert not freezer.is_there(freeze)
        assert freeze not in freezer.all()
        assert freezer.standing([freeze]) == set()
        with pytest.raises(ObjectDamaged), freezer.view(freeze):
            raise AssertionError("it is another one")
        freezer.drop(freeze)
        assert ground.foreigners() == standing

    def test_others_snapshots_are_not_ours(self, ground: Ground) -> None:
        freezer = ground.freezer()
        path = ground.workspace / "data"
        path.write_bytes(b"0" * MIB)
        first = freezer.take("1")
        ground.foreign()
        path.write_bytes(b"1" * MIB)
        second = freezer.take("2")
        standing = ground.foreigners()
        assert len(standing) == 1
        assert freezer.all() == [first, second]
        _check_told(freezer, first, second, ["data"])
        freezer.drop(first)
        freezer.drop(second)
        assert freezer.all() == []
        assert ground.foreigners() == standing

    def test_two_at_once(self, ground: Ground) -> None:
        for number in range(20):
            (ground.workspace / f"f{number}").write_bytes(b"x" * 1000)
        before = describe(os.fsencode(ground.workspace))
        freezers = [ground.freezer(), ground.freezer()]
        with ThreadPoolExecutor(4) as pool:
            taken = list(pool.map(lambda n: freezers[n % 2].take(f"{n}"), range(6)))
            seen = list(pool.map(lambda freeze: _described(freezers[0], freeze), taken * 2))
        assert all(one == before for one in seen)
        assert {freeze.guid for freeze in freezers[0].all()} == {freeze.guid for freeze in taken}
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda freeze: freezers[1].drop(freeze), taken * 2))
        assert freezers[0].all() == []

    def test_g3_it_is_one_moment_also_while_files_are_written(self, ground: Ground) -> None:
        first, last = ground.workspace / "first", ground.workspace / "last"
        for path in (first, last):
            path.write_bytes(b"00000000")
        stop = threading.Event()

        def write() -> None:
            number = 0
            with first.open("r+b", buffering=0) as one, last.open("r+b", buffering=0) as other:
                while not stop.is_set():
                    number += 1
                    for file in (one, other):  # always `first` before `last`
                        os.pwrite(file.fileno(), b"%08d" % number, 0)

        freezer = ground.freezer()
        thread = threading.Thread(target=write)
        thread.start()
        try:
            taken = [freezer.take(f"{number}") for number in range(8)]
        finally:
            stop.set()
            thread.join()
        for freeze in taken:
            with freezer.view(freeze) as view:
                ahead = int((view / "first").read_bytes()) - int((view / "last").read_bytes())
            assert ahead in (0, 1)

    @pytest.mark.parametrize("seed", range(6))
    def test_what_is_not_told_as_changed_is_the_same(self, ground: Ground, seed: int) -> None:
        dice = random.Random(seed)
        names = ["a", "folder/b", "c"]
        (ground.workspace / "folder").mkdir()
        for name in names:
            (ground.workspace / name).write_bytes(dice.randbytes(dice.randrange(2 * MIB)))
        freezer = ground.freezer()
        taken = [freezer.take("0")]
        for number in range(1, 4):
            for name in dice.sample(names, dice.randrange(4)):
                scribble(ground.workspace / name, dice)
            taken.append(freezer.take(f"{number}"))
        for since, until in ((0, 1), (1, 2), (2, 3), (0, 3)):
            _check_told(freezer, taken[since], taken[until], names)

    def test_a_replaced_file_is_another_file(self, ground: Ground) -> None:
        path = ground.workspace / "data"
        path.write_bytes(b"1" * MIB)
        freezer = ground.freezer()
        first = freezer.take("1")
        (ground.workspace / "other").write_bytes(b"2" * MIB)
        (ground.workspace / "other").replace(path)
        second = freezer.take("2")
        told = freezer.changed_in(b"data", first, second)
        assert told is None or covers(told, [(0, MIB)])
        assert freezer.changed_in(b"missing", first, second) is None


def scribble(path: Path, dice: random.Random) -> None:
    """Change a file in place: overwrite, append, cut, or make it longer by a hole."""
    with path.open("r+b") as file:
        size = os.fstat(file.fileno()).st_size
        kind = dice.choice(["write", "write", "append", "cut", "longer"])
        if kind == "write":
            for _ in range(dice.randrange(1, 4)):
                os.pwrite(
                    file.fileno(),
                    dice.randbytes(dice.choice([1, 700, 4096, 70_000])),
                    dice.randrange(size + 1),
                )
        elif kind == "append":
            os.pwrite(file.fileno(), dice.randbytes(dice.randrange(1, 200_000)), size)
        elif kind == "cut":
            os.ftruncate(file.fileno(), dice.randrange(size + 1))
        else:
            os.ftruncate(file.fileno(), size + dice.randrange(300_000))


def covers(ranges: Ranges, wanted: Iterable[tuple[int, int]]) -> bool:
    """Whether every byte of `wanted` (offset, length) lies in one of `ranges`."""
    inside = set()
    for offset, length in ranges:
        inside.update(range(offset // 512, (offset + length + 511) // 512))
    return all(
        block in inside
        for offset, length in wanted
        for block in range(offset // 512, (offset + length + 511) // 512)
    )


def check_ranges(ranges: Ranges) -> None:
    """They are in order and do not overlap."""
    ends = [0, *(offset + length for offset, length in ranges)]
    assert all(length > 0 for _, length in ranges)
    assert all(offset >= end for (offset, _), end in zip(ranges, ends, strict=False))


def check_unchanged(old: bytes, new: bytes, changed: Ranges) -> None:
    """Outside of `changed` both are the same, byte for byte; what only one of them has is in it."""
    check_ranges(changed)
    size = max(len(old), len(new))
    at = 0
    for offset, length in (*changed, (size, 0)):
        offset = min(offset, size)
        assert old[at:offset] == new[at:offset], f"{at}..{offset} has changed unseen"
        at = min(offset + length, size)


def _check_told(freezer: Freezer, since: Freeze, until: Freeze, names: list[str]) -> None:
    """`changed` and `changed_in` hold for files that stand in both under the same inode."""
    by_inode = freezer.changed(since, until)
    for name in names:
        with freezer.view(since) as view:
            inode, old = (view / name).stat().st_ino, (view / name).read_bytes()
        new = _frozen(freezer, until, name)
        told = freezer.changed_in(os.fsencode(name), since, until)
        if told is not None:
            check_unchanged(old, new, told)
        if by_inode is not None:
            check_unchanged(old, new, by_inode.get(inode, ()))


def _frozen(freezer: Freezer, freeze: Freeze, name: str) -> bytes:
    with freezer.view(freeze) as view:
        return (view / name).read_bytes()


def _described(freezer: Freezer, freeze: Freeze) -> object:
    with freezer.view(freeze) as view:
        return describe(os.fsencode(view))


def _key(path: Path) -> tuple[int, ...]:
    status = path.lstat()
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_mode
