"""The worker's process: loop, server, idle end, signals.

    listening ─► services open (requests wait) ─► serving ─┬─ idle long enough ─► ending
                                                          ├─ SIGTERM, SIGINT ──► ending
                                                          ├─ store removed ────► ending
                                                          └─ a client of another version ─► ending when idle
The socket's name is removed before the lock is given back, and only while it is ours, so a new worker never
loses its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import faulthandler
import logging
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from logging.handlers import RotatingFileHandler
from pathlib import Path

from dotscience import __version__, _workspace

from ..api.handlers import Api
from ..api.server import Clients, Host, serve
from ..store.layout import Store
from .errors import as_api_error
from .lock import Lock
from .services import Services

log = logging.getLogger(__name__)

_LOG_BYTES = 1 << 20
_LOG_FILES = 3
_NICE = 10
_LOOK_S = 0.5
_STANDS_S = 2.0


def run_worker(store: Store, lock: Lock, idle_seconds: float) -> int:
    """Serve until idle, told to end, or the store is gone; the process ends afterwards."""
    _begin_log(store)
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    log.info("worker %s of %s begins (pid %d)", __version__, store.workspace, os.getpid())
    try:
        asyncio.run(_Process(store, lock, idle_seconds).run())
    except Exception:
        log.exception("the worker failed")
        return 1
    log.info("worker ends")
    return 0


class _Process:
    def __init__(self, store: Store, lock: Lock, idle_seconds: float) -> None:
        self._store = store
        self._lock = lock
        self._idle_s = idle_seconds
        self._threads = ThreadPoolExecutor(8, thread_name_prefix="request")
        self._clients = Clients(time.monotonic)
        self._end = asyncio.Event()
        self._next_stands_s = 0.0
        self._api: asyncio.Future[Api] | None = None
        self._services: Services | None = None

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end.set)
        self._api = loop.create_future()
        path = self._store.located.socket
        server = serve(self._host(), path)
        ours = path.stat()
        try:
            await self._open(loop)
            await self._until_end()
        finally:
            _remove_socket(path, ours)
            server.stop()
            await self._close()

    def _host(self) -> Host:
        return Host(
            api=self._ready,
            replica=self._store.replica,
            threads=self._threads,
            as_error=lambda error: as_api_error(error, self._store.path, self._store.log),
            clients=self._clients,
            newer_came=self._leave_soon,
        )

    async def _ready(self) -> Api:
        assert self._api is not None
        return await asyncio.shield(self._api)

    async def _open(self, loop: asyncio.AbstractEventLoop) -> None:
        services = await loop.run_in_executor(
            self._threads, Services, self._store, self._lock.stands
        )
        services.signals.attach(loop)
        await loop.run_in_executor(self._threads, services.start)
        self._services = services
        assert self._api is not None
        self._api.set_result(Api(services))

    async def _until_end(self) -> None:
        while not self._end.is_set():
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self._end.wait(), min(_LOOK_S, max(0.05, self._idle_s / 4)))
            if self._is_idle() or await self._is_gone():
                return

    def _is_idle(self) -> bool:
        assert self._services is not None
        if self._clients.active > 0 or self._services.working():
            return False
        # A living session does not hold a worker that a client of another version wants gone.
        if self._idle_s > 0 and self._services.any_alive():
            return False
        return time.monotonic() - self._clients.last_s >= self._idle_s

    async def _is_gone(self) -> bool:
        """Looked at every 2 s, in a thread: a file system may hang."""
        if time.monotonic() < self._next_stands_s:
            return False
        self._next_stands_s = time.monotonic() + _STANDS_S
        loop = asyncio.get_running_loop()
        gone = not await loop.run_in_executor(self._threads, self._lock.stands)
        if gone:
            log.warning("the store was removed")
        return gone

    def _leave_soon(self) -> None:
        self._idle_s = 0.0

    async def _close(self) -> None:
        services = self._services
        if services is not None:
            services.signals.release()
            await asyncio.get_running_loop().run_in_executor(self._threads, services.stop)
        self._threads.shutdown(wait=False, cancel_futures=True)


def _remove_socket(path: Path, ours: os.stat_result) -> None:
    with contextlib.suppress(FileNotFoundError):
        if os.path.samestat(path.lstat(), ours):
            path.unlink()


def _begin_log(store: Store) -> None:
    _workspace.private_folder(os.fspath(store.log.parent))
    handler = RotatingFileHandler(store.log, maxBytes=_LOG_BYTES, backupCount=_LOG_FILES)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.captureWarnings(True)
    logging.getLogger("watchfiles").setLevel(logging.WARNING)
    assert handler.stream is not None
    faulthandler.enable(handler.stream)
