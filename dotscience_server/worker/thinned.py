"""Which contents were given up to stay within the storage budget (`gc.thinned`), and when.

A content that is in the store again is no longer given up. Any thread.
"""

from __future__ import annotations

import threading

from ..store.objects import ObjectStore
from .ledger import Ledger


class Thinned:
    """Reads the records anew when one was added."""

    def __init__(self, ledger: Ledger, objects: ObjectStore) -> None:
        self._ledger = ledger
        self._objects = objects
        self._lock = threading.Lock()
        self._revision = 0
        self._times: dict[str, str] = {}

    def any(self) -> bool:
        """Whether anything ever was."""
        return bool(self._known())

    def time(self, content: str | None) -> str | None:
        """When the bytes were given up (RFC 3339); None when they are there, or were never."""
        found = self._known().get(content) if content is not None else None
        return None if found is None or self._objects.has(str(content)) else found

    def _known(self) -> dict[str, str]:
        last = self._ledger.index.last_of_workspace("gc.thinned")
        if last is None:
            return {}
        with self._lock:
            if self._revision != last.rev:
                records = self._ledger.index.all_of_workspace("gc.thinned")
                self._times = {
                    str(content): record.time
                    for record in records
                    for content in record.body.get("contents", ())
                }
                self._revision = last.rev
            return self._times
