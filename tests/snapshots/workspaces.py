"""A workspace with its store and stat cache, as the worker composes them."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from dotscience._tree import Entry, read_entries
from dotscience_server.snapshots.contract import Driver, Ground, Progress, TreeResult, Unwatched
from dotscience_server.snapshots.driver import choose_driver
from dotscience_server.snapshots.freezes import Freeze
from dotscience_server.snapshots.ignore import Ignore
from dotscience_server.snapshots.plan import TreePlan, plan_tree
from dotscience_server.snapshots.policy import Policy
from dotscience_server.snapshots.restore import CheckoutResult, Overlay, checkout
from dotscience_server.snapshots.sealing import Frozen, Sealing
from dotscience_server.snapshots.statcache import StatCache
from dotscience_server.store.objects import ObjectStore

MakeDriver = Callable[[Path, ObjectStore, StatCache], Driver]
KEEP = Policy(default="keep", floor_bytes=0)


class Workspace:
    """`base/ws` is the workspace; store, cache and checkouts lie beside it."""

    def __init__(self, base: Path, make_driver: MakeDriver = choose_driver) -> None:
        self.base = base
        self.root = base / "ws"
        self.store = base / "store"
        self.root.mkdir(exist_ok=True)
        self.objects = ObjectStore(self.store)
        self._make_driver = make_driver
        self.cache = self.open_cache()
        self._checkouts = 0
        self.taken: list[tuple[str, Freeze]] = []
        """Manifests and what holds their files."""

    def open_cache(self) -> StatCache:
        """The cache as a new worker would open it."""
        return StatCache.open(self.base / "stat.sqlite", self.root, self.store / "tmp")

    def file(self, path: str | bytes, data: bytes | str = b"") -> Path:
        """Write a file, its folders too."""
        at = self.root / os.fsdecode(path)
        at.parent.mkdir(parents=True, exist_ok=True)
        at.write_bytes(data.encode() if isinstance(data, str) else data)
        return at

    def plan(
        self,
        policy: Policy = KEEP,
        *,
        agreed: bool | None = None,
        free_bytes: int = 10**12,
        home: bool = False,
        declared: tuple[bytes, ...] = (),
        skip: tuple[bytes, ...] = (),
        ground: Ground | None = None,
    ) -> TreePlan:
        """Plan as the worker does."""
        return plan_tree(
            self.root if ground is None else ground.root,
            policy,
            Ignore(skip),
            agreed=agreed,
            free_bytes=free_bytes,
            cache=self.cache,
            home=home,
            declared=declared,
            known_as=None if ground is None else ground.device,
            mounts=frozenset() if ground is None else ground.mounts,
        )

    def freeze(self, plan: TreePlan | None = None, progress: Progress | None = None) -> TreeResult:
        """Take a snapshot of the tree as it is, or as planned; it is sealed."""
        result = self.frozen(plan, progress)
        return result if result.state == "sealed" else self.sealed(result)

    def frozen(self, plan: TreePlan | None = None, progress: Progress | None = None) -> TreeResult:
        """The same, as the driver leaves it."""
        driver = self._make_driver(self.root, self.objects, self.cache)
        with driver.ground(self.root) as ground:
            planned = plan or self.plan(ground=ground)
            result = driver.freeze(planned, progress or Unwatched(), ground)
        if result.freeze is not None:
            self.taken.append((result.tree, result.freeze))
        return result

    def sealed(self, result: TreeResult) -> TreeResult:
        """A frozen snapshot with its content keys."""
        held = self.objects.held_contents
        assert result.freeze is not None
        assert held is not None
        freezer = held.freezer_of(result.freeze)
        assert freezer is not None
        before = [one for one in reversed(self.taken) if one[1] != result.freeze]
        frozen = Frozen(result.tree, result.freeze, result.moment_ns, before)
        sealing = Sealing(self.root, self.objects, held, self.cache, threading.Lock())
        tree = sealing.seal(frozen, freezer, Unwatched()).tree
        self.taken.append((tree, result.freeze))
        return replace(result, tree=tree, state="sealed")

    def close(self) -> None:
        """Give up what is frozen, and end the engine."""
        held = self.objects.held_contents
        for _, freeze in self.taken:
            freezer = None if held is None else held.freezer_of(freeze)
            if freezer is not None:
                freezer.drop(freeze)
        self.objects.close()

    def entries(self, tree: str) -> dict[bytes, Entry]:
        """The manifest by path."""
        return {entry.path: entry for entry in read_entries(self.objects.read, tree)}

    def checkout(
        self,
        tree: str,
        overlays: dict[bytes, Overlay] | None = None,
        without: tuple[bytes, ...] = (),
    ) -> CheckoutResult:
        """Bring a tree back into a new folder beside the workspace."""
        self._checkouts += 1
        into = self.base / f"out{self._checkouts}"
        return checkout(self.objects, tree, overlays or {}, into, Unwatched(), without=without)

    def object_files(self) -> list[Path]:
        """Every file under objects/."""
        return [path for path in (self.store / "objects").rglob("*") if path.is_file()]

    def stored_files(self) -> list[Path]:
        """Every file that holds contents, chunks too."""
        return [*self.object_files(), *self.chunk_files()]

    def chunk_files(self) -> list[Path]:
        """Every xorb and shard."""
        return [path for path in (self.store / "chunks").rglob("*") if path.is_file()]


@contextlib.contextmanager
def temporary_workspace(make_driver: MakeDriver = choose_driver) -> Iterator[Workspace]:
    """One for each example of a law, removed whatever modes are in it."""
    base = Path(tempfile.mkdtemp(prefix="ds-"))
    space = Workspace(base, make_driver)
    try:
        yield space
    finally:
        space.close()
        for folder, _, _ in os.walk(base):
            os.chmod(folder, 0o700)
        shutil.rmtree(base, ignore_errors=True)
