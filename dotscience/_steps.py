"""``for epoch in ds.steps(range(60)):`` - a loop that says how far it is.

- A loop's progress goes to the run that is current at each of its steps, at most `PER_SECOND` times a
  second, but always for the first and the last; it begins no run.
- While a loop's body runs, metrics without a step get the loop's index (0, 1, …), the innermost
  loop's of the same run, in the same thread or task.
- However the loop is left, its end is noted when Python lets go of the iterator: at once.
"""

from __future__ import annotations

import time
from contextvars import ContextVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from dotscience._dotscience import Dotscience

PER_SECOND = 10


class Steps:
    """An iterable, or async iterable, around ``iterable``; ``current`` gives the object to tell."""

    def __init__(self, iterable: Any, label: object, current: Callable[[], Dotscience]) -> None:
        self._iterable = iterable
        self._label = None if label is None else str(label)
        self._current = current

    def __iter__(self) -> _Loop:
        return _Loop(iter(self._iterable), self._position())

    def __aiter__(self) -> _AsyncLoop:
        return _AsyncLoop(self._iterable.__aiter__(), self._position())

    def __len__(self) -> int:
        return len(self._iterable)

    def _position(self) -> _Position:
        try:
            total: int | None = len(self._iterable)
        except Exception:
            total = None
        return _Position(total, self._label, self._current)


class _Position:
    """Where a loop is. ``owner``: whose run its present step belongs to."""

    __slots__ = ("_current", "_label", "_told_at", "_total", "has_ended", "index", "outer", "owner")

    def __init__(self, total: int | None, label: str | None, current: Any) -> None:
        self._total = total
        self._label = label
        self._current = current
        self._told_at: float | None = None
        self.index = -1
        self.owner: Dotscience | None = None
        self.outer: _Position | None = None
        self.has_ended = False

    def step(self) -> None:
        """The next turn begins."""
        if self.index < 0:
            self.outer = _innermost.get()
            _innermost.set(self)
        self.index += 1
        self.owner = self._current()
        now = time.monotonic()
        if self._told_at is None or now - self._told_at >= 1 / PER_SECOND:
            self._told_at = now if self._tell(self.index) else None

    def end(self, is_whole: bool) -> None:
        """The loop is over; ``is_whole``: the last turn was done to its end."""
        if self.has_ended:
            return
        self.has_ended = True
        if _innermost.get() is self:
            _innermost.set(self.outer)
        if self.owner is not None:
            self._tell(self.index + 1 if is_whole else self.index)

    def _tell(self, done: int) -> bool:
        owner = self.owner
        return owner is not None and owner._progress(done, self._total, self._label)


class _Loop:
    __slots__ = ("_position", "_source")

    def __init__(self, source: Any, position: _Position) -> None:
        self._source = source
        self._position = position

    def __iter__(self) -> _Loop:
        return self

    def __next__(self) -> Any:
        try:
            item = next(self._source)
        except BaseException:
            self._position.end(is_whole=True)
            raise
        self._position.step()
        return item

    def __del__(self) -> None:
        _let_go(self._position)


class _AsyncLoop:
    __slots__ = ("_position", "_source")

    def __init__(self, source: Any, position: _Position) -> None:
        self._source = source
        self._position = position

    def __aiter__(self) -> _AsyncLoop:
        return self

    async def __anext__(self) -> Any:
        try:
            item = await self._source.__anext__()
        except BaseException:
            self._position.end(is_whole=True)
            raise
        self._position.step()
        return item

    def __del__(self) -> None:
        _let_go(self._position)


def default_step(owner: Dotscience) -> int | None:
    """The index of the innermost loop whose present step belongs to ``owner``'s run."""
    position = _innermost.get()
    while position is not None:
        if not position.has_ended and position.owner is owner:
            return position.index
        position = position.outer
    return None


def _let_go(position: _Position) -> None:
    try:
        position.end(is_whole=False)
    except Exception:  # noqa: S110 - the interpreter is being taken apart
        pass


_innermost: ContextVar[_Position | None] = ContextVar("dotscience_steps", default=None)
