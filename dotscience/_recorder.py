"""What the library keeps beyond the original's output: the journal and the pins.

- Everything here is guarded (G1): no exception reaches the caller, a fault is one line on stderr.
- The workspace is chosen at the first record, not at import. One journal for each root that paths
  are relative to; there is hardly ever more than one.
- `publish` is in the journal before it is shown, its pins after it.
"""

from __future__ import annotations

import atexit
import os
import time
from json.encoder import encode_basestring_ascii as _quoted

from dotscience import _inherit, _journal
from dotscience._activity import activity
from dotscience._cells import running_in
from dotscience._first import begin_observing
from dotscience._fork_safety import fork_safety
from dotscience._guard import guarded, warn_failed
from dotscience._observe import by_us
from dotscience._repeats import repeats
from dotscience._session import (
    cell,
    current_folder,
    kernel_shell,
    last_error,
    notebook,
    session,
)
from dotscience._version import __version__
from dotscience._workspace import Workspace, choose_workspace, store_path
from dotscience._writer import Writer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Iterable

    from dotscience._pins import Pins
    from dotscience._writer import Point

_ROOT_VARIABLE = "DOTSCIENCE_PROJECT_DOT_ROOT"
COMMAND_JOURNAL = "DOTSCIENCE_COMMAND_JOURNAL"
"""The journal of the ``ds run`` that started this process: what is opened here is its run's, where it is one."""


def is_disabled() -> bool:
    """``DOTSCIENCE_DISABLE=1`` turns the journal and the pins off."""
    return os.environ.get("DOTSCIENCE_DISABLE", "") not in ("", "0")


class Recorder:
    """Keeps the runs whose paths are relative to ``root`` (absolute), in the workspace ``known`` or
    else in the one of the notebook or the root."""

    def __init__(self, root: str, known: str | None = None) -> None:
        self.root = root
        repeated = repeats(root)
        if repeated is not None:
            workspace = Workspace(repeated.folder, repeated.store, "tracked-parent")
        elif known is None:
            workspace = choose_workspace(_start_folder(root))
        else:
            workspace = Workspace(known, store_path(known), "tracked-parent")
        self.workspace = workspace.root
        self.store = workspace.store
        self._writer = Writer(workspace.store, self._session)
        self._pins: Pins | None = None
        self._ended = False
        self._parent: str | None = None  # the journal of the process that forked this one

    @guarded
    def started(self, run: str, description: str | None, resume: bool = False) -> None:
        payload: dict[str, Any] = {"id": run, "t": _now(), "description": description}
        if resume:
            payload["resume"] = True
        self._append(_journal.START, payload)

    @guarded
    def dropped(self, run: str) -> None:
        self._append(_journal.DROP, {"id": run, "t": _now()})

    @guarded
    def told(self, run: str, kind: str, key: str | None, text: str | None) -> None:
        """One value record. By hand: it is the hot path, called in training loops."""
        name = "null" if key is None else _quoted(key)
        value = "null" if text is None else _quoted(text)
        payload = f'{{"id":"{run}","key":{name},"kind":"{kind}","t":"{_now()}","text":{value}}}'
        self._appended(_journal.frame(_journal.VALUE, payload.encode("ascii")))

    def points(self, run: str, points: Iterable[Point]) -> None:
        """Points of a run's metrics, as one record. The hot path: called in training loops."""
        try:
            self._writer.append_points(run, points)
            if not recorders.has_begun:
                recorders.begun(self)
        except Exception as error:
            warn_failed(error)

    @guarded
    def progress(self, run: str, done: int, total: int | None, label: str | None) -> None:
        payload = {"id": run, "t": _now(), "done": done, "total": total, "label": label}
        self._append(_journal.PROGRESS, payload)

    @guarded
    def published(
        self,
        run: str,
        block: str,
        mode: str | None,
        duration_ns: int | None,
        resumed: bool = False,
    ) -> bool:
        """Whether the run is in the journal."""
        for tell in recorders.before_publish:
            guarded(tell)()
        cell_id, count = cell()
        running = running_in(kernel_shell())
        payload: dict[str, Any] = {
            "id": run,
            "t": _now(),
            "block": block,
            "mode": mode,
            "cell": cell_id,
            "count": count,
            "n": running.n if running is not None else None,
            "duration_ns": duration_ns,
        }
        if self._writer.incomplete:
            payload["incomplete"] = True
        if resumed:
            payload["resumed"] = True
        is_whole = self._append(_journal.PUBLISH, payload)
        self._writer.forget(run)
        return is_whole

    @guarded
    def pin(self, run: str, outputs: list[str]) -> None:
        """Pin the outputs of a published run, as its block lists them."""
        if outputs:
            if self._pins is None:
                from dotscience._pins import Pins

                self._pins = Pins(self.store)
            with by_us():
                files = self._pins.take(run, self.root, outputs)
            self._append(_journal.PIN, {"id": run, "files": files})

    @property
    def journal(self) -> str | None:
        """The path of the journal file that is being written, None before the first record."""
        return self._writer.path

    @guarded
    def note(self, type: int, payload: dict[str, Any]) -> bool:
        """Append any record of ``docs/formats/journal.md``; whether it is whole in the journal."""
        if type == _journal.FILES:  # that a process opened something is no reason to begin anything
            return self._writer.append(_journal.encode(type, payload))
        return self._append(type, payload)

    @guarded
    def end(self) -> None:
        """The process ends in order. Writes nothing where nothing was written."""
        if self._writer.path is not None and not self._ended:
            self._ended = True
            self._append(_journal.END, {"t": _now(), "error": last_error()})

    def after_fork(self) -> None:
        self._ended = False
        self._parent = self.journal or self._parent
        self._writer.after_fork()

    def _append(self, type: int, payload: dict[str, Any]) -> bool:
        activity.saw(type, payload)
        return self._appended(_journal.encode(type, payload))

    def _appended(self, record: bytes) -> bool:
        is_whole = self._writer.append(record)
        if not recorders.has_begun:
            recorders.begun(self)
        return is_whole

    def _session(self) -> bytes:
        payload = session(self.root, self.workspace, __version__)
        payload.update(parent=self._parent and _name(self._parent), rank=_inherit.rank())
        if self._parent is None:
            told = (_inherit.parent_run() or {}).get("journal")
            payload["parent"] = told or os.environ.get(COMMAND_JOURNAL)
        return _journal.encode(_journal.SESSION, payload)


