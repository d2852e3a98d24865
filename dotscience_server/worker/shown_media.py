"""Media of a run on their way to the browser: objects, or pins of a run that goes on.

Pictures of four formats may be shown in place; everything else is a download, whatever it says that it is.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from dotscience._facts import Media as Item

from ..detect.live import Payload
from ..protocol.failure import ApiError
from ..store.objects import ObjectStore
from .media import Media, described
from .running import Running
from .views import Views

INLINE = ("image/png", "image/jpeg", "image/webp", "image/gif")


@dataclass(frozen=True)
class Shown:
    """A file; what ``open`` gives is checked where it is an object."""

    name: str
    open: Callable[[], BinaryIO]
    size: int
    etag: str
    inline: str | None


class ShownMedia:
    """Any thread."""

    def __init__(self, media: Media, running: Running, views: Views, objects: ObjectStore) -> None:
        self._media = media
        self._running = running
        self._views = views
        self._objects = objects

    def find(self, run: str, n: int) -> Shown:
        """Item ``n`` of a run. Raises ``ApiError``: ``run-not-found``, ``file-not-found``."""
        live = self._running.media(run)
        try:
            items = self._views.find(run).media
        except ApiError:
            if self._running.find(run) is None:
                raise
            items = ()
        if n < len(items):
            return self._recorded(items[n])
        if not items and n < len(live) and (found := self._pinned(live[n])) is not None:
            return found
        raise ApiError.of("file-not-found", path=f"media/{n}", what=f"run {run[:8]}")

    def _recorded(self, item: Item) -> Shown:
        size, shown = self._objects.size(item.object), partial(self._objects.open, item.object)
        return Shown(_name(item.key, item.mime), shown, size, item.object, _inline(item.mime))

    def _pinned(self, payload: Payload) -> Shown | None:
        path = self._media.path(payload)
        if path is None:
            return None
        told = described(payload)
        status = path.stat()
        etag = f"{status.st_ino:x}-{status.st_mtime_ns:x}"
        name = _name(told["key"], told["mime"])
        shown = partial(_opened, path)
        return Shown(name, shown, status.st_size, etag, _inline(told["mime"]))


def _opened(path: Path) -> BinaryIO:
    return path.open("rb")


def _inline(mime: str) -> str | None:
    return mime if mime in INLINE else None


def _name(key: str, mime: str) -> str:
    ending = mimetypes.guess_extension(mime, strict=False) or ""
    return key.rpartition("/")[2] + ending
