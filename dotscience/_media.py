"""Things kept beside a run's metrics (``ds.log``): bytes below ``<store>/pins/<run>/``, then a record.

- Bounded: `BYTES` a run and process, and the disk's floor of free space; what goes beyond is refused
  with one warning.
- A file is whole before its record is written, and removed where it could not be completed.
"""

from __future__ import annotations

import os
import time

from dotscience import _journal
from dotscience._guard import guarded, warn_once
from dotscience._rendering import Rendered, Unsupported, render
from dotscience._scalars import read_step

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from dotscience._recorder import Recorder

BYTES = 64 << 20
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)


class Gallery:
    """The things of one run."""

    def __init__(self, recorder: Recorder, run: str) -> None:
        self._recorder = recorder
        self._run = run
        self._number = 0
        self._left = BYTES

    @guarded
    def add(self, key: str, thing: Any, step: Any, caption: object, mime: Any) -> None:
        """Keep a thing; one warning where that can't be."""
        try:
            rendered = render(thing, None if mime is None else str(mime), self._left)
        except Unsupported as reason:
            warn_once(f"ds.log({key!r}): {reason}")
            return
        if len(rendered.data) > self._room():
            warn_once(f"ds.log: no more room; a run keeps {BYTES >> 20} MiB of them")
            return
        pin = self._write(rendered.data)
        self._recorder.note(
            _journal.MEDIA, self._payload(key, rendered, read_step(step), caption, pin)
        )

    def _payload(
        self, key: str, rendered: Rendered, step: float | None, caption: object, pin: str
    ) -> dict[str, Any]:
        told = [str(text) for text in (caption, rendered.note) if text is not None]
        return {
            "id": self._run,
            "t": str(time.time_ns()),
            "key": key,
            "step": step,
            "kind": rendered.kind,
            "mime": rendered.mime,
            "pin": pin,
            "size": len(rendered.data),
            "caption": " - ".join(told) or None,
            "shape": rendered.shape,
        }

    def _room(self) -> int:
        from dotscience._pins import FREE_BYTES

        try:
            state = os.statvfs(self._recorder.store)
        except (AttributeError, OSError):
            return self._left
        return min(self._left, state.f_bavail * state.f_frsize - FREE_BYTES)

    def _write(self, data: bytes) -> str:
        """The name of a new file below ``pins/`` that holds the bytes. Raises OSError."""
        folder = os.path.join(self._recorder.store, "pins", self._run)
        os.makedirs(folder, mode=0o700, exist_ok=True)
        while True:
            self._number += 1
            path = os.path.join(folder, f"m-{self._number}")
            try:
                target = os.open(path, _CREATE, 0o600)
                break
            except FileExistsError:  # another process of the same run took it
                continue
        is_whole = False
        try:
            with os.fdopen(target, "wb") as file:
                file.write(data)
            is_whole = True
        finally:
            if not is_whole:
                os.unlink(path)
        self._left -= len(data)
        return f"{self._run}/m-{self._number}"
