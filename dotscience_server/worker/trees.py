"""The files of a run or a snapshot: all of them, a page of them, the bytes of one.

A run's files are its snapshot's tree with its overlays in place (docs/decisions/0002). Reads only; contents are checked
on the way out (G6). What was given up or never kept is listed and has no bytes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dotscience import _facts
from dotscience._facts import Run
from dotscience._tree import Entry, Ranges, find, name_to_json

from ..protocol.failure import ApiError
from ..snapshots.overlay import Overlay
from ..snapshots.safe_entries import safe_entries
from ..store.failures import ObjectDamaged
from ..store.objects import ObjectStore
from ..store.stamps import rfc3339
from .ledger import Ledger
from .refs import Version
from .thinned import Thinned

PAGE_FILES = 1_000
_KINDS = {"f": "file", "d": "folder", "l": "link"}


@dataclass(frozen=True)
class StoredFile:
    """One file whose bytes are kept."""

    path: bytes
    object: str
    size: int
    ranges: Ranges | None = None


class Trees:
    """Thread-safe: holds nothing that changes."""

    def __init__(self, ledger: Ledger, objects: ObjectStore, thinned: Thinned) -> None:
        self._ledger = ledger
        self._objects = objects
        self._thinned = thinned

    def page(self, version: Version, under: bytes, after: bytes, limit: int) -> dict[str, Any]:
        """One page of ``files.schema.json``: everything below a folder, sorted by path."""
        prefix = under.rstrip(b"/") + b"/" if under else b""
        entries = [e for e in self.entries(version) if e.path.startswith(prefix) and e.path > after]
        pinned = self.overlays(version)
        page = [self._listed(entry, entry.path in pinned) for entry in entries[:limit]]
        more = len(entries) > limit
        return {"files": page, "next": page[-1]["path"] if more else None}

    def file(self, version: Version, path: bytes) -> StoredFile:
        """Where the bytes of a file are. Raises ``ApiError``: ``file-not-found``, ``file-not-kept``,
        ``content-thinned``, ``snapshot-pending``, ``snapshot-failed``."""
        entry = self.entry(version, path)
        name = path.decode("utf-8", "replace")
        if entry is None or entry.kind != "f":
            raise ApiError.of("file-not-found", path=name, what=version.what)
        if entry.hash is None:
            time = rfc3339(entry.mtime_ns)
            raise ApiError.of("file-not-kept", path=name, size=entry.size, mtime=time)
        given_up = self._thinned.time(entry.hash)
        if given_up is not None:
            raise ApiError.of("content-thinned", path=name, time=given_up)
        return StoredFile(path, entry.hash, entry.size or 0, entry.ranges)

    def entry(self, version: Version, path: bytes) -> Entry | None:
        """What stands at a path; reads one page at most. A run's own file needs no snapshot."""
        overlay = self.overlays(version).get(path)
        if overlay is not None:
            mode, mtime_ns = overlay.mode or 0o644, overlay.mtime_ns or 0
            return Entry(path, "f", mode, mtime_ns, overlay.size, overlay.hash)
        return find(self._objects.read, self.tree(version), path) if path else None

    def entries(self, version: Version) -> list[Entry]:
        """All files, folders and links, sorted and safe to write."""
        return safe_entries(self._objects.read, self.tree(version), self.overlays(version))

    def overlays(self, version: Version) -> Mapping[bytes, Overlay]:
        """A run's own files over its snapshot; a snapshot has none."""
        run = version.run
        if run is None:
            return {}
        sizes = {pin.path: pin.size for pin in run.pins}
        return {
            os.fsencode(one.path): Overlay(
                one.object,
                self._size(one.object, sizes.get(one.path)),
                one.mode,
                None if one.mtime_ns is None else int(one.mtime_ns),
            )
            for one in _facts.overlays(run)
        }

    def given_up(self, version: Version) -> frozenset[bytes]:
        """The paths whose bytes were kept once and are no more."""
        if not self._thinned.any():
            return frozenset()
        return frozenset(
            entry.path for entry in self.entries(version) if self._thinned.time(entry.hash)
        )

    def tree(self, version: Version) -> str:
        """The manifest. Raises ``snapshot-pending``, ``snapshot-failed``."""
        snapshot = version.snapshot
        if snapshot is None and version.run is not None:
            snapshot = self._ledger.index.snapshot(version.snapshot_id)
        if snapshot is None:
            raise _not_there(version.run)
        return str(snapshot["tree"])

    def _size(self, content: str, recorded: int | None) -> int:
        try:
            return self._objects.size(content)
        except ObjectDamaged:
            if recorded is None:
                raise
            return recorded

    def _listed(self, entry: Entry, own: bool) -> dict[str, Any]:
        return {
            "path": name_to_json(entry.path),
            "kind": _KINDS[entry.kind],
            "state": self.state(entry),
            "size": entry.size,
            "mtime_ns": str(entry.mtime_ns),
            "object": entry.hash,
            "pinned": own,
        }

    def state(self, entry: Entry) -> str:
        """``kept``, ``fingerprint`` (never kept) or ``thinned``."""
        if entry.kind != "f":
            return "kept"
        if entry.hash is None:
            return "fingerprint"
        return "thinned" if self._thinned.time(entry.hash) else "kept"


def _not_there(run: Run | None) -> ApiError:
    named = "now" if run is None else run.id[:8]
    if run is not None and run.snapshot.state == "failed":
        return ApiError.of("snapshot-failed", run=named, detail=run.snapshot.message)
    return ApiError.of("snapshot-pending", run=named)
