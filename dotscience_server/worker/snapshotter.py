"""Takes snapshots: in the background after publishes, at once when the user asks. One at a time.

    publish ─► 0.3 s quiet (at most 5 s) ─► plan + freeze ─► [snapshot, run.snapshot …] one append
Invariant: a run gets a snapshot that began after its publish was recorded, because the runs are asked for
first and the tree is looked at afterwards.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from dotscience._records import canonical
from dotscience._tree import name_to_json

from ..protocol.failure import ApiError
from ..snapshots.contract import Progress, TreeResult, Unwatched
from ..snapshots.failures import Cancelled
from ..snapshots.left_out import sentence
from ..store.failures import StoreFailure
from ..store.records import Draft
from ..store.stamps import now
from .barrier import reach
from .jobs import Job, JobResult
from .ledger import Ledger
from .tree import Tree

log = logging.getLogger(__name__)

QUIET_S = 0.3
LATEST_S = 5.0
QUIET_MOST_S = 5.0
RETRY_S = 30.0
_TRIES = 4
_SAVE_SEEN_S = 0.2


@dataclass(frozen=True)
class Reports:
    """Who hears what became of a snapshot."""

    taken: Callable[[TreeResult], None]
    failed: Callable[[BaseException], ApiError]
    quiet: Callable[[float], bool]
    """Blocks until no notebook is being saved, at most so many seconds; whether one was."""
    stored: Callable[[Callable[[], None]], bool]
    """Blocks until pins and notebooks read so far are stored; False when the disk refuses them."""
    idle: Callable[[], None]
    """Nothing is being taken any more."""


class Snapshotter:
    """A thread. Any thread may call the public methods."""

    def __init__(
        self,
        ledger: Ledger,
        tree: Tree,
        replica: str,
        reports: Reports,
        branched_from: str | None = None,
    ) -> None:
        """``branched_from``: the snapshot of another workspace that this one goes on from."""
        self._branched_from = branched_from
        self._ledger = ledger
        self._tree = tree
        self._replica = replica
        self._reports = reports
        self._wake = threading.Condition()
        self._due: float | None = None
        self._latest: float | None = None
        self._requests: list[tuple[Job, str | None]] = []
        self._working = False
        self._stopping = False
        self._turn = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="snapshotter", daemon=True)

    def start(self) -> None:
        """Begin; runs that still wait for their snapshot are seen to."""
        self.drop_unnamed()
        if self._ledger.index.runs_waiting():
            self.soon()
        self._thread.start()

    def soon(self) -> None:
        """A run was published: take one when it is quiet."""
        with self._wake:
            moment = time.monotonic()
            self._latest = self._latest or moment + LATEST_S
            self._due = min(moment + QUIET_S, self._latest)
            self._wake.notify_all()

    def request(self, job: Job, message: str | None) -> None:
        """The user wants one."""
        with self._wake:
            self._requests.append((job, message))
            self._wake.notify_all()

    def before_restore(self, progress: Progress, keep: Collection[bytes]) -> str:
        """Take one now, in this thread, that holds the bytes of these files; its id. Raises what `freeze` raises."""
        return self._take(None, "restore", progress, keep)

    def paused(self) -> AbstractContextManager[object]:
        """While this is held none is being taken, from its look at the runs to its record."""
        return self._turn

    def busy(self) -> bool:
        """Whether one is due or being taken."""
        return self._working or bool(self._requests) or self._due is not None

    def stop(self) -> None:
        """End; one that is being taken is cancelled and taken again later."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def check(self) -> None:
        """Raise Cancelled when the worker ends."""
        if self._stopping:
            raise Cancelled("the worker ends")

    def _run(self) -> None:
        while True:
            with self._wake:
                while not (self._stopping or self._ready()):
                    self._wake.wait(self._wait_s())
                if self._stopping:
                    return
                request = self._requests.pop(0) if self._requests else None
                self._due = self._latest = None
                self._working = True
            try:
                self._serve(request)
            finally:
                self._working = False
                self._reports.idle()

    def _ready(self) -> bool:
        return bool(self._requests) or (self._due is not None and time.monotonic() >= self._due)

    def _wait_s(self) -> float | None:
        return None if self._due is None else max(0.0, self._due - time.monotonic())

    def _serve(self, request: tuple[Job, str | None] | None) -> None:
        if request is None:
            self._in_background()
        else:
            self._for_user(*request)

    def _in_background(self) -> None:
        try:
            self._as_repeated()
            if self._ledger.index.runs_waiting():
                self._take(None, "run", _Background(self))
                if self._ledger.index.runs_waiting():
                    self._again_later()
        except Cancelled:
            return
        except StoreFailure as failure:
            self._reports.failed(failure)
            self._again_later()
        except Exception as error:
            self._give_up(self._reports.failed(error))

    def _as_repeated(self) -> None:
        """Repetitions ran on the files of the run that they repeat: theirs is its snapshot."""
        index = self._ledger.index
        drafts = []
        for run in filter(None, map(index.run, index.runs_waiting())):
            repeated = None if run.repeats is None else index.run(run.repeats)
            if repeated is not None and repeated.snapshot.id is not None:
                told = {"snapshot": repeated.snapshot.id, "duration_s": 0.0}
                drafts.append(Draft("run.snapshot", "worker", told, run.id))
        if drafts and self._reports.stored(self.check):
            self._ledger.record(drafts)

    def _for_user(self, job: Job, message: str | None) -> None:
        try:
            job.begin()
            snapshot = self._take(message, "user", job)
            told = self._ledger.index.snapshot(snapshot) or {}
            message = sentence(told.get("left_out"))
            job.succeed(JobResult(snapshot=snapshot, message=message))
        except Exception as error:
            job.fail(self._reports.failed(error))
            if self._ledger.index.runs_waiting():
                self._again_later()

    def _again_later(self) -> None:
        with self._wake:
            self._due = self._due or time.monotonic() + RETRY_S

    def _give_up(self, error: ApiError) -> None:
        """What nobody foresaw would fail again and again: the runs say so."""
        body = {"code": error.code, "message": error.message}
        waiting = self._ledger.index.runs_waiting()
        self._ledger.record([Draft("run.snapshot_failed", "worker", body, run) for run in waiting])

    def _take(
        self, message: str | None, reason: str, progress: Progress, keep: Collection[bytes] = ()
    ) -> str:
        with self._turn:
            return self._taken(message, reason, progress, keep)

    def _taken(
        self, message: str | None, reason: str, progress: Progress, keep: Collection[bytes]
    ) -> str:
        self._as_repeated()
        runs = self._ledger.index.runs_waiting()
        self._reports.quiet(QUIET_MOST_S)
        # A frozen run is complete: its pins are objects before its snapshot is announced.
        if not self._reports.stored(progress.check):
            runs = []
        begun = time.monotonic()
        result, again = self._freeze(progress, keep)
        reach("tree-frozen")
        duration_s = round(time.monotonic() - begun, 6)
        body = self._body(result, message, reason, duration_s)
        told = {"snapshot": body["id"], "duration_s": duration_s, **_state(result)}
        drafts = [Draft("run.snapshot", "worker", told, run) for run in runs]
        try:
            self._ledger.record([Draft("snapshot", "worker", body), *drafts])
        except BaseException:
            self._tree.forget_unnamed(result.freeze)
            raise
        reach("snapshot-recorded")
        if again:
            self.drop_unnamed()
        self._reports.taken(result)
        return str(body["id"])

    def drop_unnamed(self) -> None:
        """What was frozen for nothing is given up; where even that fails, when the next worker starts. Nothing may be
        taken meanwhile."""
        try:
            self._tree.drop_unnamed()
        except StoreFailure as failure:
            log.warning("a freeze stays: %s", failure)

    def _freeze(self, progress: Progress, keep: Collection[bytes]) -> tuple[TreeResult, bool]:
        """The tree, looked at again as long as a notebook in it was just being saved; whether it was."""
        taken = 0
        while taken < _TRIES:
            taken += 1
            with self._tree.lock:
                result = self._tree.freeze(progress, keep)
            if not result.half_written:
                break
            time.sleep(_SAVE_SEEN_S)  # the ingest thread hears of a save a little later
            if not self._reports.quiet(QUIET_MOST_S):
                break  # it was left so: stored as it is, and said by the ingest thread
            if taken < _TRIES:
                self._tree.forget_unnamed(result.freeze)
        return result, taken > 1

    def _body(
        self, result: TreeResult, message: str | None, reason: str, duration_s: float
    ) -> dict[str, Any]:
        last = self._ledger.index.snapshots(1)
        parent = last[0]["id"] if last else self._branched_from
        time_now = now()
        what = {"tree": result.tree, "parent": parent, "time": time_now, "replica": self._replica}
        return {
            "id": hashlib.sha256(canonical(what)).hexdigest(),
            "tree": result.tree,
            "parent": parent,
            "time": time_now,
            "message": message,
            "reason": reason,
            "files": result.files,
            "bytes": result.bytes,
            "bytes_new": result.bytes_new,
            "unstable": [name_to_json(path) for path in result.unstable],
            "not_kept": result.not_kept,
            "duration_s": duration_s,
            **_state(result),
            **_left_out(result),
            **_freeze(result),
        }


def _state(result: TreeResult) -> dict[str, str]:
    """As records have it: left out where it is sealed."""
    return {} if result.state == "sealed" else {"state": result.state}


def _left_out(result: TreeResult) -> dict[str, Any]:
    left_out = result.left_out.to_json()
    return {"left_out": left_out} if left_out else {}


def _freeze(result: TreeResult) -> dict[str, Any]:
    """What keeps the files, where it is the file system."""
    if result.freeze is None:
        return {}
    return {"freeze": {**result.freeze.to_json(), "moment_ns": str(result.moment_ns)}}


class _Background(Unwatched):
    """Progress nobody looks at, which the worker's end cancels."""

    def __init__(self, snapshotter: Snapshotter) -> None:
        self._snapshotter = snapshotter

    def check(self) -> None:
        self._snapshotter.check()
