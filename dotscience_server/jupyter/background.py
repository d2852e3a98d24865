"""Tasks that nobody waits for: kept so that none is lost, its fault is logged, and `stop` ends them all."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable
from logging import Logger
from typing import Any

from ..protocol.failure import ApiError


class Background:
    """The extension's short tasks. A catalogue error in one is expected and logged as debug."""

    def __init__(self, log: Logger) -> None:
        self._log = log
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> bool:
        """Whether any task runs."""
        return bool(self._tasks)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` on the loop, from its thread."""
        task = asyncio.create_task(self._run(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Cancel what runs and wait for its end."""
        await end_all(self._tasks)

    async def _run(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except ApiError as error:
            self._log.debug("Dotscience: %s", error)
        except Exception:
            self._log.warning("Dotscience: a background task failed", exc_info=True)


async def end_all(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks until each has ended: before Python 3.12 `asyncio.wait_for` may swallow one cancellation."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=0.5)
