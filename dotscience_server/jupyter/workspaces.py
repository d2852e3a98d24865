"""The workspaces that this server has opened: replica id → its worker.

Invariants: one entry a replica and a root; connecting (which may start a worker) happens in a thread, once at a time for a root;
a folder nobody tracks is not made a workspace because the file browser shows it.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dotscience import __version__, _workspace

from ..client import WorkerClient, connect
from ..protocol.failure import ApiError
from .upstream import Upstream


@dataclass(eq=False)
class Opened:
    """One opened workspace. ``asked_s`` is when somebody last wanted something of it (monotonic seconds)."""

    id: str
    root: str
    info: dict[str, Any]
    upstream: Upstream
    asked_s: float = field(default_factory=time.monotonic)


class Workspaces:
    """All opened workspaces; ``on_asked`` hears of each whenever somebody wants something of it."""

    def __init__(self, on_asked: Callable[[Opened], None]) -> None:
        self._on_asked = on_asked
        self._by_id: dict[str, Opened] = {}
        self._connecting: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    def get(self, id: str) -> Opened:
        """An opened workspace by replica id. Raises ``ApiError`` ``workspace-unknown``."""
        opened = self._by_id.get(id)
        if opened is None:
            raise ApiError.of("workspace-unknown")
        return self._asked(opened)

    def of_path(self, path: str) -> Opened | None:
        """The opened workspace that a real path lies in: the nearest. Reads nothing."""
        around = [one for one in self._by_id.values() if is_below(path, one.root)]
        return max(around, key=lambda one: len(one.root), default=None)

    async def open(self, path: str) -> Opened:
        """The workspace of an absolute path, its worker running. Raises ``ApiError``."""
        root = await asyncio.to_thread(_root_to_open, path)
        async with self._connecting[root]:
            return self._keep(await asyncio.to_thread(connect, root))

    async def open_if_tracked(self, path: str) -> Opened | None:
        """The workspace of a path when it is opened or has a store; never makes one. Raises ``ApiError``."""
        path = await asyncio.to_thread(os.path.realpath, path)
        opened = self.of_path(path)
        if opened is not None:
            return opened
        tracked = await asyncio.to_thread(is_tracked, path)
        return await self.open(path) if tracked else None

    async def revive(self, opened: Opened) -> None:
        """Have a worker again after the old one ended. Raises ``ApiError``, ``worker-unreachable`` if it won't start."""
        async with self._connecting[opened.root]:
            client = await asyncio.to_thread(connect, opened.root)
        opened.upstream = Upstream(client.socket_path, __version__)
        if client.id != opened.id:
            self.forget(opened)
            raise ApiError.of("workspace-unknown")

    def forget(self, opened: Opened) -> None:
        """Drop a workspace; the next `open` is a new one."""
        if self._by_id.get(opened.id) is opened:
            del self._by_id[opened.id]

    def close(self) -> None:
        """Drop all. The workers go on by themselves."""
        for opened in list(self._by_id.values()):
            self.forget(opened)

    def _keep(self, client: WorkerClient) -> Opened:
        opened = self._by_id.get(client.id)
        if opened is None:
            root = os.fspath(client.path)
            for stale in [one for one in self._by_id.values() if one.root == root]:
                self.forget(stale)  # its store was removed; a new one lies there
            opened = Opened(client.id, root, client.info, Upstream(client.socket_path, __version__))
            self._by_id[client.id] = opened
        opened.info, opened.upstream = client.info, Upstream(client.socket_path, __version__)
        return self._asked(opened)

    def _asked(self, opened: Opened) -> Opened:
        opened.asked_s = time.monotonic()
        self._on_asked(opened)
        return opened


def is_below(path: str, root: str) -> bool:
    """Whether a path is ``root`` or lies in it; both without symbolic links."""
    return path == root or path.startswith(root.rstrip("/") + "/")


def is_tracked(path: str) -> bool:
    """Whether the workspace of ``path`` has a store."""
    return _workspace.has_store(_workspace.choose_workspace(path).root)


def _root_to_open(path: str) -> str:
    """The workspace's root. A folder that is neither tracked nor Git's is refused (docs/formats/local-api.md)."""
    chosen = _workspace.choose_workspace(path)
    known = chosen.reason == "git-root" or _workspace.has_store(chosen.root)
    if not known and Path(path).is_dir():
        raise ApiError.of("workspace-not-found", path=path)
    return chosen.root
