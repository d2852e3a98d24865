"""HTTP for a CAS (`cas`): the API of the Xet specification (1.1, `api.md`) on a Unix socket.

    POST /v1/xorbs/default/<hash>     answered when it is verified
    POST /v1/shards                   answered when it is durable
    GET  /v1/reconstructions/<hash>   where the bytes of a file are, ranges merged
    GET  /xorbs/<hash>                bytes of a xorb, for who downloads
    GET  /v1/chunks/…, all others     404: what is known is told to hf-xet before it begins (seeds.py)

A failure is answered 400, which hf-xet does not try again. Only our own user is heard.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import socketserver
import struct
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any, Protocol

from dotscience._tree import is_hash

from ..store.failures import ChunksRefused, StoreFailure
from .reconstruction import OutOfRange, reconstruction, wanted_range
from .shard import MOST_SHARD_BYTES, BadShard
from .store import ChunkStore
from .xorb import HEADER_BYTES, MOST_CHUNKS, MOST_XORB_BYTES, BadXorb

_MOST_BODY = MOST_XORB_BYTES + MOST_CHUNKS * HEADER_BYTES
_IGNORED_BODY = 1 << 20
_COPY_BYTES = 1 << 20


class Body:
    """The body of a request, of known length."""

    def __init__(self, stream: Any, length: int) -> None:
        self._stream = stream
        self.left = length

    def readinto(self, view: memoryview) -> int:
        """Fill from the front; 0 at the end. Raises BadXorb when the connection breaks off."""
        if not self.left:
            return 0
        got: int = self._stream.readinto(view[: self.left])
        if not got:
            raise BadXorb("the connection broke off")
        self.left -= got
        return got

    def read(self) -> bytes:
        """All of it."""
        data = bytearray(self.left)
        view = memoryview(data)
        while self.left:
            self.readinto(view[len(data) - self.left :])
        return bytes(data)

    def drain(self) -> None:
        """Read what is left and forget it."""
        view = memoryview(bytearray(min(self.left, _COPY_BYTES) or 1))
        while self.readinto(view):
            pass


class Keeper(Protocol):
    """Takes what is sent; `store` has what is asked for. `failure`: nothing is taken any more."""

    @property
    def store(self) -> ChunkStore:
        """Where it is kept."""

    @property
    def failure(self) -> StoreFailure | None:
        """The first failure."""

    def fail(self, failure: StoreFailure) -> None:
        """Keep the first failure."""

    def take_xorb(self, xorb: str, body: Body) -> bool:
        """Whether it is new. Raises BadXorb, StoreFailure."""

    def take_shard(self, data: bytes) -> None:
        """Raises BadShard, StoreFailure."""


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """One thread a connection."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, path: str, cas: Keeper) -> None:
        self.cas = cas
        self._stopped = False
        self._open: set[socket.socket] = set()
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        super().__init__(path, Handler)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        """Whether it is our own user who calls."""
        option = getattr(socket, "SO_PEERCRED", None)
        if option is not None:
            peer = request.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i"))
            if struct.unpack("3i", peer)[1] != os.geteuid():
                return False
        self._open.add(request)
        return True

    def shutdown_request(self, request: Any) -> None:
        """A connection ends."""
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection that broke is the client's matter: it says so itself."""

    def serve(self) -> None:
        """Take connections until `stop`."""
        while not self._stopped:
            self._handle_request_noblock()  # type: ignore[attr-defined]

    def stop(self) -> None:
        """Take no more connections, and end those that are open."""
        self._stopped = True
        for one in (self.socket, *list(self._open)):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


