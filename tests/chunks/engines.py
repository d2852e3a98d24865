"""Engines for tests: one in this process, and a real one that breaks at a named step."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from dotscience_server.chunks import batch, engine_main
from dotscience_server.chunks.client import Engine
from dotscience_server.chunks.store import ChunkStore
from dotscience_server.chunks.workshop import Places, Workshop
from dotscience_server.chunks.writer import ChunkWriter
from dotscience_server.snapshots.contract import Driver, Progress
from dotscience_server.snapshots.driver import choose_driver
from dotscience_server.snapshots.reading import OnDurable, Outcome, Task
from dotscience_server.snapshots.statcache import StatCache
from dotscience_server.store.objects import ObjectStore

STEPS: dict[str, tuple[object, str]] = {
    "beginning": (Workshop, "read"),
    "adding a small file": (ChunkWriter, "add_small"),
    "adding a large file": (ChunkWriter, "add_path"),
    "before the commit": (ChunkWriter, "commit"),
    "registering": (ChunkStore, "register_described"),
    "telling": (engine_main, "outcome_to_json"),
    "comparing": (batch, "compare"),
    "putting objects": (Workshop, "_put"),
    "letting an object go": (Workshop, "_let_go"),
}


class LocalEngine(Engine):
    """The engine's work without its process."""

    def __init__(self, store: Path, cache: Path) -> None:
        super().__init__(store, cache)
        self._workshop = Workshop(Places(store, cache))
        self._held = Workshop(Places(store, cache, held=True))

    def read(
        self,
        root: bytes,
        tasks: Sequence[Task],
        floor_bytes: int,
        progress: Progress,
        on_durable: OnDurable,
        held: bool = False,
    ) -> tuple[dict[bytes, Outcome], int]:
        workshop = self._held if held else self._workshop
        workshop.chunks.refresh()
        return workshop.read(root, tasks, floor_bytes, progress, on_durable)

    def migrate(self, objects: Sequence[str], progress: Progress) -> list[str]:
        return self._workshop.migrate(objects, progress)

    def warm(self, held: bool = False) -> None:
        pass

    def close(self) -> None:
        for one in (self._workshop, self._held):
            one.close()
            one.chunks.close()


def chunked_driver(root: Path, objects: ObjectStore, cache: StatCache) -> Driver:
    """A driver for a `Workspace` of tests that stores in chunks."""
    if objects.engine is None:
        objects.engine = LocalEngine(root.parent / "store", root.parent / "cache")
    return choose_driver(root, objects, cache)


def broken(how: str, step: str, number: int, times: int, marks: Path) -> list[str]:
    """The command of an engine that is killed or hangs (`how`) before the call `number` of a step, in
    its first `times` processes; each leaves a file below `marks`.
    """
    return [sys.executable, "-m", __name__, how, step, str(number), str(times), str(marks)]


def breaking(how: str, real: Callable[..., Any], number: int, marks: Path) -> Callable[..., Any]:
    calls = 0

    def wrapper(*args: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == number:
            (marks / str(os.getpid())).touch()
            if how == "killed":
                os.kill(os.getpid(), 9)
            while True:
                time.sleep(3600)
        return real(*args, **named)

    return wrapper


def main(how: str, step: str, number: str, times: str, marks: str) -> None:
    folder = Path(marks)
    if len(list(folder.iterdir())) < int(times):
        if how == "memory":
            (folder / str(os.getpid())).touch()
            engine_main.MEMORY_MOST = 1
        else:
            holder, name = STEPS[step]
            setattr(holder, name, breaking(how, getattr(holder, name), int(number), folder))
    engine_main.main()


if __name__ == "__main__":
    main(*sys.argv[1:])
