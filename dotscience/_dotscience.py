"""One current run, its life, locking, publishing. The module's functions act on one of these.

    no run ──start──► running ──publish──► published ──next call──► running (same data, new id)
                        └─start─► dropped          └──start──► running (new run)

- What a user sees (values returned, lines printed, blocks, exceptions) is the original's.
- A run's id is drawn when it starts. A child's records go to its parent's run, and a child that
  publishes it draws another id. A rank other than 0 never begins or publishes anything.
- The lock covers the run's state and the journal, never the writing to a stream, which may block.
- Ctrl+C never falls between a run's record in the journal and its state here.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
import weakref

from dotscience import _inherit, _remote
from dotscience._calls import Calls
from dotscience._guard import guarded
from dotscience._interrupts import uninterrupted
from dotscience._mode import INTERACTIVE, REMOTE, SCRIPT, Mode
from dotscience._recorder import default_root, recorders
from dotscience._run import Run
from dotscience._show import DEFAULT_STREAM, shower
from dotscience._steps import Steps, default_step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable

    from dotscience._media import Gallery
    from dotscience._recorder import Recorder
    from dotscience._writer import Point

_NOT_STARTED = "You have not called ds.start() yet, so I'm doing it for you!"
#: File paths of one run told to the journal before it is published; the block lists all of them.
_PATHS_TOLD = 1000

#: The current run was begun here; or it is a parent process's; or it is rank 0's.
_OWN, _INHERITED, _FOLLOWED = "own", "inherited", "followed"


#: Runs that began in this process, for ranks to name them alike.
_counted = itertools.count(1)


class Dotscience(Calls):
    """Records one run after another. Threads share the current run."""

    currentRun: Run | None = None

    def __init__(self) -> None:
        self._root = default_root()
        self._mode = Mode()
        self._lock = threading.RLock()  # re-entrant: a signal handler may record while we do
        self._relation = _OWN
        self._is_resumed = False
        self._began_ns = 0
        self._paths_left = 0
        self._recorder: Recorder | None = None  # of the current run
        self._gallery: Gallery | None = None  # of the current run
        _living.add(self)

    def interactive(self) -> None:
        """Record as a notebook. Raises RuntimeError when another mode was chosen."""
        self._mode.choose(INTERACTIVE)

    def script(self, script_path: object = None) -> None:
        """Record as a script. Raises RuntimeError when another mode was chosen."""
        self._mode.choose_script(script_path, self._root)

    def remote(self) -> None:
        """Choose remote mode. Raises RuntimeError when another mode was chosen."""
        self._mode.choose(REMOTE)

    def connect(self, username: str, apikey: str, project: str, hostname: str) -> None:
        """Choose remote mode, from any mode; nothing is sent before there is a hub."""
        _remote.check(project)
        self._mode.name = REMOTE
        self._root = default_root()
        _remote.say_connected()

    def start(self, description: object = None, resume: str | None = None) -> None:
        """Begin a new run, or go on with an earlier one; an unpublished one is dropped.

        Raises LookupError for an unknown or ambiguous ``resume``, and for a run that another process
        is at.
        """
        with self._lock:
            run = Run(self._root)
            if resume is not None:
                from dotscience._resume import load

                load(run, resume, self._running_id())
            elif self.currentRun is None and _inherit.is_repeating():
                return
            self._drop(run)
            if description is not None:
                run.set_description(description)
            self.currentRun = run
            self._begin_run(run)

    def end(self) -> None:
        """Take the end time; only the first call counts."""
        with self._lock:
            self._started().end()

    def publish(
        self,
        description: object = None,
        stream: Any = DEFAULT_STREAM,
        build: bool = False,
        deploy: bool = False,
    ) -> None:
        """Record the run as published, show its block, pin its outputs."""
        unpinned: list[tuple[Recorder, str, list[str]]] = []
        try:
            with self._lock:
                run = self._started()
                if not self._is_ours_to_publish(run, description):
                    return
                metadata = run.metadata()
                with uninterrupted():
                    recorder = self._recorder
                    id, block = self._published(run, metadata)
                    if recorder is not None:
                        unpinned.append((recorder, id, metadata["output"]))
            self._show(id, block, metadata, stream)
        finally:
            try:
                _pin(unpinned)
            except KeyboardInterrupt:  # it came before `_pin` held it off, or is told at its end
                _pin(unpinned)
                raise

    def set_description(self, description: object) -> None:
        with self._lock:
            self._started().set_description(description)

    def set_error(self, error: object) -> None:
        with self._lock:
            self._started().set_error(error)

    def add_input(self, filename: Any) -> None:
        with self._lock:
            self._started().add_input(filename)

    def add_output(self, filename: Any) -> None:
        with self._lock:
            self._started().add_output(filename)

    def add_label(self, label: object, value: object) -> None:
        with self._lock:
            self._started().add_label(label, value)

    def add_metric(self, label: object, value: object, step: Any = None) -> None:
        with self._lock:
            run = self._started()
            run.add_metric(label, value, default_step(self) if step is None else step)

    def _add_points(self, values: Iterable[tuple[object, object]], step: Any) -> None:
        with self._lock:
            run = self._started()
            run._add_points(values, default_step(self) if step is None else step)

    def add_parameter(self, label: object, value: object) -> None:
        with self._lock:
            self._started().add_parameter(label, value)

    def steps(self, iterable: Any, label: object = None) -> Steps:
        """Iterate, and say how far it is. Metrics inside without a step get the index."""
        return Steps(iterable, label, lambda: self)

    def log(
        self, key: object, thing: Any, step: Any = None, caption: object = None, mime: Any = None
    ) -> Any:
        """Keep a table, figure, image, text or small file beside the run; returns the thing."""
        with self._lock:
            run = self._started()
            if self._recorder is not None:
                if self._gallery is None:
                    self._gallery = _gallery_of(self._recorder, run)
                at = default_step(self) if step is None else step
                self._gallery.add(str(key), thing, at, caption, mime)
        return thing

    def model(self, kind: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        """As `Run.model`."""
        with self._lock:
            return self._started().model(kind, name, *args, **kwargs)

    def add_model(self, kind: Any, name: str, *args: Any, **kwargs: Any) -> None:
        """As `model`, returning nothing."""
        self.model(kind, name, *args, **kwargs)

    def debug(self) -> None:
        """Print the current run's metadata."""
        with self._lock:
            self._started().debug()

    def _begin(self) -> None:
        with self._lock:
            self._started()

    def _running_id(self) -> str | None:
        """The id of the run that goes on, None where none does."""
        run = self.currentRun
        return run._id if run is not None and run.is_running else None

    def _started(self) -> Run:
        """The current run, started; called with the lock held."""
        run = self.currentRun
        if run is None:
            run = Run(self._root)
            if _inherit.is_repeating():
                run.start()
                return run  # and forget it: a spawned worker repeats the main program's first lines
            self.currentRun = run
            if not self._join(run):
                if (_inherit.rank() or 0) == 0:
                    _say_not_started()
                self._begin_run(run)
        if not run.is_running:
            run.count_steps_anew()
            self._begin_run(run)
            for kind, key, text in run.said():  # it goes on with what the published one said
                self._told(kind, key, text)
        return run

    def _is_ours_to_publish(self, run: Run, description: object) -> bool:
        """End the run; False where another process is to publish it."""
        if run is not self.currentRun:  # what a worker repeats
            return False
        run.end()
        if description is not None:
            run.set_description(description)
        self._take_mode(run)
        if self._relation == _FOLLOWED:
            self._close(run, str(run._id))
            return False
        return True

    def _published(self, run: Run, metadata: dict[str, Any]) -> tuple[str, str]:
        """The run's id and block, which are in the journal."""
        began = str(run._id)
        if self._relation == _INHERITED:
            run.newID()
        id, block = str(run._id), run.block(metadata)
        if self._recorder is not None:
            duration_ns = time.monotonic_ns() - self._began_ns
            mode = self._mode.name
            self._recorder.published(id, block, mode, duration_ns, self._is_resumed)
        self._close(run, began)
        return id, block

    def _drop(self, following: Run) -> None:
        """Give up the current run for another one, unless it was published or goes on."""
        old, id = self.currentRun, self._running_id()
        if old is None or id is None or id == following._id:
            return
        if self._relation == _OWN and self._recorder is not None:
            self._recorder.dropped(id)
        self._close(old, id)

    def _join(self, run: Run) -> bool:
        """In a worker that multiprocessing or loky started: append to the run of its parent."""
        told = _inherit.parent_run()
        if told is None:
            return False
        run._root = self._root = told["root"]
        self._listen(run)
        run.start()
        run._id = told["run"]
        self._relation = _INHERITED
        self._recorder = recorders.of(run._root, told["workspace"])
        return True

    def _begin_run(self, run: Run) -> None:
        self._listen(run)
        rank = _inherit.rank()
        with uninterrupted():
            run.start()
            self._is_resumed = run._id is not None
            if not self._is_resumed:
                run.newID() if rank is None else run.takeID(_inherit.rank_run(next(_counted)))
            self._relation = _FOLLOWED if rank else _OWN
            self._recorder = recorders.of(run._root)
            if self._recorder is not None:
                if self._relation == _OWN:
                    self._recorder.started(str(run._id), run._description, self._is_resumed)
                self._announce(str(run._id), self._recorder)

    def _listen(self, run: Run) -> None:
        run._listener = self._told
        run._point_listener = self._pointed
        self._began_ns = time.monotonic_ns()
        self._paths_left = _PATHS_TOLD
        self._gallery = None

    def _progress(self, done: int, total: int | None, label: str | None) -> bool:
        """Note how far the run is; False where none goes on, or it is another process's."""
        id, recorder = self._running_id(), self._recorder
        if id is None or recorder is None or self._relation != _OWN:
            return False
        recorder.progress(id, done, total, label)
        return True

    def _announce(self, id: str, recorder: Recorder) -> None:
        _inherit.announced.begin(id, recorder.root, recorder.workspace, recorder.journal)

    def _close(self, run: Run, id: str) -> None:
        """The run was published under its present id, or dropped; it was known as ``id``."""
        _inherit.announced.end(id)
        run.forget_times()
        run._id = None
        self._relation = _OWN
        self._is_resumed = False
        self._gallery = None

    def _told(self, kind: str, key: str | None, text: str | None) -> None:
        if self._recorder is None or self.currentRun is None:
            return
        if kind in ("input", "output"):
            self._paths_left -= 1
            if self._paths_left < 0:
                return
        self._recorder.told(str(self.currentRun._id), kind, key, text)

    def _pointed(self, points: list[Point]) -> None:
        if self._recorder is not None and self.currentRun is not None:
            self._recorder.points(self.currentRun._id or "", points)

    def _take_mode(self, run: Run) -> None:
        self._mode.detect(self._root)
        if self._mode.name == SCRIPT:
            run._set_workload_file(self._mode.workload_file)

    def _show(self, id: str, block: str, metadata: dict[str, Any], stream: Any) -> None:
        if self._mode.name == REMOTE:
            _remote.say_published(id)
        shower.show(id, block, metadata, stream)

    def _after_fork(self) -> None:
        self._lock = threading.RLock()  # another thread of the parent may have held it
        if self._running_id() is not None and self._relation == _OWN:
            self._relation = _INHERITED
        self._gallery = None


def _pin(unpinned: list[tuple[Recorder, str, list[str]]]) -> None:
    """Pin the outputs of a run that was published, once."""
    with uninterrupted():
        while unpinned:
            recorder, id, outputs = unpinned.pop()
            recorder.pin(id, outputs)


def _after_fork_in_child() -> None:
    for dotscience in list(_living):
        dotscience._after_fork()


_living: weakref.WeakSet[Dotscience] = weakref.WeakSet()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)


@guarded
def _say_not_started() -> None:
    print(_NOT_STARTED)


def _gallery_of(recorder: Recorder, run: Run) -> Gallery:
    try:
        from dotscience._media import Gallery
    except Exception:
        # Closing descriptors that are not one's own (`os.closerange`) can spoil an import: once more.
        from dotscience._media import Gallery
    return Gallery(recorder, str(run._id))
