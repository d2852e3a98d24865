"""Records: one fact a line, in append-only files (``docs/formats/store.md``).

Owns the codec and the reading of record files; the worker's writer is ``dotscience_server/store/records.py``.
Invariants: a line that decodes is byte for byte what was written (CRC-32); damage is reported, never raised while
reading; nothing here writes. Standard library only, so that ``ds.runs()`` works with no server.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import zlib
from typing import Any, Iterator, NamedTuple

from dotscience._shapes import misfit

FORMAT = 1
FILE_PATTERN = re.compile(r"^\d{8}\.jsonl$")


class Record(NamedTuple):
    """One fact. ``rev`` orders all facts of a workspace; ``run`` is None for facts about the workspace."""

    rev: int
    kind: str
    time: str
    run: str | None
    source: str
    hash: str
    body: dict[str, Any]


class Line(NamedTuple):
    """A record and where it stands: file name, byte offset, length with the newline."""

    record: Record
    file: str
    offset: int
    length: int


class Damage(NamedTuple):
    """A line that is no record. ``torn``: nothing follows it, a write was cut. ``newer``: a later format, intact."""

    file: str
    offset: int
    length: int
    reason: str
    torn: bool
    newer: bool


class DamagedRecord(ValueError):
    """The line is no record of this format; ``newer`` when it is one of a later format, ``intact`` when its bytes
    are as they were written."""

    def __init__(self, reason: str, newer: bool = False, intact: bool = False) -> None:
        super().__init__(reason)
        self.newer = newer
        self.intact = intact or newer


def canonical(value: Any) -> bytes:
    """Canonical JSON: UTF-8, sorted keys, no spaces; lone surrogates as ``\\udXXX``. Raises ValueError for NaN."""
    text = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    return text.encode("utf-8", "backslashreplace")


def body_hash(body: dict[str, Any]) -> str:
    """SHA-256 in hex of a body's canonical JSON."""
    return hashlib.sha256(canonical(body)).hexdigest()


def encode(record: Record) -> bytes:
    """The record's line with its newline."""
    payload = canonical(dict(record._asdict(), v=FORMAT))
    return b"%08x %s\n" % (zlib.crc32(payload), payload)


def decode(line: bytes) -> Record:
    """The record of one line, with or without its newline. Raises DamagedRecord."""
    payload = line.rstrip(b"\n")[9:]
    if line[8:9] != b" " or line[:8] != b"%08x" % zlib.crc32(payload):
        raise DamagedRecord("checksum does not fit")
    try:
        fields = json.loads(payload)
        if fields["v"] > FORMAT:
            raise DamagedRecord(
                "written by a newer version (format {})".format(fields["v"]), newer=True
            )
        record = Record(*(fields[name] for name in Record._fields))
    except (KeyError, TypeError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DamagedRecord(f"not a record: {error!r}") from None
    field = misfit(record.kind, record.body)
    if field is not None:
        raise DamagedRecord(f"{record.kind}: {field} has another shape", intact=True)
    return record


def record_files(store: str) -> list[str]:
    """Names of the record files of a store, oldest first."""
    try:
        names = os.listdir(os.path.join(store, "records"))
    except FileNotFoundError:
        return []
    return sorted(name for name in names if FILE_PATTERN.match(name))


def read_file(store: str, name: str, offset: int = 0) -> Iterator[Line | Damage]:
    """The lines of one file from ``offset`` (which begins a line) on. Empty when the file is missing."""
    path = os.path.join(store, "records", name)
    if not os.path.exists(path):
        return
    with open(path, "rb") as file:
        file.seek(offset)
        size = os.fstat(file.fileno()).st_size
        for line in file:
            yield _judge(line, name, offset, size)
            offset += len(line)


def read_all(store: str, after: tuple[str, int] = ("", 0)) -> Iterator[Line | Damage]:
    """Every line of a store in order, from the position ``after`` (file name, offset) on."""
    for name in record_files(store):
        if name >= after[0]:
            yield from read_file(store, name, after[1] if name == after[0] else 0)


def read_at(store: str, name: str, offset: int, length: int) -> Record:
    """The record at a known place. Raises DamagedRecord, OSError."""
    with open(os.path.join(store, "records", name), "rb") as file:
        file.seek(offset)
        return decode(file.read(length))


def _judge(line: bytes, name: str, offset: int, size: int) -> Line | Damage:
    try:
        if not line.endswith(b"\n"):
            raise DamagedRecord("cut off")
        return Line(decode(line), name, offset, len(line))
    except DamagedRecord as error:
        last = offset + len(line) >= size
        return Damage(name, offset, len(line), str(error), last and not error.intact, error.newer)
