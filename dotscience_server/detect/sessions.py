"""What a session did beside its runs: cells and files, as its journal tells them in order."""

from __future__ import annotations

from dotscience import _journal
from dotscience._journal import Record

TYPES = frozenset(
    {
        _journal.SESSION,
        _journal.START,
        _journal.PUBLISH,
        _journal.END,
        _journal.CELL,
        _journal.CELL_END,
        _journal.FILES,
    }
)
"""The records that `SessionLog.take` is given."""


class SessionLog:
    """One journal's session. Invariant: taking the same records again gives the same state."""

    def take(self, record: Record) -> None:
        """One record of a type in `TYPES`, in the order of writing."""
