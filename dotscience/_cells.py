"""The cells that an IPython shell runs: which one runs now, and who hears of their beginning and end.

    pre_run_cell ──► open ──post_run_cell──► told to the listeners, closed

- State lies on one object that hangs on the shell (`cells_of`), not in this module's globals:
  ``%autoreload 2`` executes a module again when its file changes.
- Beginning and end are paired by the ``info`` that IPython gives both: cells nest (``run_cell`` within a
  cell), run in several threads (subshells), an empty cell ends without having begun, and a killed one
  never ends.
- Callbacks that the user's code took away are put back as soon as one of them is called again.
- IPython swallows an interrupt that arrives inside a callback: it is sent once more, to the cell.
"""

from __future__ import annotations

import _thread
import os
import signal
import threading
import time

from dotscience._guard import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ATTRIBUTE = "_dotscience_cells"
#: Cells of which only the beginning is known are forgotten above this.
_OPEN = 64
#: After this the cell's own code runs.
_AGAIN_S = 0.05


class Cell:
    """A cell that runs: ``source`` as the user wrote it; ``nested`` inside another one; ``n``: the number
    of its record in the journal, None where it is not recorded."""

    __slots__ = ("began_ns", "info", "n", "names", "nested", "request", "source", "thread")

    def __init__(self, info: Any, request: str | None, nested: bool) -> None:
        self.info = info
        self.source = str(getattr(info, "raw_cell", "") or "")
        self.request = request
        self.nested = nested
        self.thread = threading.get_ident()
        self.n: int | None = None
        self.names: dict[str, int] | None = None
        self.began_ns = 0


class Listener:
    """Hears of cells. What it raises is warned of once."""

    def began(self, cell: Cell) -> None:
        """Before the cell's code runs."""

    def ended(self, cell: Cell, result: Any, duration_ns: int) -> None:
        """After it; ``result`` is IPython's, None where the cell was cancelled."""


class Cells:
    """The cells of one shell, in the process that made this."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._pid = os.getpid()
        self._lock = threading.RLock()  # re-entrant: a signal handler may record while we do
        self._open: list[Cell] = []
        self._listeners: dict[str, Listener] = {}

    def add(self, name: str, listener: Listener) -> None:
        """Tell ``listener`` from now on; another one of that name is told no more."""
        self._listeners[name] = listener
        self.listen()

    def remove(self, name: str) -> None:
        """Tell nobody of that name any more."""
        self._listeners.pop(name, None)

    def listener(self, name: str) -> Listener | None:
        """Who was added by that name."""
        return self._listeners.get(name)

    def running(self) -> Cell | None:
        """The innermost cell of this thread; in a thread of the user's own, the cell that began last."""
        with self._lock:
            if os.getpid() != self._pid or not self._open:
                return None  # a forked child runs no cell of its own
            own = [cell for cell in self._open if cell.thread == threading.get_ident()]
            return (own or self._open)[-1]

    @guarded
    def listen(self) -> None:
        """IPython's ``pre_execute``, before any cell; may be called at any time."""
        for event in ("pre_execute", "pre_run_cell", "post_run_cell"):
            callback = getattr(self, _CALLBACKS[event])
            present = self._shell.events.callbacks[event]
            # By name: after a reload the same method is another object.
            if not any(_is_same(one, callback) for one in present):
                self._shell.events.register(event, callback)

    @guarded
    def before(self, info: Any) -> None:
        """IPython's ``pre_run_cell``."""
        if os.getpid() != self._pid:
            return
        self.listen()
        with self._lock:
            request, thread = _request(self._shell), threading.get_ident()
            nested = any(one.thread == thread and one.request == request for one in self._open)
            cell = Cell(info, request, nested)
            self._open = [*self._open[-_OPEN:], cell]
        try:
            for listener in list(self._listeners.values()):
                _tell(listener.began, cell)
        except KeyboardInterrupt:
            timer = threading.Timer(_AGAIN_S, self._interrupt, [cell])
            timer.daemon = True
            timer.start()
        cell.began_ns = time.monotonic_ns()

    @guarded
    def after(self, result: Any) -> None:
        """IPython's ``post_run_cell``."""
        now = time.monotonic_ns()
        if os.getpid() != self._pid:
            return
        self.listen()
        cell = self._ending(result)
        if cell is None:
            return
        for listener in reversed(list(self._listeners.values())):
            try:
                _tell(listener.ended, cell, result, now - cell.began_ns)
            except KeyboardInterrupt:  # the user's code is over: there is nothing to interrupt
                pass
        with self._lock:
            self._open = [one for one in self._open if one is not cell]

    def _interrupt(self, cell: Cell) -> None:
        if cell not in self._open:
            return
        if hasattr(signal, "pthread_kill"):  # a real signal: it ends a sleep, too
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        else:
            _thread.interrupt_main()

    def _ending(self, result: Any) -> Cell | None:
        """The cell that has ended; what began inside it and did not end is forgotten."""
        info = getattr(result, "info", None)
        with self._lock:
            own = [cell for cell in self._open if cell.thread == threading.get_ident()]
            found = [cell for cell in own if cell.info is info] if result is not None else own[-1:]
            if not found:
                return None
            inside = own[own.index(found[0]) + 1 :]
            self._open = [cell for cell in self._open if cell not in inside]
            return found[0]


def cells_of(shell: Any) -> Cells:
    """The one `Cells` of a shell, made when it is first asked for."""
    cells: Cells | None = getattr(shell, _ATTRIBUTE, None)
    if cells is None:
        cells = Cells(shell)
        setattr(shell, _ATTRIBUTE, cells)
    return cells


def running_in(shell: Any) -> Cell | None:
    """The cell that ``shell`` (may be None) runs now, where somebody listens to its cells."""
    cells = getattr(shell, _ATTRIBUTE, None)
    return cells.running() if cells is not None else None


_CALLBACKS = {"pre_execute": "listen", "pre_run_cell": "before", "post_run_cell": "after"}


def _is_same(one: Any, callback: Any) -> bool:
    return getattr(one, "__self__", None) is callback.__self__ and one.__name__ == callback.__name__


def _request(shell: Any) -> str | None:
    """The id of the request that the kernel executes; nested cells share it."""
    parent = shell.get_parent() if hasattr(shell, "get_parent") else None
    header = parent.get("header", {}) if isinstance(parent, dict) else {}
    return header.get("msg_id") if isinstance(header, dict) else None


@guarded
def _tell(told: Any, *what: Any) -> None:
    told(*what)
