"""The chunk engine: `python -m dotscience_server.chunks.engine_main`, started by the worker.

    waiting ─► working ─► waiting …  ends: the pipe closes · idle · too much memory · told to
It has the lowest priority for processor and disk, and nothing of the worker but the two pipes. The
pipe's end ends it whatever it is doing, so it never outlives its worker.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import queue
import resource
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..snapshots.failures import Cancelled
from ..snapshots.reading import Stored
from ..store.failures import ChunksRefused, StoreFailure
from .frames import (
    Frames,
    Message,
    failure_to_json,
    frame,
    outcome_to_json,
    path_from_json,
    task_from_json,
)
from .workshop import Places, Workshop

IDLE_S = 300.0
MEMORY_MOST = 1 << 30
TOO_MUCH_MEMORY = 9
_PULSE_S = 0.1
_IOPRIO_SET = {"x86_64": 251, "aarch64": 30}
_IDLE_CLASS = 3 << 13


def main() -> None:
    """Serve until the worker closes the pipe, or nothing was asked for some minutes."""
    pipe = _own_pipe()
    _step_back()
    requests: queue.SimpleQueue[Message] = queue.SimpleQueue()
    cancelled: set[int] = set()
    threading.Thread(target=_listen, args=(requests, cancelled), daemon=True).start()
    bench = _Bench(_Pipe(pipe), cancelled)
    while True:
        try:
            request = requests.get(timeout=IDLE_S)
        except queue.Empty:
            os._exit(0)
        bench.serve(request)


def _own_pipe() -> int:
    """The pipe to the worker; what others print goes to the log instead."""
    pipe = os.dup(1)
    os.dup2(2, 1)
    return pipe


def _step_back() -> None:
    with contextlib.suppress(OSError):
        os.nice(19)
    number = _IOPRIO_SET.get(platform.machine()) if sys.platform.startswith("linux") else None
    if number is not None:
        ctypes.CDLL(None).syscall(number, 1, 0, _IDLE_CLASS)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(OSError):  # rather us than the user's kernel
        Path("/proc/self/oom_score_adj").write_text("600")


def _listen(requests: queue.SimpleQueue[Message], cancelled: set[int]) -> None:
    frames = Frames()
    while data := os.read(0, 1 << 16):
        for message in frames.add(data):
            if message["op"] == "cancel":
                cancelled.add(message["id"])
            else:
                requests.put(message)
    os._exit(0)


class _Pipe:
    """Writes frames; several threads may."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._lock = threading.Lock()

    def send(self, message: Message) -> None:
        view = memoryview(frame(message))
        with self._lock:
            while view:
                try:
                    view = view[os.write(self._descriptor, view) :]
                except BrokenPipeError:
                    os._exit(0)


class _Bench:
    """Serves one request after the other."""

    def __init__(self, pipe: _Pipe, cancelled: set[int]) -> None:
        self._pipe = pipe
        self._cancelled = cancelled
        self._workshops: dict[Places, Workshop] = {}

    def serve(self, request: Message) -> None:
        """Answer; a failure is an answer too."""
        watched = _Watched(self._pipe, lambda: request["id"] in self._cancelled)
        try:
            done = getattr(self, f"_{request['op']}")(request, watched)
            answer: Message = {"done": done}
        except Cancelled:
            answer = {"failed": {"code": "cancelled", "fields": {}}}
        except StoreFailure as failure:
            answer = {"failed": failure_to_json(failure)}
        except Exception as error:
            detail = f"{type(error).__name__}: {error}"
            answer = {"failed": failure_to_json(ChunksRefused(detail))}
        finally:
            watched.stop()
        self._pipe.send({**answer, "id": request["id"]})

    def _warm(self, request: Message, _watched: _Watched) -> None:
        self._opened(request).prepare(0)

    def _read(self, request: Message, watched: _Watched) -> dict[str, Any]:
        sent: set[bytes] = set()

        def durable(some: list[tuple[bytes, Stored]]) -> None:
            sent.update(path for path, _ in some)
            told = [outcome_to_json(path, stored) for path, stored in some]
            self._pipe.send({"durable": told})

        tasks = [task_from_json(task) for task in request["tasks"]]
        root, floor = path_from_json(request["root"]), int(request["floor"])
        workshop = self._opened(request)
        outcomes, grown = workshop.read(root, tasks, floor, watched, durable)  # type: ignore[arg-type]
        rest = [outcome_to_json(path, one) for path, one in outcomes.items() if path not in sent]
        return {"outcomes": rest, "grown": grown}

    def _migrate(self, request: Message, watched: _Watched) -> dict[str, Any]:
        return {"gone": self._opened(request).migrate(request["objects"], watched)}

    def _opened(self, request: Message) -> Workshop:
        held = bool(request.get("held"))
        places = Places(Path(request["store"]), Path(request["cache"]), held)
        known = self._workshops.get(places)
        if known is not None:
            known.chunks.refresh()
            return known
        for other in [one for one in self._workshops if one.store != places.store]:
            self._workshops.pop(other).close()
        workshop = self._workshops[places] = Workshop(places)
        return workshop


class _Watched:
    """Progress that goes over the pipe, with a pulse of its own: the worker must see that we live, and
    whether we move. Memory is looked at on the way.
    """

    def __init__(self, pipe: _Pipe, cancelled: Callable[[], bool]) -> None:
        self._pipe = pipe
        self._cancelled = cancelled
        self._done = 0
        self._done_bytes = 0
        self._start = _moved_bytes()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._pulse, daemon=True)
        self._thread.start()

    def update(
        self, done: int, _total: int | None, done_bytes: int, _total_bytes: int | None
    ) -> None:
        """So many files and bytes are done."""
        self._done, self._done_bytes = done, done_bytes

    def check(self) -> None:
        """Raise Cancelled when the worker says so."""
        if self._cancelled():
            raise Cancelled("cancelled by the worker")

    def stop(self) -> None:
        """No more pulses."""
        self._ended.set()
        self._thread.join()

    def _pulse(self) -> None:
        while not self._ended.wait(_PULSE_S):
            if _resident_bytes() > MEMORY_MOST:
                os._exit(TOO_MUCH_MEMORY)
            moved = _moved_bytes() - self._start
            self._pipe.send({"pulse": [self._done, self._done_bytes, moved]})


def _moved_bytes() -> int:
    """Bytes read and written so far, from whatever."""
    try:
        lines = Path("/proc/self/io").read_text().split()
        return int(lines[1]) + int(lines[3])
    except (OSError, ValueError, IndexError):
        return time.monotonic_ns()


def _resident_bytes() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except (OSError, ValueError, IndexError):
        return 0


if __name__ == "__main__":
    main()
