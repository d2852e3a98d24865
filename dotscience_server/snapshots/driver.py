"""The choice of a driver; the interface is `contract.py`, held by tests/snapshots/driver_contract.py.

A driver is looked for in the order of what it gives: `zfs`, `btrfs`, `reflink`, `plain`. Which one takes a snapshot
says nothing of who reads it: contents are asked for by key, freezes through `Freezers`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, get_args

from ..chunks.client import missing_wheels
from ..store.held import HeldContents
from ..store.objects import ObjectStore
from .contract import Driver, Progress, TreeResult, Unwatched
from .filesystem import kind_of
from .freezes import Freeze, Freezer
from .holding_driver import HoldingDriver
from .mapped import tells_stores
from .plain import PlainDriver
from .statcache import StatCache

__all__ = ["Driver", "Freezers", "Progress", "TreeResult", "Unwatched", "Wanted", "choose_driver"]

Wanted = Literal["auto", "zfs", "btrfs", "reflink", "plain"]
"""What the policy of a workspace may say."""
WANTED: tuple[Wanted, ...] = get_args(Wanted)

_FREEZERS = {"zfs": "dotscience_server.zfs.freezer", "btrfs": "dotscience_server.snapshots.btrfs"}
"""By driver, the module with `<driver>_freezer(workspace, store)` and `why_not_<driver>(workspace, store)`."""
_ON = {"zfs": ("zfs", "fuse.zfs"), "btrfs": ("btrfs",)}
_GAIN = "on ZFS or btrfs the file system would take it in milliseconds, whatever its size"


class Freezers:
    """Who freezes and reads the freezes of one workspace, by the name of the driver. Any thread."""

    def __init__(self, workspace: Path, store: Path) -> None:
        self.workspace = workspace
        self.store = store
        self._lock = threading.Lock()
        self._found: dict[str, Freezer] = {}

    def of(self, freeze: Freeze) -> Freezer | None:
        """Who reads a freeze, whatever the driver of today."""
        return self.named(freeze.driver)

    def named(self, driver: str) -> Freezer | None:
        """The freezer of a driver, where it works here."""
        with self._lock:
            if driver not in self._found:
                make = _function(driver, "{}_freezer")
                found = None if make is None else make(self.workspace, self.store)
                if found is None:
                    return None
                self._found[driver] = found
            return self._found[driver]

    def why_not(self, driver: str) -> str:
        """Why a driver does not freeze here, in words that go on after its name and a colon."""
        why = _function(driver, "why_not_{}")
        return "it is not there yet" if why is None else why(self.workspace, self.store) or ""


def choose_driver(
    root: Path,
    objects: ObjectStore,
    cache: StatCache,
    freezers: Freezers | None = None,
    wanted: str = "auto",
) -> Driver:
    """The best driver for `root` on this host, or the one that is `wanted` where it works; its reason says why.
    Made anew when contents were removed from the store. Without `freezers` it is `plain`.
    """
    if objects.chunks is not None:
        objects.chunks.refresh()
    kind = kind_of(root)
    chunked = objects.engine is not None
    held = None if freezers is None else objects.hold(freezers.of)
    if freezers is None or held is None or not chunked or wanted == "plain":
        plain = _plain_reason(kind, chunked)
        reason = f"the workspace is set to it; {plain}" if wanted == "plain" else plain
        return PlainDriver(objects, cache, reason, tells_stores(kind))
    return _Choice(kind, objects, cache, freezers, held).made(wanted)


class _Choice:
    """Asks one driver after the other."""

    def __init__(
        self,
        kind: str,
        objects: ObjectStore,
        cache: StatCache,
        freezers: Freezers,
        held: HeldContents,
    ) -> None:
        self._kind = kind
        self._objects = objects
        self._cache = cache
        self._freezers = freezers
        self._held = held
        self._refusals: list[str] = []

    def made(self, wanted: str) -> Driver:
        """The wanted one, else the best that works."""
        if wanted in ("zfs", "btrfs", "reflink"):
            found = self._named(wanted)
            if found is not None:
                return found
        for driver in ("zfs", "btrfs", "reflink"):
            if driver != wanted and (driver == "reflink" or self._kind in _ON[driver]):
                found = self._named(driver)
                if found is not None:
                    return found
        return PlainDriver(self._objects, self._cache, self._reason(), tells_stores(self._kind))

    def _named(self, driver: str) -> Driver | None:
        if driver == "reflink":
            return self._reflink()
        freezer = self._freezers.named(driver)
        if freezer is None:
            self._refusals.append(f"{driver}: {self._freezers.why_not(driver)}")
            return None
        return HoldingDriver(freezer, self._objects, self._held, self._cache)

    def _reflink(self) -> Driver | None:
        if find_spec("dotscience_server.snapshots.reflink") is None:
            return None
        reflink: Any = import_module("dotscience_server.snapshots.reflink")
        freezers = self._freezers
        why_not = reflink.why_not_reflink(freezers.workspace, freezers.store)
        if why_not:
            if self._kind in ("btrfs", "xfs"):
                self._refusals.append(f"reflink: {why_not}")
            return None
        reason = (
            f"{self._kind} clones files: large ones are kept without a copy, "
            "and what changed of them is found without reading"
        )
        if self._refusals:
            reason += f" ({'; '.join(self._refusals)})"
        driver: Driver = reflink.ReflinkDriver(self._objects, self._cache, reason, self._held)
        return driver

    def _reason(self) -> str:
        reason = _plain_reason(self._kind, True)
        return f"{reason} ({'; '.join(self._refusals)})" if self._refusals else reason


def _function(driver: str, form: str) -> Callable[[Path, Path], Any] | None:
    module = _FREEZERS.get(driver)
    try:
        if module is None or find_spec(module) is None:
            return None
    except ModuleNotFoundError:
        return None
    found: Callable[[Path, Path], Any] | None = getattr(
        import_module(module), form.format(driver), None
    )
    return found


def _plain_reason(kind: str, chunked: bool) -> str:
    what = "changed files are read, new chunks stored"
    if not chunked:
        missing = ", ".join(missing_wheels())
        why = f" (not installed: {missing})" if missing else ""
        what = f"changed files are copied whole{why}"
    if kind in _ON:
        return f"no snapshots of {kind} here: {what}"
    return f"{kind} has no snapshots: {what}; {_GAIN}"
