"""Journals written by hand, and the logs that are read from them."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from pathlib import Path
from typing import Any

from dotscience import _journal
from dotscience_server.detect.sessions import SessionLog
from dotscience_server.sessions.saved import Saved, read_saved

SECOND = 1_000_000_000
START_NS = 1_795_000_000 * SECOND


class Told:
    """Records of one session, in order; a step takes a second unless told otherwise."""

    def __init__(self, start_ns: int = START_NS) -> None:
        self.records: list[tuple[int, dict[str, Any]]] = []
        self.now_ns = start_ns
        self._n = 0
        self._sources: set[str] = set()

    def add(self, type: int, **payload: Any) -> None:
        self.now_ns += SECOND
        self.records.append((type, {"t": str(self.now_ns), **payload}))

    def session(self, workspace: Path, notebook: str | None = "a.ipynb", **fields: Any) -> Told:
        named = None if notebook is None else str(workspace / notebook)
        told = {
            "v": 2,
            "pid": 1,
            "host": "h",
            "boot": None,
            "user": "u",
            "library": "0",
            "python": "3.11.0",
            "executable": "python",
            "argv": [],
            "cwd": str(workspace),
            "root": str(workspace),
            "workspace": str(workspace),
            "notebook": named,
            "kernel": "k",
            "platform": "linux",
            "parent": None,
            "rank": None,
        }
        self.add(_journal.SESSION, **{**told, **fields})
        return self

    def begin(self, cell: str | None, source: str, **fields: Any) -> int:
        """A cell begins; its number."""
        self._n += 1
        digest = hashlib.sha256(source.encode()).hexdigest()
        plain = {"uri": None, "deleted": [], "nested": False}
        payload = {"n": self._n, "cell": cell, "hash": digest, **plain, **fields}
        if digest not in self._sources:
            payload["source"] = source
        self._sources.add(digest)
        self.add(_journal.CELL, **payload)
        return self._n

    def end(self, n: int, bound: str = "", unbound: str = "", error: Any = None) -> None:
        self.add(
            _journal.CELL_END,
            n=n,
            count=n,
            duration_ns=SECOND,
            error=error,
            bound=bound.split(),
            unbound=unbound.split(),
        )

    def cell(self, cell: str | None, source: str, bound: str = "", **fields: Any) -> int:
        """One whole execution; its number."""
        unbound, error = fields.pop("unbound", ""), fields.pop("error", None)
        n = self.begin(cell, source, **fields)
        self.end(n, bound, unbound, error)
        return n

    def files(self, *files: dict[str, Any], cell: int | None = None, **fields: Any) -> None:
        self.add(_journal.FILES, cell=cell, files=list(files), **fields)

    def log(self) -> SessionLog:
        log = SessionLog()
        for type, payload in self.records:
            log.take(_journal.Record(type, payload, 0))
        return log

    def encoded(self) -> bytes:
        return b"".join(_journal.encode(type, payload) for type, payload in self.records)

    def write(self, folder: Path, name: str = "20261121T101112-1-0000abcd") -> Path:
        """The journal's file, of a session that is over: whole at once, or the worker takes it for an empty one."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.dsj"
        unfinished = folder / f"{name}.new"
        unfinished.write_bytes(self.encoded())
        return unfinished.rename(path)


def read(path: str, mode: str = "r", **fields: Any) -> dict[str, Any]:
    """A file of a FILES record."""
    return {"p": path, "m": mode, "by": "hook", "s": 3, "t": None, **fields}


def notebook_bytes(*cells: tuple[str | None, str]) -> bytes:
    """A notebook of code cells: id and source; a text cell stands between them."""
    made: list[dict[str, Any]] = []
    for id, source in cells:
        cell = {
            "cell_type": "code",
            "source": source.splitlines(keepends=True),
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        made.append(cell if id is None else {**cell, "id": id})
        made.append({"cell_type": "markdown", "source": "text", "metadata": {}})
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def saved(*cells: tuple[str | None, str], time_ns: int = START_NS + 10**6 * SECOND) -> Saved:
    """A notebook, saved long after everything ran."""
    found = read_saved(notebook_bytes(*cells), time_ns)
    assert found is not None
    return found


class Living:
    """A session that goes on: its journal grows, its lock is held until `die`."""

    def __init__(self, folder: Path, name: str = "20261121T101112-1-0000abcd") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{name}.dsj"
        self._lock = os.open(folder / f"{name}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._written = 0

    def write(self, told: Told) -> None:
        """Append what ``told`` has since the last call, as one write."""
        new = told.records[self._written :]
        self._written = len(told.records)
        with self.path.open("ab", buffering=0) as file:
            file.write(b"".join(_journal.encode(type, payload) for type, payload in new))

    def die(self) -> None:
        """The process ends; the worker hears of it by the file's last change or its next poll."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
