"""A store of whole files goes over into chunks: readable before, during and after, whatever is killed when."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from dotscience import _tree
from dotscience_server.chunks.client import Engine
from dotscience_server.snapshots.contract import Unwatched
from dotscience_server.snapshots.failures import Cancelled
from dotscience_server.store.failures import ChunksRefused
from dotscience_server.store.objects import ObjectStore
from tests.snapshots.trees import describe
from tests.snapshots.workspaces import Workspace

from .engines import broken

STEPS = ["putting objects", "adding a large file", "before the commit", "letting an object go"]


class Old(Workspace):
    """A workspace with two snapshots of format 1: `trees`, what `now` looks like and looked like."""

    def __init__(self, base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(base)
        self.engines: list[Engine] = []
        with monkeypatch.context() as patched:
            patched.setattr(_tree, "FORMAT", 1)
            for number in range(30):
                self.file(f"data/{number}", random.Random(number).randbytes(5000))
            self.file("empty")
            model = self.file("model", random.Random(99).randbytes(3_000_000))
            self.looks = [describe(os.fsencode(self.root))]
            self.trees = [self.freeze().tree]
            with model.open("r+b") as file:
                file.write(b"changed")
            os.truncate(self.file("holes"), 100 << 20)
            self.looks.append(describe(os.fsencode(self.root)))
            self.trees.append(self.freeze().tree)

    def files(self) -> set[str]:
        """The objects that are files."""
        return {e.hash for tree in self.trees for e in self.entries(tree).values() if e.hash}

    def with_engine(self, command: list[str] | None = None) -> Engine:
        """The store as a new worker would open it."""
        engine = Engine(self.store, self.base / "cache", command or ())
        self.engines.append(engine)
        self.objects = ObjectStore(self.store, self.base / "cache", engine)
        return engine

    def check(self) -> None:
        """Both snapshots are what they were."""
        for tree, look in zip(self.trees, self.looks, strict=True):
            assert describe(os.fsencode(self.checkout(tree).path)) == look


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Old]:
    space = Old(tmp_path, monkeypatch)
    yield space
    for engine in space.engines:
        engine.close()


def stays(old: Old) -> set[str]:
    """The files that are objects still."""
    return {one for one in old.files() if old.objects.path(one).exists()}


def test_whole_files_go_over(old: Old) -> None:
    before = old.objects.disk_usage()
    engine = old.with_engine()
    old.check()
    gone = set(engine.migrate(sorted(old.files()), Unwatched()))
    [sparse] = [e.hash for e in old.entries(old.trees[1]).values() if e.path == b"holes"]
    assert old.files() - gone == {sparse}, "one with holes stays: its zeros would all be read"
    assert stays(old) == {sparse}
    old.check()
    assert old.objects.disk_usage() < before
    for one in gone:
        assert old.objects.has(one)
        assert len(old.objects.read(one)) == old.objects.size(one)
    assert set(engine.migrate(sorted(old.files()), Unwatched())) == gone, "again: nothing happens"


def test_a_tree_made_afterwards_is_the_same(old: Old) -> None:
    old.with_engine().migrate(sorted(old.files()), Unwatched())
    old.file("new", b"1")
    tree = old.freeze().tree
    assert old.freeze().tree == tree
    kept = {e.path: e.hash for e in old.entries(old.trees[1]).values()}
    assert {e.path: e.hash for e in old.entries(tree).values() if e.path != b"new"} == kept


@pytest.mark.fault
@pytest.mark.parametrize("number", [1, 2, 20])
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_everything_is_readable(
    old: Old, tmp_path: Path, step: str, number: int
) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    engine = old.with_engine(broken("killed", step, number, 2, marks))
    try:
        engine.migrate(sorted(old.files()), Unwatched())
    except ChunksRefused:
        assert len(list(marks.iterdir())) == 2
    old.check()
    gone = old.with_engine().migrate(sorted(old.files()), Unwatched())
    assert len(gone) == len(old.files()) - 1
    old.check()


def test_a_damaged_object_does_not_go(old: Old) -> None:
    model = next(e.hash for e in old.entries(old.trees[0]).values() if e.path == b"model")
    assert model is not None
    path = old.objects.path(model)
    path.chmod(0o600)
    path.write_bytes(b"damaged")
    assert model not in old.with_engine().migrate(sorted(old.files()), Unwatched())
    assert path.read_bytes() == b"damaged"


def test_cancelled_it_goes_on_later(old: Old) -> None:
    engine = old.with_engine()

    class Impatient(Unwatched):
        def check(self) -> None:
            raise Cancelled("no longer wanted")

    with pytest.raises(Cancelled):
        engine.migrate(sorted(old.files()), Impatient())
    old.check()
    assert engine.migrate(sorted(old.files()), Unwatched())
    old.check()
