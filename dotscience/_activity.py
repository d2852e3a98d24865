"""Whether anything of the user runs, as the journal's records say: a cell, or outside notebooks a run.

Where cells are recorded, they alone count: a run that was left open in an idle kernel is no activity.
"""

from __future__ import annotations

from dotscience import _journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

_TYPES = frozenset(
    (_journal.START, _journal.PUBLISH, _journal.DROP, _journal.CELL, _journal.CELL_END)
)


class Activity:
    """``changed`` is called, in the user's thread, when something begins or ends."""

    def __init__(self) -> None:
        self.changed: Callable[[], None] | None = None
        self._runs: set[str] = set()
        self._cells: set[int] = set()
        self._has_cells = False

    def saw(self, type: int, payload: dict[str, Any]) -> None:
        """A record was written."""
        if type not in _TYPES:
            return
        if type == _journal.START:
            self._runs.add(payload["id"])
        elif type == _journal.CELL:
            self._has_cells = True
            self._cells.add(payload["n"])
        elif type == _journal.CELL_END:
            self._cells.discard(payload["n"])
        else:
            self._runs.discard(payload["id"])
        if self.changed is not None:
            self.changed()

    def is_active(self) -> bool:
        """Any thread."""
        return bool(self._cells if self._has_cells else self._runs)


#: Of this process.
activity = Activity()
