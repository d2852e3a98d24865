"""Pins: copies of declared outputs taken at publish, so that a file overwritten by the next run of
the same cell is not lost.

- A pin is the file's bytes at one moment: copied with its size and time the same before and after.
- Bounded: `COPY_BYTES` and `FILES` a publish, `WAITING_BYTES` of pins that the worker has not taken
  yet, `FREE_BYTES` left on the disk. What goes beyond is named as skipped. Clones (reflinks) cost no
  copying and count for the last three only.
- Only regular files are opened, never a FIFO or a device; a symbolic link's target is pinned.
- A file that certainly has not changed since its last pin in this process is named as the same.
"""

from __future__ import annotations

import os
import stat
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

COPY_BYTES = 64 << 20
FILES = 1000
WAITING_BYTES = 2 << 30
FREE_BYTES = 64 << 20

_FICLONE = 0x40049409
_ATTEMPTS = 2
_STEP = 1 << 20
#: A file younger than this may change again within its time stamp (the kernel's clock ticks every
#: 1 to 10 ms, FAT's every 2 s), so it is never taken for unchanged.
_RACY_NS = 2_100_000_000
_OPEN = (
    os.O_RDONLY
    | getattr(os, "O_CLOEXEC", 0)
    | getattr(os, "O_NONBLOCK", 0)
    | getattr(os, "O_NOCTTY", 0)
)


class Pins:
    """Takes the pins of one store; remembers what it pinned in this process."""

    def __init__(self, store: str) -> None:
        self._folder = os.path.join(store, "pins")
        self._last: dict[tuple[int, ...], str] = {}
        self._waiting: int | None = None

    def take(self, run: str, root: str, paths: list[str]) -> list[dict[str, Any]]:
        """Pin a run's outputs (paths as in its block, relative to ``root``): a pin record's files."""
        found = [(path, _stat(os.path.join(root, path))) for path in paths]
        batch = _Batch(self._folder, run, self._room())
        # Smallest first, so that one large file does not keep out all the others.
        found.sort(key=lambda item: item[1].st_size if item[1] is not None else -1)
        taken = {path: self._one(batch, path, root, info) for path, info in found}
        self._waiting = (self._waiting or 0) + batch.pinned_bytes
        return [taken[path] for path in paths]

    def _one(
        self, batch: _Batch, path: str, root: str, info: os.stat_result | None
    ) -> dict[str, Any]:
        if info is None:
            return {"path": path, "missing": True}
        if not stat.S_ISREG(info.st_mode):
            return _skipped(path, info, "error")
        full = os.path.join(root, path)
        same = self._last.get(_signature(info))
        if same is not None and not _is_mapped_for_writing(full):
            return {"path": path, "same": same}
        for _ in range(_ATTEMPTS):
            pinned = batch.pin(full)
            if pinned is None:
                break
            name, info = pinned
            if name is not None:
                if time.time_ns() - max(info.st_mtime_ns, info.st_ctime_ns) > _RACY_NS:
                    self._last[_signature(info)] = name
                return _pinned(path, name, info)
        return _skipped(path, info, batch.reason)

    def _room(self) -> int:
        """Bytes that may still be pinned: below the bound on waiting pins and above the floor."""
        if self._waiting is None or self._waiting > WAITING_BYTES // 2:
            self._waiting = _bytes_below(self._folder)
        return min(WAITING_BYTES - self._waiting, _free_bytes(self._folder) - FREE_BYTES)


