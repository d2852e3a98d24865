"""Which content lies where in the freezes: an index in the cache folder, made anew from the manifests.

A row for each content and path, with the first freeze that has them; a page of a manifest is looked at once,
so a new freeze costs its changed pages. Where a freeze was given up, all is made anew.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from dotscience._tree import TreeError, is_chunked, read_page, read_root

from .failures import ObjectDamaged

_SCHEMA = """
CREATE TABLE tree (number INTEGER PRIMARY KEY, guid TEXT NOT NULL, tree TEXT NOT NULL);
CREATE TABLE page (hash BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE place (key BLOB, path BLOB, tree INTEGER NOT NULL, PRIMARY KEY (key, path)) WITHOUT ROWID;
PRAGMA user_version = 1;
"""
_VERSION = 1
_ASKED_AT_ONCE = 500

ReadObject = Callable[[str], bytes]


class HeldTree(NamedTuple):
    """A manifest, and the guid of the freeze that holds its files."""

    guid: str
    tree: str


class PlaceIndex:
    """Any thread. `path` is a SQLite file, or None: in memory. `read` gives the pages of manifests."""

    def __init__(self, path: Path | None, read: ReadObject) -> None:
        self._path = path
        self._read = read
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None

    def places(self, trees: Sequence[HeldTree], key: str) -> list[tuple[bytes, HeldTree]]:
        """Paths of a content, each with the first of these trees that has it there."""
        query = (
            "SELECT path, guid, tree.tree FROM place JOIN tree ON number = place.tree WHERE key = ?"
        )
        return [
            (bytes(path), HeldTree(guid, tree))
            for path, guid, tree in self._ask(trees, query, (_raw(key),))
        ]

    def held(self, trees: Sequence[HeldTree], keys: Collection[str]) -> set[str]:
        """Those of the contents that one of these trees has."""
        names = {_raw(key): key for key in keys}
        wanted, found = list(names), set()
        for at in range(0, len(wanted), _ASKED_AT_ONCE):
            some = tuple(wanted[at : at + _ASKED_AT_ONCE])
            marks = ",".join("?" * len(some))
            query = f"SELECT DISTINCT key FROM place WHERE key IN ({marks})"  # noqa: S608
            found |= {names[bytes(key)] for (key,) in self._ask(trees, query, some)}
        return found

    def keys(self, trees: Sequence[HeldTree]) -> Iterator[str]:
        """Every content, in order."""
        last = b""
        query = "SELECT DISTINCT key FROM place WHERE key > ? ORDER BY key LIMIT 10000"
        while rows := self._ask(trees, query, (last,)):
            yield from ("x" + bytes(key).hex() for (key,) in rows)
            last = bytes(rows[-1][0])

    def close(self) -> None:
        """Close the file; the next question opens it again."""
        with self._lock:
            self._close()

    def _ask(
        self, trees: Sequence[HeldTree], query: str, values: tuple[object, ...]
    ) -> list[tuple[Any, ...]]:
        with self._lock:
            for mend in (self._start_anew, self._go_into_memory):
                try:
                    return self._ready(trees).execute(query, values).fetchall()
                except (sqlite3.Error, OSError):
                    mend()
            return self._ready(trees).execute(query, values).fetchall()

    def _ready(self, trees: Sequence[HeldTree]) -> sqlite3.Connection:
        """The database, in step with the trees."""
        database = self._database = self._database or _opened(self._path)
        known = {HeldTree(*row) for row in database.execute("SELECT guid, tree FROM tree")}
        if known == set(trees):
            return database
        with database:
            database.execute("BEGIN IMMEDIATE")
            if known - set(trees):
                for table in ("tree", "page", "place"):
                    database.execute(f"DELETE FROM {table}")  # noqa: S608
                known = set()
            for one in trees:
                if one not in known:
                    known.add(one)
                    self._add(database, one)
        return database

    def _add(self, database: sqlite3.Connection, held: HeldTree) -> None:
        row = database.execute("INSERT INTO tree (guid, tree) VALUES (?, ?)", held)
        number = row.lastrowid
        with contextlib.suppress(TreeError, ObjectDamaged):  # `ds verify` says so
            for page in read_root(self._read, held.tree).pages:
                mark = bytes.fromhex(page.hash)
                if database.execute("SELECT 1 FROM page WHERE hash = ?", (mark,)).fetchone():
                    continue
                entries = read_page(self._read, page)
                database.executemany(
                    "INSERT OR IGNORE INTO place VALUES (?, ?, ?)",
                    [(_raw(e.hash), e.path, number) for e in entries if is_chunked(e.hash)],
                )
                database.execute("INSERT INTO page VALUES (?)", (mark,))

    def _start_anew(self) -> None:
        """It is damaged, or cannot be written: made anew, in memory where it must be."""
        with contextlib.suppress(sqlite3.Error):
            self._close()
        self._database = None
        if self._path is not None:
            for ending in ("", "-wal", "-shm", "-journal"):
                with contextlib.suppress(OSError):
                    self._path.with_name(self._path.name + ending).unlink()
            try:
                self._database = _opened(self._path)
            except (sqlite3.Error, OSError):
                self._path = None

    def _go_into_memory(self) -> None:
        """It cannot be written, however new it is: the disk is full."""
        self._start_anew()
        with contextlib.suppress(sqlite3.Error):
            self._close()
        self._path = None

    def _close(self) -> None:
        database, self._database = self._database, None
        if database is not None:
            database.close()


def _opened(path: Path | None) -> sqlite3.Connection:
    if path is not None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = ":memory:" if path is None else str(path)
    database = sqlite3.connect(name, check_same_thread=False, isolation_level=None)
    try:
        database.execute("PRAGMA synchronous = OFF")
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            database.executescript(_SCHEMA)
        elif version != _VERSION:
            raise sqlite3.DatabaseError("another version")
    except BaseException:
        database.close()
        raise
    return database


def _raw(key: str | None) -> bytes:
    return bytes.fromhex((key or "")[1:])
