"""One training: the run that goes on, or one of its own for as long as it lasts."""

from __future__ import annotations

import numbers

from dotscience._guard import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Mapping

_LONGEST_TEXT = 500
_MOST_PARAMETERS = 200


class Training:
    """Begun when made; over with its block, or by `end`. None of its methods raises (G1)."""

    def __init__(self, title: str) -> None:
        self._own: Any = None
        self._target: Any = None
        self._begin(title)

    def __enter__(self) -> Training:
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        self.end(error)

    @guarded
    def given(self, params: Any, **more: Any) -> None:
        """Record a library's table of settings, those that are None left out, and ``more``."""
        told = {key: value for key, value in dict(params or {}).items() if value is not None}
        self.parameters({**told, **more})

    @guarded
    def parameters(self, values: Mapping[str, Any], prefix: str = "") -> None:
        """Record settings: plain values as they are, of all others what they are called."""
        for name, value in list(values.items())[:_MOST_PARAMETERS]:
            text = _text(value)
            if text is not None:
                self._target.add_parameter(prefix + str(name), text)

    @guarded
    def metrics(self, values: Mapping[str, Any], step: Any = None) -> None:
        """Record numbers at a step; what is none is left out."""
        found = {str(name): value for name, value in values.items() if _is_number(value)}
        if found:
            self._target.metrics(found, step)

    @guarded
    def label(self, key: str, value: str) -> None:
        self._target.add_label(key, value)

    @guarded
    def table(self, key: str, rows: Any) -> None:
        """Keep a table beside the run."""
        self._target.log(key, rows)

    @guarded
    def progress(self, done: int, total: int | None, label: str) -> None:
        """How far the training is."""
        self._target._progress(done, total, label)

    @guarded
    def end(self, error: BaseException | None = None) -> None:
        """It is over; a run of its own is published, with the error."""
        own, self._own = self._own, None
        if own is not None:
            own.__exit__(type(error) if error is not None else None, error, None)

    @guarded
    def _begin(self, title: str) -> None:
        import dotscience

        self._target = dotscience._current()
        if self._target._running_id() is None:
            self._own = dotscience.run(title)
            self._target = self._own.__enter__()


def _is_number(value: Any) -> bool:
    if isinstance(value, (str, bytes)) or value is None:
        return False
    if isinstance(value, numbers.Number):
        return True
    size = getattr(value, "size", None) or getattr(value, "numel", None)
    try:
        return hasattr(value, "__float__") and (size() if callable(size) else size) in (None, 1)
    except Exception:
        return False


def _text(value: Any) -> str | None:
    """None for what says nothing as text, such as an array."""
    if value is None or isinstance(value, (str, bool, numbers.Number)):
        return str(value)[:_LONGEST_TEXT]
    if isinstance(value, (list, tuple)) and len(value) <= 20:
        parts = [_text(item) for item in value]
        if None not in parts:
            return str(value)[:_LONGEST_TEXT]
    if isinstance(value, type) or callable(value):
        return str(getattr(value, "__name__", type(value).__name__))
    if hasattr(value, "get_params"):
        return type(value).__name__
    return None
