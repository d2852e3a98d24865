"""Talking to a CAS on its socket without hf-xet."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dotscience_server.chunks.cas import Cas
from dotscience_server.chunks.private import SocketFolder
from dotscience_server.chunks.store import ChunkStore


class Connection(http.client.HTTPConnection):
    """HTTP on a Unix socket."""

    def __init__(self, address: str) -> None:
        super().__init__("localhost", timeout=20)
        self._address = address

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(self._address)


class Talk:
    """A CAS and a connection to it."""

    def __init__(self, cas: Cas, address: str) -> None:
        self.cas = cas
        self.address = address

    def ask(
        self, method: str, path: str, body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes]:
        """Status and body of the answer, over a connection of its own."""
        connection = Connection(self.address)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def json(self, path: str, **headers: str) -> Any:
        """A document."""
        status, body = self.ask("GET", path, **headers)
        assert status == 200
        return json.loads(body)


@contextmanager
def serving(store: ChunkStore, folder: Path, floor_bytes: int = 0) -> Iterator[Talk]:
    """A CAS that serves `store`."""
    home = SocketFolder(folder / "sockets")
    cas = Cas(store, home.address("1.sock"), floor_bytes)
    cas.start()
    try:
        yield Talk(cas, home.address("1.sock"))
    finally:
        cas.close()
        home.close()
