"""One process's journal file: opened at the first record, one `write` a record, never rewritten.

    store ──a write fails, or it can't be made──► fallback ──the same──► store, and so on

- Every record is tried in both places before it counts as lost (`incomplete`).

- The lock on ``<name>.lock`` is held before ``<name>.dsj`` exists and until the process ends.
- The session record comes first: nothing else is written before it is whole in the file.
- A record that was cut short is never completed.
- A series is declared in a file before its first point there; its numbers are the file's own.
- Each write checks that the descriptor is still our file: the user's code may have closed it and
  the number may be another file's now, or the store may have been deleted (then a new file begins).
  Points trust a check for `_TRUSTED_NS`: our numbers are high ones, which are not used again soon.
- A forked child starts anew: `after_fork` gives up what it inherited.
"""

from __future__ import annotations

import errno
import itertools
import os
import threading
import time

from dotscience import _journal
from dotscience._guard import warn_once
from dotscience._workspace import fallback_journal_dir, make_store

try:
    import fcntl
except ImportError:  # Windows: journals without liveness
    fcntl = None  # type: ignore[assignment]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable, Iterable, Tuple

    #: key, kind, step, value: a point of a run's metric (``docs/formats/journal.md``, type 10)
    Point = Tuple[str, int, float, float]

_APPEND = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_CLOEXEC", 0)
_TRUSTED_NS = 20_000_000
_CLOSED_TRIES = 5
_HIGH = 500  # most soft limits are 1024
#: With threads, Linux keeps a process waiting some 10 ms when its table of descriptors grows beyond its first 64.
_LESS_HIGH = 48
_LOCK = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)


class Writer:
    """Appends records to the journal of the store ``store``. Thread-safe; never raises `OSError`.

    ``session`` gives the payload of the session record when a file is begun.
    """

    def __init__(self, store: str, session: Callable[[], bytes]) -> None:
        self._store = store
        self._session = session
        self.incomplete = False
        self._lock = threading.RLock()  # re-entrant: a signal handler may record while we do
        self._in_fallback = False
        self._current: dict[bool, _File] = {}
        self._files: list[_File] = []

    def append(self, record: bytes) -> bool:
        """Whether the record is whole in a journal file."""
        with self._lock:
            return self._put(lambda file: file.write(record))

    def append_points(self, run: str, points: Iterable[Point]) -> bool:
        """Whether the points are whole in a journal file, in one record, their series before them."""
        with self._lock:
            return self._put(lambda file: file.write_points(run, points), trusted=True)

    def forget(self, run: str) -> None:
        """A run is over: its series' numbers are not needed any more."""
        with self._lock:
            for file in self._files:
                file.series.pop(run, None)

    def after_fork(self) -> None:
        """In a forked child: let go of the parent's file and lock."""
        for file in self._files:
            file.close_copies()
        self._lock = threading.RLock()  # another thread of the parent may have held it
        self._in_fallback = False
        self._current = {}
        self._files = []

    @property
    def path(self) -> str | None:
        """The file being written, None before the first record."""
        file = self._current.get(self._in_fallback)
        return file.path if file is not None else None

    def _put(self, write: Callable[[_File], bool], trusted: bool = False) -> bool:
        if self._written(write, trusted):
            return True
        # What was written stays where it is, with its lock: that session lives.
        self._in_fallback = not self._in_fallback
        if self._written(write, trusted):
            return True
        self._in_fallback = not self._in_fallback
        return self._lost("the disk does not take the journal; values may be missing from this run")

    def _written(self, write: Callable[[_File], bool], trusted: bool) -> bool:
        for _ in range(_CLOSED_TRIES):
            try:
                return self._write_once(write, trusted)
            except OSError as error:
                # Another thread of the program closed our descriptor: that is no refusal of the disk.
                if error.errno != errno.EBADF:
                    return False
                trusted = False
        return False

    def _write_once(self, write: Callable[[_File], bool], trusted: bool) -> bool:
        file = self._current.get(self._in_fallback)
        if file is None or not (file.is_ours(_TRUSTED_NS if trusted else 0)):
            if file is not None and file.is_deleted:
                self._lost("the journal was deleted; what was recorded before is lost")
            file = self._current[self._in_fallback] = self._begin()
        if not file.has_session:
            file.has_session = file.write(self._session())
        return file.has_session and write(file)

    def _begin(self) -> _File:
        if self._in_fallback:
            folder = fallback_journal_dir()
            os.makedirs(folder, mode=0o700, exist_ok=True)
            warn_once(f"cannot write {self._store}; runs are kept in {folder} instead")
        else:
            make_store(self._store)
            folder = os.path.join(self._store, "journal")
        file = _File(folder)
        self._files.append(file)
        return file

    def _lost(self, message: str) -> bool:
        self.incomplete = True
        warn_once(message)
        return False


