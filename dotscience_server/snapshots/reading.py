"""Reading the files a snapshot needs: few threads, files in motion tried again, then kept as read.

    to read ──► stored
            ├─► in motion ──(wait, again, at most twice)──► stored, or stored `unstable`
            ├─► gone         no entry; named as unstable
            └─► unreadable   an entry without bytes

A notebook that is no JSON and was written a moment ago counts as in motion: Jupyter truncates
before it writes. One that stays so (merge markers, an empty file) is stored as it is and named.
"""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from threading import Event
from typing import Literal, NamedTuple, Protocol

from dotscience._tree import Ranges

from ..store.batch import AddedFile
from ..store.copying import Tick
from .contract import Progress
from .holding import is_code, is_notebook
from .mapped import Mapped, mapped_to_write, synced, times_of
from .plan import PlannedFile

THREADS = 2
WAITS_S = (0.05, 0.3)
_PORTION = 512
_HANDFUL = 32  # by one thread: handing over costs more than to read a small file
_HANDFUL_BYTES = 1 << 20
_POLL_S = 0.1
_FLUSH_OBJECTS = 8192
_FLUSH_BYTES = 1 << 30
_MUCH_BYTES = 4 << 20
_NOTEBOOK_MOST = 64 << 20
_OURS = (errno.EMFILE, errno.ENFILE, errno.ENOMEM)
_JUST_NOW_NS = 5_000_000_000

Sleep = Callable[[float], None]


class Task(NamedTuple):
    """A file to read; `expected` is the content key it had, if it may have it still, `earlier` that of
    an earlier version of it, and `changed` all that differs from that one (offset, length), where known.
    """

    file: PlannedFile
    expected: str | None
    earlier: str | None = None
    changed: Ranges | None = None


class Gone(NamedTuple):
    """It vanished, or is no regular file any more."""

    kind: Literal["gone"] = "gone"


class Unreadable(NamedTuple):
    """The system refused."""

    kind: Literal["unreadable"] = "unreadable"


class Moving(NamedTuple):
    """It changed while it was read; nothing of it is stored."""

    kind: Literal["moving"] = "moving"


@dataclass(frozen=True)
class Stored:
    """Its bytes are stored; `half_written`: a notebook that is no JSON; `doubtful`: some process
    stored to it through its memory a moment before it was read, and its times may not tell of more (`mapped`).
    """

    added: AddedFile
    half_written: bool
    doubtful: bool = False


Outcome = Stored | Gone | Unreadable | Moving

OnDurable = Callable[[Sequence[tuple[bytes, Stored]]], None]
"""Told of paths and what they hold, once that is durable."""


class Batch(Protocol):
    """Takes the files in: as objects (`store.batch`) or in chunks (`chunks.batch`)."""

    @property
    def count_pending(self) -> int:
        """Files added since the last flush."""

    @property
    def bytes_pending(self) -> int:
        """Their bytes."""

    def add_file(
        self,
        path: bytes | Path,
        *,
        keep_moving: bool = True,
        expected: str | None = None,
        earlier: str | None = None,
        changed: Ranges | None = None,
        tick: Tick,
    ) -> AddedFile | None:
        """See `ObjectBatch.add_file`."""

    def content(self, content: str) -> bytes:
        """The bytes of a notebook just added."""

    def flush(self) -> None:
        """Make what was added durable."""


class _Stopped(Exception):
    """Ends the reading threads."""


