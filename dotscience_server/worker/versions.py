"""The versions of one file: every content it had in a snapshot or a run, and the runs that have, read or wrote it.

    snapshots, oldest first ─► the file's entry, page by page ┐
    runs' own files (pins, notebooks) over them               ├─► one version a content, newest first
    what runs declared and were seen to do ───────────────────┘

Order is the workspace's revision, never a clock. Reads only, any thread; 1,000 runs of 10,000 files take half a
second the first time, a tenth later.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from dotscience import _facts
from dotscience._records import Record
from dotscience._tree import Entry, TreeError, name_to_json

from ..sessions.observed import seen_modes
from ..snapshots.comparing import holds
from ..snapshots.folders import Folders, opened
from ..snapshots.lookup import Lookup
from ..store.failures import StoreFailure
from ..store.layout import Store
from ..store.objects import ObjectStore
from .ledger import Ledger
from .observed import observed_files
from .tree import Tree
from .trees import Trees
from .views import changed_since

Json = dict[str, Any]
VERSIONS_MOST = 500
RUNS_MOST = 20
_READ_MOST = 64 << 20
_TRIED_MOST = 4
_SUMMED_MOST = 1 << 20
"""Larger files are in chunks wherever they are kept."""
_BLOCK = 1 << 20
_ROLES = ("output", "wrote", "input", "read", "present")
"""The first that fits is shown; runs are listed in this order."""
_DECLARING = ("run.block", "run.interrupted", "run.values", "run.claim", "run.pins", "run.notebook")
_SEEN_ROLES = {"r": ("read",), "w": ("wrote",), "rw": ("wrote", "read")}


@dataclass
class _Version:
    """One content; `order` says since when it is known: a revision, and which run below it."""

    entry: Entry
    ref: str
    snapshot: str | None
    time: str
    order: tuple[float, int]
    runs: list[tuple[int, str]] = field(default_factory=list)


@dataclass
class _Told:
    """What the facts of runs say of the path: roles, and runs' own files."""

    roles: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    own: dict[str, Entry] = field(default_factory=dict)
    claims: dict[str, str] = field(default_factory=dict)
    saved: set[str] = field(default_factory=set)
    """Runs whose own file is their notebook, which is saved after their snapshot."""


