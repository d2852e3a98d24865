"""What was frozen and never recorded goes: nothing is taken to lie there. What others have frozen is read and left alone."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace

import pytest

from dotscience_server.snapshots.freezes import Freeze
from dotscience_server.store.failures import DiskFull
from dotscience_server.worker.ledger import Ledger
from tests.snapshots.copying_freezer import CopyingFreezer
from tests.storage.living import Living, living

LARGE = 5 << 20


@contextlib.contextmanager
def freezing() -> Iterator[tuple[Living, CopyingFreezer]]:
    """A workspace whose snapshots are freezes."""
    with living() as one:
        freezer = CopyingFreezer(one.root, one.root.parent / "freezes")
        one.tree.freezers._found["btrfs"] = freezer
        policy = replace(one.tree.policy, default="keep", floor_bytes=0, driver="btrfs")
        one.tree.set_policy(policy, True)
        assert one.tree.is_held
        yield one, freezer


def held(one: Living) -> list[Freeze]:
    assert one.tree.held is not None
    return one.tree.held.freezes()


def test_a_freeze_that_was_not_recorded_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with freezing() as (one, freezer):
        (one.root / "data").write_bytes(b"first")
        one.snapshot()
        (recorded,) = held(one)
        (one.root / "data").write_bytes(b"second")

        def refuse(*_: object) -> None:
            raise DiskFull("no space", what="the snapshot was", free="0", need="1", kept="")

        with monkeypatch.context() as full:
            full.setattr(Ledger, "record", refuse)
            with pytest.raises(DiskFull):
                one.snapshot()
        assert len(freezer.all()) == 2
        assert held(one) == [recorded]


def test_a_freeze_that_was_taken_once_more_holds_nothing() -> None:
    with freezing() as (one, freezer):
        notebook = one.root / "a.ipynb"
        notebook.write_bytes(b'{"cells": [')

        def quiet(_: float) -> bool:
            """It is saved once, a moment after it was frozen half."""
            was_half = bool(freezer.all()) and notebook.read_bytes() != b"{}"
            if was_half:
                notebook.write_bytes(b"{}")
            return was_half

        one._snapshotter._reports = replace(one._snapshotter._reports, quiet=quiet)
        one.snapshot()
        assert len(freezer.all()) == 1
        assert held(one) == freezer.all()


def test_what_the_original_has_frozen_is_read_and_never_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A copy of a workspace has its records, and none of its freezes is the copy's."""
    with freezing() as (one, freezer):
        (one.root / "data").write_bytes(b"a" * LARGE)
        one.snapshot()
        (one.root / "data").write_bytes(b"b" * LARGE)
        one.snapshot()
        (one.root / "data").write_bytes(b"c" * LARGE)
        one.snapshot()
        theirs = freezer.all()
        monkeypatch.setattr(freezer, "all", list)
        assert one.tree.held is not None
        one.tree.held.replace_trees(one.tree._standing_trees())
        assert held(one) == theirs
        one.gc()
        assert freezer.standing(theirs) == {freeze.guid for freeze in theirs}
