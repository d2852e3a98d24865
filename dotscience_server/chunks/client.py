"""The worker's side of the chunk engine: a process that is started when it is needed.

    none ─► running ─┬─ idle, or its pipe closes ─► none
                     └─ killed, hanging, out of memory ─► none ─(once)─► running ─► ChunksRefused
A request that lost its engine is made again once, for what was not yet durable. The engine inherits
nothing but its pipes.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from ..snapshots.contract import Progress, Unwatched
from ..snapshots.failures import Cancelled
from ..snapshots.reading import OnDurable, Outcome, Stored, Task, Unreadable
from ..snapshots.walk import PlannedFile, Status
from ..store.batch import AddedFile
from ..store.failures import ChunksRefused
from .frames import (
    Frames,
    Message,
    failure_from_json,
    frame,
    outcome_from_json,
    path_to_json,
    task_to_json,
)

STALLED_S = 120.0
_POLL_S = 0.1
_NOTHING_BYTES = 64 << 10  # the pulse itself reads and writes a little
_CANCEL_S = 2.0
_TRIES = 2
_PORTION = 20_000  # tasks of one request: the engine holds them, and what became of them, in memory
_WHEELS = ("hf_xet", "blake3", "lz4")
_NOT_FOR_IT = ("HF_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "RUST_")

OnMessage = Callable[[Message], None]


def missing_wheels() -> list[str]:
    """The packages that are missing for contents in chunks."""
    return [name for name in _WHEELS if find_spec(name) is None]


class _Lost(Exception):
    """The engine ended or hangs; `idle` when it had ended by itself before the request."""

    def __init__(self, detail: str, idle: bool = False) -> None:
        super().__init__(detail)
        self.idle = idle


def engine_for(store: Path, cache: Path) -> Engine | None:
    """The engine of a store; None where the packages are missing."""
    return None if missing_wheels() else Engine(store, cache)


class Engine:
    """For one store. Any thread; one request at a time, the others wait."""

    def __init__(self, store: Path, cache: Path, command: Sequence[str] = ()) -> None:
        self._places: Message = {"store": os.fspath(store), "cache": os.fspath(cache)}
        self._command = command or (sys.executable, "-m", "dotscience_server.chunks.engine_main")
        self._log = cache / "engine.log"
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._frames = Frames()
        self._number = 0
        self._closed = False

    def warm(self, held: bool = False) -> None:
        """Start the engine if it does not run; returns at once. It will be needed soon, `held` as in `read`."""
        if self._lock.acquire(blocking=False):
            try:
                if not self._closed and self._process is None:
                    self._send({"op": "warm", "held": held})
            except _Lost:
                pass  # said when it is needed
            finally:
                self._lock.release()

    def read(
        self,
        root: bytes,
        tasks: Sequence[Task],
        floor_bytes: int,
        progress: Progress,
        on_durable: OnDurable,
        held: bool = False,
    ) -> tuple[dict[bytes, Outcome], int]:
        """Have files read into chunks: every outcome, and what the store grew by in bytes; with `held`
        (the file system keeps the bytes) what would have come in, of which only the shards are kept.
        Raises what `Workshop.read` raises; ChunksRefused too when the engine was lost twice.
        """
        watched = _Watched(progress, tasks)
        outcomes: dict[bytes, Outcome] = {}
        grown = 0
        for at in range(0, len(tasks), _PORTION):
            portion = tasks[at : at + _PORTION]
            grown += self._read(root, portion, floor_bytes, watched, outcomes, on_durable, held)
            watched.finish(portion)
        watched.check()  # a cancel may come with the last file
        return outcomes, grown

    def _read(
        self,
        root: bytes,
        tasks: Sequence[Task],
        floor_bytes: int,
        watched: _Watched,
        outcomes: dict[bytes, Outcome],
        on_durable: OnDurable,
        held: bool,
    ) -> int:
        """One request: adds to the outcomes; what the store grew by."""

        def hear(message: Message) -> None:
            told = dict(map(outcome_from_json, message.get("durable", ())))
            outcomes.update(told)
            watched.durable = len(outcomes)
            on_durable([(path, one) for path, one in told.items() if isinstance(one, Stored)])

        def request() -> Message:
            rest = [task for task in tasks if task.file.path not in outcomes]
            told = [task_to_json(task) for task in rest]
            where = {"root": path_to_json(root), "floor": floor_bytes}
            return {"op": "read", "tasks": told, "held": held, **where}

        done = self._ask(request, watched, hear)
        outcomes.update(map(outcome_from_json, done["outcomes"]))
        return int(done["grown"])

    def add_file(self, path: bytes | Path) -> AddedFile:
        """See `ObjectStore.add_file`. Raises ChunksRefused too."""
        name = os.fsencode(path)
        file = PlannedFile(name, Status(0, 0, os.lstat(name).st_size, 0, 0, 1, 0))
        outcomes, _ = self.read(b"/", [Task(file, None)], 0, Unwatched(), lambda _: None)
        outcome = outcomes[name]
        if isinstance(outcome, Stored):
            return outcome.added
        if isinstance(outcome, Unreadable):
            raise PermissionError(13, os.strerror(13), os.fsdecode(name))
        raise FileNotFoundError(2, os.strerror(2), os.fsdecode(name))

    def migrate(self, objects: Sequence[str], progress: Progress) -> list[str]:
        """See `Workshop.migrate`."""
        request = {"op": "migrate", "objects": list(objects)}
        gone = self._ask(lambda: request, _Watched(progress, ()), lambda _: None)["gone"]
        return [str(one) for one in gone]

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """No request runs meanwhile. What the engine remembers counts no more then: it ends, and is started anew
        when it is needed."""
        with self._lock:
            try:
                yield
            finally:
                self._end()

    def close(self) -> None:
        """End the engine for good, whatever it is doing. Any thread."""
        self._closed = True
        process = self._process
        if process is not None:
            _kill(process)
        if self._lock.acquire(blocking=False):  # who is asking closes the pipes when it hears
            try:
                self._end()
            finally:
                self._lock.release()

    def _ask(self, request: Callable[[], Message], watched: _Watched, hear: OnMessage) -> Message:
        tries = 0
        with self._lock:
            while True:
                try:
                    self._send(request())
                    answer = self._answer(watched, hear)
                except _Lost as lost:
                    self._end()
                    tries += not lost.idle
                    if self._closed:
                        raise Cancelled("the worker ends") from lost
                    if tries == _TRIES:
                        raise ChunksRefused(str(lost)) from lost
                    continue
                except BaseException:
                    self._end()
                    raise
                if "done" in answer:
                    return answer["done"] or {}
                failure = answer["failed"]
                if failure["code"] == "cancelled":
                    raise Cancelled("cancelled")
                known = failure_from_json(failure)
                tries += 1
                if not isinstance(known, ChunksRefused) or tries == _TRIES:
                    raise known

    def _send(self, message: Message) -> None:
        process = self._started()
        assert process.stdin is not None
        try:
            self._number += message["op"] != "cancel"
            process.stdin.write(frame({**message, **self._places, "id": self._number}))
            process.stdin.flush()
        except OSError as error:
            raise _Lost("it ended", process.wait() == 0) from error

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._process is None:
            self._frames = Frames()
            try:
                self._process = self._start()
            except OSError as error:
                raise _Lost(f"it cannot be started: {error}") from error
        return self._process

    def _start(self) -> subprocess.Popen[bytes]:
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.upper().startswith(_NOT_FOR_IT)
        }
        with contextlib.ExitStack() as stack:
            log: int | object = subprocess.DEVNULL
            with contextlib.suppress(OSError):
                self._log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                log = stack.enter_context(self._log.open("wb"))
            return subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,  # type: ignore[arg-type]
                env=environment,
                start_new_session=True,
            )

    def _answer(self, watched: _Watched, hear: OnMessage) -> Message:
        """Everything up to the answer of a request; that of a `warm` before it is passed over."""
        process = self._process
        assert process is not None and process.stdout is not None
        pipe, since = process.stdout.fileno(), time.monotonic()
        cancelled: float | None = None
        fresh = True
        while True:
            if cancelled is None:
                cancelled = self._cancelled(watched)
            elif time.monotonic() - cancelled > _CANCEL_S:
                raise Cancelled("cancelled")
            if time.monotonic() - since > STALLED_S:
                raise _Lost(f"it did nothing for {STALLED_S:.0f} s")
            if not select.select([pipe], [], [], _POLL_S)[0]:
                continue
            data = os.read(pipe, 1 << 16)
            if not data:
                code = process.wait()
                raise _Lost(f"it ended with {code}", fresh and code == 0)
            for message in self._frames.add(data):
                fresh = False
                if "pulse" in message:
                    since = time.monotonic() if watched.moves(message["pulse"]) else since
                elif "durable" in message:
                    since = time.monotonic()
                    hear(message)
                elif message["id"] == self._number:
                    return message

    def _cancelled(self, watched: _Watched) -> float | None:
        """Pass a cancel on; when."""
        try:
            watched.check()
        except Cancelled:
            self._send({"op": "cancel"})
            return time.monotonic()
        return None

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            _kill(process)
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()


class _Watched:
    """Progress over all tries of a request: it never goes back."""

    def __init__(self, progress: Progress, tasks: Sequence[Task]) -> None:
        self.durable = 0
        self._progress = progress
        self._total = len(tasks)
        self._total_bytes = sum(task.file.status.st_size for task in tasks)
        self._finished = (0, 0)
        self._shown = (0, 0)
        self._last = (-1, 0, 0)

    def check(self) -> None:
        self._progress.check()

    def moves(self, pulse: list[int]) -> bool:
        """Show a pulse; whether anything happened since the last one."""
        done, done_bytes, moved = pulse
        files, size = self._finished
        moved_bytes = min(moved, self._total_bytes - size)
        self._show(max(files + done, self.durable), size + max(done_bytes, moved_bytes))
        before = self._last
        if (done, done_bytes) == before[:2] and 0 <= moved - before[2] < _NOTHING_BYTES:
            return False
        self._last = done, done_bytes, moved
        return True

    def finish(self, tasks: Sequence[Task]) -> None:
        """All of a request is done."""
        size = sum(task.file.status.st_size for task in tasks)
        self._finished = self._finished[0] + len(tasks), self._finished[1] + size
        self._show(*self._finished)

    def _show(self, done: int, done_bytes: int) -> None:
        files, size = self._shown
        if (done, done_bytes, self._shown) == (0, 0, (0, 0)):
            return
        self._shown = max(files, min(done, self._total)), max(size, done_bytes)
        self._progress.update(
            self._shown[0], self._total, min(self._shown[1], self._total_bytes), self._total_bytes
        )


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        process.kill()
    process.wait()
