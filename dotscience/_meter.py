"""What a process and its machine use while it works: METER records (``docs/formats/journal.md``, type 16).

    idle ──a run or a cell begins──► measuring (every 1 s, 10 s after 2 min, 60 s after 1 h)
      └──◄── nothing active for `LINGER_S`: the thread ends ──┘

- One thread, only while something is active; an idle kernel has none and writes nothing.
- A sample is some 15 small files of ``/proc``: about 0.2 ms of CPU, 0.02 % of a core at 1 s.
- All calls to a GPU are made in this thread (`_gpu`).
- `pause` before a fork ends the thread: a process that forks with threads is warned by Python 3.12.
"""

from __future__ import annotations

import os
import threading
import time

from dotscience._guard import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

LINGER_S = 5.0
_SPACING_S = 0.5
_PAUSE_S = 0.05
_CHILDREN = 64
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_TICK_S = 1 / os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 0.01


def interval_s(active_s: float) -> float:
    """Seconds between samples, after so long of activity."""
    return 1.0 if active_s < 120 else 10.0 if active_s < 3600 else 60.0


class Meter:
    """``is_active()``: whether something runs; ``write(payload)`` takes a sample."""

    def __init__(
        self, is_active: Callable[[], bool], write: Callable[[dict[str, Any]], object]
    ) -> None:
        self._is_active = is_active
        self._write = write
        self._lock = threading.RLock()  # re-entrant: a signal handler may begin a run
        self._thread: threading.Thread | None = None
        self._wake = threading.Event()
        self._paused = False
        self._gpu: Any = None
        self._in_gpu = False
        self.gpus: dict[str, Any] | None = None
        self.gpus_known = threading.Event()
        self._machine_before: tuple[int, int] | None = None
        self._last_s = 0.0
        self._began_s = 0.0

    def begin(self) -> None:
        """Begin the thread, which learns what GPUs there are, and stays while something is active."""
        self._start()

    def poke(self) -> None:
        """Something began or ended."""
        if self._thread is None and self._is_active():
            self._start()
        self._wake.set()

    def pause(self) -> None:
        """End the thread, within 50 ms; `resume` begins it again."""
        with self._lock:
            thread, self._paused = self._thread, True
        self._wake.set()
        if thread is not None and thread is not threading.current_thread() and not self._in_gpu:
            thread.join(_PAUSE_S)

    def resume(self) -> None:
        """Go on, where something is active."""
        self._paused = False
        if self._is_active():
            self._start(again=True)

    @guarded
    def _start(self, again: bool = False) -> None:
        with self._lock:
            if self._thread is None and not self._paused:
                if not again:
                    self._began_s = time.monotonic()
                thread = threading.Thread(target=self._run, name="dotscience-meter", daemon=True)
                try:
                    thread.start()
                except RuntimeError:
                    return  # the interpreter ends (3.12), or there are no more threads
                self._thread = thread

    def _run(self) -> None:
        self._load_gpu()
        idle_since: float | None = None
        while not self._paused:
            now = time.monotonic()
            active = self._is_active()
            if active and idle_since is not None:
                idle_since, self._began_s = None, now
            due_s = self._last_s + interval_s(now - self._began_s)
            if now >= due_s if active else idle_since is None and now >= self._last_s + _SPACING_S:
                self._sample()
            if active:
                self._wait(max(self._last_s + interval_s(now - self._began_s) - now, 0.01))
                continue
            idle_since = now if idle_since is None else idle_since
            if now - idle_since >= LINGER_S and self._is_over():
                return
            self._wait(LINGER_S)
        with self._lock:
            self._thread = None

    def _wait(self, seconds: float) -> None:
        self._wake.wait(seconds)
        self._wake.clear()

    def _is_over(self) -> bool:
        with self._lock:
            if self._is_active():
                return False
            self._thread = None
            return True

    @guarded
    def _load_gpu(self) -> None:
        if not self.gpus_known.is_set():
            from dotscience import _gpu

            self._in_gpu = True
            try:
                self._gpu = _gpu.load()
                self.gpus = self._gpu.facts() if self._gpu is not None else None
            finally:
                self._in_gpu = False
                self.gpus_known.set()

    @guarded
    def _sample(self) -> None:
        self._last_s = time.monotonic()
        self._write(self.sample())

    def sample(self) -> dict[str, Any]:
        """One payload, without ``t``. What is not known is left out."""
        told: dict[str, Any] = {"machine": self._machine(), **process()}
        if self._gpu is not None:
            self._in_gpu = True
            try:
                told["gpus"] = self._gpu.meters()
            finally:
                self._in_gpu = False
        return told

    def _machine(self) -> dict[str, Any]:
        told: dict[str, Any] = {}
        moment = _machine_ticks()
        if moment is not None and self._machine_before is not None:
            all_ticks = moment[0] - self._machine_before[0]
            idle = moment[1] - self._machine_before[1]
            if all_ticks > 0:
                told["cpu_percent"] = round(100 * max(all_ticks - idle, 0) / all_ticks, 1)
        self._machine_before = moment
        total, free = _memory("MemTotal"), _memory("MemAvailable")
        if total is not None and free is not None:
            told.update(memory_used_bytes=total - free, memory_bytes=total)
        return told


