"""From what was seen to the payload of a FILES record: looks each file up once, folds what is too much.

A `Reporter` remembers what it has told in the present cell, and finds the writers whose file has not changed yet.
"""

from __future__ import annotations

import os
import stat
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from dotscience._observe._seen import Taken

_FOLDS = 200
_UNSETTLED = 256
_TOLD = 50_000
#: Clocks of file systems and of this machine may differ so much.
_SLACK_NS = 2_000_000_000


class Reporter:
    """Paths below ``root`` (real path) are told by their real name, others as used."""

    def __init__(self, root: str) -> None:
        self._root = root.rstrip("/") + "/"
        self._told: dict[tuple[str, str], tuple[int, int]] = {}
        self.unsettled: dict[str, tuple[str, int]] = {}
        self._folders: dict[str, str] = {}
        self.bytes_known = 0

    def begin_window(self) -> None:
        """A cell or a run is over: what was told counts as new again."""
        self._told.clear()

    def payload(self, taken: Taken, cell: int | None) -> dict[str, Any] | None:
        """None where there is nothing to tell. ``unsettled``: what to ask for again."""
        self._folders.clear()
        self.unsettled = {}
        files = []
        for (path, mode), (by, at) in list(taken.pending.items()):
            entry = self._entry(path, mode, by, at, taken.moves.get(path))
            if entry is not None:
                files.append(entry)
        files += [
            {"p": _text(folder), "m": mode, "by": by, "s": None, "t": None, "many": count}
            for (folder, mode, by), count in _folded(taken.folded).items()
        ]
        if not files and not taken.lost:
            return None
        payload: dict[str, Any] = {"t": str(time.time_ns()), "cell": cell, "files": files}
        if taken.lost:
            payload["lost"] = True
        return payload

    def _entry(
        self, path: str, mode: str, by: str, at: int, old: str | None
    ) -> dict[str, Any] | None:
        if mode == "d":
            if os.path.lexists(path):
                return None
            real = self._real(path)
            used = real if real.startswith(self._root) else path
            return self._new({"p": _text(used), "m": "d", "by": by}, None)
        info, used = self._looked_up(path)
        if mode in ("w", "rw") and (info is None or _changed(info) < at - _SLACK_NS):
            if len(self.unsettled) < _UNSETTLED:
                self.unsettled[path] = (by, at)  # opened for writing, and not written yet
            if mode == "w":
                return None
            mode = "r"
        if info is None:
            return None
        entry: dict[str, Any] = {"p": _text(used), "m": mode, "by": by}
        if old is not None and mode == "m":
            entry["from"] = _text(old)
        if used == path and self._is_linked(path):
            entry["real"] = _text(os.path.realpath(path))
        return self._new(entry, info)

    def _new(self, entry: dict[str, Any], info: os.stat_result | None) -> dict[str, Any] | None:
        """The entry, unless it was told with the same size and time."""
        key = (str(entry["p"]), str(entry["m"]))
        state = (-1, -1) if info is None else (info.st_size, info.st_mtime_ns)
        if self._told.get(key) == state:
            return None
        if len(self._told) > _TOLD:
            self._told.clear()
        self._told[key] = state
        entry["s"] = None if info is None else info.st_size
        entry["t"] = None if info is None else str(info.st_mtime_ns)
        if info is not None and "r" in entry["m"]:
            self.bytes_known += info.st_size
        return entry

    def _looked_up(self, path: str) -> tuple[os.stat_result | None, str]:
        """The file's facts and the name to tell; None for what is gone or no plain file."""
        try:
            info = os.lstat(path)
            is_link = stat.S_ISLNK(info.st_mode)
            if is_link:
                info = os.stat(path)
        except OSError:
            return None, path
        if not stat.S_ISREG(info.st_mode):
            return None, path
        real = os.path.realpath(path) if is_link else self._real(path)
        return info, real if real.startswith(self._root) else path

    def _is_linked(self, path: str) -> bool:
        return self._real(path) != path or os.path.islink(path)

    def _real(self, path: str) -> str:
        """The path with the links of its folder resolved."""
        folder, name = os.path.split(path)
        real = self._folders.get(folder)
        if real is None:
            real = self._folders[folder] = os.path.realpath(folder)
        return os.path.join(real, name)


def _changed(info: os.stat_result) -> int:
    return max(info.st_mtime_ns, info.st_ctime_ns)


def _folded(folded: dict[tuple[str, str, str], int]) -> dict[tuple[str, str, str], int]:
    """At most `_FOLDS` folders: parents stand for their folders where there are more."""
    while len(folded) > _FOLDS:
        above: dict[tuple[str, str, str], int] = {}
        for (folder, mode, by), count in folded.items():
            key = (os.path.dirname(folder), mode, by)
            above[key] = above.get(key, 0) + count
        if above.keys() == folded.keys():
            break
        folded = above
    return folded


def _text(path: str) -> Any:
    """A path in JSON: text, or its bytes where it is no UTF-8."""
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        from base64 import b64encode

        return {"b64": b64encode(os.fsencode(path)).decode("ascii")}
    return path
