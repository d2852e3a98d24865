"""Snapshots, holds and bookmarks of one dataset. A snapshot is known by its guid: names can be given again.

made ─► held by us (and by targets of replication) ─► released ─► destroyed, its bookmark may stay
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ..store.failures import FreezeRefused
from . import names
from .capabilities import Capabilities, capabilities
from .command import Zfs
from .errors import is_gone

REPLICA = "ds:replica"
BELOW = "ds:below"
_BUSY_S = (0.02, 0.1, 0.4)
_NATIVE = "guid,createtxg,userrefs"


@dataclass(frozen=True)
class Snapshot:
    """`made` is the transaction group that holds it: the order of snapshots of one dataset."""

    name: str
    guid: str
    made: int
    holds: int = 0


class Datasets:
    """The commands on datasets of this host. Every method raises FreezeRefused."""

    def __init__(self, zfs: Zfs) -> None:
        self.zfs = zfs

    @property
    def can(self) -> Capabilities:
        """What this host's ZFS can do."""
        return capabilities(self.zfs)

    def get(self, name: str, what: str) -> str:
        """One property as ZFS has it; "-" where there is none."""
        return self.zfs.run("get", "-Hp", "-o", "value", what, name).removesuffix("\n")

    def guid(self, name: str) -> str | None:
        """The guid that a name has now; None when there is nothing of that name."""
        try:
            return names.guid(self.get(name, "guid"))
        except FreezeRefused as failure:
            if is_gone(failure):
                return None
            raise

    def snapshots(self, dataset: str) -> list[Snapshot]:
        """All of a dataset, ours and others', oldest first."""
        found = []
        for name, values in self._rows(dataset, _NATIVE).items():
            guid, made = values.get("guid", ""), values.get("createtxg", "")
            if guid.isdecimal() and made.isdecimal():
                found.append(Snapshot(name, guid, int(made), int(values.get("userrefs") or 0)))
        return sorted(found, key=lambda one: one.made)

    def own(self, dataset: str, replica: str) -> list[tuple[Snapshot, bytes]]:
        """Those that we made of a workspace, oldest first, each with where the workspace lies in it."""
        mark = names.to_value(replica.encode())
        told = self._rows(dataset, f"{REPLICA},{BELOW}")
        found = []
        for one in self.snapshots(dataset):
            values = told.get(one.name, {})
            below = names.from_value(values.get(BELOW, "-"))
            ours = names.short(one.name).startswith(names.OWN) and values.get(REPLICA) == mark
            if ours and below is not None:
                found.append((one, below))
        return found

    def find(self, name: str, guid: str, dataset: str) -> str | None:
        """The present name of the snapshot `guid`, once `name`: datasets are renamed, clones promoted, and a workspace
        that was replicated may live in a clone of its copy.
        """
        if self.guid(name) == guid:
            return name
        for place in (dataset, self._origin(dataset)):
            found = next((one.name for one in self._known(place) if one.guid == guid), None)
            if found is not None:
                return found
        return None

    def guids(self, datasets: Collection[str]) -> set[str]:
        """Those of all snapshots of some datasets, and of those that they are clones of; what is gone has none."""
        places = {place for one in datasets for place in (one, self._origin(one))}
        return {one.guid for place in places for one in self._known(place)}

    def _origin(self, dataset: str) -> str:
        """The dataset that this one is a clone of, "" for none."""
        try:
            value = self.get(dataset, "origin")
        except FreezeRefused as failure:
            if is_gone(failure):
                return ""
            raise
        return names.dataset_of(value) if "@" in value else ""

    def _known(self, dataset: str) -> list[Snapshot]:
        try:
            return self.snapshots(dataset) if dataset else []
        except FreezeRefused as failure:
            if is_gone(failure):
                return []
            raise

    def take(self, name: str, properties: Iterable[tuple[str, bytes]]) -> str:
        """Snapshot, with its properties in the same moment, then our hold; its guid. Nothing of it stays when
        the hold is refused.
        """
        options = [part for key, v in properties for part in ("-o", f"{key}={names.to_value(v)}")]
        self.zfs.run("snapshot", *options, name)
        try:
            self.hold(name, names.OWN_HOLD)
            return names.guid(self.get(name, "guid"))
        except FreezeRefused:
            self._give_back(name)
            raise

    def hold(self, name: str, tag: str) -> None:
        """Nobody destroys it then. Once more is no error."""
        try:
            self.zfs.run("hold", tag, name)
        except FreezeRefused as failure:
            if "tag already exists" not in failure.fields["detail"]:
                raise

    def release(self, name: str, tag: str) -> None:
        """Once more, or of one that is gone, is no error."""
        self._unless_gone("release", tag, name)

    def holders(self, name: str) -> list[str]:
        """The tags of its holds; [] where this host cannot list them."""
        if not self.can.holds_listed:
            return []
        rows = self.zfs.run("holds", "-H", name).splitlines()
        return [fields[1] for row in rows if len(fields := row.split("\t")) >= 2]

    def destroy(self, name: str) -> None:
        """Release it and destroy it, never by force. Gone already is no error. A refusal leaves it as it was."""
        self.release(name, names.OWN_HOLD)
        try:
            self.destroy_idle(name)
        except FreezeRefused as failure:
            if self.guid(name) is None:
                return
            self.hold(name, names.OWN_HOLD)
            raise self._explained(name, failure) from failure

    def destroy_idle(self, name: str) -> None:
        """Destroy it once nothing uses it: what was unmounted or closed is in use for a moment longer."""
        for wait_s in _BUSY_S:
            try:
                return self._unless_gone("destroy", name)
            except FreezeRefused as failure:
                if failure.code != "zfs-busy":
                    raise
            time.sleep(wait_s)
        self._unless_gone("destroy", name)

    def bookmark(self, snapshot: str, short: str) -> str | None:
        """Keep the point for later increments though the snapshot goes; its name, None where the host has no
        bookmarks. Once more is no error.
        """
        if not self.can.bookmarks:
            return None
        name = names.bookmark(f"{names.dataset_of(snapshot)}#{names.label(short)}")
        try:
            self.zfs.run("bookmark", snapshot, name)
        except FreezeRefused as failure:
            if failure.code != "zfs-name-taken" or self.guid(name) != self.guid(snapshot):
                raise
        return name

    def dirty(self, snapshot: str) -> bool | None:
        """Whether anything was written since; None where this host cannot tell. Waits for the pool's next
        transaction group, else what was just written is not counted.
        """
        if not self.can.written_since:
            return None
        dataset = names.dataset_of(snapshot)
        try:
            self.zfs.pool("sync", names.pool_of(dataset))
        except FreezeRefused:
            os.sync()
        written = self.get(dataset, f"written@{names.short(snapshot)}")
        return int(written) > 0 if written.isdecimal() else None

    def _explained(self, name: str, failure: FreezeRefused) -> FreezeRefused:
        """A refusal to destroy with who is in the way. Older ones say "busy" also of what is held."""
        tags = [tag for tag in self.holders(name) if tag != names.OWN_HOLD]
        targets = [tag.removeprefix("ds:") for tag in tags if tag.startswith("ds:")]
        if targets:
            return _again(failure, "zfs-replicated", who=", ".join(targets))
        others = self.get(name, "userrefs")
        if tags or (failure.code in ("zfs-busy", "zfs-held") and others not in ("0", "1", "-")):
            return _again(failure, "zfs-held", who=", ".join(tags) or "another hold")
        if failure.code == "zfs-cloned":
            return _again(failure, "zfs-cloned", who=self._clones(name))
        return failure

    def _clones(self, name: str) -> str:
        try:
            return self.get(name, "clones")
        except FreezeRefused:
            return "a clone"

    def _rows(self, dataset: str, properties: str) -> dict[str, dict[str, str]]:
        """Properties of all snapshots of a dataset, by name. Values of others may hold anything: a row that is not
        what we asked for is left out.
        """
        types = ("-t", "snapshot") if self.can.get_types else ()
        columns = ("-o", "name,property,value")
        text = self.zfs.run("get", "-Hp", *types, "-d", "1", *columns, properties, dataset)
        found: dict[str, dict[str, str]] = {}
        for row in text.split("\n"):
            fields = row.split("\t")
            if len(fields) == 3 and fields[0].startswith(f"{dataset}@"):
                found.setdefault(fields[0], {}).setdefault(fields[1], fields[2])
        return found

    def _unless_gone(self, *argv: str) -> None:
        try:
            self.zfs.run(*argv)
        except FreezeRefused as failure:
            if not is_gone(failure):
                raise

    def _give_back(self, name: str) -> None:
        try:
            self._unless_gone("release", names.OWN_HOLD, name)
            self._unless_gone("destroy", name)
        except FreezeRefused:
            pass  # what refused the hold is what is told


def _again(failure: FreezeRefused, code: str, **fields: str) -> FreezeRefused:
    kept = {key: value for key, value in failure.fields.items() if key != "detail"}
    return FreezeRefused(code, failure.fields["detail"], **{**kept, **fields})
