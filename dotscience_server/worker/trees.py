"""The files of a run or a snapshot: all of them, a page of them, the bytes of one.

A run's files are its snapshot's tree with its overlays in place (docs/decisions/0002), without the bytes of what was
written between its end and the snapshot. Reads only; contents are checked on the way out (G6). What was given up, never
kept or written again is listed and has no bytes. Of a manifest only the pages are read that can hold what is asked for.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from dotscience import _facts
from dotscience._facts import Run
from dotscience._tree import FROZEN, Entry, PathError, Ranges, TreeError, name_to_json

from ..protocol.failure import ApiError
from ..snapshots.failures import PathRefused
from ..snapshots.lookup import Lookup
from ..snapshots.overlay import CHANGED, Laid, Overlay, Span
from ..snapshots.paged import PagedTree, apart, below
from ..snapshots.safe_entries import is_forbidden, refuse_forbidden, safe_entries
from ..store.failures import ObjectDamaged
from ..store.objects import ObjectStore
from ..store.stamps import rfc3339
from .ledger import Ledger
from .refs import Version
from .thinned import Thinned
from .views import span_after

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
    """Thread-safe."""

    def __init__(
        self,
        ledger: Ledger,
        objects: ObjectStore,
        thinned: Thinned,
        seal: Callable[[str], None] = lambda _: None,
    ) -> None:
        """``seal`` makes the content keys of a frozen snapshot known before its bytes are asked for."""
        self._seal = seal
        self._ledger = ledger
        self._objects = objects
        self._thinned = thinned
        self._lookup = Lookup(objects.read)

    def page(
        self, version: Version, under: bytes, after: bytes, limit: int, deep: bool = True
    ) -> dict[str, Any]:
        """One page of ``files.schema.json``: everything below a folder, or (not ``deep``) what lies in it itself,
        sorted by path."""
        own, span = self.overlays(version), self.span(version)
        with _told_damaged(self.tree(version)):
            tree, laid = self._paged(version)
            wanted = below(tree, laid, under.rstrip(b"/"), after, deep)
            entries = list(islice(wanted, limit + 1))
        page = []
        for entry in entries[:limit]:
            refuse_forbidden(entry)
            page.append(self._listed(_as_left(entry, own, span), entry.path in own))
        return {"files": page, "next": page[-1]["path"] if len(entries) > limit else None}

    def at(self, version: Version, path: bytes) -> dict[str, Any]:
        """The same of what stands at a path, if anything does."""
        with _told_damaged(self.tree(version)):
            tree, laid = self._paged(version)
            entry = next(laid.over(tree.since(path), path), None)
        own, span = self.overlays(version), self.span(version)
        found = entry is not None and entry.path == path and not is_forbidden(path)
        listed = [self._listed(_as_left(entry, own, span), path in own)] if found and entry else []
        return {"files": listed, "next": None}

    def apart(self, a: Version, b: Version) -> tuple[list[Entry], list[Entry], int]:
        """The entries of two versions without the pages that both have, and how many files are in those."""
        self.sealed_tree(a), self.sealed_tree(b)
        with _told_damaged(self.tree(a)):
            (one, laid), (other, laid_too) = self._paged(a), self._paged(b)
            left, right, shared = apart(one, other, (laid, laid_too))
        return self._seen(a, left), self._seen(b, right), shared

    def file(self, version: Version, path: bytes) -> StoredFile:
        """Where the bytes of a file are. Raises ``ApiError``: ``file-not-found``, ``file-not-kept``,
        ``file-changed``, ``content-thinned``, ``snapshot-pending``, ``snapshot-failed``."""
        entry = self.entry(version, path)
        name = path.decode("utf-8", "replace")
        if entry is None or entry.kind != "f":
            raise ApiError.of("file-not-found", path=name, what=version.what)
        if entry.hash is None:
            time = rfc3339(entry.mtime_ns)
            if entry.not_kept == CHANGED:
                snapshot = version.snapshot_id[:12]
                raise ApiError.of("file-changed", path=name, time=time, snapshot=snapshot)
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
        tree, span = self.tree(version), self.span(version)
        if not path:
            return None
        with _told_damaged(tree):
            entry = self._lookup.find(tree, path)
            if entry is not None and entry.not_kept == FROZEN:
                entry = self._lookup.find(self.sealed_tree(version), path)
        return entry if entry is None or span is None else span.without_bytes(entry)

    def entries(self, version: Version) -> list[Entry]:
        """All files, folders and links, sorted and safe to write."""
        own, span = self.overlays(version), self.span(version)
        return safe_entries(self._objects.read, self.sealed_tree(version), own, span)

    def span(self, version: Version) -> Span | None:
        """When files were written that are not as the run left them, where that is known."""
        if version.run is None:
            return None
        snapshot = self._ledger.index.snapshot(version.snapshot_id)
        return None if snapshot is None else span_after(version.run.ended, str(snapshot["time"]))

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
        """The manifest; that of a frozen snapshot lacks content keys. Raises ``snapshot-pending``,
        ``snapshot-failed``."""
        return str(self._snapshot(version)["tree"])

    def sealed_tree(self, version: Version) -> str:
        """The manifest with all content keys: waits until what was frozen is hashed. Raises the same, and what sealing
        raises."""
        snapshot = self._snapshot(version)
        if snapshot.get("state") == "frozen":
            self._seal(str(snapshot["id"]))
        return self.tree(version)

    def _snapshot(self, version: Version) -> dict[str, Any]:
        snapshot = version.snapshot
        frozen = snapshot is not None and snapshot.get("state") == "frozen"
        if frozen or (snapshot is None and version.run is not None):
            snapshot = self._ledger.index.snapshot(version.snapshot_id) or snapshot
        if snapshot is None:
            raise _not_there(version.run)
        return snapshot

    def _paged(self, version: Version) -> tuple[PagedTree, Laid]:
        own = {path: one for path, one in self.overlays(version).items() if not is_forbidden(path)}
        tree = PagedTree(self._objects.read, self._lookup.root(self.tree(version)))
        return tree, Laid(tree.find, own)

    def _seen(self, version: Version, entries: list[Entry]) -> list[Entry]:
        own, span = self.overlays(version), self.span(version)
        for entry in entries:
            refuse_forbidden(entry)
        return [_as_left(entry, own, span) for entry in entries]

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
        """``kept``, ``fingerprint`` (never kept), ``changed`` (written again before it was kept) or ``thinned``."""
        if entry.kind != "f":
            return "kept"
        if entry.hash is None and entry.not_kept != FROZEN:
            return "changed" if entry.not_kept == CHANGED else "fingerprint"
        return "thinned" if entry.hash and self._thinned.time(entry.hash) else "kept"


def _as_left(entry: Entry, own: Mapping[bytes, Overlay], span: Span | None) -> Entry:
    """As the run left it: without bytes where they are not the run's."""
    return entry if span is None or entry.path in own else span.without_bytes(entry)


@contextlib.contextmanager
def _told_damaged(tree: str) -> Iterator[None]:
    try:
        yield
    except PathError as error:
        raise PathRefused(error.path, error.detail) from error
    except TreeError as error:
        raise ObjectDamaged(tree, str(error)) from error


def _not_there(run: Run | None) -> ApiError:
    named = "now" if run is None else run.id[:8]
    if run is not None and run.snapshot.state == "failed":
        return ApiError.of("snapshot-failed", run=named, detail=run.snapshot.message)
    return ApiError.of("snapshot-pending", run=named)
