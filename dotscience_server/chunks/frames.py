"""What the worker and its chunk engine say to each other: JSON in frames, four bytes of length first.

    worker ─► {"op": "read" | "add" | "migrate" | "warm", …}  {"op": "cancel"}
    engine ─► {"pulse": …}…  {"durable": […]}…  then {"done": …} or {"failed": {code, detail, fields}}
Paths are bytes; in JSON each byte is a character (Latin-1), so any name fits.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from ..snapshots.reading import Gone, Outcome, Stored, Task, Unreadable
from ..snapshots.walk import PlannedFile, Status
from ..store import failures
from ..store.attributes import kinds_of, number_of
from ..store.batch import AddedFile

Message = dict[str, Any]
_HEAD = 4
_MOST = 1 << 30


def frame(message: Message) -> bytes:
    """The bytes of a message."""
    body = json.dumps(message, separators=(",", ":")).encode()
    return len(body).to_bytes(_HEAD, "big") + body


class Frames:
    """Puts messages together from bytes as they come."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def add(self, data: bytes) -> Iterator[Message]:
        """The messages that are whole now. Raises ValueError for what is none."""
        self._buffer += data
        while len(self._buffer) >= _HEAD:
            end = _HEAD + int.from_bytes(self._buffer[:_HEAD], "big")
            if end > _MOST:
                raise ValueError("a frame too large")
            if len(self._buffer) < end:
                return
            body = bytes(self._buffer[_HEAD:end])
            del self._buffer[:end]
            yield json.loads(body)


def path_to_json(path: bytes) -> str:
    """A path as text."""
    return path.decode("latin-1")


def path_from_json(text: str) -> bytes:
    """The inverse."""
    return text.encode("latin-1")


def task_to_json(task: Task) -> list[Any]:
    """A file to read."""
    path, status = task.file.path, task.file.status
    return [path_to_json(path), status.st_size, task.expected, task.earlier, task.changed]


def task_from_json(value: list[Any]) -> Task:
    """The inverse."""
    path, size, expected, earlier, changed = value
    ranges = None if changed is None else tuple((int(a), int(b)) for a, b in changed)
    file = PlannedFile(path_from_json(path), Status(0, 0, size, 0, 0, 1, 0))
    return Task(file, expected, earlier, ranges)


def outcome_to_json(path: bytes, outcome: Outcome) -> list[Any]:
    """What became of a file."""
    if not isinstance(outcome, Stored):
        return [path_to_json(path), outcome.kind]
    told = [outcome.half_written, added_to_json(outcome.added), outcome.doubtful]
    return [path_to_json(path), "stored", *told]


def outcome_from_json(value: list[Any]) -> tuple[bytes, Outcome]:
    """The inverse."""
    path, kind = path_from_json(value[0]), value[1]
    if kind == "stored":
        return path, Stored(added_from_json(value[3]), value[2], value[4])
    return path, Gone() if kind == "gone" else Unreadable()


def added_to_json(added: AddedFile) -> list[Any]:
    """A file that was stored."""
    seen = added.status
    status = [
        seen.st_mode,
        seen.st_ino,
        seen.st_dev,
        seen.st_nlink,
        seen.st_size,
        seen.st_mtime_ns,
        seen.st_ctime_ns,
    ]
    left_out = number_of(added.left_out)
    return [added.hash, added.size, added.unstable, added.ranges, status, left_out]


def added_from_json(value: list[Any]) -> AddedFile:
    """The inverse; what the store grew by is told for all files together."""
    content, size, unstable, ranges, status, left_out = value
    parsed = None if ranges is None else tuple((int(a), int(b)) for a, b in ranges)
    seen = _status(status)
    return AddedFile(content, size, 0, unstable, parsed, seen, kinds_of(left_out))


def failure_to_json(failure: failures.StoreFailure) -> Message:
    """A failure of the store."""
    return {"code": failure.code, "fields": failure.fields}


def failure_from_json(value: Message) -> failures.StoreFailure:
    """The inverse; one that is not known here is the engine's own."""
    fields = {str(key): str(text) for key, text in value["fields"].items()}
    detail = fields.pop("detail", "")
    for kind in (failures.DiskFull, failures.DiskFloor, failures.StoreUnwritable):
        if kind.code == value["code"]:
            return kind(detail, **fields)
    return failures.ChunksRefused(detail, **fields)


def _status(values: list[int]) -> os.stat_result:
    """What snapshots ask of a status; the other fields are zero."""
    mode, ino, dev, nlink, size, mtime_ns, ctime_ns = values
    seconds = mtime_ns // 10**9, ctime_ns // 10**9
    return os.stat_result(
        (mode, ino, dev, nlink, 0, 0, size, 0, *seconds),
        {"st_mtime_ns": mtime_ns, "st_ctime_ns": ctime_ns},
    )
