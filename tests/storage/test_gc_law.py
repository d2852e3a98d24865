"""Whatever happens in whatever order: what is needed is whole, and nothing else is ever missed."""

from __future__ import annotations

import contextlib
import random
from typing import Any
from unittest import mock

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from dotscience_server.snapshots.failures import Cancelled
from dotscience_server.storage import keeping, tally
from dotscience_server.worker.gc import set_budget
from tests.storage.living import Files, Living, living

NAMES = st.sampled_from(["a", "b", "model"])
NEWEST = 2
LARGE = 100_000


class Workspaces(RuleBasedStateMachine):
    """Runs, snapshots, labels and clean-ups of one workspace; `expected` is what each must give back."""

    def __init__(self) -> None:
        super().__init__()
        self._stack = contextlib.ExitStack()
        self._stack.enter_context(mock.patch.object(tally, "LARGE_BYTES", LARGE))
        self._stack.enter_context(mock.patch.object(keeping, "NEWEST", NEWEST))
        self.it: Living = self._stack.enter_context(living())
        self.chance = random.Random(1)
        self.runs: dict[str, tuple[str, Files]] = {}
        self.pins: dict[str, tuple[str, bytes]] = {}
        self.snapshots: dict[str, Files] = {}
        self.labelled: set[str] = set()
        self.kept_whole: set[str] = set()
        self.steps = 0

    def teardown(self) -> None:
        self._stack.close()

    @initialize()
    def begin(self) -> None:
        self.overwrite("a", 10, False)

    @rule(name=NAMES, size=st.sampled_from([10, 90_000, 200_000]), partly=st.booleans())
    def overwrite(self, name: str, size: int, partly: bool) -> None:
        path = self.it.root / name
        new = bytearray(self.chance.randbytes(size))
        if partly and path.exists():
            old = path.read_bytes()
            new[: len(old) // 2] = old[: min(len(old) // 2, size)]
        path.write_bytes(new)

    @rule(name=NAMES)
    def delete(self, name: str) -> None:
        (self.it.root / name).unlink(missing_ok=True)

    @rule(pin=st.booleans(), loss=st.sampled_from([None, "0.5", "0.1"]))
    def publish(self, pin: bool, loss: str | None) -> None:
        self.steps += 1
        run = f"run{self.steps:04d}"
        pins = [name for name in ("model",) if pin and (self.it.root / name).exists()]
        summary = {} if loss is None else {"loss": loss}
        block: dict[str, Any] = {"description": run, "summary": summary, "text": run}
        self.it.publish(run, block, pins)
        if pins:
            self.pins[run] = ("model", (self.it.root / "model").read_bytes())
        files = self.it.present()
        if pin:  # the file goes on while the run waits for its snapshot
            self.overwrite("model", 150_000, False)
            files = self.it.present()
        self.runs[run] = (self.it.snapshot(), files)

    @rule()
    def session_that_nobody_keeps(self) -> None:
        from dotscience_server.store.records import Draft

        self.steps += 1
        run = f"draft{self.steps:04d}"
        self.it.draft(run)
        self.overwrite("b", 120_000, False)
        self.it.snapshot()
        self.it.ledger.record([Draft("run.expired", "worker", {}, run)])

    @rule()
    def snapshot(self) -> None:
        self.snapshots[self.it.snapshot("user")] = self.it.present()

    @precondition(lambda self: self.runs)
    @rule(data=st.data(), key=st.sampled_from(["pinned", "note"]))
    def label(self, data: st.DataObject, key: str) -> None:
        run = data.draw(st.sampled_from(sorted(self.runs)))
        self.steps += 1
        self.it.label(run, key, "yes", self.steps)
        self.labelled.add(run)

    @rule(budget=st.sampled_from([1, 300_000, 10**9]), stop=st.none() | st.integers(0, 12))
    def gc(self, budget: int, stop: int | None) -> None:
        """Now and then it is stopped between two steps."""
        set_budget(self.it.ledger, budget)
        whole = {run for run in self.runs if self._is_whole(run)}
        kept = (self.labelled | set(sorted(self.runs)[-NEWEST:])) & whole
        left = [stop]

        def check() -> None:
            if left[0] is not None:
                left[0] -= 1
                if left[0] < 0:
                    raise Cancelled("stopped")

        with contextlib.suppress(Cancelled):
            self.it.gc(check)
        assert all(self._is_whole(run) for run in kept)

    @rule()
    def verify(self) -> None:
        report = self.it.verify()
        assert (report["damaged"], report["runs"]) == ([], [])

    @invariant()
    def snapshots_of_the_user_are_whole(self) -> None:
        for snapshot, files in self.snapshots.items():
            assert {
                name: self.it.read(key) for name, key in self.it.keys(snapshot).items()
            } == files

    @invariant()
    def runs_have_their_small_files_and_say_what_is_gone(self) -> None:
        for run in self.runs:
            self._is_whole(run)

    def _is_whole(self, run: str) -> bool:
        """Whether nothing of it was given up; fails where anything is otherwise than it should be."""
        snapshot, files = self.runs[run]
        keys = self.it.keys(snapshot)
        assert keys.keys() == files.keys()
        contents = [(keys[name], data) for name, data in files.items()]
        if run in self.pins:
            found = self.it.ledger.index.run(run)
            assert found is not None
            contents += [(str(found.pins[0].object), self.pins[run][1])]
        whole = True
        for key, data in contents:
            if self.it.thinned.time(key) is None:
                assert self.it.read(key) == data
            else:
                assert len(data) >= LARGE
                whole = False
        return whole


@pytest.mark.slow
def test_what_is_needed_is_whole_whatever_happens() -> None:
    run_state_machine_as_test(
        Workspaces, settings=settings(max_examples=25, stateful_step_count=20, deadline=None)
    )


def test_it_does_not_wait_for_a_migration_that_waits_for_it() -> None:
    with living() as it:
        (it.root / "a").write_bytes(b"a")
        it.snapshot("user")
        it.jobs.add("migrate", "moves", "files")
        it.gc()
        it.jobs.add("verify", "check", "bytes")
        assert it.collector.is_hindered()


def test_a_short_life() -> None:
    """One way through it, every time."""
    machine = Workspaces()
    try:
        machine.begin()
        for number in range(5):
            machine.overwrite("model", 200_000, bool(number % 2))
            machine.publish(True, "0.5")
        machine.session_that_nobody_keeps()
        machine.snapshot()
        machine.gc(10**9, None)
        machine.verify()
        machine.gc(1, 3)
        machine.runs_have_their_small_files_and_say_what_is_gone()
        machine.gc(1, None)
        assert not machine._is_whole("run0002")
        machine.verify()
        machine.snapshots_of_the_user_are_whole()
        assert machine.it.storage.count().unused == 0
    finally:
        machine.teardown()
