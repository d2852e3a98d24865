"""What the last freeze knew for good, for a driver that runs for long: an unchanged file's entry is
carried over without a question to the stat cache.

Invariant: an entry is carried only for the very same PlannedFile object (nothing in its lstat has
changed, see `walk.Seen`), and only if no change can have gone unseen when it was made. Files with
several names are never carried: which of them are in the tree can change with the others' names.
"""

from __future__ import annotations

from collections.abc import Sequence

from dotscience._tree import Entry

from .plan import PlannedFile


class Carried:
    """Planned files in order of path, each with its entry or None."""

    def __init__(
        self, files: Sequence[PlannedFile] = (), entries: Sequence[Entry | None] = ()
    ) -> None:
        self._files = files
        self._entries = entries

    def entries(self, files: Sequence[PlannedFile]) -> list[Entry | None]:
        """For each of these files, which are in order of path, its entry where it is known."""
        found: list[Entry | None] = []
        before, known = self._files, self._entries
        at, count = 0, len(before)
        for file in files:
            if at < count and before[at] is not file:
                path = file.path
                while at < count and before[at].path < path:
                    at += 1
            if at < count and before[at] is file:
                found.append(known[at])
                at += 1
            else:
                found.append(None)
        return found
