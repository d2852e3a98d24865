"""A snapshot that stops at a named step and waits to be killed:

    python -m tests.snapshots.killed BASE STEP N

It prints `at` before the Nth call of the step and then blocks for good.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dotscience_server.snapshots import plain
from dotscience_server.snapshots.statcache import StatCache
from dotscience_server.store import copying, temporary
from dotscience_server.store.durability import Durability

from .workspaces import Workspace

STEPS: dict[str, tuple[object, str]] = {
    "writing a small object": (temporary, "write_all"),
    "writing a large object": (temporary.Target, "truncate"),
    "reading": (copying.os, "preadv"),
    "syncing": (Durability, "sync"),
    "renaming": (os, "rename"),
    "saving the cache": (StatCache, "save"),
    "writing the tree": (plain, "write_tree"),
}


def stopping(real: Callable[..., Any], number: int) -> Callable[..., Any]:
    """`real`, but its call `number` (from 1) never happens."""
    calls = 0

    def wrapper(*args: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == number:
            print("at", flush=True)
            sys.stdin.read()
        return real(*args, **named)

    return wrapper


def main(base: str, step: str, number: str) -> None:
    space = Workspace(Path(base))
    holder, name = STEPS[step]
    setattr(holder, name, stopping(getattr(holder, name), int(number)))
    space.freeze()
    print("done", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
