"""``python -m dotscience_server.worker --workspace PATH``: lock and store first, then the process.

Imports little: with ``--detach`` the starter waits until the lock is held, not until all is loaded.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

from dotscience import _workspace

from ..protocol.failure import ApiError
from ..store.failures import StoreFailure, writing
from ..store.layout import (
    Located,
    Store,
    as_api_error,
    locate,
    make_folders,
    open_read_only,
    open_store,
)
from .exit_codes import ANOTHER_HOLDS_THE_LOCK, REFUSED, STARTED
from .lock import Lock, take_lock

IDLE_S = 600.0


def main(arguments: list[str] | None = None) -> int:
    """The exit code."""
    asked = _parser().parse_args(arguments)
    try:
        located = locate(asked.workspace)
        opened = _opened(located)
        if opened is None:
            return ANOTHER_HOLDS_THE_LOCK
        store, lock = opened
        _workspace.private_folder(os.fspath(located.socket.parent))
    except (ApiError, OSError) as error:
        print(json.dumps(_refusal(error, asked.workspace).body()))
        return REFUSED
    if asked.detach and os.fork() > 0:
        os._exit(STARTED)
    if asked.detach:
        _leave_the_starter()
    return _run(store, lock, asked.idle_seconds)


def _opened(located: Located) -> tuple[Store, Lock] | None:
    """The store and its lock; None where another process holds it. One that cannot be written is read."""
    try:
        lock = _lock(located)
        return None if lock is None else (open_store(located), lock)
    except ApiError as error:
        store = open_read_only(located) if error.code == "store-unwritable" else None
        if store is None:
            raise
        store.cache.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = take_lock(store.cache, located.store)
        return None if lock is None else (store, lock)


def _refusal(error: ApiError | OSError, workspace: Path) -> ApiError:
    if isinstance(error, ApiError):
        return error
    return ApiError.of("store-unwritable", path=workspace, detail=error.strerror or error)


def _lock(located: Located) -> Lock | None:
    try:
        with writing(located.store, "the store"):
            make_folders(located.store)
            return take_lock(located.store)
    except StoreFailure as failure:
        raise as_api_error(failure) from failure


def _leave_the_starter() -> None:
    """A session of our own, no terminal, no pipes of the starter."""
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)


def _run(store: Store, lock: Lock, idle_seconds: float) -> int:
    lock.sign(store.located.socket)
    from .process import run_worker  # tornado and the rest: after the fork

    return run_worker(store, lock, idle_seconds)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dotscience_server.worker", description=__doc__)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--idle-seconds", type=float, default=IDLE_S)
    parser.add_argument("--detach", action="store_true", help="return once the lock is held")
    return parser


if __name__ == "__main__":
    sys.exit(main())
