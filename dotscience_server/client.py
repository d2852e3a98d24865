"""Finds or starts the worker of a workspace and talks to it.

Blocking, standard library only, safe to share between threads: each request is a connection of its
own (0.2 ms on a Unix socket), so a worker that ended and was started again is not noticed.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from dotscience import __version__

from .protocol.failure import ApiError
from .store.layout import Located, locate
from .worker.exit_codes import ANOTHER_HOLDS_THE_LOCK, STARTED
from .worker.lock import signed_socket

VERSION_HEADER = "X-Dotscience-Version"
LOCAL_HEADER = "X-Dotscience-Local"
"""Sent by programs of the user; the server extension never passes it on."""
_OWN_HEADERS = {VERSION_HEADER: __version__, LOCAL_HEADER: "1"}
_RETRY_S = 0.02

Json = dict[str, Any]
Query = Mapping[str, str | int | None]


class WorkerUnreachable(ApiError):
    """The worker does not answer and could not be started (code ``worker-unreachable``)."""

    def __init__(self) -> None:
        base = ApiError.of("worker-unreachable")
        super().__init__(
            base.code, base.message, base.kept, base.next, retryable=True, status=base.status
        )


@dataclass(frozen=True)
class Reply:
    """A whole answer as it came: for hosts that pass answers on unread."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Json:
        """The JSON body. Raises the ``ApiError`` that an error status carries."""
        parsed = _parse(self.body)
        if self.status >= 400:
            raise ApiError.from_body(parsed, self.status)
        return parsed


@dataclass(frozen=True)
class StreamedReply:
    """An answer whose body is read in pieces while the connection is open."""

    status: int
    headers: dict[str, str]
    chunks: Iterator[bytes]


class WorkerClient:
    """One workspace's worker. Paths are those of the route table below ``w/{id}/``."""

    def __init__(self, located: Located, timeout: float, idle_seconds: float | None) -> None:
        self._located = located
        self._socket = located.socket
        self._timeout = timeout
        self._idle_seconds = idle_seconds
        self.info: Json = {}
        """``workspace.schema.json`` as answered on connecting."""

    @property
    def id(self) -> str:
        """The replica id."""
        return str(self.info["id"])

    @property
    def path(self) -> Path:
        """The workspace's absolute folder."""
        return self._located.path

    @property
    def socket_path(self) -> Path:
        """Where the worker listens: the workspace's socket of our own runtime folder, unless the worker was started
        with another one."""
        return self._socket

    def get(self, path: str, query: Query | None = None, timeout: float = 60) -> Json:
        """GET; raises ``ApiError``. ``timeout`` in seconds is for each read of the socket."""
        return self.request("GET", self._own(path), query, timeout=timeout).json()

    def post(self, path: str, body: Json | None = None, timeout: float = 60) -> Json:
        """POST a JSON object; an answer without content is ``{}``."""
        return self._send("POST", path, body, timeout)

    def put(self, path: str, body: Json, timeout: float = 60) -> Json:
        """PUT a JSON object."""
        return self._send("PUT", path, body, timeout)

    def delete(self, path: str, timeout: float = 60) -> Json:
        """DELETE; an answer without content is ``{}``."""
        return self._send("DELETE", path, None, timeout)

    def request(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 60,
    ) -> Reply:
        """One raw exchange; ``path`` is the whole pattern (``w/<id>/runs``). Error statuses do
        not raise; ``WorkerUnreachable`` does."""
        with self._exchange(method, path, query, body, headers, timeout) as answer:
            return Reply(answer.status, dict(answer.getheaders()), _rest(answer))

    @contextmanager
    def stream(
        self, path: str, query: Query | None = None, headers: Mapping[str, str] | None = None
    ) -> Iterator[StreamedReply]:
        """GET below ``w/{id}/`` in pieces of 256 KiB. Raises ``ApiError`` for an error status but 416; the pieces do
        where the answer ends before all was sent.
        """
        with self._exchange("GET", self._own(path), query, None, headers, 60) as answer:
            if answer.status >= 400 and answer.status != 416:
                raise ApiError.from_body(_parse(_rest(answer)), answer.status)
            yield StreamedReply(answer.status, dict(answer.getheaders()), _chunks(answer))

    def _own(self, path: str) -> str:
        return f"w/{self.id}/{path}"

    def _send(self, method: str, path: str, body: Json | None, timeout: float) -> Json:
        payload = json.dumps(body or {}).encode()
        headers = {"Content-Type": "application/json"}
        return self.request(method, self._own(path), None, payload, headers, timeout).json()

    @contextmanager
    def _exchange(
        self,
        method: str,
        path: str,
        query: Query | None,
        body: bytes | None,
        headers: Mapping[str, str] | None,
        timeout: float,
    ) -> Iterator[http.client.HTTPResponse]:
        sock = _open(self._socket, timeout) or self._start(timeout)
        connection = http.client.HTTPConnection("worker")
        connection.sock = sock
        try:
            target = "/v1/" + quote(path, safe="/%~") + _query(query)
            with _unreachable():
                connection.request(method, target, body, _OWN_HEADERS | dict(headers or {}))
                answer = connection.getresponse()
            yield answer
        finally:
            connection.close()

    def _start(self, timeout: float) -> socket.socket:
        """Start a worker until one of them answers; racing starts end in one winner."""
        deadline = time.monotonic() + self._timeout
        while time.monotonic() < deadline:
            started = _spawn(self._located.path, self._idle_seconds)
            # Another one that holds the lock may be ending: then ours is needed soon.
            soon = min(deadline, time.monotonic() + (10 if started else 0.2))
            while time.monotonic() < soon:
                # A held lock's holder says where it listens; ours listens where we look.
                named = None if started else signed_socket(self._located.store)
                path = named or self._located.socket
                if (sock := _open(path, timeout)) is not None:
                    self._socket = path
                    return sock
                time.sleep(_RETRY_S)
        raise WorkerUnreachable

    def shake_hands(self) -> None:
        """Fill ``info``; waits while a worker of another version, or of a removed store, ends."""
        deadline = time.monotonic() + self._timeout
        while True:
            try:
                self.info = self.request("GET", "workspace").json()
                return
            except ApiError as error:
                ending = error.code in ("worker-unreachable", "worker-version")
                if not ending or time.monotonic() > deadline:
                    raise
            time.sleep(_RETRY_S)


