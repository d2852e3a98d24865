"""Cells in the journal as they really ran (``docs/formats/journal.md``, types 11 and 12).

- A cell's record is written before its code runs: what a killed kernel did last is known.
- Names are compared by the identity of their objects before and after, never by value; no object is
  kept alive for it. In place changes are not seen.
- Nothing is recorded in the home folder, ``/`` or a shared folder by this alone: a store has to stand
  there already, or the user's own ``ds`` calls make one.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import re
import time

from dotscience import _journal, _observe, _seeds
from dotscience._cells import Cell, Listener
from dotscience._guard import guarded
from dotscience._recorder import is_disabled, recorders
from dotscience._session import cell as notebook_cell
from dotscience._workspace import choose_workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from dotscience._recorder import Recorder

_SOURCE_CHARACTERS = 1_000_000
_MESSAGE_CHARACTERS = 2_000
#: More names than this are not compared: a thousand cost a millisecond beside an audit hook.
_NAMES = 5_000
_NAMES_TOLD = 500
_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
#: The object's address, turned; unlike `id` it raises no audit event, which costs five times as much.
_identity_of = object.__hash__
#: What IPython itself keeps in the namespace.
_IPYTHONS = frozenset(("In", "Out", "exit", "get_ipython", "open", "quit"))


def is_on() -> bool:
    """``DOTSCIENCE_CAPTURE=0`` and ``DOTSCIENCE_DISABLE=1`` turn this off, also while a kernel runs."""
    return os.environ.get("DOTSCIENCE_CAPTURE", "") != "0" and not is_disabled()


class CellLog(Listener):
    """Writes the cells of ``shell`` to the journal."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._pid = os.getpid()
        self._n = 0
        self._recorder: Recorder | None = None
        self._journal: str | None = None
        self._hashes: set[str] = set()
        self._last: Cell | None = None

    def recorder(self) -> Recorder | None:
        """Who keeps a cell that would run now; None where it is not recorded."""
        if not is_on():
            return None
        if self._recorder is None:
            found = recorders.current()
            if found is None or not _may_record(found):
                return None
            self._recorder = found
            atexit.register(self._end)
        return self._recorder

    def began(self, cell: Cell) -> None:
        recorder = self.recorder()
        if recorder is None:
            return
        self._n += 1
        cell.n = self._n
        digest, source = self._source(cell.source, recorder)
        payload: dict[str, Any] = {"n": cell.n, "t": str(time.time_ns()), "hash": digest}
        payload.update(source, **_identity(self._shell, cell))
        recorder.note(_journal.CELL, payload)
        self._journal = recorder.journal
        self._last = cell
        _observe.expect(cell.source, cell.n)
        cell.names = names(self._shell.user_ns)

    def ended(self, cell: Cell, result: Any, duration_ns: int) -> None:
        if cell.n is None or self._recorder is None:
            return
        bound, unbound = changed(cell.names, self._shell.user_ns)
        self._note_end(cell, duration_ns, _count(cell, result), error_of(result), bound, unbound)
        _observe.flush(cell.n)
        _seeds.flush()

    def _note_end(
        self,
        cell: Cell,
        duration_ns: int,
        count: int | None,
        error: dict[str, Any] | None,
        bound: list[str],
        unbound: list[str],
    ) -> None:
        if self._last is cell:
            self._last = None
        assert self._recorder is not None
        payload = {
            "n": cell.n,
            "t": str(time.time_ns()),
            "count": count,
            "duration_ns": duration_ns,
            "error": error,
            "bound": bound,
            "unbound": unbound,
        }
        self._recorder.note(_journal.CELL_END, payload)

    def _source(self, source: str, recorder: Recorder) -> tuple[str, dict[str, Any]]:
        """The hash, and what of the source the record holds."""
        digest = hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()
        path = recorder.journal
        if path is None or path != self._journal or not os.path.exists(path):
            self._hashes.clear()  # another file begins
        if digest in self._hashes:
            return digest, {}
        self._hashes.add(digest)
        if len(source) <= _SOURCE_CHARACTERS:
            return digest, {"source": source}
        note = f"\n# cut: {_SOURCE_CHARACTERS} of {len(source)} characters are kept"
        return digest, {"source": source[:_SOURCE_CHARACTERS] + note, "cut": len(source)}

    @guarded
    def _end(self) -> None:
        """At the interpreter's end: a cell that still runs ends here."""
        cell = self._last
        if cell is not None and os.getpid() == self._pid:
            error = {"kind": "SystemExit", "message": "the kernel ended while this cell ran"}
            duration_ns = time.monotonic_ns() - cell.began_ns
            self._note_end(cell, duration_ns, _count(cell, None), error, [], [])


def _may_record(recorder: Recorder) -> bool:
    chosen = choose_workspace(recorder.workspace)
    return chosen.reason != "home" or os.path.isdir(chosen.store)


def _identity(shell: Any, cell: Cell) -> dict[str, Any]:
    """Which cell of which notebook, as far as the request tells."""
    found: dict[str, Any] = {"cell": None, "uri": None}
    if cell.nested:
        return {**found, "nested": True}
    parent = shell.get_parent() if hasattr(shell, "get_parent") else {}
    metadata = parent.get("metadata", {}) if isinstance(parent, dict) else {}
    id = metadata.get("cellId")
    if isinstance(id, str):
        # VS Code sends the address of the cell's document instead.
        found["cell" if _ID.fullmatch(id) else "uri"] = id[:2_000]
    deleted = metadata.get("deletedCells")
    if isinstance(deleted, list) and deleted:
        found["deleted"] = [one for one in deleted if isinstance(one, str)][:1_000]
    return found


def names(namespace: dict[str, Any]) -> dict[str, int] | None:
    """The identity of each name's object; None above `_NAMES`."""
    if len(namespace) > _NAMES:
        return None
    return {
        name: _identity_of(value)
        for name, value in list(namespace.items())  # at once: another thread may bind a name
        if name[:1] != "_" and name not in _IPYTHONS
    }


def changed(
    before: dict[str, int] | None, namespace: dict[str, Any]
) -> tuple[list[str], list[str]]:
    """The names whose object changed or that are new, and those that went."""
    after = names(namespace) if before is not None else None
    if before is None or after is None:
        return [], []
    bound = [name for name, identity in after.items() if before.get(name) != identity]
    unbound = [name for name in before if name not in after]
    return bound[:_NAMES_TOLD], unbound[:_NAMES_TOLD]


def error_of(result: Any) -> dict[str, Any] | None:
    """The error of IPython's result of a cell, as its record holds it."""
    if result is None:  # the kernel cancelled an `await`
        return {"kind": "KeyboardInterrupt", "message": ""}
    before = getattr(result, "error_before_exec", None)
    error = before if before is not None else getattr(result, "error_in_exec", None)
    if error is None:
        return None
    found: dict[str, Any] = {"kind": type(error).__name__, "message": message_of(error)}
    if before is not None:
        found["before"] = True
    return found


def message_of(error: BaseException) -> str:
    """The text of an exception; '' where its own code fails."""
    try:
        return str(error)[:_MESSAGE_CHARACTERS]
    except Exception:
        return ""


def _count(cell: Cell, result: Any) -> int | None:
    if cell.nested or not getattr(cell.info, "store_history", False):
        return None
    if result is None:
        return notebook_cell()[1]
    # Not the shell's: within a cell IPython 9 has already counted on.
    count = getattr(result, "execution_count", None)
    return count if isinstance(count, int) else None
