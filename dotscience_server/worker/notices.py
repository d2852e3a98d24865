"""Notices: one per cause, with an id that is the cause's, gone when the cause is.

A dismissed notice stays away until its cause ended and came again.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from typing import Any, Literal

from ..protocol.errors import ErrorCode
from ..protocol.failure import ApiError
from ..store.stamps import now

Severity = Literal["error", "warning", "info"]

_TITLES: dict[str, str] = {
    "disk-full": "Disk full",
    "disk-floor": "Storing paused",
    "store-unwritable": "Store not writable",
    "object-damaged": "Stored bytes damaged",
    "record-damaged": "Records damaged",
    "notebook-half-written": "Notebook half-written",
    "notebook-too-large": "Notebook too large to search",
    "block-unreadable": "A run could not be read",
    "files-unreadable": "Not readable",
    "files-in-motion": "Files changed during the snapshot",
    "snapshot-failed": "Snapshot not taken",
    "restore-partial": "Only partly brought back",
    "storage-budget": "Over the storage budget",
    "store-damaged": "Stored bytes damaged",
    "internal": "Something failed",
}


class Notices:
    """Thread-safe. ``changed`` is called after each change."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._lock = threading.Lock()
        self._by_id: dict[str, dict[str, Any]] = {}
        self._dismissed: set[str] = set()

    def post(
        self,
        error: ApiError,
        cause: str = "",
        *,
        severity: Severity = "warning",
        actions: tuple[str, ...] = ("dismiss",),
        path: str | None = None,
        run: str | None = None,
        detail: str | None = None,
    ) -> None:
        """Say that a cause is there. The same cause again only brings its texts up to date."""
        identity = notice_id(error.code, cause)
        notice = {
            "id": identity,
            "code": error.code,
            "severity": severity,
            "title": _TITLES.get(error.code, error.code),
            "text": error.message,
            "kept": error.kept,
            "next": error.next,
            "path": path,
            "run": run,
            "actions": list(actions),
            "detail": detail,
        }
        with self._lock:
            known = self._by_id.get(identity)
            notice["since"] = known["since"] if known else now()
            if notice == known:
                return
            self._by_id[identity] = notice
        self._changed()

    def clear(self, code: ErrorCode, cause: str = "") -> None:
        """Say that a cause is gone."""
        identity = notice_id(code, cause)
        with self._lock:
            self._dismissed.discard(identity)
            gone = self._by_id.pop(identity, None)
        if gone is not None:
            self._changed()

    def clear_all(self, code: ErrorCode, path: str) -> None:
        """All causes of a code that a file had."""
        with self._lock:
            gone = [
                key
                for key, one in self._by_id.items()
                if (one["code"], one["path"]) == (code, path)
            ]
            for key in gone:
                del self._by_id[key]
                self._dismissed.discard(key)
        if gone:
            self._changed()

    def dismiss(self, identity: str) -> None:
        """Show it no more. An unknown id is no error: it may just have gone."""
        with self._lock:
            self._dismissed.add(identity)
        self._changed()

    def shown(self) -> list[dict[str, Any]]:
        """What the user sees, oldest first (``notice.schema.json``)."""
        with self._lock:
            return [dict(one) for key, one in self._by_id.items() if key not in self._dismissed]


def notice_id(code: str, cause: str) -> str:
    """The fixed id of a cause, fit for a URL."""
    if not cause:
        return code
    return f"{code}-{hashlib.sha256(cause.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"
