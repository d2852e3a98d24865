"""What clients see of one run: its detail, its files, the bytes of one of them.

A run's files are its snapshot's tree with its overlays in place (docs/decisions/0002). Reads only; objects
are checked by their hashes on the way out (G6).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from dotscience import _facts
from dotscience._facts import DeclaredFile, Pin, Run
from dotscience._records import Record
from dotscience._run_json import detail
from dotscience._tree import Entry, TreeError, find, name_to_json, read_entries

from ..protocol.failure import ApiError
from ..snapshots.overlay import Overlay, overlaid
from ..store.failures import ObjectDamaged, StoreFailure
from ..store.objects import ObjectStore
from ..store.stamps import rfc3339
from .ledger import Ledger
from .observed import add_observed, observed_files

PAGE_FILES = 1_000
_MANY_DECLARED = 20

Lookup = Callable[[bytes], Entry | None]
T = TypeVar("T")


@dataclass(frozen=True)
class StoredFile:
    """One file of a run whose bytes are kept."""

    path: bytes
    object: str
    size: int


class Views:
    """Thread-safe: holds nothing that changes."""

    def __init__(self, ledger: Ledger, objects: ObjectStore, workspace: Path) -> None:
        self._ledger = ledger
        self._workspace = os.fspath(workspace)
        self._objects = objects

    def find(self, text: str) -> Run:
        """The run with this id or whose id begins so. Raises ``run-not-found``, ``run-ambiguous``."""
        found = self._ledger.index.resolve(text)
        if not found:
            raise ApiError.of("run-not-found", run=text)
        if len(found) > 1:
            named = ", ".join(run[:8] for run in found)
            raise ApiError.of("run-ambiguous", run=text, count=len(found), candidates=named)
        run = self._ledger.index.run(found[0])
        assert run is not None
        return run

    def detail(self, run: Run) -> dict[str, Any]:
        """``run.schema.json``."""
        snapshot = self._snapshot(run)
        lookup = self._lookup(run, snapshot)
        pins = {pin.path: pin for pin in run.pins}

        def file(declared: DeclaredFile) -> dict[str, Any]:
            return _file_ref(declared, pins.get(declared.path), snapshot is not None, lookup)

        told = detail(run, file, snapshot, self._packages(run))
        add_observed(told, run, observed_files(run.observed, self._objects.read), self._workspace)
        return told

    def files(self, run: Run, under: bytes, after: bytes, limit: int) -> dict[str, Any]:
        """One page of ``files.schema.json``: everything below a folder, sorted by path."""
        prefix = under.rstrip(b"/") + b"/" if under else b""
        entries = [e for e in self.entries(run) if e.path.startswith(prefix) and e.path > after]
        pinned = {os.fsencode(one.path) for one in _facts.overlays(run)}
        page = [_listed(entry, entry.path in pinned) for entry in entries[:limit]]
        more = len(entries) > limit
        return {"files": page, "next": page[-1]["path"] if more else None}

    def file(self, run: Run, path: bytes) -> StoredFile:
        """Where the bytes of a file of the run are. Raises ``ApiError``: ``file-not-found``,
        ``file-not-kept``, ``snapshot-pending``."""
        name = path.decode("utf-8", "replace")
        for overlay in _facts.overlays(run):
            if os.fsencode(overlay.path) == path:
                return StoredFile(path, overlay.object, self._objects.size(overlay.object))
        snapshot = self._needed_snapshot(run)
        entry = find(self._objects.read, snapshot["tree"], path)
        if entry is None or entry.kind != "f":
            raise ApiError.of("file-not-found", path=name, what=f"run {run.id[:8]}")
        if entry.hash is None:
            time = rfc3339(entry.mtime_ns)
            raise ApiError.of("file-not-kept", path=name, size=entry.size, mtime=time)
        return StoredFile(path, entry.hash, entry.size or 0)

    def entries(self, run: Run) -> list[Entry]:
        """All of a run's files, folders and links."""
        tree = read_entries(self._objects.read, self._needed_snapshot(run)["tree"])
        return overlaid(tree, self.overlays(run))

    def overlays(self, run: Run) -> dict[bytes, Overlay]:
        """The run's own files over its snapshot."""
        return {
            os.fsencode(one.path): Overlay(
                one.object,
                self._objects.size(one.object),
                one.mode,
                None if one.mtime_ns is None else int(one.mtime_ns),
            )
            for one in _facts.overlays(run)
        }

    def tree(self, run: Run) -> str:
        """The manifest of the run's snapshot. Raises ``snapshot-pending``, ``snapshot-failed``."""
        return str(self._needed_snapshot(run)["tree"])

    def _needed_snapshot(self, run: Run) -> dict[str, Any]:
        snapshot = self._snapshot(run)
        if snapshot is not None:
            return snapshot
        if run.snapshot.state == "failed":
            raise ApiError.of("snapshot-failed", run=run.id[:8], detail=run.snapshot.message)
        raise ApiError.of("snapshot-pending", run=run.id[:8])

    def _snapshot(self, run: Run) -> dict[str, Any] | None:
        named = run.snapshot.id
        return None if named is None else self._ledger.index.snapshot(named)

    def _lookup(self, run: Run, snapshot: dict[str, Any] | None) -> Lookup:
        """Finds entries of the tree: page by page for a few, all at once for many."""
        if snapshot is None:
            return lambda path: None
        tree = snapshot["tree"]
        if len(run.inputs) + len(run.outputs) > _MANY_DECLARED:
            known = _readable(lambda: {e.path: e for e in read_entries(self._objects.read, tree)})
            return (known or {}).get
        return lambda path: _readable(lambda: find(self._objects.read, tree, path))

    def _packages(self, run: Run) -> dict[str, str] | None:
        """Of runs of earlier versions: an object of nothing but packages."""
        recorded = run.environment is not None
        named = (run.environment or {}).get("object") or (run.context or {}).get("environment")
        try:
            told = json.loads(self._objects.read(named)) if isinstance(named, str) else None
            found = told.get("packages") if recorded and isinstance(told, dict) else told
            return found if isinstance(found, dict) else None
        except (StoreFailure, ValueError):
            return None