def process() -> dict[str, Any]:
    """This process with its children, those that live too: CPU seconds, resident bytes, threads; I/O its own."""
    times = os.times()
    told: dict[str, Any] = {"cpu_s": sum(times[:4])}
    own = _stat("self")
    if own is not None:
        told["rss_bytes"], told["threads"] = own[1], own[2]
        for child in (_stat(pid) for pid in _descendants()):
            if child is not None:
                told["cpu_s"] += child[0]
                told["rss_bytes"] += child[1]
    told["cpu_s"] = round(told["cpu_s"], 2)
    for line in _lines("/proc/self/io"):
        name, _, value = line.partition(b": ")
        if name in (b"read_bytes", b"write_bytes"):
            told["read_bytes" if name[:1] == b"r" else "written_bytes"] = int(value)
    return told


def _stat(pid: str) -> tuple[float, int, int] | None:
    """CPU seconds (with waited-for children), resident bytes, threads of a process."""
    text = b"".join(_lines(f"/proc/{pid}/stat"))
    fields = text.rpartition(b")")[2].split()
    if len(fields) < 22:
        return None
    ticks = sum(map(int, fields[11:15]))
    return ticks * _TICK_S, int(fields[21]) * _PAGE, int(fields[17])


def _descendants() -> list[str]:
    """Living processes below this one, at most `_CHILDREN`; none where the kernel does not list them."""
    found: list[str] = []
    waiting = [f"/proc/self/task/{task}/children" for task in _tasks()]
    while waiting and len(found) < _CHILDREN:
        for pid in b" ".join(_lines(waiting.pop(0))).decode().split():
            found.append(pid)
            waiting.append(f"/proc/{pid}/task/{pid}/children")
    return found[:_CHILDREN]


def _tasks() -> list[str]:
    try:
        return os.listdir("/proc/self/task")[:_CHILDREN]
    except OSError:
        return []


def _machine_ticks() -> tuple[int, int] | None:
    """(all, idle) ticks of all cores since the machine began."""
    first = next(iter(_lines("/proc/stat")), b"").split()
    if len(first) < 6 or first[0] != b"cpu":
        return None
    ticks = list(map(int, first[1:9]))
    return sum(ticks), ticks[3] + ticks[4]


def _memory(name: str) -> int | None:
    start = name.encode() + b":"
    line = next((line for line in _lines("/proc/meminfo") if line.startswith(start)), None)
    return int(line.split()[1]) * 1024 if line is not None else None


def _lines(path: str) -> list[bytes]:
    try:
        with open(path, "rb") as file:
            return file.read().splitlines()
    except OSError:
        return []
