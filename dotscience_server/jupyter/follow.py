"""Follows the changes of opened workspaces and tells the event stream.

One task a workspace, a long poll at a time. It ends when nobody has asked for the workspace for a while and no kernel of
this server works; the next request for the workspace starts it anew. While it runs, the worker has a client and does not end as idle.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from logging import Logger
from typing import Any

from ..protocol.failure import ApiError
from .background import end_all
from .events import ChangeEvents
from .workspaces import Opened, Workspaces

_WAIT_S = 25
#: Between two events: a training loop changes the status with every point.
_PAUSE_S = 0.1
_RETRY_S = (1.0, 2.0, 5.0, 15.0, 30.0)


class Followers:
    """The tasks that follow. `stop` ends them all and waits for it."""

    def __init__(
        self,
        events: ChangeEvents,
        workspaces: Workspaces,
        kernels_work: Callable[[], bool],
        idle_s: float,
        log: Logger,
    ) -> None:
        self._events = events
        self._workspaces = workspaces
        self._kernels_work = kernels_work
        self._idle_s = idle_s
        self._log = log
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._stopping = False

    def follow(self, opened: Opened) -> None:
        """Follow a workspace that was just asked for; it may be followed already."""
        task = self._tasks.get(opened.id)
        if not self._stopping and (task is None or task.done()):
            self._tasks[opened.id] = asyncio.create_task(self._run(opened))

    async def stop(self) -> None:
        """End every task."""
        self._stopping = True
        await end_all(self._tasks.values())
        self._tasks.clear()

    async def _run(self, opened: Opened) -> None:
        seen: tuple[int, int] | None = None
        failures = 0
        while not self._stopping and not self._is_idle(opened):
            try:
                now = await self._next(opened, seen)
                failures = 0
            except ApiError as error:
                await asyncio.sleep(_RETRY_S[min(failures, len(_RETRY_S) - 1)])
                failures += 1
                if not await self._recover(opened, error):
                    return
                continue
            if seen is not None and now != seen:
                self._events.emit(opened.id, *now)
                await asyncio.sleep(_PAUSE_S)
            seen = now

    async def _next(self, opened: Opened, seen: tuple[int, int] | None) -> tuple[int, int]:
        """Revision and status when they are no longer ``seen``, or after the wait."""
        query: dict[str, Any] = (
            {} if seen is None else {"since": seen[0], "status": seen[1], "wait": _WAIT_S}
        )
        path = f"w/{opened.id}/changes"
        answer = await opened.upstream.json("GET", path, answer_within_s=_WAIT_S + 20, **query)
        return int(answer["revision"]), int(answer["status"])

    async def _recover(self, opened: Opened, error: ApiError) -> bool:
        """Have a worker again; False when this workspace is gone for good."""
        try:
            await self._workspaces.revive(opened)
        except ApiError as again:
            error = again
            if again.code in ("workspace-unknown", "workspace-not-found"):
                self._workspaces.forget(opened)
                return False
        self._log.warning("Dotscience: %s: %s", opened.root, error)
        return True

    def _is_idle(self, opened: Opened) -> bool:
        unasked_s = time.monotonic() - opened.asked_s
        return unasked_s > self._idle_s and not self._kernels_work()
