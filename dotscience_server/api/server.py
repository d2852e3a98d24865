"""The worker's HTTP server: tornado on a Unix socket, built from the route table.

No authentication of its own: who can open the socket (mode 0600 in a folder of mode 0700) is the user.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from inspect import isawaitable
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import quote

from tornado.httpserver import HTTPServer
from tornado.iostream import StreamClosedError
from tornado.netutil import bind_unix_socket
from tornado.web import Application, RequestHandler

from dotscience import __version__

from ..client import LOCAL_HEADER, VERSION_HEADER
from ..protocol.failure import ApiError
from .calls import Answer, Call, Empty, FileBytes, Json, Packed
from .handlers import Api
from .inherited import NOT_OURS
from .ranges import Piece, wanted_piece
from .routes import Route, methods_by_pattern

MOST_BODY_BYTES = 16 * 1024 * 1024
_PIECE_BYTES = 256 * 1024


@dataclass(frozen=True)
class Host:
    """What the server needs of the process: the handlers when they are ready, and hooks."""

    api: Callable[[], Awaitable[Api]]
    replica: str
    threads: ThreadPoolExecutor
    as_error: Callable[[BaseException], ApiError]
    clients: Clients
    newer_came: Callable[[], None]
    """A client of another version wants a worker of its own."""


class Clients:
    """Counts requests that are being answered, and remembers the last."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.active = 0
        self.last_s = clock()

    def begin(self) -> None:
        """A request came."""
        self.active += 1
        self.last_s = self._clock()

    def end(self) -> None:
        """It was answered, or its client went away."""
        self.active -= 1
        self.last_s = self._clock()


def serve(host: Host, socket: Path) -> HTTPServer:
    """Listen; a stale socket file is replaced. The caller holds the worker's lock."""
    handlers = [
        (f"/v1/{next(iter(routes.values())).regex()}", _Handler, {"host": host, "routes": routes})
        for routes in methods_by_pattern().values()
    ]
    application = Application(handlers, default_handler_class=_NoRoute, log_function=lambda h: None)
    server = HTTPServer(application, max_body_size=MOST_BODY_BYTES)
    server.add_socket(bind_unix_socket(str(socket), mode=0o600))
    return server


