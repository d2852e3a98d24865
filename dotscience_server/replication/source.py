"""The dataset of a workspace as what is replicated: its snapshots of ours, and the streams between them."""

from __future__ import annotations

import contextlib
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from ..store.failures import FreezeRefused
from ..zfs import names
from ..zfs.command import Zfs
from ..zfs.datasets import BELOW, REPLICA, Datasets
from ..zfs.errors import is_gone
from ..zfs.records import SIZE, StreamError, begin
from .failures import ReplicationRefused
from .plan import Point, Step
from .target import Target

TARGET = "ds:target"
"""Of a snapshot that was taken to be replicated: the label of its target."""
_TAKEN = "ds-r-"
_ESTIMATE = re.compile(r"^size\t(\d+)$", re.MULTILINE)


@dataclass(frozen=True)
class Source:
    """`replica`: the workspace's. Every method raises FreezeRefused."""

    zfs: Zfs
    dataset: str
    replica: str
    below: bytes = b""

    @property
    def datasets(self) -> Datasets:
        return Datasets(self.zfs)

    def snapshots(self, label: str) -> list[Point]:
        """Those of the workspace and those taken for the target `label`, oldest first."""
        own = {one.name: one for one, _below in self.datasets.own(self.dataset, self.replica)}
        taken = f"@{_TAKEN}{label[-8:]}-"
        return [
            Point(one.name, one.guid)
            for one in self.datasets.snapshots(self.dataset)
            if one.name in own or taken in one.name
        ]

    def bookmarks(self, label: str) -> list[Point]:
        """Those of the target, the newest first."""
        if not self.datasets.can.bookmarks:
            return []
        rows = self.zfs.run(
            "list",
            "-H",
            "-p",
            "-t",
            "bookmark",
            "-d",
            "1",
            "-o",
            "name,guid,createtxg",
            self.dataset,
        )
        found = [row.split("\t") for row in rows.splitlines()]
        mine = [row for row in found if len(row) == 3 and f"#{_bookmark(label)}-" in row[0]]
        mine.sort(key=lambda row: int(row[2]), reverse=True)
        return [Point(name, guid, bookmark=True) for name, guid, _made in mine]

    def is_clean_since(self, point: Point) -> bool:
        """Whether nothing was written since; False where this host cannot tell."""
        return not point.bookmark and self.datasets.dirty(point.name) is False

    def take(self, label: str, stamp: str) -> Point:
        """A snapshot for the target, so that the newest records travel too."""
        name = names.own_snapshot(self.dataset, f"r-{label[-8:]}-{stamp}")
        guid = self.datasets.take(name, [(TARGET, label.encode())])
        return Point(name, guid)

    def estimate(self, step: Step) -> int | None:
        """Bytes of the stream, about; None where this host does not tell."""
        if not self.datasets.can.estimate:
            return None
        with contextlib.suppress(FreezeRefused):
            found = _ESTIMATE.search(
                self.zfs.run(*self._argv(step)[:1], "-nP", *self._argv(step)[1:])
            )
            return int(found[1]) if found else None
        return None

    def send(self, step: Step) -> contextlib.AbstractContextManager[IO[bytes]]:
        """The stream of a step."""
        return self.zfs.reading(*self._argv(step), whole=True)

    @contextlib.contextmanager
    def resume(self, token: str, target: Target) -> Iterator[IO[bytes]]:
        """The rest of a stream that was cut off. Raises NameRefused, and ReplicationRefused where the token, which the
        other side says, asks for anything but a snapshot that would be sent to it.
        """
        ours = {one.guid for one in self.snapshots(target.label)}
        with self.zfs.reading("send", "-t", names.token(token), whole=True) as stream:
            head = stream.peek(SIZE)[:SIZE]  # type: ignore[attr-defined]
            if head and _goes_to(head) not in ours:
                raise ReplicationRefused(
                    target.text,
                    "it holds a part of a transfer that is not of this workspace",
                    f"'zfs receive -A {target.dataset}' there gives that up; or name another dataset.",
                )
            yield stream

    def keep_common(self, label: str, point: Point) -> None:
        """Hold the newest snapshot that the target has, remember it by a bookmark, and let go of the one before."""
        hold = names.target_hold(label)
        self.datasets.hold(point.name, hold)
        self.datasets.bookmark(point.name, f"{_bookmark(label)}-{point.guid}"[:40])
        for one in self.snapshots(label):
            if one.guid == point.guid:
                break  # what is newer is still to be sent
            self.datasets.release(one.name, hold)
            if f"@{_TAKEN}" in one.name:
                self.datasets.destroy(one.name)
        for mark in self.bookmarks(label):
            if mark.guid != point.guid:
                self._gone("destroy", mark.name)

    def forget_older(self, label: str, have: set[str]) -> None:
        """Of the snapshots taken for a target, those older than what it has."""
        taken = [one for one in self.snapshots(label) if f"@{_TAKEN}" in one.name]
        newest = max((i for i, one in enumerate(taken) if one.guid in have), default=0)
        for one in taken[:newest]:
            self.datasets.destroy(one.name)

    def properties(self, point: Point) -> dict[str, str]:
        """What marks a snapshot as ours; streams do not carry it."""
        own = {REPLICA: names.to_value(self.replica.encode()), BELOW: names.to_value(self.below)}
        return {} if f"@{_TAKEN}" in point.name else own

    def _argv(self, step: Step) -> list[str]:
        can = self.datasets.can
        flags = f"-{can.send_flags}" if can.send_flags else ""
        if can.raw and self.datasets.get(self.dataset, "encryption") not in ("off", "-"):
            flags = "-w"
        argv = ["send", *filter(None, [flags])]
        if step.since is not None:
            argv += ["-i", step.since.name]
        return [*argv, step.to.name]

    def _gone(self, *argv: str) -> None:
        try:
            self.zfs.run(*argv)
        except FreezeRefused as failure:
            if not is_gone(failure):
                raise


def _goes_to(head: bytes) -> str | None:
    try:
        return begin(head).to_guid
    except (StreamError, struct.error):
        return None


def _bookmark(label: str) -> str:
    return f"ds-{label[-8:]}"