class _File:
    """An open journal file with its lock. Raises OSError where it can't be made."""

    def __init__(self, folder: str) -> None:
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        stem = os.path.join(folder, f"{stamp}-{os.getpid()}-{os.urandom(4).hex()}")
        self.has_session = False
        self.is_deleted = False
        self.series: dict[str, dict[str, int]] = {}
        self._numbers = itertools.count(1)  # atomic: a signal handler may declare a series too
        self.path = stem + _journal.SUFFIX
        self._checked_ns = 0
        self._lock_fd = _high(os.open(stem + _journal.LOCK_SUFFIX, _LOCK, 0o600))
        try:
            if fcntl is not None:
                try:
                    fcntl.flock(self._lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    pass  # a file system without locks: the journal counts more
            self._fd = _high(os.open(self.path, _APPEND, 0o600))
        except OSError:
            os.close(self._lock_fd)
            os.unlink(stem + _journal.LOCK_SUFFIX)
            raise
        self._key = self._identity(self._fd)
        self._lock_key = self._identity(self._lock_fd)

    def write(self, record: bytes) -> bool:
        return os.write(self._fd, record) == len(record)

    def write_points(self, run: str, points: Iterable[Point]) -> bool:
        """Whether the points are whole in the file."""
        series = self.series.get(run)
        if series is None:
            series = self.series.setdefault(run, {})
        now, data = time.time_ns(), b""
        for key, kind, step, value in points:
            number = series.get(key)
            if number is None:
                number = next(self._numbers)
                payload = {"n": number, "id": run, "key": key}
                if not self.write(_journal.encode(_journal.SERIES, payload)):
                    return False
                series[key] = number
            data += _journal.POINT.pack(number, kind, step, now, value)
        return not data or self.write(_journal.frame_points(data))

    def is_ours(self, trusted_ns: int) -> bool:
        """Whether the descriptors are still this file, which has a name, and its lock; as seen at
        most ``trusted_ns`` ago."""
        now = time.monotonic_ns()
        if now - self._checked_ns < trusted_ns:
            return True
        try:
            info = os.fstat(self._fd)
            is_same = (info.st_dev, info.st_ino) == self._key
            self.is_deleted = is_same and info.st_nlink == 0
            is_ours = (
                is_same and not self.is_deleted and self._identity(self._lock_fd) == self._lock_key
            )
        except OSError:
            return False
        self._checked_ns = now
        return is_ours

    def close_copies(self) -> None:
        """Close a forked child's copies; the parent's lock stays held by the parent."""
        for fd, key in ((self._fd, self._key), (self._lock_fd, self._lock_key)):
            try:
                if self._identity(fd) == key:
                    os.close(fd)
            except OSError:
                pass  # closed already

    @staticmethod
    def _identity(fd: int) -> tuple[int, int]:
        info = os.fstat(fd)
        return info.st_dev, info.st_ino


def _is_alone() -> bool:
    """Whether this is the process's only thread, libraries' own ones counted."""
    try:
        return len(os.listdir("/proc/self/task")) == 1
    except OSError:
        return True


def _high(fd: int) -> int:
    """The file under a high number, out of the way of programs that close or expect low ones."""
    if fcntl is not None:
        try:
            high = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _HIGH if _is_alone() else _LESS_HIGH)
        except OSError:
            return fd
        os.close(fd)
        return high
    return fd
