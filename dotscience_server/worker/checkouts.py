"""Bringing a run or a snapshot back: which folder, and the job that makes it. Never overwrites (G4).

local client (``ds``): any folder · the browser: below the workspace, no ``..``, through no link
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from ..protocol.failure import ApiError
from ..snapshots.lacking import Lacking, lacking_text
from ..snapshots.left_out import sentence
from ..snapshots.restore import CheckoutResult, checkout
from ..store.failures import StoreFailure
from ..store.layout import Store
from ..store.objects import ObjectStore
from ..store.records import Draft
from .jobs import Job, JobResult
from .ledger import Ledger
from .refs import Version
from .trees import Trees
from .unfinished import Unfinished


class Checkouts:
    """Any thread."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        objects: ObjectStore,
        trees: Trees,
        unfinished: Unfinished,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._objects = objects
        self._trees = trees
        self._unfinished = unfinished

    def target(
        self, version: Version, into: str | None, local: bool, below: str = "restored"
    ) -> Path:
        """The folder to make; without ``into`` a free name ``below`` the workspace. Raises ``ApiError``:
        ``path-refused``, ``checkout-exists``, ``snapshot-pending``."""
        self._trees.tree(version)
        if into is None:
            return self._free_name(version, below)
        path = self._store.workspace / into
        if not local or not os.path.isabs(into):
            self._check_inside(into, path)
        if os.path.lexists(path):
            raise ApiError.of("checkout-exists", path=str(path))
        return path

    def run(self, job: Job, version: Version, into: Path, skip_damaged: bool = False) -> None:
        """Do the job: all files of the run or snapshot into ``into``; with ``skip_damaged`` all but the damaged."""
        result = self.make(job, version, into, skip_damaged=skip_damaged)
        self._noted(version, into)
        lacking = (*result.not_kept, *result.left_out)
        job.succeed(
            JobResult(
                path=os.fspath(into),
                message=self._message(version, result.lacking),
                snapshot=version.snapshot_id,
                restored=result.files,
                not_kept=lacking,
                bytes=result.bytes,
                lacking=result.lacking,
                incomplete=result.incomplete,
            )
        )

    def make(
        self,
        job: Job,
        version: Version,
        into: Path,
        complete: Callable[[Path], None] = lambda folder: None,
        skip_damaged: bool = False,
    ) -> CheckoutResult:
        """The folder, without what has no bytes; nothing is recorded."""
        return checkout(
            self._objects,
            self._trees.sealed_tree(version),
            self._trees.overlays(version),
            into,
            job,
            without=self._trees.given_up(version),
            span=self._trees.span(version),
            skip_damaged=skip_damaged,
            noting=self._unfinished.noting,
            complete=complete,
        )

    def _noted(self, version: Version, into: Path) -> None:
        """A folder elsewhere is in no snapshot anyway: a store that cannot be written is in nobody's way."""
        with contextlib.ExitStack() as stack:
            if not into.is_relative_to(self._store.workspace):
                stack.enter_context(contextlib.suppress(StoreFailure))
            self.record(version, into)

    def record(self, version: Version, into: Path, branch: str | None = None) -> None:
        """The fact that the folder was made: it is no part of this workspace's snapshots."""
        body = self._body(version, into)
        named = body if branch is None else {**body, "branch": branch}
        self._ledger.record([Draft("checkout", "user", named)])

    def _message(self, version: Version, lacking: Sequence[Lacking]) -> str | None:
        told = self._ledger.index.snapshot(version.snapshot_id) or {}
        parts = (lacking_text(lacking), sentence(told.get("left_out")))
        return ". ".join(part for part in parts if part) or None

    def _body(self, version: Version, into: Path) -> dict[str, object]:
        status = into.stat()
        inside = into.is_relative_to(self._store.workspace)
        path = into.relative_to(self._store.workspace) if inside else into
        return {
            "run": version.run_id,
            "snapshot": version.snapshot_id,
            "path": os.fspath(path),
            "dev": status.st_dev,
            "ino": status.st_ino,
        }

    def _free_name(self, version: Version, below: str) -> Path:
        identity = version.run_id or version.snapshot_id
        kind = "snapshot" if version.run is None else "run"
        told = version.run.description if version.run else (version.snapshot or {}).get("message")
        slug = re.sub(r"[\W_]+", "-", str(told or kind).lower()).strip("-")[:40] or kind
        folder = self._store.workspace / below
        name = f"{slug}-{_safe(identity[:8])}"
        tries = (folder / (name if n == 1 else f"{name}-{n}") for n in range(1, 10_000))
        self._check_inside(below, folder)
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
