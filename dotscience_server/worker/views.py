"""What clients see of one run: its detail. Its files are read by `trees.py`. Reads only."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from dotscience import _facts
from dotscience._facts import DeclaredFile, Pin, Run
from dotscience._records import Record
from dotscience._run_json import detail
from dotscience._tree import FROZEN, Entry, TreeError, find, name_to_json, read_entries

from ..protocol.failure import ApiError
from ..snapshots.overlay import Span
from ..store.failures import ObjectDamaged, StoreFailure
from ..store.objects import ObjectStore
from ..store.stamps import nanoseconds
from .ledger import Ledger
from .observed import add_observed, observed_files
from .repetitions import repetitions_of

_MANY_DECLARED = 20
_LATE_NS = 3_600_000_000_000
_CUT_NS = 999  # times of records are cut to microseconds

Lookup = Callable[[bytes], Entry | None]
T = TypeVar("T")


class Views:
    """Thread-safe: holds nothing that changes."""

    def __init__(
        self, ledger: Ledger, objects: ObjectStore, workspace: Path, branch: str | None
    ) -> None:
        self._ledger = ledger
        self._workspace = os.fspath(workspace)
        self._branch = branch
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
        taken = None if snapshot is None else str(snapshot["time"])

        def file(declared: DeclaredFile) -> dict[str, Any]:
            entry = None if declared.outside else lookup(os.fsencode(declared.path))
            since = entry is not None and changed_since(entry, run.ended, taken)
            ref = _file_ref(declared, pins.get(declared.path), snapshot is not None, entry)
            return _without_bytes(ref) if since and not ref["pinned"] else ref

        told = detail(run, file, snapshot, self._packages(run))
        told["branch"] = self._branch
        told["repetitions"] = repetitions_of(self._ledger, run)
        add_observed(told, run, observed_files(run.observed, self._objects.read), self._workspace)
        return told

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
        return _file_ref(declared, None, False, None)

    return detail(united._replace(id=run), file, None, None)


def changed_since(entry: Entry, ended: str | None, taken: str | None) -> bool:
    """Whether the file was written after the run's end and before the snapshot: these are not the run's bytes."""
    span = span_after(ended, taken)
    return span is not None and span.holds(entry)


def span_after(ended: str | None, taken: str | None) -> Span | None:
    """When what the snapshot has was written after the run.

    Several runs that publish within a moment share one snapshot. A time after the snapshot's was set by hand and
    tells nothing; so do the times of a run that came with its notebook long after its end, from another machine.
    """
    end, moment = nanoseconds(ended), nanoseconds(taken)
    if end is None or moment is None or moment - end > _LATE_NS:
        return None
    return Span(end + _CUT_NS, moment + _CUT_NS)


def _without_bytes(ref: dict[str, Any]) -> dict[str, Any]:
    """Of a file that was another one when the run used it; what is known of that stays, if anything is."""
    if ref["state"] != "kept":
        return ref
    return {**ref, "state": "changed", "size": None, "mtime_ns": None, "object": None}


def _file_ref(
    declared: DeclaredFile, pin: Pin | None, frozen: bool, entry: Entry | None
) -> dict[str, Any]:
    path = os.fsencode(declared.path)
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
    lacks = entry.kind == "f" and entry.hash is None and entry.not_kept != FROZEN
    return "fingerprint" if lacks else "kept"


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
    state = "fingerprint" if entry is None else "changed"
    return {**ref, **at_publish, "state": state, "object": None}
