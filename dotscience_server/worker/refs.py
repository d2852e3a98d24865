"""What a REF names: a run (its id or the beginning), `@` and a snapshot's, `last`, or `now`.

A version is a name that was looked up; what it holds is read by `trees.py`. Reads only, any thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dotscience._facts import Run

from ..protocol.failure import ApiError
from .ledger import Ledger
from .views import Views

Json = dict[str, Any]
_SHORT = 7
_LAST_AMONG = 100


@dataclass(frozen=True)
class Version:
    """A run, or a snapshot (its record's body), or, where both are None, the files as they are."""

    ref: str
    run: Run | None = None
    snapshot: Json | None = None

    @property
    def is_now(self) -> bool:
        """Whether it is the files as they are."""
        return self.run is None and self.snapshot is None

    @property
    def what(self) -> str:
        """For messages: ``run 1a2b3c4d``, ``snapshot 1a2b3c4``."""
        if self.run is not None:
            return f"run {self.run.id[:8]}"
        return "the workspace" if self.snapshot is None else f"snapshot {self.snapshot_id[:_SHORT]}"

    @property
    def run_id(self) -> str | None:
        """The run's whole id."""
        return None if self.run is None else self.run.id

    @property
    def snapshot_id(self) -> str:
        """The whole id of the snapshot; empty where there is none."""
        found = self.run.snapshot.id if self.run is not None else (self.snapshot or {}).get("id")
        return str(found or "")

    @property
    def title(self) -> str:
        """What people call it."""
        if self.run is not None:
            run = self.run
            return run.description or run.notebook or run.workload or f"Run {run.id[:8]}"
        if self.snapshot is None:
            return "Now"
        return str(self.snapshot.get("message") or f"Snapshot {self.snapshot_id[:_SHORT]}")

    @property
    def time(self) -> str | None:
        """RFC 3339: when the run started, or the snapshot was taken."""
        if self.run is not None:
            return self.run.started or self.run.recorded
        return None if self.snapshot is None else str(self.snapshot["time"])


class Refs:
    """Looks names up."""

    def __init__(self, ledger: Ledger, views: Views) -> None:
        self._ledger = ledger
        self._views = views

    def find(self, ref: str) -> Version:
        """Raises ``run-not-found``, ``run-ambiguous``, ``snapshot-not-found``."""
        if ref == "now":
            return Version(ref)
        if ref == "last":
            return Version(ref, snapshot=self._last())
        if ref.startswith("@"):
            return Version(ref, snapshot=self._snapshot(ref[1:]))
        return Version(ref, self._views.find(ref))

    def stored(self, ref: str) -> Version:
        """As `find`, but not ``now``: ``bad-request``."""
        found = self.find(ref)
        if found.is_now:
            raise ApiError.of("bad-request", detail="'now' is no run and no snapshot")
        return found

    def _last(self) -> Json:
        """Not one that was taken before files were brought back: bringing a second file back from `last` is meant to
        find the same snapshot as the first did.
        """
        newest = self._ledger.index.snapshots(_LAST_AMONG)
        if not newest:
            raise ApiError.of("snapshot-not-found", snapshot="yet")
        return next((one for one in newest if one["reason"] != "restore"), newest[0])

    def _snapshot(self, named: str) -> Json:
        found = self._ledger.index.resolve_snapshot(named) if named else []
        if not found:
            raise ApiError.of("snapshot-not-found", snapshot=named)
        if len(found) > 1:
            names = ", ".join(f"@{one[:12]}" for one in found)
            raise ApiError.of("run-ambiguous", run=f"@{named}", count=len(found), candidates=names)
        snapshot = self._ledger.index.snapshot(found[0])
        assert snapshot is not None
        return snapshot
