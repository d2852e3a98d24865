"""Waits for a job of the worker and shows how far it is.

On a terminal one line that moves, elsewhere a line now and then; both on stderr. Ctrl+C cancels the job.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ..client import WorkerClient
from ..protocol.failure import ApiError
from .output import counted, plain, size, terminal_width

Job = dict[str, Any]
_ENDED = ("done", "failed", "cancelled")
_FIRST_LOOK_S = 0.02
_LONGEST_LOOK_S = 0.25
_FIRST_LINE_S = 1.0
_LINE_EVERY_S = 5.0
_BAR = 24


def wait(worker: WorkerClient, job: Job) -> Job:
    """The job when it is done. Raises the ``ApiError`` that it failed with; ``cancelled`` after Ctrl+C."""
    try:
        with showing() as show:
            job = _until_ended(worker, job, show)
    except KeyboardInterrupt:
        _cancel(worker, job)
        raise
    return _judged(job)


@contextmanager
def showing() -> Iterator[Callable[[Job], None]]:
    """Shows how far a job is, each time it is called."""
    try:
        yield _on_terminal if sys.stderr.isatty() else _Lines()
    finally:
        if sys.stderr.isatty():
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _until_ended(worker: WorkerClient, job: Job, show: Callable[[Job], None]) -> Job:
    pause = _FIRST_LOOK_S
    while job["state"] not in _ENDED:
        show(job)
        time.sleep(pause)
        pause = min(pause * 1.5, _LONGEST_LOOK_S)
        try:
            job = worker.get(f"jobs/{job['id']}")
        except ApiError as error:
            if error.code != "job-not-found":
                raise
            raise _forgotten(job) from None
    return job


def _forgotten(job: Job) -> ApiError:
    """The worker that did it is gone, and the next one knows nothing of it."""
    return ApiError(
        "internal",
        f"The tracking process was ended in the middle of it ({job['title']}).",
        "Everything that was stored, and every file, whole: as it was, or as it was to be.",
        "Give the command again; it goes on from what is there.",
        retryable=True,
        status=500,
    )


def _judged(job: Job) -> Job:
    if job["state"] == "done":
        return job
    if job["error"] is not None:
        raise ApiError.from_body(job["error"], 500)
    raise ApiError.of(
        "cancelled" if job["state"] == "cancelled" else "internal", detail=job["title"]
    )


def _cancel(worker: WorkerClient, job: Job) -> None:
    try:
        worker.delete(f"jobs/{job['id']}")
    except ApiError:
        pass  # it had ended, or the worker has gone: there is nothing to cancel


def _on_terminal(job: Job) -> None:
    line = f"{job['title']}  {_bar(job)}{_counts(job)}{_said(job)}"
    print(f"\r{line[: terminal_width() - 1]}\x1b[K", end="", file=sys.stderr, flush=True)


class _Lines:
    """A line every few seconds; none for what is done at once."""

    def __init__(self) -> None:
        self._next_s = time.monotonic() + _FIRST_LINE_S

    def __call__(self, job: Job) -> None:
        now = time.monotonic()
        if now >= self._next_s:
            self._next_s = now + _LINE_EVERY_S
            print(f"{job['title']}: {_counts(job)}{_said(job)}", file=sys.stderr, flush=True)


def _said(job: Job) -> str:
    """What its program printed last; programs print anything."""
    return f"  {plain(job['line'])}" if job.get("line") else ""


def _bar(job: Job) -> str:
    if not job["total"]:
        return ""
    full: int = round(_BAR * min(job["done"] / job["total"], 1))
    return "█" * full + "░" * (_BAR - full) + "  "


def _counts(job: Job) -> str:
    text = _amount(job["unit"], job["done"])
    if job["total"]:
        text = f"{text} of {_amount(job['unit'], job['total'])}"
    return f"{text}, {size(job['done_bytes'])}" if job["done_bytes"] else text


def _amount(unit: str, count: int) -> str:
    return size(count) if unit == "bytes" else counted(count, unit[:-1])
