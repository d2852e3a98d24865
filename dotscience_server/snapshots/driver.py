"""The choice of a driver; the interface is `contract.py`, held by tests/snapshots/driver_contract.py."""

from __future__ import annotations

from pathlib import Path

from ..chunks.client import missing_wheels
from ..store.objects import ObjectStore
from .contract import Driver, Progress, TreeResult, Unwatched
from .filesystem import kind_of
from .mapped import tells_stores
from .plain import PlainDriver
from .statcache import StatCache

__all__ = ["Driver", "Progress", "TreeResult", "Unwatched", "choose_driver"]

_SHARING = frozenset({"btrfs", "xfs", "zfs"})


def choose_driver(root: Path, objects: ObjectStore, cache: StatCache) -> Driver:
    """The best driver for `root` on this host: so far always `plain`. Made anew when contents were
    removed from the store.
    """
    if objects.chunks is not None:
        objects.chunks.refresh()
    kind = kind_of(root)
    reason = _reason(kind, objects.engine is not None)
    return PlainDriver(objects, cache, reason, tells_stores(kind))


def _reason(kind: str, chunked: bool) -> str:
    what = "changed files are read, new chunks stored"
    if not chunked:
        missing = ", ".join(missing_wheels())
        why = f" (not installed: {missing})" if missing else ""
        what = f"changed files are copied whole{why}"
    if kind in _SHARING:
        return f"a driver for {kind} is not there yet: {what}"
    return f"{kind} has no snapshots: {what}"
