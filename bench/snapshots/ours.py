"""Our side: python -m bench.snapshots.ours (serve | OP) ROOT BASE [WORD …]

OP: snapshot; seal; restore INTO; file PATH INTO; range PATH OFFSET LENGTH INTO. With `serve` the store, the stat
cache, the driver and the chunk engine stay as they do in a worker, and operations come as lines of JSON. A process
of its own seals with the snapshot. The driver is that of the file system, or the one that BENCH_DRIVER names.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import threading
import time
from pathlib import Path
from typing import Any

from dotscience._tree import find
from dotscience_server.chunks.client import Engine, missing_wheels
from dotscience_server.snapshots.contract import Unwatched
from dotscience_server.snapshots.driver import Freezers, choose_driver
from dotscience_server.snapshots.freezes import Freeze
from dotscience_server.snapshots.ignore import Ignore
from dotscience_server.snapshots.plan import Seen, plan_tree
from dotscience_server.snapshots.policy import Policy
from dotscience_server.snapshots.restore import checkout
from dotscience_server.snapshots.sealing import Frozen, Sealing
from dotscience_server.snapshots.statcache import StatCache
from dotscience_server.store.layout import Located, open_store
from dotscience_server.store.objects import ObjectStore


class Ours:
    """A workspace with its store below `base`, composed as `worker.tree` does."""

    def __init__(self, root: Path, base: Path) -> None:
        store, cache = base / "store", base / "cache"
        open_store(Located(root, store, store / "socket", "bench"))
        engine = None if missing_wheels() else Engine(store, cache)
        self._root = root
        self._last = base / "last"
        self._seen = Seen()
        self._objects = ObjectStore(store, cache, engine)
        self._cache = StatCache.open(base / "stat.sqlite", root, store / "tmp")
        self._freezers = Freezers(root, store)
        self._held = self._objects.hold(self._freezers.of)
        self._history = base / "freezes.json"
        if self._held is not None:
            self._held.replace_trees((freeze, tree) for tree, freeze in reversed(self._frozen()))
        wanted = os.environ.get("BENCH_DRIVER", "auto")
        self._driver = choose_driver(root, self._objects, self._cache, self._freezers, wanted)
        self._waiting: Frozen | None = None

    def warm(self) -> dict[str, Any]:
        """What a worker has done by the time that a run is there."""
        if self._objects.engine is not None:
            self._objects.engine.warm()
        return {"driver": self._driver.reason}

    def snapshot(self) -> dict[str, Any]:
        """Plan and freeze; with drivers that read it is sealed then."""
        start = time.perf_counter()
        with self._driver.ground(self._root) as ground:
            plan = plan_tree(
                ground.root,
                Policy(default="keep"),
                Ignore(),
                agreed=True,
                free_bytes=self._objects.free_bytes(),
                cache=self._cache,
                seen=self._seen,
                known_as=ground.device,
            )
            planned = time.perf_counter()
            result = self._driver.freeze(plan, Unwatched(), ground)
        self._last.write_text(result.tree)
        if result.freeze is not None:
            before = self._frozen()
            self._waiting = Frozen(result.tree, result.freeze, result.moment_ns, before)
            if result.state == "sealed":
                self._note(result.tree, result.freeze)
                self._waiting = None
        told = {"plan_s": planned - start, "bytes_new": result.bytes_new}
        return {**told, "state": result.state, "driver": self._driver.name}

    def seal(self) -> dict[str, Any]:
        """Hash what is only frozen so far."""
        frozen, self._waiting = self._waiting, None
        if frozen is None:
            return {}
        freezer = self._freezers.of(frozen.freeze)
        assert freezer is not None and self._held is not None
        sealing = Sealing(self._root, self._objects, self._held, self._cache, threading.Lock())
        sealed = sealing.seal(frozen, freezer, Unwatched())
        self._last.write_text(sealed.tree)
        self._note(sealed.tree, frozen.freeze)
        return {"bytes_new": sealed.bytes_new}

    def restore(self, into: str) -> dict[str, Any]:
        """The whole tree in a new folder."""
        done = checkout(self._objects, self._tree, {}, Path(into), Unwatched())
        return {"files": done.files}

    def file(self, path: str, into: str) -> dict[str, Any]:
        """One file."""
        with self._open(path) as source, open(into, "wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        return {}

    def range(self, path: str, offset: str, length: str, into: str) -> dict[str, Any]:
        """Some bytes of a file."""
        with self._open(path) as source, open(into, "wb") as target:
            source.seek(int(offset))
            target.write(source.read(int(length)))
        return {}

    def drop(self) -> None:
        """Give all freezes up, so that the folder can be removed."""
        freezer = self._freezers.named(self._driver.name)
        for freeze in [] if freezer is None else freezer.all():
            freezer.drop(freeze)

    def close(self) -> None:
        """End the engine."""
        self._objects.close()

    def _frozen(self) -> list[tuple[str, Freeze]]:
        """The sealed snapshots that a file system keeps, the newest first."""
        if not self._history.exists():
            return []
        told = json.loads(self._history.read_text())
        return [(tree, Freeze.from_json(freeze)) for tree, freeze in told]

    def _note(self, tree: str, freeze: Freeze) -> None:
        all_of_them = [(tree, freeze), *self._frozen()]
        self._history.write_text(json.dumps([[one, kept.to_json()] for one, kept in all_of_them]))

    @property
    def _tree(self) -> str:
        return self._last.read_text()

    def _open(self, path: str) -> Any:
        entry = find(self._objects.read, self._tree, os.fsencode(path))
        assert entry is not None and entry.hash is not None
        return self._objects.open(entry.hash, entry.ranges, entry.size)


OPERATIONS = ("snapshot", "seal", "restore", "file", "range")


def main() -> None:
    operation, root, base, *words = sys.argv[1:]
    ours = Ours(Path(root), Path(base))
    try:
        if operation == "serve":
            for line in sys.stdin:
                name, *rest = json.loads(line) or ["warm"]
                assert name in (*OPERATIONS, "warm")
                print(json.dumps(getattr(ours, name)(*rest)), flush=True)
            ours.drop()
        else:
            assert operation in OPERATIONS
            getattr(ours, operation)(*words)
            ours.seal()
    finally:
        ours.close()


if __name__ == "__main__":
    main()
