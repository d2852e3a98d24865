"""HTTP/1.1 to one worker over its Unix socket, without blocking the server's loop.

A connection a request; leaving the ``async with`` closes it, so that a browser that goes away ends the worker's work too.
Bodies are read no faster than they are used. Starts nothing: `client.connect` in a thread does (``workspaces.py``).
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tornado.httputil import HTTPHeaders, HTTPInputError

from ..client import VERSION_HEADER
from ..protocol.failure import ApiError

_PIECE = 256 * 1024
_CONNECT_WITHIN_S = 5

#: No connection was made: the worker has seen nothing of the request.
NOT_SENT = (ConnectionRefusedError, FileNotFoundError)
#: The connection broke or nothing came in time: the worker may have done what was asked.
BROKEN = (OSError, EOFError, asyncio.TimeoutError, asyncio.LimitOverrunError, HTTPInputError)


class Upstream:
    """One worker's socket. Holds no connection."""

    def __init__(self, path: Path, version: str) -> None:
        self._path = path
        self._version = version

    @asynccontextmanager
    async def exchange(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        answer_within_s: float = 60,
    ) -> AsyncIterator[Incoming]:
        """One exchange; ``target`` is path and query below ``/v1/``. Error statuses do not raise; `BROKEN` does.

        ``answer_within_s`` is the time to the end of the answer's head.
        """
        connecting = asyncio.open_unix_connection(os.fspath(self._path), limit=_PIECE)
        reader, writer = await asyncio.wait_for(connecting, _CONNECT_WITHIN_S)
        try:
            writer.write(self._head(method, target, body, headers or {}) + (body or b""))
            await writer.drain()
            yield await asyncio.wait_for(_read_head(reader), answer_within_s)
        finally:
            writer.close()

    async def json(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        answer_within_s: float = 60,
        **query: object,
    ) -> dict[str, Any]:
        """One JSON exchange. Raises ``ApiError``; ``worker-unreachable`` when nothing answers."""
        target = f"{path}?{urlencode(query)}" if query else path
        sent = None if method == "GET" else json.dumps(body or {}).encode()
        try:
            async with self.exchange(method, target, sent, None, answer_within_s) as incoming:
                return parsed(incoming.status, await incoming.read())
        except BROKEN as error:
            raise ApiError.of("worker-unreachable") from error

    def _head(
        self, method: str, target: str, body: bytes | None, headers: Mapping[str, str]
    ) -> bytes:
        fields = {"Host": "worker", "Connection": "close", VERSION_HEADER: self._version, **headers}
        if body is not None:
            fields["Content-Length"] = str(len(body))
        lines = [f"{method} /v1/{target} HTTP/1.1", *(f"{k}: {v}" for k, v in fields.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


@dataclass
class Incoming:
    """An answer whose head was read."""

    status: int
    headers: HTTPHeaders
    _reader: asyncio.StreamReader

    async def read(self) -> bytes:
        """The whole body. Raises `BROKEN` when it is cut off."""
        return b"".join([piece async for piece in self.pieces()])

    async def pieces(self) -> AsyncIterator[bytes]:
        """The body as it comes. Raises `BROKEN` when it is cut off."""
        if self.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
            return
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(await self._reader.readuntil(b"\r\n"), 16):
                async for piece in self._exactly(size):
                    yield piece
                await self._reader.readexactly(2)
            return
        async for piece in self._exactly(int(self.headers["Content-Length"])):
            yield piece

    async def _exactly(self, size: int) -> AsyncIterator[bytes]:
        while size:
            piece = await self._reader.read(min(size, _PIECE))
            if not piece:
                raise EOFError("the worker's answer is cut off")
            size -= len(piece)
            yield piece


def parsed(status: int, body: bytes) -> dict[str, Any]:
    """The JSON object of an answer. Raises the ``ApiError`` that an error status carries."""
    value: dict[str, Any] = json.loads(body or b"{}")
    if status >= 400:
        raise ApiError.from_body(value, status)
    return value


async def _read_head(reader: asyncio.StreamReader) -> Incoming:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, _, lines = head.partition("\r\n")
    return Incoming(int(first.split()[1]), HTTPHeaders.parse(lines), reader)
