"""A freezer that copies: a stand-in, for the flow around freezes alone. It is neither one moment nor quick, and
inode numbers and times of change differ; what real file systems do is tested with btrfs and ZFS.
"""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import uuid
from collections.abc import Collection, Iterator
from pathlib import Path

from dotscience._tree import Ranges
from dotscience_server.snapshots.freezes import Freeze
from dotscience_server.store.failures import FreezeRefused, ObjectDamaged


class CopyingFreezer:
    """Fulfils `Freezer` for `workspace`; copies lie below `keep`. `busy`: guids that `drop` refuses."""

    name = "btrfs"
    reason = "it stands in for a file system"

    def __init__(self, workspace: Path, keep: Path) -> None:
        self.workspace = workspace
        self.keep = keep
        self.busy: set[str] = set()
        self.asked: list[bytes] = []
        """Paths of which changed ranges were asked for."""
        self.ranges: Ranges | None = None
        keep.mkdir(exist_ok=True)

    def take(self, label: str) -> Freeze:
        number = max((int(path.name.split("-")[0]) for path in self.keep.iterdir()), default=0) + 1
        target = self.keep / f"{number:06}-{label}"
        subprocess.run(
            ["cp", "-a", "--reflink=auto", f"{self.workspace}/.", target], check=True, timeout=60
        )
        return Freeze(self.name, str(target), str(uuid.uuid5(uuid.NAMESPACE_URL, str(target))))

    def is_there(self, freeze: Freeze) -> bool:
        return Path(freeze.name).is_dir()

    def standing(self, freezes: Collection[Freeze]) -> set[str]:
        return {one.guid for one in freezes if self.is_there(one)}

    def all(self) -> list[Freeze]:
        return [
            Freeze(self.name, str(path), str(uuid.uuid5(uuid.NAMESPACE_URL, str(path))))
            for path in sorted(self.keep.iterdir())
        ]

    @contextlib.contextmanager
    def view(self, freeze: Freeze) -> Iterator[Path]:
        if not self.is_there(freeze):
            raise ObjectDamaged(freeze.guid, "the freeze is gone")
        yield Path(freeze.name)

    def changed(self, since: Freeze, until: Freeze) -> dict[int, Ranges] | None:
        return None

    def changed_in(self, path: bytes, since: Freeze, until: Freeze) -> Ranges | None:
        self.asked.append(path)
        return self.ranges

    def drop(self, freeze: Freeze) -> None:
        if freeze.guid in self.busy:
            raise FreezeRefused("freeze-busy", "somebody holds it", name=freeze.name)
        shutil.rmtree(freeze.name, ignore_errors=True)