class Handler(BaseHTTPRequestHandler):
    """Routes a request."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self) -> None:
        """Xorbs and shards."""
        length = self.headers.get("Content-Length", "")
        parts = self.path.split("?")[0].strip("/").split("/")
        if not length.isdigit() or len(length) > 12:
            self._answer(411)
            self.close_connection = True
        elif parts[:3] == ["v1", "xorbs", "default"] and len(parts) == 4 and is_hash(parts[3]):
            self._guarded(int(length), _MOST_BODY, lambda body: self._xorb(parts[3], body))
        elif parts == ["v1", "shards"]:
            self._guarded(int(length), MOST_SHARD_BYTES, self._shard)
        else:
            self._ignore(int(length))

    def do_GET(self) -> None:
        """Where a file is, and bytes of xorbs."""
        parts = self.path.split("?")[0].strip("/").split("/")
        if parts[:2] == ["v1", "reconstructions"] and len(parts) == 3 and is_hash(parts[2]):
            self._reconstruction("x" + parts[2])
        elif parts[0] == "xorbs" and len(parts) == 2 and is_hash(parts[1]):
            self._bytes_of(parts[1])
        else:
            self._answer(404)

    def do_HEAD(self) -> None:
        """Nothing is known by HEAD."""
        self._answer(404)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is logged: the writer tells what failed."""

    def _guarded(self, length: int, most: int, take: Callable[[Body], Any]) -> None:
        """Take a body, turn what goes wrong into an answer that is not tried again."""
        cas = self.server.cas
        body = Body(self.rfile, length)
        try:
            if length > most:
                raise ChunksRefused("a body is too large")
            if cas.failure is not None:
                raise cas.failure
            answer = take(body)
        except (BadXorb, BadShard) as error:
            cas.fail(ChunksRefused(str(error)))
        except StoreFailure as failure:
            cas.fail(failure)
        except Exception as error:
            cas.fail(ChunksRefused(f"{type(error).__name__}: {error}"))
        else:
            self._answer(200, json.dumps(answer).encode())
            return
        # The rest of the body is not read: the connection cannot go on.
        self.close_connection = True
        with contextlib.suppress(BadXorb, OSError):
            if body.left <= most:
                body.drain()
        self._answer(400, json.dumps({"error": str(cas.failure)}).encode())

    def _xorb(self, xorb: str, body: Body) -> dict[str, bool]:
        return {"was_inserted": self.server.cas.take_xorb(xorb, body)}

    def _shard(self, body: Body) -> dict[str, int]:
        self.server.cas.take_shard(body.read())
        return {"result": 1}

    def _ignore(self, length: int) -> None:
        if length > _IGNORED_BODY:
            self.close_connection = True
        else:
            Body(self.rfile, length).drain()
        self._answer(404)

    def _reconstruction(self, key: str) -> None:
        try:
            answer = reconstruction(self.server.cas.store, key, self.headers.get("Range"))
        except OutOfRange:
            self._answer(416)
        except StoreFailure:
            self._answer(404)
        else:
            self._answer(200, json.dumps(answer).encode())

    def _bytes_of(self, xorb: str) -> None:
        """A range of a xorb's file."""
        path = self.server.cas.store.folder.xorb_path(xorb)
        try:
            size = os.stat(path).st_size
            start, end = wanted_range(self.headers.get("Range"), size)
        except OSError:
            self._answer(404)
            return
        except OutOfRange:
            self._answer(416)
            return
        self._head(206, end - start, f"bytes {start}-{end - 1}/{size}")
        with open(path, "rb", buffering=0) as file:
            for piece in _pieces(file.fileno(), start, end):
                self.wfile.write(piece)

    def _head(self, status: int, length: int, content_range: str | None = None) -> None:
        self.send_response_only(status)
        self.send_header("Content-Length", str(length))
        self.send_header("Content-Type", "application/json")
        if content_range:
            self.send_header("Content-Range", content_range)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def _answer(self, status: int, body: bytes = b"") -> None:
        with contextlib.suppress(OSError):
            self._head(status, len(body))
            if body and self.command != "HEAD":
                self.wfile.write(body)


def _pieces(fd: int, start: int, end: int) -> Iterator[bytes]:
    while start < end and (piece := os.pread(fd, min(_COPY_BYTES, end - start), start)):
        yield piece
        start += len(piece)
