"""Hidden state: why a session's state is not what running the saved notebook from top to bottom gives.

The log is replayed: who bound each name last, with which source. Marks stand at the last execution of each cell.

    edited        its source is not the saved one (comments and formatting are no difference)
    gone          it reads a name that a cell bound which is in the notebook no more
    stale_source  it reads a name whose cell was changed and not run again
    stale_value   the cell that bound a name ran again, with another source, after it
    out_of_order  it reads a name bound by a cell below it
    rerun_self    it read what its own earlier execution bound (``x = x + 1`` twice)

What an execution bound is what the kernel saw change; names that only ``for`` and ``with`` bind are nobody's.
Changes in place (``df["c"] = …``) are not seen. Pure; rules: decision 0078.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ..detect.sessions import Execution
from .code import CellCode, code_of, same_code
from .saved import Saved, SavedCell, placed

REPLAYED_MOST = 5_000
_CUT = re.compile(r"\n# cut: \d+ of \d+ characters are kept\Z")
"""How the kernel ends a source that is too long for its journal."""
KINDS = ("edited", "gone", "stale_source", "stale_value", "out_of_order", "rerun_self")


@dataclass(frozen=True)
class Mark:
    """``other`` is the ``n`` of the execution it is about, ``lines`` how many differ for ``edited``."""

    kind: str
    names: tuple[str, ...] = ()
    other: int | None = None
    lines: int | None = None


@dataclass(frozen=True)
class State:
    """Marks and saved cells of executions, by ``n``."""

    marks: dict[int, tuple[Mark, ...]]
    cells: dict[int, SavedCell]


@dataclass(frozen=True)
class _Step:
    """An execution, with who had bound what it read."""

    one: Execution
    key: str
    source: str
    read: dict[str, _Step]
    bound: frozenset[str]
    assigns: frozenset[str]
    """What its source binds; none where it failed."""


@dataclass
class _Replay:
    steps: list[_Step] = field(default_factory=list)
    last: dict[str, _Step] = field(default_factory=dict)
    """The last execution of each cell."""


def hidden_state(
    executions: Sequence[Execution],
    sources: dict[str, str],
    saved: Saved | None,
    *,
    alive: bool = False,
) -> State:
    """See the module. ``alive``: the session goes on, so a cell that ran after the notebook was saved may just not be
    saved yet, and is not called edited."""
    executions = executions[-REPLAYED_MOST:]
    cells = placed(executions, sources, saved)
    replay = _replayed(executions, sources, cells)
    judge = _Judge(replay, cells, saved, _deleted(executions, saved), alive)
    marks = {step.one.n: judge.marks(step) for step in replay.last.values()}
    return State({n: found for n, found in marks.items() if found}, cells)


def _replayed(
    executions: Iterable[Execution], sources: dict[str, str], cells: dict[int, SavedCell]
) -> _Replay:
    replay = _Replay()
    binders: dict[str, _Step | None] = {}
    later: dict[str, frozenset[str]] = {}
    for one in executions:
        if one.nested or (one.error or {}).get("before") is True:
            continue
        source = sources.get(one.hash)
        if source is None:
            continue  # lost with a damaged record
        code = code_of(source)
        bound = _bound(one, code)
        key = one.key or _place_key(one, cells)
        names = _reads(code, bound, later)
        read = {name: step for name in names if (step := binders.get(name)) is not None}
        assigns = code.binds if one.error is None else frozenset()
        step = _Step(one, key, source, read, bound, assigns)
        for name in one.unbound:
            binders.pop(name, None)
            later.pop(name, None)
        used = dict(code.later)
        for name in bound:
            binders[name] = None if name in code.loops else step
            if name in used:
                later[name] = used[name]
            else:
                later.pop(name, None)
        replay.steps.append(step)
        replay.last[key] = step
    return replay


def _place_key(one: Execution, cells: dict[int, SavedCell]) -> str:
    cell = cells.get(one.n)
    return f"execution {one.n}" if cell is None else f"place {cell.position}"


def _bound(one: Execution, code: CellCode) -> frozenset[str]:
    """What the kernel saw change; of one that has not ended what its source says."""
    return code.binds if one.bound is None else frozenset(one.bound)


def _reads(code: CellCode, bound: frozenset[str], later: dict[str, frozenset[str]]) -> set[str]:
    """Also what the functions that it uses read."""
    open_names = [*code.reads, *(code.maybe - bound)]
    found: set[str] = set()
    while open_names:
        name = open_names.pop()
        if name not in found:
            found.add(name)
            open_names += later.get(name, ())
    return found


def _deleted(executions: Iterable[Execution], saved: Saved | None) -> set[str]:
    """Cells that the notebook's program said were deleted, after the file was written, and that did not run since."""
    gone: set[str] = set()
    for one in executions:
        if saved is None or one.started_ns > saved.time_ns:
            gone.update(one.deleted)
        gone.discard(one.key or "")
    return gone