class Reader:
    """Reads tasks into a batch. `on_durable` is told what a flush has made durable."""

    def __init__(
        self,
        root: bytes,
        batch: Batch,
        progress: Progress,
        on_durable: OnDurable,
    ) -> None:
        self._root = root
        self._batch = batch
        self._progress = progress
        self._on_durable = on_durable
        self._undurable: list[tuple[bytes, Stored]] = []
        self._stop = Event()
        self._done_bytes = 0
        self._done = 0
        self._code_waits = True
        self._mapped = Mapped()

    def read(self, tasks: Sequence[Task]) -> dict[bytes, Outcome]:
        """Every task's outcome by path, none of them Moving. Raises what a driver's freeze may."""
        self._total = len(tasks)
        self._total_bytes = sum(task.file.status.st_size for task in tasks)
        outcomes = dict(self._round(tasks, last=False))
        for number, wait_s in enumerate(WAITS_S, 1):
            again = [task for task in tasks if isinstance(outcomes[task.file.path], Moving)]
            if not again:
                break
            self._pause(wait_s)
            outcomes.update(self._round(again, last=number == len(WAITS_S)))
        self._flush()
        return outcomes

    def _round(self, tasks: Iterable[Task], last: bool) -> Iterator[tuple[bytes, Outcome]]:
        self._mapped = mapped_to_write()
        with ThreadPoolExecutor(THREADS, thread_name_prefix="snapshot") as pool:
            try:
                for portion in _portions(tasks):
                    handfuls = list(portions(portion, _HANDFUL, _HANDFUL_BYTES))
                    futures = [pool.submit(self._some, handful, last) for handful in handfuls]
                    self._watch(futures)
                    outcomes = chain.from_iterable(future.result() for future in futures)
                    for task, outcome in zip(portion, outcomes, strict=True):
                        yield task.file.path, self._noted(task.file.path, outcome)
                    self._flush_when_large()
            except BaseException:
                self._stop.set()
                pool.shutdown(cancel_futures=True)
                raise

    def _watch(self, futures: list[Future[list[Outcome]]]) -> None:
        unfinished = set(futures)
        while True:
            finished, unfinished = wait(unfinished, timeout=_POLL_S)
            failed = any(future.exception() for future in finished)
            self._done += 0 if failed else sum(len(future.result()) for future in finished)
            self._progress.update(
                min(self._done, self._total), self._total, self._done_bytes, self._total_bytes
            )
            self._progress.check()
            if failed or not unfinished:
                return

    def _noted(self, path: bytes, outcome: Outcome) -> Outcome:
        if isinstance(outcome, Stored):
            self._undurable.append((path, outcome))
        return outcome

    def _flush_when_large(self) -> None:
        batch = self._batch
        if batch.count_pending >= _FLUSH_OBJECTS or batch.bytes_pending >= _FLUSH_BYTES:
            self._flush()
        elif self._code_waits and self._total_bytes - self._done_bytes > _MUCH_BYTES:
            self._flush()  # whatever becomes of the large files
        self._code_waits = False

    def _flush(self) -> None:
        self._batch.flush()
        self._on_durable(self._undurable)
        self._undurable = []

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._progress.check()
            time.sleep(min(left, _POLL_S))

    def _some(self, tasks: list[Task], last: bool) -> list[Outcome]:
        return [self._one(task, last) for task in tasks]

    def _one(self, task: Task, last: bool) -> Outcome:
        path = os.path.join(self._root, task.file.path)
        mapped = self._mapped.holds(path)
        times = synced(path) if mapped else None
        try:
            added = self._batch.add_file(
                path,
                keep_moving=last,
                expected=task.expected,
                earlier=task.earlier,
                changed=task.changed,
                tick=self._tick,
            )
        except (FileNotFoundError, NotADirectoryError):
            return Gone()
        except OSError as error:
            if error.errno in _OURS:
                raise
            return Unreadable()
        if added is None:
            return Gone() if last else Moving()
        half_written = is_notebook(path) and self._is_half_written(added)
        if half_written and not last and _is_recent(added.status):
            return Moving()
        return Stored(added, half_written, mapped and times != times_of(added.status))

    def _tick(self, count: int) -> None:
        self._done_bytes += count
        if self._stop.is_set():
            raise _Stopped

    def _is_half_written(self, added: AddedFile) -> bool:
        if added.size > _NOTEBOOK_MOST:
            return False
        try:
            json.loads(self._batch.content(added.hash))
        except (ValueError, RecursionError):
            return True
        return False


def _portions(tasks: Iterable[Task]) -> Iterator[list[Task]]:
    """Tasks in their order, so many at once; the first portion is code and notebooks alone, if any."""
    portion: list[Task] = []
    is_first = True
    for task in tasks:
        if len(portion) == _PORTION or (is_first and portion and not is_urgent(task.file.path)):
            yield portion
            portion, is_first = [], False
        portion.append(task)
    yield portion


def portions(tasks: Iterable[Task], most_files: int, most_bytes: int) -> Iterator[list[Task]]:
    """Tasks in their order, so many and of so many bytes at once; a larger file comes alone."""
    portion: list[Task] = []
    total = 0
    for task in tasks:
        size = task.file.status.st_size
        if portion and (len(portion) == most_files or total + size > most_bytes):
            yield portion
            portion, total = [], 0
        portion.append(task)
        total += size
    if portion:
        yield portion


def is_urgent(path: bytes) -> bool:
    """Whether a file is stored before all others: code and notebooks."""
    return is_notebook(path) or is_code(path)


def _is_recent(status: os.stat_result) -> bool:
    return abs(time.time_ns() - status.st_mtime_ns) < _JUST_NOW_NS
