"""Streams through one pipe that carries bytes in one direction, one after the other.

    "dotscience-replica 1\\n" ( JSON line of a stream, ( u32 length, bytes )…, u32 0 )… "{}\\n"
A pipe that is cut off is told from one that ended: the last line is missing.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import asdict
from typing import IO, Any

from .into_folder import Kept, checked
from .pump import PIECE, Tell, carry

_MAGIC = b"dotscience-replica 1\n"
_LENGTH = struct.Struct(">I")
_LINE_MOST = 64 << 10


class PipeCut(ValueError):
    """The pipe ended too early, or holds something else."""


class Writer:
    """Into `out`, which stays the caller's."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        out.write(_MAGIC)

    def add(self, about: Kept, stream: IO[bytes], tell: Tell) -> int:
        """One stream; its bytes."""
        self._out.write(json.dumps(asdict(about)).encode() + b"\n")
        count = carry(stream, self._piece, tell)
        self._out.write(_LENGTH.pack(0))
        return count

    def end(self) -> None:
        """After the last."""
        self._out.write(b"{}\n")
        self._out.flush()

    def _piece(self, data: bytes) -> None:
        self._out.write(_LENGTH.pack(len(data)))
        self._out.write(data)


def read(source: IO[bytes]) -> Iterator[tuple[Kept, Frame]]:
    """Each stream with its bytes, which must be read to their end before the next. Raises PipeCut."""
    if source.read(len(_MAGIC)) != _MAGIC:
        raise PipeCut("this is no pipe of ds replicate --stdout")
    while about := _line(source):
        try:
            kept = checked(Kept(**about))
        except (TypeError, ValueError) as error:
            raise PipeCut(f"a stream that is described wrongly ({error})") from error
        frame = Frame(source)
        yield kept, frame
        frame.drain()


class Frame:
    """One stream, as a file. Raises PipeCut."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._left = 0
        self._ended = False

    def read(self, most: int = PIECE) -> bytes:
        """b"" at the end."""
        if self._ended:
            return b""
        if not self._left:
            (self._left,) = _LENGTH.unpack(_whole(self._source, _LENGTH.size))
            if not self._left:
                self._ended = True
                return b""
        data = self._source.read(min(most, self._left))
        if not data:
            raise PipeCut("the pipe was cut off")
        self._left -= len(data)
        return data

    def drain(self) -> None:
        """To its end."""
        while self.read():
            pass


def _line(source: IO[bytes]) -> dict[str, Any]:
    line = source.readline(_LINE_MOST)
    if not line.endswith(b"\n"):
        raise PipeCut("the pipe was cut off")
    try:
        told = json.loads(line)
    except ValueError as error:
        raise PipeCut("the pipe holds something else") from error
    if not isinstance(told, dict):
        raise PipeCut("the pipe holds something else")
    return told


def _whole(source: IO[bytes], count: int) -> bytes:
    data = b""
    while len(data) < count:
        more = source.read(count - len(data))
        if not more:
            raise PipeCut("the pipe was cut off")
        data += more
    return data
