"""Python's own opens, renames and removals, by an audit hook.

What it does runs inside the user's call, before the file is opened. It raises nothing but KeyboardInterrupt (`_audit`
keeps the rest back), reads no file and takes no lock.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from dotscience._observe._audit import Audit
    from dotscience._observe._noise import Noise
    from dotscience._observe._seen import Seen

_NO_FILE = getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_PATH", 0)
_NEW = os.O_CREAT | os.O_EXCL
_MODES = ("r", "w", "rw", "rw")
_REMEMBERED = 100_000
_BATCH = 2000


class Hook:
    """``covers`` (a folder) and ``drain`` are those of the watch, where there is one."""

    def __init__(self, seen: Seen, noise: Noise, audit: Audit) -> None:
        self._seen = seen
        self._noise = noise
        self._audit = audit
        self._known = audit.known
        self._new = 0
        self.busy = audit.busy
        self.covers: Callable[[str], bool] = lambda folder: False
        self.drain: Callable[[], None] = lambda: None
        self.noted: Callable[[str, str], None] | None = None
        self.handlers: dict[str, Callable[..., None]] = {
            "os.rename": self._renamed,
            "os.remove": self._removed,
            "os.truncate": self._truncated,
            "os.link": self._linked,
            "os.chdir": self._moved_away,
            "sqlite3.connect": self._database,
        }

    def take_over(self) -> None:
        """Hear what the audit hook hears, from now on."""
        handlers = self._audit.handlers
        handlers.update(self.handlers)
        for event in handlers.keys() - self.handlers.keys():
            del handlers[event]
        self._audit.hand_over(self.opened, self._noise.prefixes)

    def begin_window(self) -> None:
        """What was seen before counts as new again."""
        for known in self._known:
            known.clear()

    def opened(self, path: Any, mode: Any, flags: int) -> None:
        """An open that is not known yet, of a path that may be anything."""
        if flags & _NO_FILE:
            return
        known = self._known[flags & 3]
        name = self._absolute(path, by_descriptor=mode is None)
        if name is None:
            return
        if len(known) < _REMEMBERED:
            known.add(path)
        name = self._noise.source_of(name)
        if not self._noise.covers(name):
            self._note(name, flags)

    def _note(self, path: str, flags: int) -> None:
        seen, mode = self._seen, _MODES[flags & 3]
        if mode != "r":
            self.drain()  # what was read until now was read before
            if mode == "rw" and (flags & os.O_TRUNC or flags & _NEW == _NEW):
                mode = "w"
            if (path, "r") in seen.pending and not os.path.lexists(path):
                seen.forget(path, "r")  # that open failed: there was nothing to read
        seen.add(path, mode, "hook")
        if self.noted is not None:
            self.noted(path, mode)
        self._new += 1
        if self._new >= _BATCH:
            self._new = 0
            self.drain()

    def _absolute(self, path: Any, by_descriptor: bool = False, folder: int = -1) -> str | None:
        """The path's text; None where it can't be known or is no path."""
        if isinstance(path, int):
            return None
        name = os.fsdecode(path)
        if not name.startswith(os.sep) and not os.path.isabs(name):
            if folder >= 0:
                base = os.readlink(f"/proc/self/fd/{folder}")
            else:
                base = os.getcwd()
                # It may be relative to a folder's descriptor, which is not told. The watch knows.
                if by_descriptor and self.covers(base):
                    return None
            name = os.path.join(base, name)
        return os.path.normpath(name) if _needs_norm(name) else name

    def kept(self, path: Any, folder: Any = -1) -> str | None:
        """The absolute path; None where it is noise."""
        name = self._absolute(path, folder=folder if isinstance(folder, int) else -1)
        return None if name is None or self._noise.covers(name) else name

    def _renamed(self, old: Any, new: Any, old_folder: int = -1, new_folder: int = -1) -> None:
        source, target = self.kept(old, old_folder), self.kept(new, new_folder)
        if target is None:
            return
        self.drain()
        self.begin_window()
        if source is None:
            self._seen.add(target, "w", "hook")
        else:
            self._seen.moved(source, target, "hook", os.path.isdir(source))

    def _removed(self, path: Any, folder: int = -1) -> None:
        name = self.kept(path, folder)
        if name is not None:
            self.begin_window()
            self._seen.removed(name, "hook")

    def _truncated(self, path: Any, length: int) -> None:
        name = self.kept(path)
        if name is not None:
            self._seen.add(name, "w", "hook")

    def _linked(self, old: Any, new: Any, old_folder: int = -1, new_folder: int = -1) -> None:
        name = self.kept(new, new_folder)
        if name is not None:
            self._seen.add(name, "w", "hook")

    def _moved_away(self, path: Any) -> None:
        self.begin_window()  # relative names mean something else now

    def _database(self, path: Any) -> None:
        text = os.fsdecode(path) if isinstance(path, (str, bytes, os.PathLike)) else ""
        if text.startswith("file:"):
            text = text[5:].split("?", 1)[0]
        if text and ":memory:" not in text:
            name = self.kept(text)
            if name is not None:
                self._seen.add(name, "rw", "hook")


def _needs_norm(path: str) -> bool:
    return "/." in path or "//" in path or path.endswith("/") or os.sep != "/"