def _readable(read: Callable[[], T]) -> T | None:
    """None where the manifest is damaged: the rest of the run is still shown."""
    try:
        return read()
    except (ObjectDamaged, TreeError):
        return None


def live_detail(run: str, told: list[Record]) -> dict[str, Any]:
    """``run.schema.json`` of a run that has not published."""
    united = _facts.unite(told)

    def file(declared: DeclaredFile) -> dict[str, Any]:
        return _file_ref(declared, None, False, lambda path: None)

    return detail(united._replace(id=run), file, None, None)


def _file_ref(
    declared: DeclaredFile, pin: Pin | None, frozen: bool, lookup: Lookup
) -> dict[str, Any]:
    path = os.fsencode(declared.path)
    entry = None if declared.outside else lookup(path)
    ref: dict[str, Any] = {
        "path": name_to_json(path),
        "outside": declared.outside,
        "state": _state_without_pin(declared, entry, frozen),
        "size": None if entry is None else entry.size,
        "mtime_ns": None if entry is None else str(entry.mtime_ns),
        "object": None if entry is None else entry.hash,
        "pinned": False,
        "claimed": False,
        "seen": None,
    }
    return ref if pin is None else _with_pin(ref, pin, entry)


def _state_without_pin(declared: DeclaredFile, entry: Entry | None, frozen: bool) -> str:
    if declared.outside:
        return "unknown"
    if not frozen:
        return "pending"
    if entry is None:
        return "missing"
    return "fingerprint" if entry.kind == "f" and entry.hash is None else "kept"


def _with_pin(ref: dict[str, Any], pin: Pin, entry: Entry | None) -> dict[str, Any]:
    """What was seen at publish outranks what the snapshot saw later."""
    at_publish = {"size": pin.size, "mtime_ns": pin.mtime_ns}
    if pin.object is not None:
        return {**ref, **at_publish, "state": "kept", "object": pin.object, "pinned": True}
    if pin.reason == "missing":
        return {**ref, "state": "missing", "size": None, "mtime_ns": None, "object": None}
    unchanged = entry is not None and (entry.size, str(entry.mtime_ns)) == (pin.size, pin.mtime_ns)
    if unchanged or pin.size is None:
        return ref
    return {**ref, **at_publish, "state": "fingerprint", "object": None}


_KINDS = {"f": "file", "d": "folder", "l": "link"}


def _listed(entry: Entry, own: bool) -> dict[str, Any]:
    kept = entry.kind != "f" or entry.hash is not None
    return {
        "path": name_to_json(entry.path),
        "kind": _KINDS[entry.kind],
        "state": "kept" if kept else "fingerprint",
        "size": entry.size,
        "mtime_ns": str(entry.mtime_ns),
        "object": entry.hash,
        "pinned": own,
    }
