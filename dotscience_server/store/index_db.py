"""The index's connection: SQLite in the user's cache folder, behind one lock.

Thread-safe: every statement and every transaction holds the lock, and every query is short.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .index_schema import DERIVED_TABLES, FORMAT, SCHEMA


class ForeignIndex(Exception):
    """The file is no index of this format: drop and rebuild it."""


class IndexDb:
    """An open index file. Raises ForeignIndex when it cannot be used."""

    def __init__(self, path: Path, store: Path) -> None:
        self._store = os.fspath(store)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        try:
            self._prepare()
        except (sqlite3.DatabaseError, ForeignIndex) as error:
            self._db.close()
            raise ForeignIndex(str(error)) from error

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        if not self._db.execute("SELECT 1 FROM sqlite_master").fetchone():
            self._db.executescript(SCHEMA)
        found = self._db.execute("PRAGMA user_version").fetchone()[0]
        if found != FORMAT:
            raise ForeignIndex(f"format {found}")

    def close(self) -> None:
        """Close the file. Nothing may be asked afterwards."""
        with self._lock:
            self._db.close()

    def dump(self) -> dict[str, list[tuple[object, ...]]]:
        """All derived rows, for comparing two indexes."""
        with self._lock:
            return {
                table: self._db.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall()  # noqa: S608
                for table in DERIVED_TABLES
            }

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    def _one(self, query: str, *values: object) -> Any:
        with self._lock:
            return self._db.execute(query, values).fetchone()

    def _column(self, query: str, *values: object) -> list[str]:
        with self._lock:
            return [row[0] for row in self._db.execute(query, values)]

    def _write(self, query: str, *values: object) -> None:
        with self._lock:
            self._db.execute(query, values)
