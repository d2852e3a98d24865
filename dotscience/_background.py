"""The library's own threads: the environment's (ends when it is known) and the meter's.

- They begin with the first thing a process records, never at import, and never block the user's code.
  Only the process's end waits for the environment, `_END_S` at most, and then tells what is known at once.
- The environment record is collected once a process. A forked child writes its parent's again in its own
  journal; its use of the machine is counted by the parent.
- Before a fork both threads have ended or are given up (`_FORK_S`): a child never inherits a half-done import.
"""

from __future__ import annotations

import atexit
import os
import threading
import time

from dotscience import _journal, _observe
from dotscience._activity import activity
from dotscience._guard import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from dotscience._meter import Meter
    from dotscience._recorder import Recorder

_FIRST_S = 0.02
"""What the user's code has for itself at the start, before a thread of ours wants the interpreter."""
_END_S = 0.2
_FORK_S = 0.1
_GPU_S = 1.0


class Background:
    """`begin` may be called again; the first recorder counts."""

    def __init__(self) -> None:
        self._recorder: Recorder | None = None
        self._thread: threading.Thread | None = None
        self._hurry = threading.Event()
        self._meter: Meter | None = None
        self._payload: dict[str, Any] | None = None
        self._lock = threading.Lock()
        self._is_forked = False

    def begin(self, recorder: Recorder) -> None:
        """The process has recorded its first thing."""
        if self._is_forked:
            if self._payload is not None:
                recorder.note(_journal.ENVIRONMENT, self._payload)
            return
        if self._recorder is not None:
            return
        self._recorder = recorder
        atexit.register(self.end)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=self._before_fork,
                after_in_parent=self._after_fork,
                after_in_child=self._in_child,
            )
        thread = threading.Thread(target=self._collect, name="dotscience-environment", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the interpreter ends already (3.12), or there are no more threads
            self._tell_at_once()
            return
        self._thread = thread

    @guarded
    def end(self) -> None:
        """The process ends in order: at most 200 ms for the environment, then what is known at once."""
        if self._is_forked or self._thread is None:
            return
        self._hurry.set()
        self._thread.join(_END_S)
        if self._meter is not None:
            self._meter.pause()
        if self._payload is None:
            self._tell_at_once()

    @guarded
    def _collect(self) -> None:
        assert self._recorder is not None
        if not self._hurry.wait(_FIRST_S):
            _observe.settle()
        from dotscience._environment import environment
        from dotscience._meter import Meter

        self._meter = Meter(activity.is_active, self._write_meter)
        activity.changed = self._meter.poke
        if not self._hurry.is_set():
            self._meter.begin()
        self._tell(environment(self._recorder.workspace, self._keep_diff, self._gpus))

    @guarded
    def _tell_at_once(self) -> None:
        assert self._recorder is not None
        from dotscience._environment import at_once

        self._tell(at_once(self._recorder.workspace))

    def _tell(self, payload: dict[str, Any]) -> None:
        """Write the record, unless it is written."""
        with self._lock:
            if self._payload is None and self._recorder is not None:
                self._payload = payload
                self._recorder.note(_journal.ENVIRONMENT, payload)

    def _gpus(self) -> dict[str, Any] | None:
        """What the meter's thread knows of GPUs; it is not waited for at the end of the process."""
        if self._meter is None:
            return None
        deadline = time.monotonic() + _GPU_S
        while not self._hurry.is_set() and time.monotonic() < deadline:
            if self._meter.gpus_known.wait(0.02):
                break
        return self._meter.gpus

    def _keep_diff(self, diff: bytes) -> str | None:
        recorder = self._recorder
        if recorder is None or recorder.journal is None:
            return None
        session = os.path.splitext(os.path.basename(recorder.journal))[0]
        folder = os.path.join(recorder.store, "pins", session)
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
            with open(os.path.join(folder, "diff"), "xb", opener=_private) as file:
                file.write(diff)
        except OSError:
            return None
        return session + "/diff"

    def _write_meter(self, sample: dict[str, Any]) -> None:
        from dotscience import _seeds

        _seeds.flush()
        if self._recorder is not None:
            self._recorder.note(_journal.METER, {"t": str(time.time_ns()), **sample})

    def _before_fork(self) -> None:
        if self._is_forked or self._thread is None:
            return
        if self._thread is not threading.current_thread():
            self._thread.join(_FORK_S)
        if self._meter is not None:
            self._meter.pause()

    def _after_fork(self) -> None:
        if not self._is_forked and self._meter is not None:
            self._meter.resume()

    def _in_child(self) -> None:
        self._is_forked = True
        activity.changed = None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


_background = Background()


def begin(recorder: Recorder) -> None:
    """A part of `_first`."""
    _background.begin(recorder)
