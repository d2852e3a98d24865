"""What a file system that takes snapshots itself must do for us: the interface of `zfs` and `btrfs`.

    take ─► Freeze (its name stands in the snapshot's record) ─► view, changed ─► … ─► drop
A freeze is one moment of the workspace that the file system keeps. Its bytes are safe from `take` on,
whatever becomes of the workspace. What a driver makes of freezes is in `holding_driver.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from dotscience._tree import Ranges


@dataclass(frozen=True)
class Freeze:
    """A moment that is kept. `driver`: `zfs` or `btrfs`; `name`: what the file system calls it (zfs:
    the full name of the snapshot; btrfs: the absolute path of the read-only subvolume); `guid`: proves
    that it is still the same one, as text (names can be given again); `below`: where the workspace
    lies in it, relative, "" for the top.
    """

    driver: str
    name: str
    guid: str
    below: str = ""

    @property
    def stays_inside(self) -> bool:
        """Whether `below` leads nowhere else: it may come from a damaged or hostile record."""
        return not self.below.startswith("/") and ".." not in self.below.split("/")

    def to_json(self) -> dict[str, str]:
        """As `freeze` of a snapshot's record."""
        return {
            "driver": self.driver,
            "name": self.name,
            "guid": self.guid,
            "below": self.below,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Freeze:
        """The inverse of `to_json`. Raises KeyError."""
        return cls(value["driver"], value["name"], value["guid"], value.get("below", ""))


class Freezer(Protocol):
    """Freezes one workspace. Every method raises failures of `store.failures`, never OSError; a refusal
    of the file system is a `FreezeRefused` with its code of the catalogue. `reason` says in a
    sentence why this one. Methods may be called from several threads.
    """

    name: str
    reason: str

    def take(self, label: str) -> Freeze:
        """Freeze the workspace now; durable on return. `label` ([0-9a-f-]{1,40}) makes its name."""

    def is_there(self, freeze: Freeze) -> bool:
        """Whether it is kept still, by its guid."""

    def standing(self, freezes: Collection[Freeze]) -> set[str]:
        """The guids of those that are kept still, whoever made them (a copied workspace reads what the original has
        frozen). Quick for many.
        """

    def all(self) -> list[Freeze]:
        """Those that we made of this workspace, oldest first; others' snapshots are never among them."""

    def view(self, freeze: Freeze) -> AbstractContextManager[Path]:
        """The folder with the workspace as it was, readable while the `with` lasts. Raises ObjectDamaged
        when the freeze is gone.
        """

    def changed(self, since: Freeze, until: Freeze) -> dict[int, Ranges] | None:
        """By inode number: which bytes (offset, length) of files may differ between two freezes, without
        reading contents; None where that cannot be told. Files not named have not changed.
        Ranges may reach past a file's end; they are in order and do not overlap.
        """

    def changed_in(self, path: bytes, since: Freeze, until: Freeze) -> Ranges | None:
        """The same for one file (its path in the workspace, the same inode in both); None where that
        cannot be told.
        """

    def drop(self, freeze: Freeze) -> None:
        """Give a freeze up. Nothing happens when it is gone already. Raises FreezeRefused when something
        outside holds it (the code tells what).
        """
