"""The object behind the module's functions: one current run, its life, locking, publishing.

    no run ──start──► running ──publish──► published ──next call──► running (same data, new id)
                        └─start─► dropped          └──start──► running (new run)

- What a user sees (values returned, lines printed, blocks, exceptions) is the original's.
- A run's id is drawn when it starts. A forked child that publishes its parent's run draws another.
- The lock covers the run's state and the journal, never the writing to a stream, which may block.
"""

from __future__ import annotations

import os
import threading
import time
import weakref

from dotscience import _remote
from dotscience._calls import Calls
from dotscience._guard import guarded
from dotscience._mode import INTERACTIVE, REMOTE, SCRIPT, Mode
from dotscience._recorder import default_root, recorders
from dotscience._run import Run
from dotscience._show import DEFAULT_STREAM, Shower

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from dotscience._recorder import Recorder

_NOT_STARTED = "You have not called ds.start() yet, so I'm doing it for you!"
#: File paths of one run told to the journal before it is published; the block lists all of them.
_PATHS_TOLD = 1000


class Dotscience(Calls):
    """Records one run after another. Threads share the current run."""

    currentRun: Run | None = None

    def __init__(self) -> None:
        self._root = default_root()
        self._mode = Mode()
        self._shower = Shower()
        self._lock = threading.RLock()  # re-entrant: a signal handler may record while we do
        self._is_inherited = False
        self._began_ns = 0
        self._paths_left = 0
        self._recorder: Recorder | None = None  # of the current run
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

    def start(self, description: object = None) -> None:
        """Begin a new run; an unpublished one is dropped."""
        with self._lock:
            old, run = self.currentRun, Run(self._root)
            if old is not None and old.is_running and not self._is_inherited and self._recorder:
                self._recorder.dropped(str(old._id))
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
        with self._lock:
            run = self._started()
            run.end()
            duration_ns = time.monotonic_ns() - self._began_ns
            if description is not None:
                run.set_description(description)
            self._take_mode(run)
            if self._is_inherited or run._id is None:
                run.newID()
            metadata, recorder = run.metadata(), self._recorder
            id, block = str(run._id), run.block(metadata)
            if recorder is not None:
                recorder.published(id, block, self._mode.name, duration_ns)
            run.forget_times()
            run._id = None
            self._is_inherited = False
        try:
            self._show(id, block, metadata, stream)
        finally:
            if recorder is not None:
                recorder.pin(id, metadata["output"])

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

    def add_metric(self, label: object, value: object) -> None:
        with self._lock:
            self._started().add_metric(label, value)

    def add_parameter(self, label: object, value: object) -> None:
        with self._lock:
            self._started().add_parameter(label, value)

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

    def _started(self) -> Run:
        """The current run, started; called with the lock held."""
        run = self.currentRun
        if run is None:
            _say_not_started()
            self.start()
            return self._started()
        if not run.is_running:
            self._begin_run(run)
            for kind, key, text in run.said():  # it goes on with what the published one said
                self._told(kind, key, text)
        return run

    def _begin_run(self, run: Run) -> None:
        run.start()
        run.newID()
        run._listener = self._told
        self._began_ns = time.monotonic_ns()
        self._is_inherited = False
        self._paths_left = _PATHS_TOLD
        self._recorder = recorders.of(run._root)
        if self._recorder is not None:
            self._recorder.started(str(run._id), run._description)

    def _told(self, kind: str, key: str | None, text: str | None) -> None:
        if self._recorder is None or self.currentRun is None:
            return
        if kind in ("input", "output"):
            self._paths_left -= 1
            if self._paths_left < 0:
                return
        self._recorder.told(str(self.currentRun._id), kind, key, text)

    def _take_mode(self, run: Run) -> None:
        self._mode.detect(self._root)
        if self._mode.name == SCRIPT:
            run._set_workload_file(self._mode.workload_file)

    def _show(self, id: str, block: str, metadata: dict[str, Any], stream: Any) -> None:
        if self._mode.name == REMOTE:
            _remote.say_published(id)
        self._shower.show(id, block, metadata, stream)

    def _after_fork(self) -> None:
        self._lock = threading.RLock()  # another thread of the parent may have held it
        self._is_inherited = self.currentRun is not None and self.currentRun.is_running


def _after_fork_in_child() -> None:
    for dotscience in _living:
        dotscience._after_fork()


_living: weakref.WeakSet[Dotscience] = weakref.WeakSet()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)


@guarded
def _say_not_started() -> None:
    print(_NOT_STARTED)
