"""What a command printed: a log of bounded size on disk, and the run blocks in its stdout."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, BinaryIO

from dotscience._block import Block, read_text

PART_BYTES = 8 << 20
_BLOCK_BYTES = 8 << 20
_OPEN, _CLOSE = b"[[DOTSCIENCE-RUN:", b"[[/DOTSCIENCE-RUN:"


class CommandLog:
    """All output in the order of coming: the first 8 MiB and the last 8 MiB. The file grows as it comes.

    A disk that refuses ends the log, never the command.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: BinaryIO | None = None
        self._head = 0
        self._tail = bytearray()
        self._left_out = 0
        self.bytes = 0
        self.lines = 0
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._file = open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb", 0)  # noqa: SIM115
        except OSError:
            pass

    def add(self, data: bytes) -> None:
        """What the command wrote."""
        self.bytes += len(data)
        self.lines += data.count(b"\n")
        room = PART_BYTES - self._head
        head, rest = data[:room], data[room:]
        self._head += len(head)
        self._write(head)
        self._tail += rest
        if len(self._tail) > 2 * PART_BYTES:
            self._cut()

    def close(self) -> dict[str, Any] | None:
        """What the worker is told of it; None where there is nothing."""
        self._cut()
        if self._left_out:
            self._write(b"\n[... %d bytes are left out here ...]\n" % self._left_out)
        self._write(bytes(self._tail))
        if self._file is None:
            return None
        self._file.close()
        return {"lines": self.lines, "bytes": self.bytes, "cut": self._left_out > 0}

    def _cut(self) -> None:
        over = len(self._tail) - PART_BYTES
        if over > 0:
            self._left_out += over
            del self._tail[:over]

    def _write(self, data: bytes) -> None:
        if self._file is not None and data:
            try:
                self._file.write(data)
            except OSError:
                self._file.close()
                self._file = None


class BlockScan:
    """Finds run blocks in a stream of bytes that comes in pieces."""

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        """Id to the text of its block."""
        self._waiting = b""

    def feed(self, data: bytes) -> None:
        """The next piece."""
        data = self._waiting + data
        end = self._last_block_end(data)
        if end:
            self._take(data[:end])
            data = data[end:]
        start = data.find(_OPEN)
        if start < 0:
            start = max(0, len(data) - len(_OPEN) + 1)
        self._waiting = data[start:] if len(data) - start <= _BLOCK_BYTES else b""

    @property
    def is_within(self) -> bool:
        """Whether a block has begun that has not ended."""
        return self._waiting.startswith(_OPEN)

    def _last_block_end(self, data: bytes) -> int:
        close = data.rfind(_CLOSE)
        end = data.find(b"]]", close) if close >= 0 else -1
        return end + 2 if end >= 0 else 0

    def _take(self, data: bytes) -> None:
        for item in read_text(data.decode("utf-8", "replace")):
            if isinstance(item, Block):
                self.found[item.id] = item.text
