"""Which run a call means, and ``with ds.run():``.

A call goes to the innermost run of its own context (a task, a thread) first; else, as in threads
that were started inside a run, to the one of the process that began last; else to the default one.
"""

from __future__ import annotations

import functools
import os
from contextvars import ContextVar

from dotscience._dotscience import Dotscience

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Mapping

    from dotscience._run import Run


class Scopes:
    """The runs that are open in this process, over the ``default`` object."""

    def __init__(self, default: Dotscience) -> None:
        self.default = default
        self._open: list[Dotscience] = []
        self._frame: ContextVar[_Frame | None] = ContextVar("dotscience_run", default=None)

    def current(self) -> Dotscience:
        """The object that a call of the module means."""
        frame = self._frame.get()
        while frame is not None:
            if frame.is_valid():
                return frame.target
            frame = frame.outer
        return self._open[-1] if self._open else self.default

    def start(self, description: object, resume: str | None) -> None:
        """``ds.start()``: a run of the default object, current in this context until it is
        published."""
        self.default.start(description, resume)
        if self._open:
            self._frame.set(_Frame(self.default, self.default.currentRun, self._frame.get()))

    def enter(self, scope: ScopedRun) -> None:
        """``scope`` is current in this context from here on."""
        self._open.append(scope)
        self._frame.set(_Frame(scope, None, self._frame.get()))

    def leave(self, scope: ScopedRun) -> None:
        """``scope`` is current no more, in any context."""
        if scope in self._open:
            self._open.remove(scope)
        frame = self._frame.get()
        while frame is not None and not frame.is_valid():
            frame = frame.outer
        self._frame.set(frame)


class _Frame:
    """One run in a context: all of a scope, or one ``run`` of the default object."""

    __slots__ = ("_run", "outer", "target")

    def __init__(self, target: Dotscience, run: Run | None, outer: _Frame | None) -> None:
        self.target = target
        self._run = run
        self.outer = outer

    def is_valid(self) -> bool:
        if isinstance(self.target, ScopedRun):
            return self.target.is_open
        run = self.target.currentRun
        return run is not None and run is self._run and run.is_running


class ScopedRun(Dotscience):
    """A run that begins and ends with a ``with`` block, or with each call of a function that it
    decorates. The block's exception becomes the run's error, and is raised on."""

    def __init__(
        self,
        scopes: Scopes,
        description: object = None,
        group: object = None,
        parameters: Mapping[Any, Any] | None = None,
        labels: Mapping[Any, Any] | None = None,
    ) -> None:
        super().__init__()
        self._scopes = scopes
        self._root = scopes.default._root
        self._mode = scopes.default._mode
        self._said = (description, group, dict(parameters or {}), dict(labels or {}))
        self._process = 0
        self.is_open = False

    def __enter__(self) -> ScopedRun:
        description, group, parameters, labels = self._said
        parent = self._scopes.current()._running_id()
        self.start(description)
        self.is_open = True
        self._process = os.getpid()
        self._scopes.enter(self)
        if group is not None:
            self.add_label("group", group)
        if parent is not None:
            self.add_label("parent", parent)
        for key, value in labels.items():
            self.add_label(key, value)
        for key, value in parameters.items():
            self.add_parameter(key, value)
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        self.is_open = False
        self._scopes.leave(self)
        if os.getpid() != self._process:
            return  # a forked child came out of its parent's block
        text = _error_text(error)
        if text is not None:
            self.set_error(text)
        if self._running_id() is not None:
            self.publish()

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, each call of it a run."""
        import inspect  # 10 ms, for those who decorate

        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def call_async(*args: Any, **kwargs: Any) -> Any:
                with ScopedRun(self._scopes, *self._said):
                    return await function(*args, **kwargs)

            return call_async

        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            with ScopedRun(self._scopes, *self._said):
                return function(*args, **kwargs)

        return call


def _error_text(error: BaseException | None) -> str | None:
    """The text of an exception that fails a run; None for one that ends a block in order."""
    if error is None or isinstance(error, GeneratorExit):
        return None
    if isinstance(error, SystemExit) and error.code in (None, 0):
        return None
    try:
        return f"{type(error).__name__}: {error}"
    except Exception:
        return type(error).__name__
