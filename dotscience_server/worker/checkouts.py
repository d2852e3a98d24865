"""Bringing a run back: which folder, and the job that makes it. Never overwrites (G4).

local client (``ds``): any folder · the browser: below the workspace, no ``..``, through no link
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from dotscience._facts import Run

from ..protocol.failure import ApiError
from ..snapshots.restore import checkout
from ..store.layout import Store
from ..store.objects import ObjectStore
from ..store.records import Draft
from .jobs import Job, JobResult
from .ledger import Ledger
from .views import Views


class Checkouts:
    """Any thread."""

    def __init__(self, store: Store, ledger: Ledger, objects: ObjectStore, views: Views) -> None:
        self._store = store
        self._ledger = ledger
        self._objects = objects
        self._views = views

    def target(self, run: Run, into: str | None, local: bool) -> Path:
        """The folder to make. Raises ``ApiError``: ``path-refused``, ``checkout-exists``."""
        self._views.tree(run)
        if into is None:
            return self._free_name(run)
        path = self._store.workspace / into
        if not local or not os.path.isabs(into):
            self._check_inside(into, path)
        if os.path.lexists(path):
            raise ApiError.of("checkout-exists", path=str(path))
        return path

    def run(self, job: Job, run: Run, into: Path) -> None:
        """Do the job: all of the run's files into ``into``."""
        result = checkout(
            self._objects, self._views.tree(run), self._views.overlays(run), into, job
        )
        self._ledger.record([Draft("checkout", "user", self._body(run, into))])
        left = f"{len(result.not_kept)} files were not kept" if result.not_kept else None
        job.succeed(JobResult(path=os.fspath(into), message=left, snapshot=run.snapshot.id))

    def _body(self, run: Run, into: Path) -> dict[str, object]:
        status = into.stat()
        inside = into.is_relative_to(self._store.workspace)
        path = into.relative_to(self._store.workspace) if inside else into
        return {
            "run": run.id,
            "snapshot": run.snapshot.id,
            "path": os.fspath(path),
            "dev": status.st_dev,
            "ino": status.st_ino,
        }

    def _free_name(self, run: Run) -> Path:
        slug = (
            re.sub(r"[^a-z0-9]+", "-", (run.description or "run").lower()).strip("-")[:40] or "run"
        )
        folder = self._store.workspace / "restored"
        name = f"{slug}-{_safe(run.id[:8])}"
        tries = (folder / (name if n == 1 else f"{name}-{n}") for n in range(1, 10_000))
        self._check_inside("restored", folder)
        return next(path for path in tries if not os.path.lexists(path))

    def _check_inside(self, into: str, path: Path) -> None:
        if os.path.isabs(into) or "\0" in into:
            raise ApiError.of("path-refused", path=into, detail="it is not below the workspace")
        if any(part in ("", ".", "..") for part in into.rstrip("/").split("/")):
            raise ApiError.of("path-refused", path=into, detail="it has an empty, '.' or '..' part")
        if any(part in (".git", ".dotscience") for part in into.split("/")):
            raise ApiError.of("path-refused", path=into, detail="that folder is not yours to fill")
        nearest = next(folder for folder in (path, *path.parents) if os.path.lexists(folder))
        if not nearest.resolve().is_relative_to(self._store.workspace) and nearest != path:
            raise ApiError.of("path-refused", path=into, detail="a link leads out of the workspace")


def _safe(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", text)
