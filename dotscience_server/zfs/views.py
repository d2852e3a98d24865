"""Reading a snapshot: through `.zfs/snapshot`, else through a clone that is mounted for as long as somebody reads.

A clone is named and marked so that the next process finds those whose maker is dead and removes them with their
mount points. Where the dataset's mount is hidden from us (containers), `.zfs` cannot be reached.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from ..store.failures import FreezeRefused, ObjectDamaged
from . import names
from .datasets import Datasets
from .errors import is_gone
from .places import Place

MAKER = "ds:maker"
_CLONE = "ds-view-"


@dataclass
class _Clone:
    name: str
    point: Path
    readers: int = 1


class Views:
    """The views of snapshots that one freezer gives; readers of the same snapshot share a clone."""

    def __init__(self, datasets: Datasets) -> None:
        self._datasets = datasets
        self._lock = threading.Lock()
        self._clones: dict[str, _Clone] = {}
        # Not read any more, and yet in use when they were to go.
        self._stale: list[_Clone] = []

    @contextlib.contextmanager
    def view(self, place: Place, snapshot: str, guid: str, below: str) -> Iterator[Path]:
        """The folder `below` of a snapshot while the `with` lasts. Raises FreezeRefused, ObjectDamaged."""
        with contextlib.ExitStack() as stack:
            top = stack.enter_context(self._top(place, snapshot, guid))
            path = top / below
            if not path.is_dir():
                raise ObjectDamaged(guid, f"{snapshot} does not hold the workspace")
            yield path

    @contextlib.contextmanager
    def _top(self, place: Place, snapshot: str, guid: str) -> Iterator[Path]:
        with _hidden_folder(place, snapshot) as path:
            if path is not None:
                yield path
                return
        clone = self._enter(snapshot, guid)
        try:
            yield clone.point
        finally:
            self._leave(guid)

    def _enter(self, snapshot: str, guid: str) -> _Clone:
        with self._lock:
            known = self._clones.get(guid)
            if known is not None:
                known.readers += 1
                return known
            self._clones[guid] = made = self._make(snapshot)
            return made

    def _leave(self, guid: str) -> None:
        with self._lock:
            clone = self._clones[guid]
            clone.readers -= 1
            if clone.readers > 0:
                return
            del self._clones[guid]
            try:
                self._remove(clone.name, clone.point)
            except FreezeRefused:
                self._stale.append(clone)

    def _make(self, snapshot: str) -> _Clone:
        self.clean(names.dataset_of(snapshot))
        name = names.dataset(f"{names.dataset_of(snapshot)}/{_CLONE}{uuid4().hex[:16]}")
        # A folder of ours alone is around it: what is mounted has the modes of the dataset, not of the folders above it.
        point = Path(tempfile.mkdtemp(prefix=_CLONE)) / "view"
        point.mkdir()
        mark = f"{MAKER}={names.to_value(_self_mark())}"
        options = ("-o", "readonly=on", "-o", f"mountpoint={point}", "-o", mark)
        try:
            self._datasets.zfs.run("clone", *options, snapshot, name)
            if not os.path.ismount(point):
                raise FreezeRefused("zfs-mount-root", "it was not mounted", dataset=name)
        except FreezeRefused as failure:
            with contextlib.suppress(FreezeRefused):
                self._remove(name, point)
            if is_gone(failure):
                raise ObjectDamaged(snapshot, "the snapshot is gone") from failure
            raise
        return _Clone(name, point)

    def _remove(self, name: str, point: Path) -> None:
        self._datasets.destroy_idle(name)
        with contextlib.suppress(OSError):
            point.rmdir()
            if point.parent.name.startswith(_CLONE):
                point.parent.rmdir()

    def clean(self, dataset: str) -> int:
        """Remove the clones below `dataset` that nobody reads and whose makers have ended; how many. Raises
        FreezeRefused.
        """
        removed = 0
        for clone in self._stale[:]:
            with contextlib.suppress(FreezeRefused, ValueError):
                self._remove(clone.name, clone.point)
                self._stale.remove(clone)
        for name in self._names(dataset):
            maker = names.from_value(self._datasets.get(name, MAKER))
            if maker and not _lives(maker):
                point = Path(self._datasets.get(name, "mountpoint"))
                with contextlib.suppress(FreezeRefused):
                    self._remove(name, point)
                    removed += 1
        return removed

    def _names(self, dataset: str) -> list[str]:
        rows = self._datasets.zfs.run(
            "list", "-H", "-o", "name", "-t", "filesystem", "-d", "1", dataset
        )
        return [row for row in rows.splitlines() if row.startswith(f"{dataset}/{_CLONE}")]


@contextlib.contextmanager
def _hidden_folder(place: Place, snapshot: str) -> Iterator[Path | None]:
    """The snapshot below `.zfs`; None where there is none or it is not reached. Being in it keeps it mounted."""
    if place.fuse or place.mountpoint is None or names.dataset_of(snapshot) != place.dataset:
        yield None
        return
    path = Path(os.fsdecode(place.mountpoint)) / ".zfs/snapshot" / names.short(snapshot)
    try:
        descriptor = os.open(path / ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        yield None
        return
    try:
        mounted = os.fstat(descriptor).st_dev != os.stat(place.mountpoint).st_dev
        yield path if mounted else None
    finally:
        os.close(descriptor)


def _self_mark() -> bytes:
    return f"{_boot()} {os.getpid()} {_started(os.getpid())}".encode()


def _lives(maker: bytes) -> bool:
    boot, _, rest = maker.decode("ascii", "replace").partition(" ")
    pid, _, started = rest.partition(" ")
    return boot == _boot() and pid.isdecimal() and _started(int(pid)) == started


def _started(pid: int) -> str:
    """When a process started, in ticks since boot; "" when it is gone. Tells it from a later one of the same number."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return "?"
