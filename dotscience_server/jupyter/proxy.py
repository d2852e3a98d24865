"""Passes one request on to a workspace's worker and its answer back.

A worker that ended is started again once; then it is ``worker-unreachable``. A request that a broken connection may have
delivered is repeated only where repeating changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from ..api.routes import Route
from ..protocol.failure import ApiError
from .answers import FILLS, ToApiPath
from .upstream import BROKEN, NOT_SENT, Incoming
from .workspaces import Opened, Workspaces

#: What of the browser's request the worker sees, and of the worker's answer the browser.
REQUEST_HEADERS = ("Range", "If-Range", "If-None-Match", "Content-Type", "Accept-Encoding")
ANSWER_HEADERS = (
    "Content-Type",
    "Content-Encoding",
    "Content-Length",
    "Content-Range",
    "Content-Disposition",
    "Accept-Ranges",
    "Cache-Control",
    "ETag",
    "Last-Modified",
    "Vary",
)
_REPEATABLE = ("GET", "PUT", "DELETE")
#: Longer than the longest ``wait`` of ``changes`` (30 s).
_ANSWER_WITHIN_S = 75


@dataclass(frozen=True)
class Passed:
    """A request as it goes to the worker; ``target`` is path and query."""

    method: str
    target: str
    body: bytes | None
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """A whole answer for the browser."""

    status: int
    headers: dict[str, str]
    body: bytes


class Proxy:
    """The way to the workers of the opened workspaces."""

    def __init__(self, workspaces: Workspaces, api_path: ToApiPath) -> None:
        self._workspaces = workspaces
        self._api_path = api_path

    async def pass_on(self, route: Route, opened: Opened, request: Passed) -> Answer:
        """The worker's answer, error statuses included, Jupyter's paths filled in. Raises ``ApiError``."""
        async with self.open(opened, request) as incoming:
            body = await incoming.read()
            if incoming.status in (200, 202) and route.handler in FILLS:
                body = self._filled(route, body)
            return Answer(incoming.status, picked(incoming), body)

    @asynccontextmanager
    async def open(self, opened: Opened, request: Passed) -> AsyncIterator[Incoming]:
        """The worker's answer with its body unread. Raises ``ApiError``, also when the body breaks off."""
        async with AsyncExitStack() as stack:
            try:
                try:
                    incoming = await stack.enter_async_context(_send(opened, request))
                except BROKEN as error:
                    if not isinstance(error, NOT_SENT) and request.method not in _REPEATABLE:
                        raise
                    await self._workspaces.revive(opened)
                    incoming = await stack.enter_async_context(_send(opened, request))
                yield incoming
            except BROKEN as error:
                raise ApiError.of("worker-unreachable") from error

    def _filled(self, route: Route, body: bytes) -> bytes:
        answer = json.loads(body)
        FILLS[route.handler](answer, self._api_path)
        return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()


def picked(incoming: Incoming) -> dict[str, str]:
    """The headers of a worker's answer that the browser gets."""
    return {name: incoming.headers[name] for name in ANSWER_HEADERS if name in incoming.headers}


def _send(opened: Opened, request: Passed) -> AbstractAsyncContextManager[Incoming]:
    return opened.upstream.exchange(
        request.method, request.target, request.body, request.headers, _ANSWER_WITHIN_S
    )
