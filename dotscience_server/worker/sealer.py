"""Seals frozen snapshots: in the background, oldest first, and at once when somebody wants the bytes.

    frozen ─(hashed in the freeze)─► [snapshot.sealed, run.snapshot …] one append
Whoever waits goes first: what is being sealed in the background is put aside for it, and goes on afterwards with what is
known by then. A snapshot that cannot be sealed is tried again when the next worker starts.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..snapshots.contract import Progress, Unwatched
from ..snapshots.failures import Cancelled
from ..snapshots.freezes import Freeze
from ..snapshots.sealing import Frozen
from ..store.failures import ChunksRefused, FreezeRefused, ObjectDamaged, StoreFailure
from ..store.records import Draft
from .barrier import reach
from .ledger import Ledger
from .tree import Tree

log = logging.getLogger(__name__)

_WAIT_S = 0.1
RETRY_S = 30.0
_RETRY_MOST_S = 3600.0
_BEFORE_MOST = 16


class Sealer:
    """A thread. Any thread may call the public methods. ``busy``: whether a snapshot is due, which needs the engine
    sooner; ``failed`` hears what could not be sealed."""

    def __init__(
        self,
        ledger: Ledger,
        tree: Tree,
        busy: Callable[[], bool],
        failed: Callable[[BaseException], object],
        done: Callable[[], None],
    ) -> None:
        self._ledger = ledger
        self._tree = tree
        self._busy = busy
        self._failed = failed
        self._done = done
        self._wake = threading.Condition()
        self._turn = threading.Lock()
        self._waiting = 0
        self._wanted = False
        self._stopping = False
        self._retry_s = RETRY_S
        self._given_up: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="sealer", daemon=True)

    def start(self) -> None:
        """Begin; what an ended worker left is gone on with."""
        self._wanted = True
        self._thread.start()

    def soon(self) -> None:
        """A snapshot was taken."""
        with self._wake:
            self._wanted = True
            self._wake.notify_all()

    def stop(self) -> None:
        """End; what is not sealed is sealed by the next worker."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """While this is held nothing is sealed; what is being sealed in the background is put aside for it."""
        with self._wake:
            self._waiting += 1
        try:
            with self._turn:
                yield
        finally:
            with self._wake:
                self._waiting -= 1
                self._wake.notify_all()

    def seal(self, snapshot: str) -> None:
        """Seal this snapshot now, in this thread; nothing happens where it is sealed. Raises what `Sealing.seal`
        raises."""
        with self.paused():
            self._seal(snapshot, _Watching(self._check_ending), lambda: None)

    def _run(self) -> None:
        while self._next_wanted():
            try:
                self._seal_all()
            except Exception as error:
                self._failed(error)

    def _next_wanted(self) -> bool:
        with self._wake:
            while not (self._stopping or self._wanted):
                self._wake.wait()
            self._wanted = False
            return not self._stopping

    def _seal_all(self) -> None:
        refused: set[str] = set()
        while (snapshot := self._oldest(refused)) is not None:
            try:
                self._until_quiet()
                with self._turn:
                    self._seal(snapshot, _Watching(self._check), self._until_quiet)
                self._retry_s = RETRY_S
            except Cancelled:
                if not self._put_aside():
                    return
            except FreezeRefused as failure:
                refused.add(snapshot)  # the others may be kept by another file system
                self._failed(failure)
            except ObjectDamaged as failure:
                self._given_up.add(snapshot)
                self._failed(failure)
            except StoreFailure as failure:
                self._failed(failure)
                self._again_later(lambda: self._stopping)
                return
            except Exception as error:
                self._given_up.add(snapshot)  # what nobody foresaw keeps no other one waiting
                self._failed(error)
        if refused:
            self._again_later(lambda: self._stopping or self._wanted)

    def _oldest(self, but: set[str]) -> str | None:
        for body in self._ledger.index.unsealed_snapshots():
            if body["id"] not in self._given_up | but:
                return str(body["id"])
        return None

    def _until_quiet(self) -> None:
        """Return when nobody needs the engine sooner. Raises Cancelled."""
        self._check()
        while self._busy():
            time.sleep(_WAIT_S)
            self._check()

    def _check(self) -> None:
        if self._stopping:
            raise Cancelled("the worker ends")
        if self._waiting:
            raise Cancelled("somebody waits for another one")

    def _check_ending(self) -> None:
        if self._stopping:
            raise Cancelled("the worker ends")

    def _put_aside(self) -> bool:
        """Return when nobody waits any more; False where the worker ends."""
        with self._wake:
            self._wake.wait_for(lambda: self._stopping or not self._waiting)
            return not self._stopping

    def _again_later(self, sooner: Callable[[], bool]) -> None:
        with self._wake:
            self._wake.wait_for(sooner, self._retry_s)
            self._wanted = True
        self._retry_s = min(2 * self._retry_s, _RETRY_MOST_S)

    def _seal(self, snapshot: str, progress: Progress, between: Callable[[], None]) -> None:
        body = self._ledger.index.snapshot(snapshot)
        sealing = self._tree.sealing()
        if body is None or body.get("state") != "frozen":
            return
        if sealing is None:
            raise ChunksRefused("the chunk engine is not installed")
        begun = time.monotonic()
        freeze = Freeze.from_json(body["freeze"])
        freezer = self._tree.freezers.of(freeze)
        if freezer is None:
            why = self._tree.freezers.why_not(freeze.driver)
            raise FreezeRefused("freeze-refused", f"{freeze.driver}: {why}", name=freeze.name)
        frozen = Frozen(
            str(body["tree"]),
            freeze,
            int(body["freeze"].get("moment_ns") or 0),
            self._before(snapshot),
        )
        reach("sealing")
        sealed = sealing.seal(frozen, freezer, progress, between)
        reach("sealed-unrecorded")
        told = {
            "id": snapshot,
            "tree": sealed.tree,
            "bytes_new": sealed.bytes_new,
            "duration_s": round(time.monotonic() - begun, 6),
        }
        self._ledger.record([Draft("snapshot.sealed", "worker", told), *self._of_runs(body)])
        self._done()

    def _of_runs(self, body: dict[str, Any]) -> list[Draft]:
        """Runs and open drafts say now that all is known."""
        index = self._ledger.index
        drafts = [draft.id for draft in index.all_drafts() if draft.snapshot_state == "frozen"]
        told = []
        for run in filter(None, map(index.run, [*body["runs"], *drafts])):
            if run.snapshot.id == body["id"] and run.snapshot.state == "frozen":
                fact = {"snapshot": body["id"], "duration_s": run.snapshot.duration_s}
                told.append(Draft("run.snapshot", "worker", fact, run.id))
        return told

    def _before(self, snapshot: str) -> list[tuple[str, Freeze]]:
        """Earlier snapshots whose freezes may tell what has changed since, the newest first."""
        found: list[tuple[str, Freeze]] = []
        for _, one, body in self._ledger.index.all_snapshots():
            if one == snapshot:
                break
            if freeze := body.get("freeze"):
                found.append((str(body["tree"]), Freeze.from_json(freeze)))
        return found[: -_BEFORE_MOST - 1 : -1]


class _Watching(Unwatched):
    """Progress nobody looks at, which ``look`` may cancel."""

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look

    def check(self) -> None:
        self._look()
