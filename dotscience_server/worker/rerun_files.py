"""The folders in which runs are repeated, and in what they are not what the run had.

- A side folder holds the run's files, without what the run alone wrote: that is to come from the repetition.
- A file that the run read and whose bytes were not kept is a link to the workspace's where that is the same still, by
  size and time; what the run wrote is never a link.
- A folder of a controlled repetition has the name of unfinished ones: no snapshot holds it, a killed worker's is removed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from dotscience._facts import Run, is_outside
from dotscience._tree import Entry

from ..rerun.causes import Changed
from ..sessions.observed import text_of
from ..snapshots.ignore import UNFINISHED
from ..store.layout import Store
from ..store.objects import ObjectStore
from ..store.stamps import rfc3339
from .checkouts import Checkouts
from .jobs import Job
from .observed import observed_files
from .refs import Version
from .trees import Trees
from .unfinished import Unfinished

Json = dict[str, Any]
FOLDER = "reruns"
_CODE = (".py", ".so", ".ipynb")
_PIECE = 1 << 20


@dataclass(frozen=True)
class Scratch:
    """Of a controlled repetition: its files, and a store that nobody reads but us."""

    files: Path
    store: Path


class RerunFiles:
    """Any thread."""

    def __init__(
        self,
        store: Store,
        objects: ObjectStore,
        trees: Trees,
        checkouts: Checkouts,
        unfinished: Unfinished,
    ) -> None:
        self._store = store
        self._objects = objects
        self._trees = trees
        self._checkouts = checkouts
        self._unfinished = unfinished

    def target(self, run: Run, into: str | None, local: bool) -> Path:
        """The side folder to make. Raises as `Checkouts.target`."""
        return self._checkouts.target(Version(run.id, run), into, local, FOLDER)

    def make(self, job: Job, run: Run, version: Version, folder: Path) -> list[str]:
        """The side folder; what the run read and is not in it."""
        self._checkouts.make(job, version, folder)
        self._checkouts.record(version, folder)
        return self._complete(run, folder)

    @contextlib.contextmanager
    def scratch(self, job: Job, run: Run, version: Version) -> Iterator[Scratch]:
        """A folder for one controlled repetition, removed afterwards."""
        top = self._store.workspace / FOLDER / (os.fsdecode(UNFINISHED) + uuid4().hex)
        with self._unfinished.noting(top):
            try:
                self._checkouts.make(job, version, top / "files")
                (top / "store").mkdir()
                self._complete(run, top / "files")
                yield Scratch(top / "files", top / "store")
            finally:
                shutil.rmtree(top, ignore_errors=True)
                with contextlib.suppress(OSError):
                    top.parent.rmdir()

    def not_kept(self, run: Run) -> int:
        """How many files of the run have no bytes."""
        version = Version(run.id, run)
        states = map(self._trees.state, self._trees.entries(version))
        return sum(1 for state in states if state != "kept")

    def reads(self, run: Run) -> dict[str, Json]:
        """What the run was seen to read, by path, absolute outside; declared inputs too."""
        seen = self.observed(run)
        declared = {
            file.path: {"path": file.path, "m": "r", "s": None, "t": None} for file in run.inputs
        }
        read = {
            text_of(one["path"]): one for one in seen if "r" in one["m"] and not one.get("many")
        }
        return {**{path: one for path, one in declared.items() if path not in read}, **read}

    def observed(self, run: Run) -> list[Json]:
        """Its ``run.files``."""
        return observed_files(run.observed, self._objects.read)

    def changed(self, run: Run, again: Run, folder: Path) -> list[Changed]:
        """Files that the repetition read in another state than the run."""
        then = self.reads(run)
        found = self._stale(run, then)
        for path, one in self.reads(again).items():
            if one.get("t") is None or one["m"] != "r" or not is_outside(path):
                continue
            absolute = Path(os.path.normpath(os.path.join(folder, path)))
            if absolute.is_relative_to(self._store.workspace):
                inside = self.in_workspace(run, absolute)
                found += [] if inside is None else [inside]
            elif path in then and then[path].get("t") is not None:
                found += _compared(path, then[path], one)
        return found

    def in_workspace(self, run: Run, path: Path) -> Changed | None:
        """The present file at an absolute path of the workspace, where it is not the run's any more."""
        if path.is_relative_to(self._store.workspace / FOLDER):
            return None
        name = os.fspath(path.relative_to(self._store.workspace))
        entry = self._trees.entry(Version(run.id, run), os.fsencode(name))
        if entry is None or entry.kind != "f" or self._is_same(entry, path):
            return None
        how = "it was opened by its absolute path in the workspace, where its bytes have changed since the run"
        return Changed(name, how, name.endswith(_CODE))

    def _stale(self, run: Run, reads: dict[str, Json]) -> list[Changed]:
        """What the run read, then changed before its snapshot: the snapshot has other bytes."""
        version, found = Version(run.id, run), []
        for path, one in reads.items():
            if is_outside(path) or one.get("t") is None or one["m"] != "r":
                continue
            entry = self._trees.entry(version, os.fsencode(path))
            same = entry is None or (entry.size, str(entry.mtime_ns)) == (one["s"], one["t"])
            # Without bytes it is not in the side folder at all, which is told as such.
            if entry is not None and entry.hash is not None and not same:
                how = f"it was written again between the run's reading ({rfc3339(int(one['t']))}) and its snapshot ({rfc3339(entry.mtime_ns)})"
                found.append(Changed(path, how, path.endswith(_CODE)))
        return found

    def _complete(self, run: Run, folder: Path) -> list[str]:
        """Own outputs away, links for what was not kept; what the run read and is missing."""
        reads = self.reads(run)
        for one in self.observed(run):
            path = text_of(one["path"])
            if (
                one["m"] == "w"
                and one["when"] == "run"
                and path not in reads
                and not is_outside(path)
            ):
                with contextlib.suppress(OSError):
                    (folder / path).unlink()
        missing = []
        for path, one in reads.items():
            if is_outside(path) or os.path.lexists(folder / path):
                continue
            if not self._linked(run, path, one, folder):
                missing.append(path)
        return missing

    def _linked(self, run: Run, path: str, seen: Json, folder: Path) -> bool:
        present = self._store.workspace / path
        entry = self._trees.entry(Version(run.id, run), os.fsencode(path))
        size, time = seen.get("s"), seen.get("t")
        if entry is not None and entry.kind == "f" and time is None:
            size, time = entry.size, str(entry.mtime_ns)
        try:
            status = present.stat()
            if seen["m"] != "r" or (status.st_size, str(status.st_mtime_ns)) != (size, time):
                return False
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).symlink_to(present)
        except OSError:
            return False
        return True

    def _is_same(self, entry: Entry, path: Path) -> bool:
        try:
            status = path.stat()
            if status.st_size != entry.size:
                return False
            if status.st_mtime_ns == entry.mtime_ns or entry.hash is None:
                return status.st_mtime_ns == entry.mtime_ns
            with self._objects.open(entry.hash) as kept, path.open("rb") as present:
                while piece := kept.read(_PIECE):
                    if present.read(len(piece)) != piece:
                        return False
            return True
        except OSError:
            return False


def _compared(path: str, then: Json, now: Json) -> list[Changed]:
    """A file outside, by what both saw of it."""
    if (then["s"], then["t"]) == (now["s"], now["t"]):
        return []
    told = [f"{one['s']} bytes, written {rfc3339(int(one['t']))}" for one in (then, now)]
    return [Changed(path, f"the run read {told[0]}; now it has {told[1]}", path.endswith(_CODE))]
