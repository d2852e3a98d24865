"""Our side: python -m bench.snapshots.ours (serve | OP) ROOT BASE [WORD …]

OP: snapshot; restore INTO; file PATH INTO; range PATH OFFSET LENGTH INTO. With `serve` the store, the stat
cache, the driver and the chunk engine stay as they do in a worker, and operations come as lines of JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

from dotscience._tree import find
from dotscience_server.chunks.client import Engine, missing_wheels
from dotscience_server.snapshots.contract import Unwatched
from dotscience_server.snapshots.driver import choose_driver
from dotscience_server.snapshots.ignore import Ignore
from dotscience_server.snapshots.plan import Seen, plan_tree
from dotscience_server.snapshots.policy import Policy
from dotscience_server.snapshots.restore import checkout
from dotscience_server.snapshots.statcache import StatCache
from dotscience_server.store.objects import ObjectStore


class Ours:
    """A workspace with its store below `base`, composed as `worker.tree` does."""

    def __init__(self, root: Path, base: Path) -> None:
        store, cache = base / "store", base / "cache"
        engine = None if missing_wheels() else Engine(store, cache)
        self._root = root
        self._last = base / "last"
        self._seen = Seen()
        self._objects = ObjectStore(store, cache, engine)
        self._cache = StatCache.open(base / "stat.sqlite", root, store / "tmp")
        self._driver = choose_driver(root, self._objects, self._cache)

    def warm(self) -> dict[str, Any]:
        """What a worker has done by the time that a run is there."""
        if self._objects.engine is not None:
            self._objects.engine.warm()
        return {"driver": self._driver.reason}

    def snapshot(self) -> dict[str, Any]:
        """Plan and freeze; with `plain` it is sealed then."""
        start = time.perf_counter()
        plan = plan_tree(
            self._root,
            Policy(default="keep"),
            Ignore(),
            agreed=True,
            free_bytes=self._objects.free_bytes(),
            cache=self._cache,
            seen=self._seen,
        )
        planned = time.perf_counter()
        result = self._driver.freeze(plan, Unwatched())
        self._last.write_text(result.tree)
        return {"plan_s": planned - start, "bytes_new": result.bytes_new}

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

    def close(self) -> None:
        """End the engine."""
        self._objects.close()

    @property
    def _tree(self) -> str:
        return self._last.read_text()

    def _open(self, path: str) -> Any:
        entry = find(self._objects.read, self._tree, os.fsencode(path))
        assert entry is not None and entry.hash is not None
        return self._objects.open(entry.hash, entry.ranges, entry.size)


OPERATIONS = ("snapshot", "restore", "file", "range")


def main() -> None:
    operation, root, base, *words = sys.argv[1:]
    ours = Ours(Path(root), Path(base))
    try:
        if operation == "serve":
            for line in sys.stdin:
                name, *rest = json.loads(line) or ["warm"]
                assert name in (*OPERATIONS, "warm")
                print(json.dumps(getattr(ours, name)(*rest)), flush=True)
        else:
            assert operation in OPERATIONS
            getattr(ours, operation)(*words)
    finally:
        ours.close()


if __name__ == "__main__":
    main()