def connect(
    path: str | os.PathLike[str], *, timeout: float = 15, idle_seconds: float | None = None
) -> WorkerClient:
    """The worker of the workspace that ``path`` belongs to, started when there is none.

    Raises ``ApiError``: ``workspace-not-found``, ``store-unwritable``, ``worker-unreachable``,
    ``worker-version``.
    """
    client = WorkerClient(locate(path), timeout, idle_seconds)
    client.shake_hands()
    return client


def _open(path: Path, timeout: float) -> socket.socket | None:
    """A connection, or None. A folder that others may write is not trusted (G7): somebody else could
    answer for the worker."""
    if not _is_private(path.parent):
        return None
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.settimeout(timeout)
    try:
        sock.connect(os.fspath(path))
    except OSError:
        sock.close()
        return None
    return sock


def _is_private(folder: Path) -> bool:
    try:
        info = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(info.st_mode) and info.st_uid == os.getuid() and not info.st_mode & 0o077


def _spawn(workspace: Path, idle_seconds: float | None) -> bool:
    """Returns when the worker holds its lock and is on its own; False when another holds it."""
    command = [sys.executable, "-m", "dotscience_server.worker", "--detach"]
    command += ["--workspace", os.fspath(workspace)]
    if idle_seconds is not None:
        command += ["--idle-seconds", str(idle_seconds)]
    # The folder "/" keeps the user's modules (a stray json.py) off the worker's sys.path.
    done = subprocess.run(
        command, cwd="/", stdin=subprocess.DEVNULL, capture_output=True, check=False, env=_env()
    )
    if done.returncode in (STARTED, ANOTHER_HOLDS_THE_LOCK):
        return done.returncode == STARTED
    try:
        body = _parse(done.stdout)
    except ValueError:
        detail = done.stderr.decode(errors="replace").strip()[-300:]
        raise ApiError.of(
            "internal", detail=f"the worker did not start: {detail}", log="?"
        ) from None
    raise ApiError.from_body(body, 500)


def _env() -> dict[str, str]:
    """The child finds this very package, also from a source tree that is not installed."""
    # A worker that an observed process starts is no part of what is observed.
    environ = {**os.environ, "DOTSCIENCE_OBSERVE": "0"}
    environ.pop("DOTSCIENCE_OBSERVED", None)
    here = Path(__file__).resolve().parents[1]
    if here.name in ("site-packages", "dist-packages"):  # on PYTHONPATH it would shadow the stdlib
        return environ
    paths = [os.fspath(here), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {**environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}


def _query(query: Query | None) -> str:
    given = {key: str(value) for key, value in (query or {}).items() if value is not None}
    return "?" + urlencode(given) if given else ""


def _parse(body: bytes) -> Json:
    parsed = json.loads(body) if body else {}
    if not isinstance(parsed, dict):
        raise ValueError("no JSON object")
    return parsed


def _rest(answer: http.client.HTTPResponse) -> bytes:
    with _unreachable():
        return answer.read()


def _chunks(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    while True:
        # Around the reading alone: what the reader of the pieces raises is the reader's.
        with _unreachable():
            piece = answer.read(256 * 1024)
        if not piece:
            break
        yield piece
    if answer.length:
        raise WorkerUnreachable


@contextmanager
def _unreachable() -> Iterator[None]:
    try:
        yield
    except (OSError, http.client.HTTPException) as error:
        raise WorkerUnreachable from error
