"""Pinned outputs become objects: ``pins/<run>/<n>`` → object → ``run.pins`` record → file removed.

Idempotent: a run whose pins are recorded has only its left-over files removed. The bytes of a pin are
gone from ``pins/`` only when the record that names their object is durable (G2).
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from ..store.layout import Store
from ..store.objects import ObjectStore
from ..store.records import Draft
from .barrier import reach
from .ledger import Ledger

Payload = dict[str, Any]


class Pins:
    """Takes pins over into the store."""

    def __init__(self, store: Store, ledger: Ledger, objects: ObjectStore) -> None:
        self._folder = store.path / "pins"
        self._ledger = ledger
        self._objects = objects

    def take(self, run: str, source: str, files: list[Payload]) -> None:
        """All pins of one publish; ``path`` of each is workspace-relative. Raises ``StoreFailure``."""
        if not self._ledger.index.has_kind(run, "run.pins"):
            taken = [self._taken(file) for file in files]
            reach("pins-stored")
            self._ledger.record([Draft("run.pins", source, {"files": taken}, run)])
        reach("pins-recorded")
        self._remove(files)

    def _taken(self, file: Payload) -> Payload:
        told: Payload = {
            key: file[key] for key in ("path", "size", "mtime_ns", "mode") if key in file
        }
        if file.get("missing"):
            return {**told, "reason": "missing"}
        if file.get("skipped"):
            return {**told, "reason": str(file["skipped"])}
        if file.get("same"):
            return self._same(told, str(file["same"]))
        return self._stored(told, str(file.get("pin")))

    def _stored(self, told: Payload, pin: str) -> Payload:
        path = self._inside(pin)
        if path is None or not path.is_file() or path.is_symlink():
            return {**told, "reason": "pin lost"}
        try:
            added = self._objects.add_file(path)
        except OSError as error:
            return {**told, "reason": error.strerror or "error"}
        return {**told, "object": added.hash, "pin": pin, "size": added.size}

    def _same(self, told: Payload, pin: str) -> Payload:
        earlier = self._ledger.index.pin(pin)
        if earlier is None:
            return self._stored(told, pin)
        known: Payload = {
            key: earlier[key] for key in ("object", "size", "mtime_ns", "mode") if key in earlier
        }
        return {**known, **told, "object": earlier["object"]}

    def _remove(self, files: list[Payload]) -> None:
        for file in files:
            path = self._inside(str(file["pin"])) if file.get("pin") else None
            if path is not None:
                path.unlink(missing_ok=True)
                with contextlib.suppress(OSError):
                    path.parent.rmdir()

    def _inside(self, pin: str) -> Path | None:
        """A journal may come from anywhere: a pin never leads out of the folder (G7)."""
        parts = pin.split("/")
        if any(part in ("", ".", "..") for part in parts):
            return None
        path = self._folder.joinpath(*parts)
        return None if path.parent.is_symlink() else path
