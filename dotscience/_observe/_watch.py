"""Native readers and writers in marked folders, by the fanotify group of this process.

- A folder is *covered* once it is marked: then what happens in it is seen, whoever opens.
- At most `LIMIT` folders. Environments, repositories' own folders and caches are never marked.
- An event says which file, not in which order the merged ones came; what the hook has said counts more.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque

from dotscience._observe import _fanotify as fan
from dotscience._observe._noise import SKIPPED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dotscience._observe._noise import Noise
    from dotscience._observe._seen import Seen

LIMIT = 8192
_LINKED = 256
_GLANCE_S = 0.002
_CACHED = 50_000
_CLOSED = fan.CLOSE_WRITE | fan.CLOSE_NOWRITE
_CHANGED = fan.CLOSE_WRITE | fan.MOVED_TO


class Watch:
    """Raises OSError where the kernel or the container refuses."""

    def __init__(self, seen: Seen, noise: Noise) -> None:
        self._seen = seen
        self._noise = noise
        self._group = fan.Group()
        self._folders: dict[bytes, str] = {}
        self._keys: dict[str, bytes] = {}
        self._paths: dict[bytes, str | None] = {}
        self._todo: deque[str] = deque()
        self._open: set[str] = set()  # opened in this window, not yet closed
        self._created: set[str] = set()
        self._lock = threading.RLock()  # re-entrant: a signal handler may record while we do
        self._during = False
        self._glanced: set[str] = set()

    @property
    def fd(self) -> int:
        return self._group.fd

    def covers(self, folder: str) -> bool:
        return folder in self._keys

    def add(self, folder: str, deep: bool) -> None:
        """Mark a folder (real path), and those below it when `work` gets to them."""
        if self._marked(folder) and deep:
            self._todo.append(folder)

    def add_outside(self, folder: str, deep: bool) -> None:
        """Mark a folder (real path) of unknown size, and some of those right below it."""
        if folder == os.sep or (folder in self._keys and (not deep or folder in self._glanced)):
            return
        if self._marked(folder) and deep:
            self._glanced.add(folder)
            for path in (_folders_in(folder, time.monotonic() + _GLANCE_S) or ())[:_LINKED]:
                self._marked(os.path.realpath(path))

    @property
    def has_work(self) -> bool:
        return bool(self._todo)

    def work(self, seconds: float, patient: bool = False) -> None:
        """Mark what is left to mark, for about this long; longer for a large folder if ``patient``."""
        until = time.monotonic() + seconds
        while self._todo and time.monotonic() < until:
            folder = self._todo.popleft()
            if len(self._keys) >= LIMIT:
                self._todo.clear()
            elif not self._below(folder, None if patient else until):
                self._todo.appendleft(folder)
                break

    def drain(self, wait_s: float = -1) -> None:
        """Take in what has happened. Nothing where another thread does it for longer than ``wait_s`` (-1: any time)."""
        if not self._lock.acquire(timeout=wait_s):
            return
        try:
            if self._group.is_ours():
                self._take_in()
        except OSError:
            pass
        finally:
            self._lock.release()

    def is_alive(self) -> bool:
        return self._group.is_ours()

    def foreign(self, running: bool) -> None:
        """Whether programs that can't tell us run now: what changes meanwhile is told as *during*."""
        self._during = running

    def window_ends(self) -> None:
        """What is still open has been read by now; its close says nothing new later."""
        for path in list(self._open):
            if not self._seen.knows_any(path):
                self._seen.add(path, "r", "watch")
        self._open.clear()
        self._created.clear()

    def after_fork(self, most: int) -> None:
        """In a forked child: a group of its own with the same marks, ``most`` of them at once."""
        keys = list(self._keys.items())
        self._group.close()
        self._lock = threading.RLock()  # re-entrant: a signal handler may record while we do
        self._open, self._created, self._during = set(), set(), False
        self._group.open()
        self._keys, self._folders = {}, {}
        for folder, key in keys[:most]:
            self._remember(folder, key)
        for folder, _ in keys[most:]:
            self._todo.append(folder)

    def _remember(self, folder: str, key: bytes) -> None:
        try:
            self._group.mark(os.fsencode(folder))
        except OSError:
            return
        self._folders[key] = folder
        self._keys[folder] = key

    def _marked(self, folder: str) -> bool:
        """Mark one folder, unless it is noise, and whether there is reason to look into it."""
        if len(self._keys) >= LIMIT or self._noise.covers(folder + "/"):
            return False
        if folder not in self._keys:
            name = os.fsencode(folder)
            try:
                self._group.mark(name)
                key = self._group.key(name)
            except OSError:
                return False
            self._folders[key] = folder
            self._keys[folder] = key
        return True

    def _below(self, folder: str, until: float | None) -> bool:
        """Mark what lies right below a folder; False where the time was too short to list it."""
        found = _folders_in(folder, until) if self._marked(folder) else []
        for path in found or ():
            if os.path.islink(path):
                if len(self._keys) < _LINKED:
                    self._marked(os.path.realpath(path))
            elif self._marked(path):
                self._todo.append(path)
        return found is not None

    def _take_in(self) -> None:
        fresh = []
        own, paths = self._group.pid, self._paths
        for mask, pid, where in self._group.read():
            if mask & fan.OVERFLOW:
                self._seen.lost = True
                continue
            try:
                path = paths[where]
            except KeyError:
                path = self._path(where)
            if path is None:
                continue
            if mask & fan.ONDIR:
                if mask & (fan.CREATE | fan.MOVED_TO):
                    fresh.append((path, pid == own))
            elif pid == own:
                self._happened(path, mask)
            elif self._during and mask & _CHANGED:
                self._seen.add(path, "w", "during", self._seen.since)
        for path, is_own in fresh:
            self._new_folder(path, is_own)

    def _path(self, where: bytes) -> str | None:
        key, name = fan.where(where)
        folder = self._folders.get(key)
        text = os.fsdecode(name)
        # The folder is no noise, else it would not be marked.
        is_noise = folder is None or text == "." or self._noise.covers_name(text)
        path = None if is_noise else f"{folder}/{text}"
        if len(self._paths) > _CACHED:
            self._paths.clear()
        self._paths[where] = path
        return path

    def _happened(self, path: str, mask: int) -> None:
        if path in self._seen.ours and not mask & _CHANGED:
            if mask & fan.CLOSE_NOWRITE:
                self._seen.ours.discard(path)
            return
        if mask & fan.CREATE:
            self._created.add(path)
        is_known = self._seen.knows(path, "w") or (path, "m") in self._seen.pending
        if mask & fan.MOVED_TO and not is_known:
            self._seen.add(path, "w", "watch", self._seen.since)
        if mask & fan.OPEN:
            self._open.add(path)
        if mask & _CLOSED:
            self._closed(path, mask)

    def _closed(self, path: str, mask: int) -> None:
        seen, was_opened = self._seen, path in self._open
        self._open.discard(path)
        wrote = mask & fan.CLOSE_WRITE and not seen.knows(path, "w")
        read = mask & fan.CLOSE_NOWRITE and was_opened and not seen.knows(path, "r")
        if wrote and read and path not in self._created:
            seen.add(path, "rw", "watch", seen.since)
            return
        if wrote:
            seen.add(path, "w", "watch", seen.since)
        if read:
            seen.add(path, "r", "watch")

    def _new_folder(self, path: str, is_own: bool) -> None:
        """Mark it; files that came before the mark did are told as written."""
        self._paths.clear()  # a folder that moved has another path now
        self._keys.pop(path, None)
        if not self._marked(path):
            return
        self._todo.append(path)
        if is_own:
            for entry in _entries(path) or ():
                if entry.is_file(follow_symlinks=False) and not self._seen.knows_any(entry.path):
                    self._seen.add(entry.path, "w", "watch", self._seen.since)
        self.work(0.005)


def _entries(folder: str, until: float | None = None) -> list[os.DirEntry[str]] | None:
    """None where the time is over first; empty where it can't be listed."""
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                found.append(entry)
                if until is not None and len(found) % 256 == 0 and time.monotonic() > until:
                    return None
    except OSError:
        pass
    return found


def _folders_in(folder: str, until: float | None = None) -> list[str] | None:
    """Folders and links to some; none in an environment. None where the time is over first."""
    entries = _entries(folder, until)
    if entries is None:
        return None
    if any(entry.name in ("pyvenv.cfg", "conda-meta") for entry in entries):
        return []
    return [entry.path for entry in entries if entry.name not in SKIPPED and _is_folder(entry)]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
