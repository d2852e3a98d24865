"""The freezer of `zfs`: a workspace anywhere in a dataset, frozen by a snapshot that is held.

What was changed is read off the stream that `zfs send -i` would replicate: the file system knows it, so no unchanged byte
is read. A file's object number there is its inode number.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
from collections.abc import Collection, Iterator
from pathlib import Path

from dotscience._tree import Ranges

from ..snapshots.freezes import Freeze
from ..snapshots.mapped import mapped_to_write, synced
from ..store.failures import FreezeRefused, ObjectDamaged
from . import names
from .command import Zfs
from .datasets import BELOW, REPLICA, Datasets
from .delegation import NEEDED, grant, missing
from .places import Place, place_of
from .records import StreamError
from .stream import Changes, Stream, changes
from .views import Views

log = logging.getLogger(__name__)
DRIVER = "zfs"
_REMEMBERED = 4


def zfs_freezer(workspace: Path, store: Path) -> ZfsFreezer | None:
    """The freezer of a workspace; None where ZFS cannot do it here, and `why_not_zfs` says why."""
    found = _found(workspace, store)
    return None if isinstance(found, str) else found


def why_not_zfs(workspace: Path, store: Path) -> str | None:
    """Why ZFS does not take snapshots of a workspace, in a sentence without its dot; None where it does."""
    found = _found(workspace, store)
    return found if isinstance(found, str) else None


class ZfsFreezer:
    """Freezes one workspace by snapshots of its dataset; see `Freezer`. `replica` tells ours from those of other
    workspaces in the same dataset.
    """

    name = DRIVER

    def __init__(self, workspace: Path, replica: str, zfs: Zfs, place: Place) -> None:
        self.reason = (
            f"the workspace lies in the ZFS dataset {place.dataset}: it takes the snapshot, and changed"
            " ranges are found without reading"
        )
        self.datasets = Datasets(zfs)
        self._workspace = workspace
        self._replica = replica
        self._views = Views(self.datasets)
        self._place = place
        self._lock = threading.Lock()
        self._told: dict[tuple[str, str], dict[int, Ranges]] = {}

    @property
    def place(self) -> Place:
        """Where the workspace lies now: datasets are renamed and mounted elsewhere. The last known where it is
        nowhere for the moment.
        """
        with contextlib.suppress(OSError):
            self._place = place_of(self._workspace) or self._place
        return self._place

    def take(self, label: str) -> Freeze:
        """See `Freezer.take`."""
        place = self.place
        self._write_back()
        name = names.own_snapshot(place.dataset, label)
        properties = ((REPLICA, self._replica.encode()), (BELOW, place.below))
        guid = self.datasets.take(name, properties)
        return Freeze(DRIVER, name, guid, os.fsdecode(place.below))

    def is_there(self, freeze: Freeze) -> bool:
        """See `Freezer.is_there`."""
        return self._find(freeze) is not None

    def standing(self, freezes: Collection[Freeze]) -> set[str]:
        """See `Freezer.standing`."""
        sane = [one for one in freezes if _sane(one) is not None]
        places = {names.dataset_of(names.snapshot(one.name)) for one in sane}
        there = self.datasets.guids({*places, self.place.dataset})
        return {one.guid for one in sane if one.guid in there}

    def all(self) -> list[Freeze]:
        """See `Freezer.all`."""
        own = self.datasets.own(self.place.dataset, self._replica)
        return [Freeze(DRIVER, one.name, one.guid, os.fsdecode(below)) for one, below in own]

    @contextlib.contextmanager
    def view(self, freeze: Freeze) -> Iterator[Path]:
        """See `Freezer.view`."""
        name = self._find(freeze)
        if name is None:
            raise ObjectDamaged(freeze.guid, f"the snapshot {freeze.name} is gone")
        with self._views.view(self.place, name, freeze.guid, freeze.below) as path:
            yield path

    def changed(self, since: Freeze, until: Freeze) -> dict[int, Ranges] | None:
        """See `Freezer.changed`. The block before a file's changed end counts as changed."""
        if since.guid == until.guid:
            return {}
        pair = (since.guid, until.guid)
        with self._lock:
            if pair in self._told:
                return self._told[pair]
        found = self._changes(since, until, None)
        if found is None:
            return None
        told = found.ranges()
        with self._lock:
            self._told[pair] = told
            while len(self._told) > _REMEMBERED:
                del self._told[next(iter(self._told))]
        return told

    def changed_in(self, path: bytes, since: Freeze, until: Freeze) -> Ranges | None:
        """See `Freezer.changed_in`."""
        number = self._same_inode(path, since, until)
        if number is None:
            return None
        if since.guid == until.guid:
            return ()
        with self._lock:
            known = self._told.get((since.guid, until.guid))
        if known is not None:
            return known.get(number, ())
        found = self._changes(since, until, number)
        return None if found is None else found.of(number)

    def drop(self, freeze: Freeze) -> None:
        """See `Freezer.drop`."""
        name = self._find(freeze)
        if name is None:
            return
        self._views.clean(names.dataset_of(name))
        self.datasets.destroy(name)

    def clean(self) -> int:
        """Remove what killed processes left behind; how many. Raises FreezeRefused."""
        return self._views.clean(self.place.dataset)

    def _find(self, freeze: Freeze) -> str | None:
        """The present name of a freeze."""
        sane = _sane(freeze)
        return None if sane is None else self.datasets.find(*sane, self.place.dataset)

    def _changes(self, since: Freeze, until: Freeze, until_past: int | None) -> Changes | None:
        """What the stream tells; None where it cannot be sent or read."""
        older, newer = self._find(since), self._find(until)
        if older is None or newer is None or names.dataset_of(older) != names.dataset_of(newer):
            return None
        try:
            return self._sent(since, until, older, newer, until_past)
        except (FreezeRefused, StreamError) as failure:
            log.warning("what changed between %s and %s is not told: %s", older, newer, failure)
            return None

    def _sent(
        self, since: Freeze, until: Freeze, older: str, newer: str, until_past: int | None
    ) -> Changes:
        can = self.datasets.can
        flags = [f"-{can.send_flags}"] if can.send_flags else []
        made = self.datasets.get(older, "createtxg")
        # zfs-fuse sends all objects before their data, in no order that can be relied on.
        past = None if can.fuse else until_past
        with self.datasets.zfs.reading("send", *flags, "-i", older, newer) as file:
            stream = Stream(file)
            if (stream.begin.from_guid, stream.begin.to_guid) != (since.guid, until.guid):
                raise StreamError("other snapshots than those asked for")
            return changes(stream, int(made) if made.isdecimal() else None, past)

    def _same_inode(self, path: bytes, since: Freeze, until: Freeze) -> int | None:
        try:
            with self.view(since) as old, self.view(until) as new:
                before, after = (os.lstat(os.path.join(os.fsencode(v), path)) for v in (old, new))
        except (OSError, ObjectDamaged, FreezeRefused):
            return None
        return before.st_ino if before.st_ino == after.st_ino else None

    def _write_back(self) -> None:
        """What programs stored to mapped pages is in memory alone until then."""
        root = os.path.realpath(os.fsencode(self._workspace)) + b"/"
        for path in mapped_to_write().paths:
            if path.startswith(root):
                synced(path)


