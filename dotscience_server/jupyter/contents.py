"""Hears of saves, renames, copies and deletions of notebooks and tells the worker to look.

A hint only: the worker's watcher and stat poll see what no event covers. Never blocks a save, never raises into one: each
hint is a task of its own, after the event. Saves of one notebook that pile up (collaboration saves each second
while outputs stream) become one hint after the running one.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from typing import Any

from .background import Background
from .root import ContentsRoot
from .workspaces import Workspaces

SCHEMA_ID = "https://events.jupyter.org/jupyter_server/contents_service/v1"
_ACTIONS = ("save", "rename", "copy", "delete", "create", "upload")


class SaveHints:
    """Listens to the contents service. `start` and `stop` may each be called once."""

    def __init__(
        self,
        event_logger: Any,
        root: ContentsRoot,
        workspaces: Workspaces,
        background: Background,
    ) -> None:
        self._logger = event_logger
        self._root = root
        self._workspaces = workspaces
        self._background = background
        self._telling: dict[str, bool] = {}
        """Notebooks being told of; True when one more hint is due."""

    def start(self) -> None:
        """Begin to listen."""
        self._logger.add_listener(schema_id=SCHEMA_ID, listener=self._on_event)

    def stop(self) -> None:
        """Listen no more."""
        self._logger.remove_listener(schema_id=SCHEMA_ID, listener=self._on_event)

    async def _on_event(self, logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        if data.get("action") not in _ACTIONS:
            return
        for path in notebooks_of(data):
            self._background.start(self._tell_once(path))

    async def _tell_once(self, api_path: str) -> None:
        if api_path in self._telling:
            self._telling[api_path] = True
            return
        try:
            self._telling[api_path] = True
            while self._telling[api_path]:
                self._telling[api_path] = False
                await self._tell(api_path)
        finally:
            del self._telling[api_path]

    async def _tell(self, api_path: str) -> None:
        path = await asyncio.to_thread(os.path.realpath, self._root.os_path(api_path))
        opened = await self._workspaces.open_if_tracked(path)
        if opened is not None:
            body = {"path": os.path.relpath(path, opened.root)}
            await opened.upstream.json("POST", f"w/{opened.id}/notify", body)


def notebooks_of(data: dict[str, Any]) -> Iterable[str]:
    """The notebooks that an event of the contents service names, without a leading slash."""
    named = (data.get("path"), data.get("source_path"))
    paths = (path.lstrip("/") for path in named if isinstance(path, str))
    return dict.fromkeys(path for path in paths if path.endswith(".ipynb"))