class Recorders:
    """The recorders of this process, made when first needed.

    ``has_begun``: whether this process has recorded something (a forked child begins anew).
    """

    def __init__(self, root: str) -> None:
        self._by_root: dict[str, Recorder | None] = {}
        self._root = root
        self._latest: Recorder | None = None
        self._callbacks: list[Callable[[Recorder], None]] = []
        self.has_begun = False
        #: Called before a run is published, to bring what they hold into the journal. They never raise.
        self.before_publish: list[Callable[[], None]] = []

    def on_first(self, callback: Callable[[Recorder], None]) -> None:
        """Call ``callback`` with the recorder after this process has recorded its first thing (at
        once where it has), and again in each forked child after its first. What it raises is
        warned of once."""
        self._callbacks.append(callback)
        if self.has_begun and self._latest is not None:
            _call(callback, self._latest)

    def begun(self, recorder: Recorder) -> None:
        """The process has recorded its first thing, with ``recorder``."""
        if not self.has_begun:
            self.has_begun = True
            self._latest = recorder
            for callback in list(self._callbacks):
                _call(callback, recorder)

    def current(self) -> Recorder | None:
        """As the module's `current`."""
        return self._latest if self._latest is not None else self.of(self._root)

    def of(self, root: str, workspace: str | None = None) -> Recorder | None:
        """The recorder for paths relative to ``root``; None where nothing is to be recorded.

        ``workspace``, where it is known, counts for a recorder that is made now."""
        if (
            is_disabled()
        ):  # asked each time: a notebook's cell may set it, when cells are recorded already
            return None
        if root in self._by_root:
            return self._by_root[root]
        if not os.path.isabs(root):
            root = os.path.join(current_folder(), root)
        if root not in self._by_root:
            made = self._made(os.path.normpath(root), workspace)
            self._by_root.setdefault(
                root, made
            )  # what it opened may have begun to observe, with a recorder
        return self._by_root[root]

    @guarded
    def _made(self, root: str, workspace: str | None) -> Recorder:
        return Recorder(root, workspace)

    def end(self) -> None:
        for recorder in list(self._by_root.values()):
            if recorder is not None:
                recorder.end()

    def after_fork(self) -> None:
        self.has_begun = False
        for recorder in self._by_root.values():
            if recorder is not None:
                recorder.after_fork()


def default_root() -> str:
    """The folder that recorded paths are relative to where nothing else is said."""
    return os.environ.get(_ROOT_VARIABLE, current_folder())


def current() -> Recorder | None:
    """The recorder that this process would use now, for what belongs to no run (cells, files,
    environment, meters): the one that recorded first. None where nothing is to be recorded."""
    return recorders.current()


@guarded
def _call(callback: Callable[[Recorder], None], recorder: Recorder) -> None:
    callback(recorder)


#: Those of this process: any `Dotscience` object records through them.
recorders = Recorders(default_root())
recorders.on_first(begin_observing)
atexit.register(recorders.end)
fork_safety.register()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=recorders.after_fork)


def _start_folder(root: str) -> str:
    """Where the search for the workspace begins: a kernel's notebook, else the root of its paths.

    Not the kernel's current directory: the user may have left it before the first record.
    """
    path = notebook() if kernel_shell() is not None else None
    return path if path is not None and os.path.isdir(os.path.dirname(path)) else root


def _name(journal: str) -> str:
    return os.path.basename(journal)[: -len(_journal.SUFFIX)]


def _now() -> str:
    return str(time.time_ns())
