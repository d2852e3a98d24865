"""The dataset that a workspace moves into: made, mounted here or there, given up.

Invariants: it is made under a name of ours, marked with the move's identity, and only one with that mark is ever touched;
nothing is forced; it is destroyed only while no workspace has lived in it and it has no snapshot.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from ..store.failures import FreezeRefused
from ..zfs import names
from ..zfs.capabilities import capabilities
from ..zfs.command import Zfs
from ..zfs.errors import is_gone
from ..zfs.places import place_of
from .failures import MoveRefused

MARK = "ds:move"
_NAME_MOST = 24
_FITTING = {"xattr": "sa", "acltype": "posixacl"}
"""So that extended attributes and access control lists are kept; zfs-fuse knows neither."""


@dataclass(frozen=True)
class Dataset:
    """`name`: full; `mark`: what its property `ds:move` says."""

    zfs: Zfs
    name: str
    mark: str

    def stands(self) -> bool:
        """Whether it is there, and ours. Raises FreezeRefused."""
        try:
            return self._get(MARK) == self.mark
        except FreezeRefused as failure:
            if is_gone(failure):
                return False
            raise

    def exists(self) -> bool:
        """Whether there is one of this name, marked or not. Raises FreezeRefused."""
        try:
            return self._get("name") == self.name
        except FreezeRefused as failure:
            if is_gone(failure):
                return False
            raise

    def create(self, at: Path) -> None:
        """Make it, to be mounted at `at`; not mounted yet. Raises FreezeRefused."""
        options = {"mountpoint": os.fspath(at), "canmount": "noauto", MARK: self.mark}
        if not capabilities(self.zfs).fuse:
            options |= _FITTING
        argv = [part for key, value in options.items() for part in ("-o", f"{key}={value}")]
        self.zfs.run("create", *argv, self.name)

    def mount(self, at: Path, *, always: bool = False) -> None:
        """Mount it there and nowhere else; with `always` after each start of the machine too.

        Raises FreezeRefused, MoveRefused.
        """
        if self.is_at(at):
            return
        self.unmount()
        self.zfs.run("set", f"mountpoint={os.fspath(at)}", self.name)
        if always:
            self.zfs.run("set", "canmount=on", self.name)
        if not self.is_at(at):  # setting may have mounted it already
            self.zfs.run("mount", self.name)
        if not self.is_at(at):
            raise MoveRefused(
                f"{self.name} was mounted, but not where this command sees it",
                "Give the command on the host itself, outside of any container.",
            )

    def unmount(self) -> None:
        """Mounted nowhere, and not by itself later. Raises FreezeRefused: zfs-busy while something uses it."""
        if self._get("mounted") == "yes":
            self.zfs.run("unmount", self.name)
        self.zfs.run("set", "canmount=noauto", self.name)

    def is_at(self, at: Path) -> bool:
        """Whether this very dataset is what one finds at `at`."""
        try:
            place = place_of(at)
        except OSError:
            return False
        return place is not None and (place.dataset, place.below) == (self.name, b"")

    def destroy(self) -> None:
        """Give up what was copied only. Raises FreezeRefused: zfs-cloned when it has snapshots."""
        self.unmount()
        self.zfs.run("destroy", self.name)

    def keep_without_mark(self) -> None:
        """The move is over: it is the workspace's. Raises FreezeRefused."""
        self.zfs.run("inherit", MARK, self.name)

    def grant(self, user: str, permissions: str) -> None:
        """Let a user do this with it. Raises FreezeRefused."""
        self.zfs.run("allow", "-u", user, permissions, self.name)

    def _get(self, key: str) -> str:
        return self.zfs.run("get", "-H", "-p", "-o", "value", key, self.name).strip()


def name_below(parent: str, workspace: Path, identity: str) -> str:
    """A name of ours that says whose it is. Raises NameRefused."""
    said = re.sub(r"[^a-z0-9]+", "-", workspace.name.lower()).strip("-")[:_NAME_MOST].strip("-")
    last = "-".join(filter(None, ("ds", said, identity[-6:].lower())))
    return names.dataset(f"{names.dataset(parent)}/{names.label(last)}")


def available(zfs: Zfs, parent: str) -> int:
    """Bytes that may be written below a dataset. Raises FreezeRefused: zfs-gone."""
    value = zfs.run("get", "-H", "-p", "-o", "value", "available", names.dataset(parent)).strip()
    return int(value)