def _found(workspace: Path, store: Path) -> ZfsFreezer | str:
    try:
        place = place_of(workspace)
        if place is None:
            return "the workspace lies in no ZFS dataset"
        zfs = Zfs.find()
        if zfs is None:
            return "the commands zfs and zpool are not installed"
        names.dataset(place.dataset)
        replica = json.loads((store / "workspace.json").read_bytes())["replica"]
        datasets = Datasets(zfs)
        if datasets.guid(place.dataset) is None:
            return f"ZFS does not show us the dataset {place.dataset}"
        lacking = missing(datasets, place.dataset)
    except (OSError, KeyError, TypeError, ValueError) as error:
        return f"the workspace or its store cannot be read ({error})"
    except FreezeRefused as failure:
        return f"ZFS does not answer: {failure}"
    if set(lacking) & set(NEEDED):
        command = " ".join(grant(place.dataset))
        return f"you may not take snapshots of {place.dataset}: '{command}', as root, grants it"
    return ZfsFreezer(workspace, str(replica), zfs, place)


def _sane(freeze: Freeze) -> tuple[str, str] | None:
    """Name and guid of a freeze. What is no name of ZFS came from a damaged or hostile record."""
    try:
        name, guid = names.snapshot(freeze.name), names.guid(freeze.guid)
    except names.NameRefused:
        return None
    return (name, guid) if freeze.driver == DRIVER and freeze.stays_inside else None