class Versions:
    """Remembers the pages it has looked at."""

    def __init__(
        self, store: Store, ledger: Ledger, objects: ObjectStore, trees: Trees, tree: Tree
    ) -> None:
        self._root = store.workspace
        self._ledger = ledger
        self._objects = objects
        self._trees = trees
        self._tree = tree
        self._lookup = Lookup(objects.read)
        self._sums: dict[str, str | None] = {}

    def answer(self, path: bytes) -> Json:
        """``versions.schema.json``."""
        told = self._told(path)
        found, was_folder = self._collected(path, told)
        versions = sorted(found, key=lambda one: one.order, reverse=True)
        now, kind = self._now(path, versions)
        if kind == "missing":
            kind = "file" if versions else "folder" if was_folder else "missing"
        return {
            "path": name_to_json(path),
            "kind": kind,
            "now": now,
            "versions": [self._shown(one, told) for one in versions[:VERSIONS_MOST]],
            "cut": len(versions) > VERSIONS_MOST,
        }

    def _collected(self, path: bytes, told: _Told) -> tuple[list[_Version], bool]:
        """The versions, and whether a folder was there in the last snapshot."""
        versions: dict[object, _Version] = {}
        by_snapshot: dict[str, tuple[float, _Version | None]] = {}
        taken_at: dict[str, str] = {}
        entry = None
        for revision, snapshot, body in self._ledger.index.all_snapshots():
            entry = self._entry(str(body["tree"]), path)
            version = None
            if entry is not None and entry.kind == "f":
                fresh = _Version(entry, f"@{snapshot}", snapshot, str(body["time"]), (revision, 0))
                version = versions.setdefault(_key(entry), fresh)
            by_snapshot[snapshot] = revision, version
            taken_at[snapshot] = str(body["time"])
        for seq, run, taken in self._ledger.index.runs_by_snapshot():
            order, version = by_snapshot.get(taken or "", (float("inf"), None))
            own = told.own.get(run)
            if (
                own is None
                and version is not None
                and self._is_later(version, seq, taken_at[taken or ""])
            ):
                continue
            if own is not None:
                own = self._sized(own)
                if version is None or not self._is_same(own, version.entry):
                    version = self._version_of(own, versions)
                if version is None:
                    later = 0.5 if run in told.saved else -0.5
                    version = _Version(own, run, taken, self._time(seq), (order + later, seq))
                    versions[_key(own)] = version
            if version is not None:
                version.runs.append((seq, run))
        return list(versions.values()), entry is not None and entry.kind == "d"

    def _is_later(self, version: _Version, seq: int, taken: str) -> bool:
        """Whether the run had ended before the file was this version; the snapshot came after both."""
        ended = self._ledger.index.run_summary(seq)["ended"]
        return changed_since(version.entry, ended, taken)

    def _entry(self, tree: str, path: bytes) -> Entry | None:
        """None too where the manifest is damaged: the other versions are still shown."""
        try:
            return self._lookup.find(tree, path)
        except (StoreFailure, TreeError):
            return None

    def _version_of(self, own: Entry, versions: dict[object, _Version]) -> _Version | None:
        """The version with these bytes, under whatever key."""
        if (known := versions.get(_key(own))) is not None or (own.size or 0) > _SUMMED_MOST:
            return known
        return next((one for one in versions.values() if self._is_same(own, one.entry)), None)

    def _is_same(self, own: Entry, entry: Entry) -> bool:
        """Whether they are the same bytes: an object and a file in chunks have two names for them."""
        if own.hash == entry.hash or own.size != entry.size or entry.hash is None:
            return own.hash == entry.hash
        if own.mtime_ns and own.mtime_ns == entry.mtime_ns:
            return True
        return (own.size or 0) <= _READ_MOST and own.hash == self._sha256(entry.hash)

    def _sha256(self, key: str) -> str | None:
        """Of the bytes of a file in chunks; None where they cannot be read."""
        if key not in self._sums:
            digest = hashlib.sha256()
            try:
                with self._objects.open(key) as file:
                    while block := file.read(_BLOCK):
                        digest.update(block)
                self._sums[key] = digest.hexdigest()
            except (StoreFailure, OSError):
                self._sums[key] = None
        return self._sums[key]

    def _sized(self, own: Entry) -> Entry:
        """With its size, which not every fact says."""
        try:
            return own if own.size else own._replace(size=self._objects.size(own.hash or ""))
        except StoreFailure:
            return own

    def _time(self, seq: int) -> str:
        told = self._ledger.index.run_summary(seq)
        return str(told["started"] or told["recorded"])

    def _told(self, path: bytes) -> _Told:
        """Facts are filtered by the path's last part as text: what else they say does not matter here."""
        told, name = _Told(), os.fsdecode(path)
        text = _as_recorded(name.rpartition("/")[2])
        for record in self._ledger.index.facts_with(_DECLARING, text):
            _declared(told, record, name)
        for run, claim in told.claims.items():
            told.roles[run] -= {"output", "input"}
            if claim != "none":
                told.roles[run].add(claim)
        for run, files in self._observed(text):
            mode = seen_modes(files).get(name)
            told.roles[run].update(_SEEN_ROLES.get(mode or "", ()))
        return told

    def _observed(self, text: bytes) -> Iterator[tuple[str, list[Json]]]:
        index = self._ledger.index
        for record in index.facts_with(("run.files",), text):
            yield str(record.run), observed_files(record.body, self._objects.read)
        for record in index.facts_with(("run.files",), b'"object":"'):
            yield str(record.run), observed_files(record.body, self._objects.read)

    def _shown(self, version: _Version, told: _Told) -> Json:
        ranked = sorted((_rank(told, run), -seq, run) for seq, run in version.runs)
        entry = version.entry
        return {
            "content": entry.hash,
            "size": entry.size,
            "mtime_ns": str(entry.mtime_ns),
            "state": self._trees.state(entry),
            "ref": version.ref,
            "snapshot": version.snapshot,
            "time": version.time,
            "runs": [self._run(rank, -seq, run) for rank, seq, run in ranked[:RUNS_MOST]],
            "run_count": len(ranked),
        }

    def _run(self, rank: int, seq: int, run: str) -> Json:
        told = self._ledger.index.run_summary(seq)
        title = told["description"] or told["notebook"] or told["workload"] or f"Run {run[:8]}"
        return {
            "run": run,
            "title": title,
            "time": told["started"],
            "role": _ROLES[rank],
            "repeats": told["repeats"],
        }

    def _now(self, path: bytes, versions: list[_Version]) -> tuple[Json | None, str]:
        """The file as it is, and what stands there."""
        try:
            with opened(self._root) as root, Folders(root) as at:
                folder, name = at.parent(path)
                status = os.stat(name, dir_fd=folder, follow_symlinks=False)
                if stat.S_ISDIR(status.st_mode):
                    return None, "folder"
                if not stat.S_ISREG(status.st_mode):
                    return None, "missing"
                number = self._number(status, folder, name, versions)
        except OSError:
            return None, "missing"
        told = {"size": status.st_size, "mtime_ns": str(status.st_mtime_ns), "version": number}
        return told, "file"

    def _number(
        self, status: os.stat_result, folder: int, name: bytes, versions: list[_Version]
    ) -> int | None:
        """The position of the version that the file holds, as far as that is soon known."""
        known = self._tree.content(status)
        if known is not None:
            keys = [one.entry.hash for one in versions]
            return keys.index(known.hash) if known.hash in keys else None
        if status.st_size > _READ_MOST:
            return None
        fitting = [n for n, one in enumerate(versions) if one.entry.size == status.st_size]
        return next(
            (n for n in fitting[:_TRIED_MOST] if self._holds(versions[n], folder, name)), None
        )

    def _holds(self, version: _Version, folder: int, name: bytes) -> bool:
        if self._trees.state(version.entry) != "kept":
            return False
        try:
            return holds(self._objects, version.entry, folder, name, lambda: None)
        except StoreFailure:
            return False


