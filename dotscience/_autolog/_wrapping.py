"""Puts a function of ours around one of a library, once."""

from __future__ import annotations

import functools

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    Around = Callable[..., Any]


def wrap(holder: Any, name: str, around: Around) -> None:
    """``holder.name`` becomes ``around(original, *args, **kwargs)``, unless it is wrapped already."""
    original = getattr(holder, name, None)
    if original is None or getattr(original, "_dotscience_autolog", False):
        return

    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        return around(original, *args, **kwargs)

    call._dotscience_autolog = True  # type: ignore[attr-defined]
    setattr(holder, name, call)
