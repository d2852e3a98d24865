"""``%%ds [description]``: the cell is a run.

It starts before the cell's code, gets the error of a cell that raises (which is still raised), and
is published after it, unless the cell started or published runs of its own.
"""

from __future__ import annotations

import contextlib

import dotscience

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator


def load(ipython: Any) -> None:
    """Register the magic with IPython's shell."""

    def ds(line: str, cell: str) -> None:
        run_cell(ipython, line.strip(), cell)

    ds.__doc__ = __doc__
    ipython.register_magic_function(ds, "cell", "ds")


def run_cell(ipython: Any, description: str, code: str) -> None:
    """Run a cell's code as a run. Raises what the code raises."""
    dotscience.start(description or None)
    started = dotscience._defaultDS.currentRun
    with _no_traceback(ipython):
        result = ipython.run_cell(code)
    error = result.error_before_exec or result.error_in_exec
    if started is not None and dotscience._defaultDS.currentRun is started and started.is_running:
        if error is not None:
            dotscience.set_error(f"{type(error).__name__}: {error}")
        dotscience.publish()
    if error is not None:
        raise error


@contextlib.contextmanager
def _no_traceback(ipython: Any) -> Iterator[None]:
    """The inner cell shows no traceback: the outer one does, and counts as failed."""
    names = ("showtraceback", "showsyntaxerror")
    for name in names:
        setattr(ipython, name, lambda *args, **kwargs: None)
    try:
        yield
    finally:
        for name in names:
            delattr(ipython, name)