def _key(entry: Entry) -> object:
    return entry.hash or (entry.size, entry.mtime_ns)


def _rank(told: _Told, run: str) -> int:
    roles = told.roles.get(run, ())
    return next((n for n, role in enumerate(_ROLES) if role in roles), len(_ROLES) - 1)


def _as_recorded(name: str) -> bytes:
    """A name as it stands in a record's line; empty, which is everywhere, where that is not sure."""
    try:
        return json.dumps(name, ensure_ascii=False)[1:-1].encode()
    except UnicodeEncodeError:
        return b""


def _declared(told: _Told, record: Record, name: str) -> None:
    run, body = str(record.run), record.body
    if record.kind == "run.claim":
        if name == _facts.claimed_path(body):
            told.claims[run] = str(body.get("as"))
    elif record.kind == "run.pins":
        for file in body.get("files", ()):
            if file.get("path") == name and isinstance(file.get("object"), str):
                told.own.setdefault(run, _own(name, file))
    elif record.kind == "run.notebook":
        if body.get("path") == name and isinstance(body.get("object"), str):
            told.own.setdefault(run, _own(name, body))
            told.saved.add(run)
    else:
        for role in ("output", "input"):
            if any(file.path == name for file in _facts.declared(body, role)):
                told.roles[run].add(role)


def _own(name: str, told: Json) -> Entry:
    mtime = str(told.get("mtime_ns") or 0)
    size = told.get("size")
    return Entry(
        os.fsencode(name),
        "f",
        told.get("mode") or 0o644,
        int(mtime) if mtime.lstrip("-").isdigit() else 0,
        size if isinstance(size, int) else 0,
        told["object"],
    )
