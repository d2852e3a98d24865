"""What was frozen and never recorded goes: nothing is taken to lie there. What others have frozen is read and left alone.
One freeze in trouble is in no other's way."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import NoReturn

import pytest

from dotscience._records import Damage
from dotscience._tree import read_entries, write_tree
from dotscience_server.protocol.failure import ApiError
from dotscience_server.snapshots import holding_driver
from dotscience_server.snapshots.freezes import Freeze
from dotscience_server.store.failures import DiskFull, FreezeRefused
from dotscience_server.store.records import Draft
from dotscience_server.worker.giving_up import Doomed, Freezes
from dotscience_server.worker.ledger import Ledger
from dotscience_server.worker.sealer import Sealer
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


@pytest.mark.parametrize("trouble", ["refused", "unforeseen"])
def test_one_that_cannot_be_sealed_keeps_no_other_waiting(
    trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding_driver, "AT_ONCE_BYTES", 0)
    with freezing() as (one, freezer):
        snapshots = []
        for content in (b"first", b"second"):
            (one.root / "data").write_bytes(content)
            snapshots.append(one.snapshot())
        oldest = freezer.all()[0]

        def of(freeze: Freeze) -> CopyingFreezer | None:
            if freeze == oldest and trouble == "unforeseen":
                raise KeyError("a record of another version")
            return None if freeze == oldest else freezer

        monkeypatch.setattr(one.tree.freezers, "of", of)
        failed: list[BaseException] = []
        done = threading.Event()
        sealer = Sealer(one.ledger, one.tree, lambda: False, failed.append, done.set)
        sealer.start()
        try:
            assert done.wait(30)
        finally:
            sealer.stop()
        unsealed = [body["id"] for body in one.ledger.index.unsealed_snapshots()]
        assert unsealed == snapshots[:1]
        assert len(failed) == 1


def test_a_freeze_that_cannot_be_read_stays_with_its_snapshot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with freezing() as (one, freezer):
        for content in (b"a", b"b", b"c"):
            (one.root / "data").write_bytes(content * LARGE)
            one.snapshot()
        freezes = held(one)
        care = Freezes(one.ledger, one.tree, one.objects)
        assert one.tree.held is not None
        tree = one.tree.held.trees_of(freezes[0])[0]
        (key,) = (e.hash for e in read_entries(one.objects.read, tree) if e.path == b"data")
        doomed = Doomed(freezes[:1], {freezes[0].guid: {str(key)}})

        def refuse(freeze: Freeze) -> NoReturn:
            raise FreezeRefused("zfs-mount-root", "it was not mounted", name=freeze.name)

        monkeypatch.setattr(freezer, "view", refuse)
        with pytest.raises(FreezeRefused):
            care.take_in(doomed, lambda: None)
        care.give_up(doomed)
        assert freezer.is_there(freezes[0])


def test_where_records_are_damaged_nothing_frozen_is_given_up() -> None:
    """The damaged one may be that of a run that needs it."""
    with freezing() as (one, freezer):
        for content in (b"a", b"b", b"c"):
            (one.root / "data").write_bytes(content)
            one.snapshot()
        taken = freezer.all()
        one.ledger.damages = [Damage("1.jsonl", 0, 5, "it is no JSON", torn=False, newer=False)]
        with pytest.raises(ApiError) as refused:
            one.gc()
        assert refused.value.code == "record-damaged"
        assert freezer.all() == taken
        one.ledger.damages = []
        one.gc()
        assert freezer.all() == taken[-1:]


def test_one_that_somebody_holds_is_given_up_by_a_later_cleaning_up() -> None:
    """Its snapshot is gone by then, and its manifest."""
    with freezing() as (one, freezer):
        for content in (b"a", b"b", b"c"):
            (one.root / "data").write_bytes(content)
            one.snapshot()
        oldest, *_, newest = freezer.all()
        freezer.busy = {oldest.guid}
        one.gc()
        assert freezer.all() == [oldest, newest]
        freezer.busy = set()
        one.gc()
        assert freezer.all() == [newest]


def test_what_a_plain_snapshot_needs_of_the_last_freeze_is_stored_before_that_goes() -> None:
    with freezing() as (one, freezer):
        (one.root / "data").write_bytes(b"bytes")
        snapshot = one.snapshot()
        (key,) = (key for path, key in one.keys(snapshot).items() if path == "data")
        told = one.ledger.index.snapshot(snapshot)
        assert told is not None
        entries = [e._replace(mode=0o600) for e in read_entries(one.objects.read, told["tree"])]
        with one.objects.batch() as batch:
            tree = write_tree(entries, batch.add_bytes)
        body = {name: value for name, value in told.items() if name not in ("freeze", "runs")}
        later = {**body, "id": 64 * "a", "tree": tree}
        one.ledger.record([Draft("snapshot", "worker", later)])
        one.gc()
        one.tree.drop_unnamed()
        assert freezer.all() == []
        assert one.read(key) == b"bytes"
