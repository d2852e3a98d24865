"""What the shards say, to be asked quickly: SQLite in the cache folder, or in memory.

A cache: it is filled from the shards and can always be made anew; `IndexLost` says that it must be.
It may be shared by processes; each brings it up to date with the shards that it sees.
"""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from .shard import Shard, ShardXorb, Term
from .xorb import XorbLayout

_VERSION = 1
_BUSY_S = 30.0
_CACHE_KIB = 8 << 10
_ASKED_AT_ONCE = 500
_SCHEMA = """
CREATE TABLE shard (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE xorb (id INTEGER PRIMARY KEY, hash BLOB UNIQUE NOT NULL,
    hashes BLOB, sizes BLOB, offsets BLOB, described INTEGER NOT NULL DEFAULT 0);
CREATE TABLE file (hash BLOB PRIMARY KEY, size INTEGER NOT NULL, terms BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE sha256 (sha256 TEXT PRIMARY KEY, file BLOB NOT NULL) WITHOUT ROWID;
"""
_FORGET = """
DELETE FROM shard; DELETE FROM file; DELETE FROM sha256; UPDATE xorb SET described = 0;
"""


class IndexLost(Exception):
    """The index is damaged or cannot be written."""


class ChunkIndex:
    """The index at `path`, or in memory. Thread-safe. Everything raises IndexLost."""

    def __init__(self, path: Path | None) -> None:
        self._lock = threading.RLock()
        self._database = self._opened(path)

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def shards(self) -> set[str]:
        """The shards that are in it."""
        return {name for (name,) in self._all("SELECT name FROM shard")}

    def add_shards(self, shards: Iterable[tuple[str, Shard]], anew: bool = False) -> None:
        """Take shards in, all or none; of two descriptions of one file the later counts. `anew`:
        forget all shards first.
        """
        with self._writing() as database:
            if anew:
                for statement in _FORGET.split(";")[:-1]:
                    database.execute(statement)
            ids = _XorbIds(database)
            for name, shard in shards:
                _add(database, ids, name, shard)

    def forget_xorbs(self, xorbs: Iterable[bytes]) -> None:
        """Xorbs that no shard describes are there no more."""
        with self._writing() as database:
            database.executemany(
                "UPDATE xorb SET hashes = NULL, sizes = NULL, offsets = NULL"
                " WHERE hash = ? AND described = 0",
                ((xorb,) for xorb in xorbs),
            )

    def add_xorb(self, xorb: bytes, layout: XorbLayout) -> None:
        """What a xorb holds and where, whether or not a shard describes it."""
        row = (layout.hashes, layout.sizes.tobytes(), layout.offsets.tobytes(), xorb)
        with self._writing() as database:
            database.execute("INSERT OR IGNORE INTO xorb (hash) VALUES (?)", (xorb,))
            database.execute(
                "UPDATE xorb SET hashes = ?, sizes = ?, offsets = ? WHERE hash = ?", row
            )

    def layout(self, xorb: bytes) -> tuple[XorbLayout, bool] | None:
        """What a xorb holds (without offsets where they are not known yet), and whether a shard
        describes it. None: not known.
        """
        rows = self._all(
            "SELECT hashes, sizes, offsets, described FROM xorb WHERE hash = ?", (xorb,)
        )
        if not rows or rows[0][0] is None:
            return None
        hashes, sizes, offsets, described = rows[0]
        return XorbLayout(hashes, array("I", sizes), array("I", offsets or b"")), bool(described)

    def known_xorbs(self) -> dict[bytes, bool]:
        """All xorbs whose chunks are known, the newest last, and whether a shard describes them."""
        rows = self._all("SELECT hash, described FROM xorb WHERE hashes IS NOT NULL ORDER BY id")
        return {xorb: bool(described) for xorb, described in rows}

    def size(self, file: bytes) -> int | None:
        """Bytes of a file; None: not known."""
        rows = self._all("SELECT size FROM file WHERE hash = ?", (file,))
        return rows[0][0] if rows else None

    def held(self, files: Sequence[bytes]) -> set[bytes]:
        """Those of the files that are known."""
        found: set[bytes] = set()
        for at in range(0, len(files), _ASKED_AT_ONCE):
            some = tuple(files[at : at + _ASKED_AT_ONCE])
            marks = ",".join("?" * len(some))
            query = f"SELECT hash FROM file WHERE hash IN ({marks})"  # noqa: S608
            found.update(file for (file,) in self._all(query, some))
        return found

    def terms(self, file: bytes) -> list[Term] | None:
        """Where a file's chunks are; None: not known."""
        rows = self._all("SELECT terms FROM file WHERE hash = ?", (file,))
        if not rows:
            return None
        numbers = array("I", rows[0][0])
        xorbs = {number: self._xorb(number) for number in set(numbers[::4])}
        groups = zip(*(iter(numbers),) * 4, strict=True)
        return [Term(xorbs[xorb], start, end, size) for xorb, start, end, size in groups]

    def files_after(self, file: bytes, count: int) -> list[bytes]:
        """The hashes of the next `count` files in order."""
        query = "SELECT hash FROM file WHERE hash > ? ORDER BY hash LIMIT ?"
        return [found for (found,) in self._all(query, (file, count))]

    def file_of_sha256(self, sha256: str) -> bytes | None:
        """The file with that SHA-256, where a shard told it."""
        rows = self._all("SELECT file FROM sha256 WHERE sha256 = ?", (sha256,))
        return rows[0][0] if rows else None

    def every_file(self) -> Iterator[tuple[bytes, int, list[tuple[bytes, int, int]]]]:
        """Every file with its bytes and its terms (xorb, start, end), in the order of their hashes."""
        xorbs = dict(self._all("SELECT id, hash FROM xorb"))
        after = b""
        while rows := self._all(
            "SELECT hash, size, terms FROM file WHERE hash > ? ORDER BY hash LIMIT 10000", (after,)
        ):
            for file, size, terms in rows:
                groups = zip(*(iter(array("I", terms)),) * 4, strict=True)
                yield file, size, [(xorbs[x], start, end) for x, start, end, _ in groups]
            after = rows[-1][0]

    def sha256s(self) -> dict[bytes, str]:
        """The SHA-256 of every file for which a shard told it."""
        return {file: sha256 for sha256, file in self._all("SELECT sha256, file FROM sha256")}

    def _xorb(self, number: int) -> bytes:
        rows = self._all("SELECT hash FROM xorb WHERE id = ?", (number,))
        if not rows:
            raise IndexLost("a xorb is gone")
        found: bytes = rows[0][0]
        return found

    def _all(self, query: str, values: tuple[object, ...] = ()) -> list[tuple]:  # type: ignore[type-arg]
        with self._lock, _losing():
            return self._database.execute(query, values).fetchall()

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, _losing(), self._database:
            self._database.execute("BEGIN IMMEDIATE")
            yield self._database

    def _opened(self, path: Path | None) -> sqlite3.Connection:
        with _losing():
            name = ":memory:" if path is None else str(path)
            if path is not None:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            database = sqlite3.connect(
                name, timeout=_BUSY_S, check_same_thread=False, isolation_level=None
            )
            try:
                _prepare(database)
            except BaseException:
                database.close()
                raise
            return database


