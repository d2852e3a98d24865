"""What has been seen since the last flush: paths with modes, in order, within bounds.

- Nothing here locks or reads a file: the audit hook calls it from any thread, inside the user's open.
- At most `EXACT` paths are kept; of more, only their folders and how many.
- A name that is given up again moves along (rename) or goes (remove): temporary files leave no trace.
"""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Dict, Tuple

    #: (path, mode) → (means, ns since the epoch when it was seen)
    Pending = Dict[Tuple[str, str], Tuple[str, int]]

EXACT = 2000
_REMEMBERED = 200_000
#: The better a means knows who did it, the later it stands.
MEANS = ("during", "child", "wrap", "watch", "hook")


class Seen:
    """Collects until `take`. ``lost``: the list is known not to be complete; ``news``: how often
    something was added; ``ours``: what the library itself opened."""

    def __init__(self, ours: set[str] | None = None) -> None:
        self.ours: set[str] = set() if ours is None else ours
        self.forget_all()

    def forget_all(self) -> None:
        """As new."""
        self.lost = False
        self._clear()

    def _clear(self) -> None:
        self.pending: Pending = {}
        self.moves: dict[str, str] = {}
        self.folded: dict[tuple[str, str, str], int] = {}
        self._more: set[int] = set()
        self.news = 0
        self.since = time.time_ns()

    def put_back(self, path: str, by: str, at: int) -> None:
        """A writer that can't be told yet: its file has not come, or not changed."""
        self.pending.setdefault((path, "w"), (by, at))

    def take(self) -> Taken:
        """Everything so far; begins anew."""
        taken = Taken(self.pending, self.moves, self.folded, self.lost, self.since)
        self.lost = False
        self._clear()
        return taken

    def knows(self, path: str, mode: str) -> bool:
        return (path, mode) in self.pending or (path, "rw") in self.pending

    def knows_any(self, path: str) -> bool:
        pending = self.pending
        return (path, "r") in pending or (path, "w") in pending or (path, "rw") in pending

    def add(self, path: str, mode: str, by: str, at: int | None = None) -> None:
        """``at``: when, in ns; before that the file can't have been written by this. Default: now."""
        key, pending = (path, mode), self.pending
        old = pending.get(key)
        self.news += 1
        if old is not None:
            if MEANS.index(old[0]) < MEANS.index(by):
                pending[key] = (by, old[1])
        elif len(pending) < EXACT:
            pending[key] = (by, time.time_ns() if at is None else at)
        else:
            self._fold(path, mode, by)

    def forget(self, path: str, mode: str) -> None:
        self.pending.pop((path, mode), None)

    def moved(self, old: str, new: str, by: str, is_folder: bool) -> None:
        """``old`` is about to be ``new``."""
        if is_folder:
            self._folder_moved(old + "/", new + "/")
            return
        is_new = False
        for mode in ("w", "rw"):
            is_new = self.pending.pop((old, mode), None) is not None or is_new
        if is_new:
            self.pending.pop((new, "d"), None)
            self.add(new, "w", by)
        else:
            self.moves[new] = old
            self.add(new, "m", by)

    def removed(self, path: str, by: str) -> None:
        """``path`` is about to go. What was written in this window goes without a word."""
        is_new = False
        for mode in ("w", "rw", "m"):
            is_new = self.pending.pop((path, mode), None) is not None or is_new
        if not is_new:
            self.add(path, "d", by)

    def _folder_moved(self, old: str, new: str) -> None:
        for key in [key for key in list(self.pending) if key[0].startswith(old)]:
            by, at = self.pending.pop(key, ("hook", 0))
            self.pending[(new + key[0][len(old) :], key[1])] = (by, at)

    def _fold(self, path: str, mode: str, by: str) -> None:
        known = hash((path, mode))
        if known not in self._more and len(self._more) < _REMEMBERED:
            self._more.add(known)
            key = (os.path.dirname(path), mode, by)
            self.folded[key] = self.folded.get(key, 0) + 1


class Taken:
    """What a `Seen` held: ``since`` and times in ns since the epoch."""

    __slots__ = ("folded", "lost", "moves", "pending", "since")

    def __init__(
        self,
        pending: Pending,
        moves: dict[str, str],
        folded: dict[tuple[str, str, str], int],
        lost: bool,
        since: int,
    ) -> None:
        self.pending = pending
        self.moves = moves
        self.folded = folded
        self.lost = lost
        self.since = since