class _Handler(RequestHandler):
    """All methods of one pattern."""

    def initialize(self, host: Host, routes: Mapping[str, Route]) -> None:
        self.host = host
        self.routes = routes
        self.work: asyncio.Task[None] | None = None
        host.clients.begin()

    def on_finish(self) -> None:
        self.host.clients.end()

    def on_connection_close(self) -> None:
        if self.work is not None:
            self.work.cancel()
        if not self._finished:
            self._finished = True
            self.host.clients.end()

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Of tornado itself: a method or a body that it refuses."""
        _send_error(self, ApiError.of("bad-request", detail=self._reason))

    async def get(self, **args: str) -> None:
        await self._serve(args)

    post = put = delete = get

    async def _serve(self, args: dict[str, str]) -> None:
        self.work = asyncio.current_task()
        try:
            await self._send(await self._answer(args))
        except (asyncio.CancelledError, StreamClosedError):
            return
        except Exception as error:
            _send_error(self, self.host.as_error(error))

    async def _answer(self, args: dict[str, str]) -> Answer:
        route = self.routes.get(self.request.method or "")
        if route is None:
            raise ApiError.of("bad-request", detail=f"{self.request.method} is not served here")
        self._check_version()
        if args.get("id", self.host.replica) != self.host.replica:
            raise ApiError.of("workspace-unknown")
        api = await self.host.api()
        handler = getattr(api, route.handler)
        call = self._call(route, args)
        api.check_writable(route)
        if asyncio.iscoroutinefunction(handler):
            answer = await handler(call)
        else:
            answer = await self._in_thread(api, route, call)
        assert not isawaitable(answer)
        return answer  # type: ignore[no-any-return]

    async def _in_thread(self, api: Any, route: Route, call: Call) -> Answer:
        loop, handler = asyncio.get_running_loop(), getattr(api, route.handler)
        try:
            found: Answer = await loop.run_in_executor(self.host.threads, handler, call)
            return found
        except ApiError as error:
            if error.code not in NOT_OURS:
                raise
            of_parent = partial(api.of_parent, route, call, error)
            return await loop.run_in_executor(self.host.threads, of_parent)

    def _check_version(self) -> None:
        theirs = self.request.headers.get(VERSION_HEADER)
        if theirs not in (None, __version__):
            self.host.newer_came()
            raise ApiError.of("worker-version", theirs=__version__, ours=theirs)

    def _call(self, route: Route, args: dict[str, str]) -> Call:
        query = {name: self.get_query_argument(name) for name in self.request.query_arguments}
        local = LOCAL_HEADER in self.request.headers
        lists = {
            name: tuple(self.get_query_arguments(name, strip=False))
            for name in self.request.query_arguments
        }
        return Call(args, query, self._body() if route.body else {}, local, lists)

    def _body(self) -> dict[str, Any]:
        try:
            body = json.loads(self.request.body or b"{}")
        except ValueError:
            raise ApiError.of("bad-request", detail="the body is not JSON") from None
        if not isinstance(body, dict):
            raise ApiError.of("bad-request", detail="the body is no JSON object")
        return body

    async def _send(self, answer: Answer) -> None:
        self.set_header("Cache-Control", "no-store")
        if isinstance(answer, Json):
            self._send_json(answer)
        elif isinstance(answer, Empty):
            self.set_status(204)
            await self.finish()
        elif isinstance(answer, Packed):
            self.set_header("Content-Type", "application/json")
            self.set_header("Content-Encoding", "gzip")
            self.set_header("Cache-Control", "private, max-age=31536000, immutable")
            await self.finish(answer.data)
        else:
            await self._send_file(answer)

    def _send_json(self, answer: Json) -> None:
        value = answer.value
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.set_status(answer.status)
        self.set_header("Content-Type", "application/json")
        self.finish(data)

    async def _send_file(self, answer: FileBytes) -> None:
        piece = wanted_piece(self.request.headers.get("Range"), answer.size)
        loop = asyncio.get_running_loop()
        # Opened and read before the head is sent: what is damaged there is still said as an error.
        file = await loop.run_in_executor(self.host.threads, answer.open)
        with file:
            first = await loop.run_in_executor(self.host.threads, _first_piece, file, piece)
            self._send_head(answer, piece)
            await self._send_pieces(file, first, piece.length)
        await self.finish()

    def _send_head(self, answer: FileBytes, piece: Piece) -> None:
        self.set_header("Content-Type", answer.inline or "application/octet-stream")
        shown = "attachment" if answer.inline is None else "inline"
        self.set_header(
            "Content-Disposition", f"{shown}; filename*=UTF-8''{quote(answer.name, safe='')}"
        )
        self.set_header("X-Content-Type-Options", "nosniff")
        self.set_header("Content-Security-Policy", "sandbox; default-src 'none'")
        self.set_header("Accept-Ranges", "bytes")
        self.set_header("ETag", f'"{answer.etag}"')
        self.set_status(piece.status)
        if piece.status != 200:
            self.set_header("Content-Range", piece.content_range)
        self.set_header("Content-Length", str(piece.length))

    async def _send_pieces(self, file: BinaryIO, first: bytes, length: int) -> None:
        loop, data = asyncio.get_running_loop(), first
        while True:
            length -= len(data)
            self.write(data)
            await self.flush()
            if length == 0:
                return
            size = min(length, _PIECE_BYTES)
            data = await loop.run_in_executor(self.host.threads, file.read, size)
            if not data:
                raise ApiError.of("internal", detail="a file has fewer bytes than it had", log="?")


def _first_piece(file: BinaryIO, piece: Piece) -> bytes:
    file.seek(piece.start)
    return file.read(min(piece.length, _PIECE_BYTES))


class _NoRoute(RequestHandler):
    def prepare(self) -> None:
        _send_error(self, ApiError.of("route-not-found", route=self.request.path))


def _send_error(handler: RequestHandler, error: ApiError) -> None:
    if handler._headers_written:  # too late to say it: the client sees a short body
        handler.detach().close()
        return
    handler.clear()
    handler.set_status(error.status)
    handler.set_header("Content-Type", "application/json")
    handler.finish(json.dumps(error.body()))
