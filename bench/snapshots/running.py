"""Runs one command and measures it: wall and processor time, memory of all its processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

_SAMPLE_S = 0.02
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")


class Measured(NamedTuple):
    """Seconds, and the largest sum of the resident memory of all processes, sampled 50 times a second.
    `failed` says why there is no time.
    """

    seconds: float = 0.0
    cpu: float = 0.0
    memory: int = 0
    failed: str | None = None


class Command(NamedTuple):
    """What is started; `shell` lines get their paths as arguments, never as text."""

    argv: Sequence[str]
    cwd: Path | None = None


def run(commands: Sequence[Command], env: Mapping[str, str], budget_s: float) -> Measured:
    """One after the other, as one measurement. Cut off, with all their children, after `budget_s`."""
    start, cpu, memory = time.perf_counter(), _cpu_of_ended(), 0
    for command in commands:
        left = budget_s - (time.perf_counter() - start)
        process = subprocess.Popen(
            command.argv,
            cwd=command.cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        with watched(process.pid) as peak:
            try:
                _, err = process.communicate(timeout=max(left, 0.1))
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
                return Measured(failed=f"cut after {budget_s:.0f} s", memory=max(memory, peak[0]))
        memory = max(memory, peak[0])
        if process.returncode != 0:
            last = err.decode(errors="replace").strip().splitlines()[-1:] or ["no word"]
            return Measured(failed=f"exit {process.returncode}: {last[0][:120]}")
    return Measured(time.perf_counter() - start, _cpu_of_ended() - cpu, memory)


class Server:
    """A process that stays and does what it is told: a line of JSON in, a line of JSON out."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            argv,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.ask([], 60)

    def ask(self, words: Sequence[str], budget_s: float) -> tuple[Measured, dict[str, Any]]:
        """Tell it and wait; what it took, and what it answered."""
        assert self._process.stdin and self._process.stdout
        pid = self._process.pid
        late = threading.Timer(budget_s, os.killpg, (pid, signal.SIGKILL))
        late.start()
        start, cpu = time.perf_counter(), _cpu_of_tree(pid)
        with watched(pid) as peak:
            self._process.stdin.write(json.dumps(list(words)) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        seconds = time.perf_counter() - start
        late.cancel()
        if not line:
            code = self._process.wait()
            why = f"cut after {budget_s:.0f} s" if seconds >= budget_s else f"exit {code}"
            return Measured(memory=peak[0], failed=why), {}
        return Measured(seconds, _cpu_of_tree(pid) - cpu, peak[0]), json.loads(line)

    def end(self) -> None:
        """Close its input and wait."""
        assert self._process.stdin and self._process.stdout
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process.stdout.close()


@contextmanager
def watched(pid: int) -> Iterator[list[int]]:
    """The first item grows to the peak of the resident memory of `pid` and all below it."""
    peak = [_memory_of_tree(pid)]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(_SAMPLE_S):
            peak[0] = max(peak[0], _memory_of_tree(pid))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()


def _tree(pid: int) -> Iterator[int]:
    yield pid
    with suppress(OSError):
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split():
                yield from _tree(int(child))


def _memory_of_tree(pid: int) -> int:
    total = 0
    for one in _tree(pid):
        with suppress(OSError, IndexError):
            total += int(Path(f"/proc/{one}/statm").read_text().split()[1]) * _PAGE
    return total


def _cpu_of_tree(pid: int) -> float:
    ticks = 0
    for one in _tree(pid):
        with suppress(OSError, IndexError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / _TICKS


def _cpu_of_ended() -> float:
    times = os.times()
    return times.children_user + times.children_system
