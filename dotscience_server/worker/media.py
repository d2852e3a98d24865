"""What ``ds.log`` kept becomes objects: ``pins/<run>/<n>`` → object → ``run.media`` record → file removed.

As `pins.py`: idempotent, and a pin's bytes are gone only when the record that names their object is durable (G2).
"""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from ..detect.live import Payload, time_ns
from ..store.layout import Store
from ..store.objects import ObjectStore
from ..store.records import Draft
from ..store.stamps import rfc3339
from .barrier import reach
from .ledger import Ledger

KINDS = ("image", "figure", "table", "text", "html")
_CAPTION_MOST = 10_000


class Media:
    """Takes media over into the store."""

    def __init__(self, store: Store, ledger: Ledger, objects: ObjectStore) -> None:
        self._folder = store.path / "pins"
        self._ledger = ledger
        self._objects = objects

    def take(self, run: str, source: str, told: list[Payload]) -> None:
        """All media of one run that one journal told. Raises ``StoreFailure``."""
        known = {
            item.get("pin")
            for fact in self._ledger.index.facts(run, "run.media")
            for item in fact.body.get("items", ())
        }
        new = [one for one in told if one.get("pin") not in known]
        items = [item for one in new if (item := self._item(one)) is not None]
        reach("media-stored")
        if items:
            self._ledger.record([Draft("run.media", source, {"items": items}, run)])
        reach("media-recorded")
        self._remove(told)

    def path(self, payload: Payload) -> Path | None:
        """Where the bytes lie that are no object yet. A journal may come from anywhere: a pin never
        leads out of the folder (G7)."""
        parts = str(payload.get("pin")).split("/")
        if any(part in ("", ".", "..") for part in parts):
            return None
        path = self._folder.joinpath(*parts)
        if path.parent.is_symlink() or path.is_symlink() or not path.is_file():
            return None
        return path

    def _item(self, payload: Payload) -> Payload | None:
        """None where the bytes are lost: a disk was full, or somebody removed them."""
        path = self.path(payload)
        if path is None:
            return None
        try:
            added = self._objects.add_file(path)
        except OSError:
            return None
        return {
            **described(payload),
            "object": added.hash,
            "size": added.size,
            "pin": payload["pin"],
        }

    def _remove(self, told: list[Payload]) -> None:
        for payload in told:
            path = self.path(payload)
            if path is not None:
                path.unlink(missing_ok=True)
                with contextlib.suppress(OSError):
                    path.parent.rmdir()


def described(payload: Payload) -> Payload:
    """A media record in the form of an item, without its bytes; fields of another shape are left out."""
    kind, shape, step = payload.get("kind"), payload.get("shape"), payload.get("step")
    whole = isinstance(shape, list) and all(type(one) is int for one in shape)
    caption = payload.get("caption")
    return {
        "key": str(payload.get("key")),
        "step": step if _is_number(step) else None,
        "kind": kind if kind in KINDS else "text",
        "mime": str(payload.get("mime") or "application/octet-stream")[:200],
        "caption": caption[:_CAPTION_MOST] if isinstance(caption, str) else None,
        "shape": shape[:8] if whole and isinstance(shape, list) else None,
        "time": rfc3339(time_ns(payload)),
    }


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
