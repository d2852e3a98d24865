"""The observer of a process: puts the means together, owns the thread and what happens at a fork.

    start ──► hook, finder, children's path ──► watch (at once, or by the thread: importing ctypes takes a while)
    fork  ──► the parent flushes before; the child begins with nothing seen and a watch of its own

- One in a process. `flush` may be called from any thread, at any time, signal handlers included.
- A forked or started child tells each file at once: it may be ended by a signal at any moment.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time

from dotscience import _journal
from dotscience._observe._audit import Audit
from dotscience._observe._busy import Busy
from dotscience._observe._children import Children, put_on_path
from dotscience._observe._hook import Hook
from dotscience._observe._meter import Meter
from dotscience._observe._noise import Noise
from dotscience._observe._report import Reporter
from dotscience._observe._seen import Seen
from dotscience._session import current_folder, notebook
from dotscience._workspace import choose_workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterator

    from dotscience._observe._watch import Watch
    from dotscience._recorder import Recorder

    AuditHook = Callable[[str, "tuple[Any, ...]"], None]

_QUIET_S = 5.0
_LONGEST_S = 60.0
_TICK_S = (0.05, 0.5)
_AT_ONCE_S = 0.003
_ORDER_S = 0.01
"""So long another thread may take to take events in, for them to stand before what the user does now."""
_MARKED_AT_FORK = 500
_PROMPT = 500
_IS_LINUX = sys.platform.startswith("linux")


class Observer:
    """Reports to ``recorder``. ``is_child``: in a process that an observed one started."""

    def __init__(
        self, recorder: Recorder, is_child: bool = False, audit: Audit | None = None
    ) -> None:
        self._recorder = recorder
        self._workspace = choose_workspace(recorder.workspace)
        self._audit = Audit() if audit is None else audit
        self._seen = Seen(self._audit.ours)
        noise = Noise(self._workspace.root, self._workspace.store)
        self._noise = noise
        self._hook = Hook(self._seen, noise, self._audit)
        self._children = Children(self._seen, self._hook.kept)
        self._reporter = Reporter(self._workspace.root)
        self._meter = Meter()
        self._watch: Watch | None = None
        self._armed = threading.Event()
        self._cell: int | None = None
        self._finalizes = False
        self._begin(is_child)

    def _begin(self, is_child: bool) -> None:
        self._lock = threading.RLock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._is_child = is_child
        self._prompt_left = _PROMPT if is_child else 0
        self._hook.noted = self._prompt if is_child else None

    def start(self, install: Callable[[AuditHook], None] | None = sys.addaudithook) -> None:
        """Begin, for as long as the process lives. ``install`` takes the audit hook; None where it is installed."""
        self._hook.handlers.update(self._children.handlers)
        self._hook.handlers["os.exec"] = self._replaced
        self._hook.handlers["ctypes.dlopen"] = self._library_comes
        if install is not None:
            install(self._audit.made())
        self._hook.take_over()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=self._before_fork,
                after_in_parent=self._resume,
                after_in_child=self._after_fork,
            )
        if _IS_LINUX:
            from dotscience._observe._wrap import Finder

            Finder(self._wrapped, self._ready).install()
            put_on_path(self._workspace.root, os.environ)
            if "ctypes" in sys.modules:
                with self.by_us():  # else it waits for itself
                    self._arm()
        else:
            self._armed.set()
        atexit.register(self._ends)
        self._register_finalizer()
        if self._is_child or not self._armed.is_set():
            self._run()

    def happened(self, event: str, args: tuple[Any, ...]) -> None:
        """An event of which the audit hook has told somebody else."""
        if event == "open":
            self._hook.opened(*args)
        elif event in self._hook.handlers:
            self._hook.handlers[event](*args)

    def means(self) -> list[str]:
        """The means in use."""
        watch = [] if self._watch is None else ["watch"]
        return ["hook", *watch, *(["wrap", "child"] if _IS_LINUX else ["child"])]

    def settle(self) -> Observer:
        """Begin the thread, unless there is one; the user's code had its first moments for itself."""
        if self._thread is None and not self._stop.is_set():
            self._run()
        return self

    def expect(self, source: str, cell: int | None) -> None:
        """A cell is about to run: watch the folders that its literals name."""
        self._cell = cell
        self._ready()
        watch = self._watch
        if watch is not None:
            from dotscience._observe._literals import folders

            for folder, is_named in folders(source, current_folder()):
                watch.add_outside(folder, is_named)

    def flush(self, cell: int | None = None, ends: bool = True) -> None:
        """Report what was seen. ``ends``: a cell or a run is over, the next tells the same files again."""
        with self._lock, self.by_us():
            if self._watch is not None:
                self._watch.drain()
                if ends:
                    self._watch.window_ends()
            self._children.look()
            self._hook.begin_window()
            taken = self._seen.take()
            payload = self._reporter.payload(taken, self._cell if cell is None else cell)
            if self._meter.says_unseen(self._reporter.bytes_known):
                taken.lost = True
            if payload is None and taken.lost:
                payload = {"t": str(time.time_ns()), "cell": cell, "files": []}
            if payload is not None:
                if taken.lost:
                    payload["lost"] = True
                self._recorder.note(_journal.FILES, payload)
            for path, (by, at) in self._reporter.unsettled.items():
                if not ends or os.path.lexists(path):
                    self._seen.put_back(path, by, at)
            if ends:
                self._reporter.begin_window()
            if cell is not None:
                self._cell = None

    def by_us(self) -> Busy:
        """What this thread opens in this context is not told."""
        return Busy(self._hook.busy)

    def _arm(self) -> None:
        """Begin to watch, where the kernel lets us."""
        try:
            from dotscience._observe._watch import Watch

            watch = Watch(self._seen, self._noise)
            is_shared = self._workspace.reason == "home"  # not the whole home folder
            watch.add(self._workspace.root, deep=not is_shared)
            for folder in self._folders_in_use():
                watch.add_outside(folder, is_shared)
            watch.work(_AT_ONCE_S)
            self._hook.covers = watch.covers
            self._hook.drain = lambda: watch.drain(_ORDER_S)
            self._children.on_running = self._programs_run
            self._watch = watch
        except Exception:  # noqa: S110 - refused: the wrapped functions see what they can
            pass
        finally:
            self._armed.set()

    def _folders_in_use(self) -> Iterator[str]:
        yield os.path.realpath(current_folder())
        path = notebook()
        if path is not None:
            yield os.path.realpath(os.path.dirname(path))

    def _ready(self) -> None:
        """Native readers come: wait until the watch stands, which takes some milliseconds."""
        if not self._armed.is_set() and threading.current_thread() is not self._thread:
            self._armed.wait(0.2)

    def _library_comes(self, name: Any) -> None:
        spec = getattr(sys.modules.get("ctypes"), "__spec__", None)
        if not getattr(spec, "_initializing", False):  # else our thread may wait for this import
            self._ready()

    def _wrapped(self, path: str, mode: str) -> None:
        path = os.path.normpath(path)
        watch = self._watch
        if watch is not None and watch.covers(os.path.dirname(path)):
            watch.drain(_ORDER_S)  # events merge: so what was before this call stays before it
            return
        if not self._noise.covers(path):
            self._seen.add(path, mode, "wrap")
            if self._is_child:
                self._prompt(path, mode)

    def _programs_run(self, running: bool) -> None:
        watch = self._watch
        if watch is not None:
            if running:
                watch.drain(_ORDER_S)  # what came before was not theirs
            watch.foreign(running)

    def _prompt(self, path: str, mode: str) -> None:
        if self._prompt_left > 0:
            self._prompt_left -= 1
            self.flush(ends=False)

    def _replaced(self, *args: Any) -> None:
        self._children.handlers["os.exec"](*args)
        self.flush()

    def _ends(self) -> None:
        try:
            self._stop.set()
            self.flush()
        except Exception:  # noqa: S110 - the process ends
            pass

    # The thread

    def _run(self) -> None:
        self._stop = threading.Event()
        thread = threading.Thread(target=self._work, name="dotscience-observe", daemon=True)
        try:
            thread.start()
            self._thread = thread
        except RuntimeError:  # no more threads: flushes come with cells and runs alone
            self._armed.set()

    def _resume(self) -> None:
        self._children.forked()
        if self._stop.is_set():
            self._run()

    def _work(self) -> None:
        stop = self._stop
        try:
            if not self._armed.is_set():
                with self.by_us():
                    self._arm()
            while not stop.is_set():
                self._tick(stop)
        except Exception:  # noqa: S110 - the interpreter ends, or a fault of ours: no more ticks
            pass

    def _tick(self, stop: threading.Event) -> None:
        watch, quiet_since, count, began = self._watch, time.monotonic(), 0, time.monotonic()
        while not stop.is_set():
            now = time.monotonic()
            if watch is not None:
                with self.by_us():
                    watch.work(0.02, patient=True)
                    watch.drain(_ORDER_S)
            is_active = self._seen.news != count
            if is_active:
                quiet_since, count = now, self._seen.news
            is_due = now - quiet_since > _QUIET_S or now - began > _LONGEST_S
            if count and (is_due or self._is_child):
                self.flush(ends=False)
                return
            if not count:
                began = now
            self._wait(stop, is_active)

    def _wait(self, stop: threading.Event, is_active: bool) -> None:
        watch = self._watch
        if self._is_child and watch is not None and watch.is_alive():
            import select

            poll = select.poll()
            poll.register(watch.fd, select.POLLIN)
            poll.poll(1000)
        else:
            stop.wait(_TICK_S[0] if is_active or self._has_work() else _TICK_S[1])

    def _has_work(self) -> bool:
        return self._watch is not None and self._watch.has_work

    # Forks

    def _before_fork(self) -> None:
        try:
            thread = self._thread
            if thread is not None and not self._is_child:
                self._stop.set()  # a process of several threads is warned of at its fork
                thread.join(0.1)
            self.flush(ends=False)
            self._register_finalizer()
        except Exception:  # noqa: S110 - the fork is the user's
            pass

    def _after_fork(self) -> None:
        try:
            self._hook.busy.clear()
            self._begin(is_child=True)
            self._seen.forget_all()
            self._hook.begin_window()
            self._reporter = Reporter(self._workspace.root)
            self._children.after_fork()
            self._armed.set()
            if self._watch is not None:
                self._watch.after_fork(_MARKED_AT_FORK)
        except Exception:
            self._watch = None
            self._hook.covers = lambda folder: False
            self._hook.drain = lambda: None
        self._run()

    def _register_finalizer(self) -> None:
        """Processes of `multiprocessing` end without `atexit`: their own list is to flush."""
        util = sys.modules.get("multiprocessing.util")
        if util is not None and not self._finalizes:
            self._finalizes = True
            util.register_after_fork(self, Observer._finalize)
            self._finalize()

    def _finalize(self) -> None:
        util = sys.modules["multiprocessing.util"]
        util.Finalize(None, self._ends, exitpriority=-100)