class _XorbIds:
    """The numbers of xorbs within one transaction."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        self._ids: dict[bytes, int] = {}

    def describe(self, xorb: ShardXorb) -> None:
        """Note what a shard says of a xorb."""
        row = (xorb.hashes, xorb.sizes.tobytes(), self._of(xorb.hash))
        self._database.execute(
            "UPDATE xorb SET hashes = ?, sizes = ?, described = 1 WHERE id = ?", row
        )

    def packed(self, terms: Iterable[Term]) -> bytes:
        """Terms as they are stored: numbers of xorb, start, end, size."""
        numbers = array("I")
        for term in terms:
            numbers.extend((self._of(term.xorb), term.start, term.end, term.size))
        return numbers.tobytes()

    def _of(self, xorb: bytes) -> int:
        number = self._ids.get(xorb)
        if number is None:
            self._database.execute("INSERT OR IGNORE INTO xorb (hash) VALUES (?)", (xorb,))
            found = self._database.execute("SELECT id FROM xorb WHERE hash = ?", (xorb,))
            number = self._ids[xorb] = int(found.fetchone()[0])
        return number


def _add(database: sqlite3.Connection, ids: _XorbIds, name: str, shard: Shard) -> None:
    for xorb in shard.xorbs:
        ids.describe(xorb)
    rows = ((file.hash, file.size, ids.packed(file.terms)) for file in shard.files)
    database.executemany("INSERT OR REPLACE INTO file VALUES (?, ?, ?)", rows)
    joined = ((file.sha256, file.hash) for file in shard.files if file.sha256)
    database.executemany("INSERT OR REPLACE INTO sha256 VALUES (?, ?)", joined)
    database.execute("INSERT OR IGNORE INTO shard VALUES (?)", (name,))


def _prepare(database: sqlite3.Connection) -> None:
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    with database:
        database.execute("BEGIN IMMEDIATE")
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            for statement in _SCHEMA.split(";")[:-1]:
                database.execute(statement)
            database.execute(f"PRAGMA user_version = {_VERSION}")
        elif version != _VERSION:
            raise IndexLost("another version")


@contextlib.contextmanager
def _losing() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise IndexLost(str(error)) from error


def remove(path: Path) -> None:
    """Remove an index and what SQLite keeps beside it."""
    for ending in ("", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            path.with_name(path.name + ending).unlink()