class _Judge:
    """Finds the marks of one execution after the other."""

    def __init__(
        self,
        replay: _Replay,
        cells: dict[int, SavedCell],
        saved: Saved | None,
        deleted: set[str],
        alive: bool,
    ) -> None:
        self._replay = replay
        self._cells = cells
        self._saved = saved
        self._deleted = deleted
        self._alive = alive
        self._runs: dict[str, list[_Step]] = {}
        for step in replay.steps:
            self._runs.setdefault(step.key, []).append(step)

    def marks(self, step: _Step) -> tuple[Mark, ...]:
        if self._saved is None or self._is_gone(step):
            return ()
        found: dict[tuple[str, int], list[str]] = {}
        for name, binder in sorted(step.read.items()):
            for kind, other in self._of_read(step, name, binder):
                found.setdefault((kind, other.one.n), []).append(name)
        named = [Mark(kind, tuple(names), other) for (kind, other), names in found.items()]
        named.sort(key=lambda mark: (KINDS.index(mark.kind), mark.other or 0))
        return (*self._edited(step), *named)

    def _of_read(self, step: _Step, name: str, binder: _Step) -> Iterable[tuple[str, _Step]]:
        if binder.key == step.key:
            if name in step.bound:
                yield "rerun_self", binder
            return
        again = self._ran_again(step, name, binder)
        if again is not None:
            yield "stale_value", again
        elif self._is_gone(binder):
            yield "gone", binder
        elif self._differs(self._confirmed(name, binder)):
            yield "stale_source", binder
        here, there = self._cells.get(step.one.n), self._cells.get(binder.one.n)
        if here is not None and there is not None and there.position > here.position:
            yield "out_of_order", binder

    def _ran_again(self, step: _Step, name: str, binder: _Step) -> _Step | None:
        """The last execution of the binder's cell after the reader that bound the name with another source."""
        later = [one for one in self._runs[binder.key] if one.one.n > step.one.n]
        bound = [one for one in later if name in one.bound]
        if bound and not same_code(bound[-1].source, binder.source):
            return bound[-1]
        return None

    def _confirmed(self, name: str, binder: _Step) -> _Step:
        """The last execution of the binder's cell, where that gave the name the very same object (an import)."""
        last = next(one for one in reversed(self._runs[binder.key]) if self._gives(one, name))
        return last if name not in last.bound else binder

    @staticmethod
    def _gives(step: _Step, name: str) -> bool:
        return name in step.assigns or name in step.bound

    def _edited(self, step: _Step) -> tuple[Mark, ...]:
        if not self._differs(step):
            return ()
        cell = self._cells[step.one.n]
        return (Mark("edited", lines=_lines_that_differ(step.source, cell.source)),)

    def _differs(self, step: _Step) -> bool:
        """Whether what ran is not what is saved."""
        cell = self._cells.get(step.one.n)
        if cell is None or _CUT.search(step.source) or same_code(step.source, cell.source):
            return False
        return not self._may_be_unsaved(step)

    def _may_be_unsaved(self, step: _Step) -> bool:
        assert self._saved is not None
        last = self._replay.last[step.key]
        return self._alive and last.one.started_ns > self._saved.time_ns

    def _is_gone(self, step: _Step) -> bool:
        if step.one.key in self._deleted:
            return True
        return step.one.n not in self._cells and not self._may_be_unsaved(step)


def _lines_that_differ(one: str, other: str) -> int:
    matcher = difflib.SequenceMatcher(None, one.splitlines(), other.splitlines(), autojunk=False)
    return sum(
        max(a_end - a, b_end - b)
        for tag, a, a_end, b, b_end in matcher.get_opcodes()
        if tag != "equal"
    )
