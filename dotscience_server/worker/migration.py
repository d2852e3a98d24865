"""Files that an older store, or a refused engine, left as whole objects go over into chunks, in the background.

    look which objects manifests, pins and media name ─► none: nothing
                                                      └─► job `migrate`: portions through the engine
Invariants: an object goes only when its chunked form is durable and was read back; its SHA-256 still names it then,
so records and manifests stay as they are. A kill at any step leaves every content readable; the next start goes on.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator, Sequence

from dotscience._tree import TreeError, is_hash, read_page, read_root

from ..protocol.failure import ApiError
from ..snapshots.contract import Unwatched
from ..snapshots.failures import Cancelled
from ..store.failures import ChunksRefused, StoreFailure
from ..store.objects import CHUNKED_LEAST, ObjectStore
from .barrier import reach
from .jobs import Job, JobResult, Jobs
from .ledger import Ledger

log = logging.getLogger(__name__)

_AFTER_S = 5.0
_PORTION = 64
_NOT_BESIDE = ("gc", "verify")
_LOOK_S = 0.2


class Migration:
    """A thread of its own; ``failed`` turns what went wrong into an error of the catalogue."""

    def __init__(
        self,
        ledger: Ledger,
        objects: ObjectStore,
        jobs: Jobs,
        failed: Callable[[BaseException], ApiError],
    ) -> None:
        self._ledger = ledger
        self._objects = objects
        self._jobs = jobs
        self._failed = failed
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="migration", daemon=True)

    def start(self) -> None:
        """Look some seconds from now, when the worker has begun its other work."""
        if self._objects.engine is not None:
            self._thread.start()

    def stop(self) -> None:
        """End after the running portion."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def waiting(self) -> list[str]:
        """The objects that are to go over."""
        found: set[str] = set()
        found.update(self._of_trees())
        found.update(self._of_runs())
        return sorted(one for one in found if self._objects.path(one).exists())

    def migrate(self, job: Job, waiting: Sequence[str]) -> None:
        """Do the job. Raises ``Cancelled``, ``StoreFailure``."""
        engine = self._objects.engine
        if engine is None:
            raise ChunksRefused("there is no engine")
        gone = 0
        for start in range(0, len(waiting), _PORTION):
            self._wait_for_others()
            job.check()
            gone += len(engine.migrate(waiting[start : start + _PORTION], _Cancelling(job)))
            self._objects.recount()
            job.update(min(start + _PORTION, len(waiting)), len(waiting), None, None)
            reach("migrated-portion")
        left = len(waiting) - gone
        job.succeed(JobResult(message=f"{gone} files moved" + (f", {left} stay" if left else "")))

    def _run(self) -> None:
        if self._stop.wait(_AFTER_S):
            return
        try:
            waiting = self.waiting()
        except Exception:
            log.exception("the store cannot be looked through")
            return
        if not waiting:
            return
        job = self._jobs.add("migrate", "Moving stored files into chunks", "files")
        try:
            job.begin()
            self.migrate(job, waiting)
        except Exception as error:
            job.fail(self._failed(error))

    def _wait_for_others(self) -> None:
        while any(one.kind in _NOT_BESIDE and one.ended_s is None for one in self._jobs.all()):
            self._pause()
        self._pause(0)

    def _pause(self, seconds: float = _LOOK_S) -> None:
        if self._stop.wait(seconds):
            raise Cancelled("the worker ends")

    def _of_trees(self) -> Iterator[str]:
        """Files of all snapshots; a page that several share is read once."""
        read, pages = self._objects.read, set()
        for record in self._ledger.index.all_of_workspace("snapshot"):
            with contextlib.suppress(TreeError, StoreFailure):
                for page in read_root(read, record.body["tree"]).pages:
                    if page.hash in pages:
                        continue
                    pages.add(page.hash)
                    self._pause(0)
                    yield from (
                        one.hash for one in read_page(read, page) if is_hash(one.hash) and one.hash
                    )

    def _of_runs(self) -> Iterator[str]:
        """Pins and media that would go into chunks today."""
        for kind, key in (("run.pins", "files"), ("run.media", "items")):
            for record in self._ledger.index.facts_with((kind,), b'"object"'):
                for one in record.body.get(key, ()):
                    named = one.get("object")
                    if is_hash(named) and int(one.get("size") or 0) >= CHUNKED_LEAST:
                        yield str(named)


class _Cancelling(Unwatched):
    """Passes on that a job was cancelled."""

    def __init__(self, job: Job) -> None:
        self._job = job

    def check(self) -> None:
        self._job.check()
