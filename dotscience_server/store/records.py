"""The one writer of records: append, fsync, then tell.

Invariants: a record file is only ever appended to, each batch with one write and one fsync; a torn
tail is moved aside before the first append; revisions rise and are never used twice.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dotscience import _records
from dotscience._records import Damage, Line, Record

from .failures import writing
from .layout import sync_folder
from .stamps import now

FILE_LIMIT_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Draft:
    """A fact that has no revision yet."""

    kind: str
    source: str
    body: dict[str, Any]
    run: str | None = None


class RecordWriter:
    """Appends to the newest record file. Not thread-safe: the ledger serialises."""

    def __init__(self, store: Path, last_revision: int) -> None:
        self._store = store
        self._revision = last_revision
        names = _records.record_files(os.fspath(store))
        self._name = names[-1] if names else "00000001.jsonl"
        self._file: int | None = None

    @property
    def revision(self) -> int:
        """Of the last record."""
        return self._revision

    def append(self, drafts: Sequence[Draft]) -> list[Line]:
        """Durable records of the drafts, in order. Raises ``StoreFailure``; then none is written."""
        with writing(self._store, "records"):
            descriptor = self._open()
            offset = os.fstat(descriptor).st_size
            lines = self._lines(drafts, offset)
            self._write(
                descriptor, b"".join(_records.encode(line.record) for line in lines), offset
            )
        self._revision += len(lines)
        return lines

    def close(self) -> None:
        """Close the file; nothing is buffered."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _lines(self, drafts: Sequence[Draft], offset: int) -> list[Line]:
        lines = []
        for number, draft in enumerate(drafts, self._revision + 1):
            digest = _records.body_hash(draft.body)
            record = Record(number, draft.kind, now(), draft.run, draft.source, digest, draft.body)
            length = len(_records.encode(record))
            lines.append(Line(record, self._name, offset, length))
            offset += length
        return lines

    def _write(self, descriptor: int, data: bytes, offset: int) -> None:
        """All or nothing: a short write (full disk) is taken back, so no stump precedes later records."""
        try:
            written = os.write(descriptor, data)
            if written < len(data):
                os.write(descriptor, data[written:])  # raises what stopped the first write
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, offset)
            raise

    def _open(self) -> int:
        if self._file is not None and os.fstat(self._file).st_size >= FILE_LIMIT_BYTES:
            self.close()
            self._name = f"{int(self._name[:8]) + 1:08d}.jsonl"
        if self._file is None:
            path = self._store / "records" / self._name
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            sync_folder(path.parent)
        return self._file


def set_torn_tail_aside(store: Path, damage: Damage) -> Path:
    """Move a torn last line into ``records/torn-<time>`` and cut the file before it."""
    path = store / "records" / damage.file
    aside = path.with_name(f"torn-{now().replace(':', '')}")
    with path.open("rb+") as file:
        file.seek(damage.offset)
        with aside.open("wb") as kept:
            kept.write(file.read(damage.length))
            kept.flush()
            os.fsync(kept.fileno())
        file.truncate(damage.offset)
        os.fsync(file.fileno())
    sync_folder(path.parent)
    return aside
