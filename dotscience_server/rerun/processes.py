"""A process with all that it starts: read line by line, ended by force when it is not wanted any more.

running ─► ended
   └─ cancelled, too long ─► asked to end (its stdin closes, SIGTERM) ─ 5 s ─► SIGKILL to all its descendants
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

Hear = Callable[[bytes], None]
_LOOK_S = 0.1
_GRACE_S = 5.0
_LONGEST_LINE = 1 << 20


class TooLong(Exception):
    """It ran longer than it was given."""


def run_process(
    argv: Sequence[str],
    env: Mapping[str, str],
    cwd: str | Path,
    hear: Hear,
    check: Callable[[], None],
    *,
    within_s: float | None = None,
    say: bytes = b"",
    keep_open: bool = False,
    pass_fds: Sequence[int] = (),
) -> int:
    """Run it to its end; its return code. ``hear`` gets each line of its output; ``say`` is its first input.

    ``keep_open``: its stdin stays open while we live, so it knows when we do not. Raises OSError, `TooLong`, what ``check`` raises.
    """
    process = subprocess.Popen(
        list(argv),
        cwd=cwd,
        env=dict(env),
        stdin=subprocess.PIPE if keep_open or say else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        pass_fds=pass_fds,
    )
    lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(process, lines), name="output", daemon=True)
    reader.start()
    try:
        if process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(say)
                process.stdin.flush()
            if not keep_open:
                process.stdin.close()
        _follow(process, lines, hear, check, within_s)
        return process.wait()
    finally:
        _end(process)
        reader.join(_GRACE_S)


def _follow(
    process: subprocess.Popen[bytes],
    lines: queue.SimpleQueue[bytes | None],
    hear: Hear,
    check: Callable[[], None],
    within_s: float | None,
) -> None:
    until = None if within_s is None else time.monotonic() + within_s
    while True:
        check()
        if until is not None and time.monotonic() > until:
            raise TooLong(f"it ran longer than {within_s:.0f} s")
        try:
            line = lines.get(timeout=_LOOK_S)
        except queue.Empty:
            if process.poll() is not None:
                return  # what it left behind may still hold the pipe
            continue
        if line is None:
            return
        hear(line)


def _read(process: subprocess.Popen[bytes], lines: queue.SimpleQueue[bytes | None]) -> None:
    assert process.stdout is not None
    with contextlib.suppress(OSError, ValueError), process.stdout:
        while line := process.stdout.readline(_LONGEST_LINE):
            lines.put(line)
    lines.put(None)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_S)
    if process.poll() is None:
        for pid in [*_descendants(process.pid), process.pid]:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        process.wait()
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)  # what it left in its group


def _descendants(pid: int) -> list[int]:
    """All processes below it, by /proc."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                fields = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append(int(name))
    found, todo = [], [pid]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found
