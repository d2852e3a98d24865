"""The ingest thread: everything that may hold a new run is looked at here, one thing after the other.

    watch event, notify, poll every 2 s ─► journals first (they are quick), then notebooks, then other trackers' logs
A disk that refuses is tried again every 30 s; nothing read is forgotten meanwhile.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..detect.watch import FolderWatch
from ..snapshots.plan import TreePlan
from ..store.failures import StoreFailure
from .journal_ingest import JournalIngest
from .notebook_ingest import NotebookIngest
from .other_trackers import OtherTrackers

log = logging.getLogger(__name__)

POLL_S = 2.0
REFUSED_S = 30.0
WATCHED_FOLDERS = 512
_QUIET_STEP_S = 0.02
_ENDINGS = (b".ipynb", b"metrics.json")


@dataclass(frozen=True)
class Heard:
    """Who hears from the ingest thread."""

    failed: Callable[[BaseException], object]
    recovered: Callable[[], None]
    touched: Callable[[], None]
    """Something in a watched folder changed."""


class Ingest:
    """Any thread may call the public methods."""

    def __init__(
        self,
        workspace: Path,
        journals: JournalIngest,
        notebooks: NotebookIngest,
        trackers: OtherTrackers,
        heard: Heard,
    ) -> None:
        self._workspace = workspace
        self._journals = journals
        self._notebooks = notebooks
        self._trackers = trackers
        self._heard = heard
        self._changed: set[Path] = set()
        self._seen: list[Path] = []
        self._wake = threading.Condition()
        self._stopping = False
        self._refused = False
        self._next_poll = 0.0
        self._journal_watch = FolderWatch("journals", self._watched)
        self._notebook_watch = FolderWatch("notebooks", self._watched)
        self._thread = threading.Thread(target=self._run, name="ingest", daemon=True)

    def start(self) -> None:
        """Begin with a poll of everything."""
        self._journal_watch.start(self._journals.folders)
        self._notebook_watch.start(self._notebooks.folders)
        self._thread.start()

    def stop(self) -> None:
        """End the threads; what was not ingested is found again at the next start."""
        self._journal_watch.stop()
        self._notebook_watch.stop()
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        if self._thread.is_alive():
            self._thread.join()

    def look_at(self, path: Path) -> None:
        """A notebook was saved."""
        self._touch([path])

    def saw(self, plan: TreePlan) -> None:
        """The notebooks and other trackers' logs of a planned tree."""
        top = self._workspace
        names = [
            _decoded(file.path)
            for file in plan.files
            if file.path.endswith(_ENDINGS) or b"tfevents" in file.path
        ]
        with self._wake:
            self._seen = [top / name for name in names]
            self._wake.notify_all()

    def wait_quiet(self, seconds: float) -> bool:
        """Block until no notebook is being saved and no output being pinned, at most so long;
        whether there was anything to wait for."""
        deadline = time.monotonic() + seconds
        if not self._is_in_motion():
            return False
        while self._is_in_motion() and time.monotonic() < deadline and not self._stopping:
            time.sleep(_QUIET_STEP_S)
        return True

    def _is_in_motion(self) -> bool:
        return self._notebooks.in_motion() or self._journals.any_unpinned()

    def _watched(self, paths: set[str]) -> None:
        relevant = [Path(path) for path in paths if path.endswith((".dsj", ".ipynb"))]
        saved = [_target(path) for path in relevant]
        if saved:
            self._touch(saved)
        if any(not path.endswith((".dsj", ".lock")) for path in paths):
            self._heard.touched()

    def _touch(self, paths: list[Path]) -> None:
        with self._wake:
            self._changed.update(paths)
            self._wake.notify_all()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._has_work():
                    self._wake.wait(self._wait_s())
                if self._stopping:
                    return
                changed, self._changed = self._changed, set()
                seen, self._seen = self._seen, []
            try:
                self._round(changed, seen)
            except Exception as error:
                self._failed(error, changed)

    def _has_work(self) -> bool:
        if self._stopping or self._wait_s() <= 0:
            return True
        return bool(self._changed or self._seen) and not self._refused

    def _wait_s(self) -> float:
        moments = [self._next_poll]
        if (due := self._notebooks.next_due()) is not None and not self._refused:
            moments.append(due)
        return max(0.0, min(moments) - time.monotonic())

    def _round(self, changed: set[Path], seen: list[Path]) -> None:
        self._journals.read(path for path in changed if path.suffix == ".dsj")
        for path in changed:
            if path.suffix == ".ipynb":
                self._notebooks.look(path)
        self._notebooks.retry()
        if seen:
            self._notebooks.know(path for path in seen if path.suffix == ".ipynb")
            self._trackers.know(path for path in seen if self._trackers.is_sign(path.name))
            self._notebook_watch.set_folders(sorted(self._notebooks.folders)[:WATCHED_FOLDERS])
        if seen or time.monotonic() >= self._next_poll:
            self._journals.poll()
            self._notebooks.poll()
            self._trackers.poll()
            self._next_poll = time.monotonic() + POLL_S
        if self._refused:
            self._refused = False
            self._heard.recovered()

    def _failed(self, error: Exception, changed: set[Path]) -> None:
        self._heard.failed(error)
        with self._wake:
            self._refused = isinstance(error, StoreFailure)
            self._changed |= changed
            self._next_poll = time.monotonic() + (REFUSED_S if self._refused else POLL_S)
            if not self._refused:
                self._changed.clear()


def _decoded(name: bytes) -> str:
    return name.decode("utf-8", "surrogateescape")


def _target(path: Path) -> Path:
    """Jupyter Server removes ``.~name`` when a save of ``name`` is over."""
    return path.with_name(path.name[2:]) if path.name.startswith(".~") else path
