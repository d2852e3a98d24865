"""What a driver takes and gives: progress, result, and the interface itself."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from dotscience._tree import TreePath

from ..store.failures import FreezeRefused
from .freezes import Freeze
from .left_out import Lacks
from .plan import TreePlan


class Progress(Protocol):
    """Who watches a long operation. Both are called from one thread, often: they must be quick."""

    def update(
        self, done: int, total: int | None, done_bytes: int, total_bytes: int | None
    ) -> None:
        """So many files and bytes are done."""

    def check(self) -> None:
        """Raise Cancelled when the operation is no longer wanted."""


class Unwatched:
    """Progress nobody looks at."""

    def update(
        self, done: int, total: int | None, done_bytes: int, total_bytes: int | None
    ) -> None:
        """Nothing."""

    def check(self) -> None:
        """Never cancelled."""


@dataclass(frozen=True)
class Ground:
    """Where the tree of one snapshot is looked at and read. `device`: its files are known by that device and not by
    that of `root`, because a frozen folder has one of its own; `freeze`: what holds it; `moment_ns`: of
    `StatCache.moment`, just before it was frozen; `mounts`: the folders of the workspace on which something else is
    mounted, which a frozen folder does not show.
    """

    root: Path
    device: int | None = None
    freeze: Freeze | None = None
    moment_ns: int = 0
    mounts: frozenset[bytes] = frozenset()


@dataclass(frozen=True)
class TreeResult:
    """A frozen tree. `files` and `bytes` count regular files, kept or not; `bytes_new` is what the
    store grew by; `unstable` are the paths in motion (also those that vanished meanwhile);
    `not_kept` counts the files without bytes, among them those of `unreadable` (which also names
    folders); `half_written` are notebooks that are no JSON, stored as they are.
    `state`: `sealed` when all hashes are known, `frozen` when only the bytes are safe. `refused` says
    why files were stored whole that should have gone into chunks. `left_out`: what is not kept. `freeze`: where
    the file system keeps the bytes, `moment_ns` as in `Ground`; `not_frozen`: why it was read and stored instead.
    """

    tree: str
    files: int
    bytes: int
    bytes_new: int
    unstable: tuple[TreePath, ...]
    not_kept: int
    half_written: tuple[TreePath, ...] = ()
    unreadable: tuple[TreePath, ...] = ()
    state: Literal["frozen", "sealed"] = "sealed"
    refused: str | None = None
    left_out: Lacks = field(default_factory=Lacks)
    freeze: Freeze | None = None
    moment_ns: int = 0
    not_frozen: FreezeRefused | None = None


class Driver(Protocol):
    """Takes snapshots of one workspace. `reason` says in a sentence why this driver."""

    name: str
    reason: str

    def ground(self, workspace: Path) -> AbstractContextManager[Ground]:
        """Where to plan a snapshot of the workspace. What was frozen for it is given up where the `with`
        ends with an exception. Raises FreezeRefused.
        """

    def freeze(
        self, plan: TreePlan, progress: Progress, ground: Ground | None = None
    ) -> TreeResult:
        """Store the tree as planned on `ground`. Call it right after planning: files are taken to be as the plan
        saw them. Raises DiskFull, DiskFloor, StoreUnwritable, Cancelled; the next call finds what
        was stored until then.
        """