class _Batch:
    """The pins of one publish. ``reason`` says why the last one was not taken."""

    def __init__(self, folder: str, run: str, room: int) -> None:
        self._run = run
        self._folder = os.path.join(folder, run)
        self._room = room
        self._copied = 0
        self._count = 0
        self._number = 0
        self.pinned_bytes = 0
        self.reason = "error"

    def pin(self, path: str) -> tuple[str | None, os.stat_result] | None:
        """(pin's name, the file's state); name None: it changed meanwhile, try again; None: no."""
        self.reason = "error"
        try:
            source = os.open(path, _OPEN)
        except OSError:
            return None
        try:
            info = os.fstat(source)
            if not stat.S_ISREG(info.st_mode):
                return None
            if self._count >= FILES or info.st_size > self._room - self.pinned_bytes:
                self.reason = "too large"
                return None
            return self._pin_open(source, info)
        finally:
            os.close(source)

    def _pin_open(
        self, source: int, info: os.stat_result
    ) -> tuple[str | None, os.stat_result] | None:
        target_path = self._new_path()
        done = False
        try:
            target = os.open(target_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _OPEN, 0o600)
            try:
                size = self._fill(source, target, info)
            finally:
                os.close(target)
            if size is None:
                return None
            after = os.fstat(source)
            done = size == info.st_size and _content_key(after) == _content_key(info)
            if not done:
                return None if self.reason == "too large" else (None, after)
            self._count += 1
            self.pinned_bytes += size
            return f"{self._run}/{self._number}", after
        except OSError:
            return None
        finally:
            if not done:
                _remove(target_path)

    def _fill(self, source: int, target: int, info: os.stat_result) -> int | None:
        """Clone or copy; the bytes taken, None where the bound on copying forbids it."""
        if _clone(source, target):
            return info.st_size
        if info.st_size > COPY_BYTES - self._copied:
            self.reason = "too large"
            return None
        size = _copy(source, target, info.st_size)
        self._copied += size
        return size

    def _new_path(self) -> str:
        if self._number == 0:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
        self._number += 1
        return os.path.join(self._folder, str(self._number))


def _clone(source: int, target: int) -> bool:
    try:
        import fcntl

        fcntl.ioctl(target, _FICLONE, source)
    except (ImportError, OSError):
        return False
    return True


def _copy(source: int, target: int, size: int) -> int:
    """Copy up to ``size`` bytes inside the kernel where it can; the bytes copied."""
    for step in (_by_range, _by_sendfile):
        try:
            return _all(step, source, target, size)
        except (AttributeError, OSError):
            os.lseek(source, 0, os.SEEK_SET)
            os.ftruncate(target, 0)
            os.lseek(target, 0, os.SEEK_SET)
    return _all(_by_hand, source, target, size)


def _all(step: Callable[[int, int, int], int], source: int, target: int, size: int) -> int:
    copied = 0
    while copied < size:
        count = step(source, target, min(size - copied, 16 * _STEP))
        if count == 0:
            break
        copied += count
    return copied


def _by_range(source: int, target: int, count: int) -> int:
    return os.copy_file_range(source, target, count)


def _by_sendfile(source: int, target: int, count: int) -> int:
    return os.sendfile(target, source, None, count)


def _by_hand(source: int, target: int, count: int) -> int:
    data = os.read(source, min(count, _STEP))
    written = os.write(target, data)
    if written < len(data):
        raise OSError("short write")
    return written


def _pinned(path: str, name: str, info: os.stat_result) -> dict[str, Any]:
    return {
        "path": path,
        "pin": name,
        "size": info.st_size,
        "mtime_ns": str(info.st_mtime_ns),
        "mode": stat.S_IMODE(info.st_mode),
    }


def _skipped(path: str, info: os.stat_result, reason: str) -> dict[str, Any]:
    return {
        "path": path,
        "skipped": reason,
        "size": info.st_size,
        "mtime_ns": str(info.st_mtime_ns),
    }


def _stat(path: str) -> os.stat_result | None:
    try:
        return os.stat(path)
    except (OSError, ValueError):
        return None


def _signature(info: os.stat_result) -> tuple[int, ...]:
    return info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns


def _content_key(info: os.stat_result) -> tuple[int, int]:
    return info.st_size, info.st_mtime_ns


def _is_mapped_for_writing(path: str) -> bool:
    """Whether this process may change the file through memory, which its times do not show."""
    try:
        with open("/proc/self/maps", "rb") as maps:
            name = os.fsencode(os.path.realpath(path))
            return any(b" rw-s " in line and line.rstrip().endswith(name) for line in maps)
    except OSError:
        return False


def _bytes_below(folder: str) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            info = _stat(os.path.join(parent, name))
            total += info.st_size if info is not None else 0
    return total


def _free_bytes(folder: str) -> int:
    try:
        state = os.statvfs(os.path.dirname(folder))
    except (AttributeError, OSError):
        return WAITING_BYTES + FREE_BYTES
    return state.f_bavail * state.f_frsize


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        pass
