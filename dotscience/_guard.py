"""G1: what the library does beyond the original never raises into the user's code.

A fault of ours, or of the disk, is one line on stderr, once for each kind. KeyboardInterrupt and
SystemExit pass.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, TypeVar

    F = TypeVar("F", bound=Callable[..., Any])

_warned: set[str] = set()


def warn_once(message: str) -> None:
    """One line on stderr, the first time this message is said in the process."""
    if message in _warned:
        return
    _warned.add(message)
    try:
        sys.stderr.write(f"dotscience: {message}\n")
    except Exception:  # noqa: S110 - no stderr, closed, full: there is nobody left to tell
        pass


def warn_failed(error: Exception) -> None:
    """As `warn_once`, of an exception that was kept from the user's code."""
    if sys is None or sys.is_finalizing():  # the interpreter is being taken apart around us
        return
    try:
        warn_once(f"could not record everything ({type(error).__name__}: {error})")
    except Exception:  # noqa: S110 - its own text can't be made
        pass


def guarded(function: F) -> F:
    """The function, returning None where it would raise an `Exception`."""

    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            warn_failed(error)
            return None

    call.__name__ = function.__name__
    call.__doc__ = function.__doc__
    return call  # type: ignore[return-value]
