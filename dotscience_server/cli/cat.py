"""``ds cat``: the bytes of one old file, or a range of them, on stdout."""

from __future__ import annotations

import argparse
import os
import re
import sys

from ..client import StreamedReply
from ..protocol.failure import ApiError
from .context import Context
from .places import REF_HELP, asked, of_ref, what_is_at

_RANGE = re.compile(r"\d*-\d*")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="RUN:PATH", help=f"{REF_HELP}; a path in the workspace")
    parser.add_argument("--range", metavar="A-B", type=_range, help="bytes A to B alone, from 0")
    parser.add_argument("--force", action="store_true", help="also what is no text to a terminal")


def run(context: Context, arguments: argparse.Namespace) -> None:
    ref, path = of_ref(context, arguments.file)
    if not path:
        raise ApiError.of("bad-request", detail="RUN:PATH names a file, and its path is missing")
    try:
        _copy(context, ref, path, arguments)
    except ApiError as error:
        if error.code != "file-not-found" or (kind := _kind(context, ref, path)) is None:
            raise
        detail = f"{arguments.file} is a {kind}, no file ('ds ls' shows it)"
        raise ApiError.of("bad-request", detail=detail) from None


def _copy(context: Context, ref: str, path: bytes, arguments: argparse.Namespace) -> None:
    """All that is wanted. An answer that ends too early is gone on with: what is damaged there is said then, as the
    worker can only before it begins to send.
    """
    guarded = sys.stdout.isatty() and not arguments.force
    wanted = arguments.range
    while True:
        headers = {} if wanted is None else {"Range": f"bytes={wanted}"}
        with context.worker.stream(f"runs/{ref}/file", {"path": asked(path)}, headers) as reply:
            if reply.status == 416:
                raise ApiError.of("bad-request", detail="the file has no such bytes")
            at, last = _extent(reply)
            try:
                for chunk in reply.chunks:
                    _write(chunk, guarded)
                    at += len(chunk)
                return
            except ApiError as error:
                if error.code != "worker-unreachable" or at == _extent(reply)[0]:
                    raise
            wanted = f"{at}-{last}"


def _extent(reply: StreamedReply) -> tuple[int, int]:
    """The first and last byte that an answer has."""
    headers = {name.lower(): value for name, value in reply.headers.items()}
    if reply.status == 206:
        found = re.match(r"bytes (\d+)-(\d+)/", headers["content-range"])
        assert found is not None
        return int(found[1]), int(found[2])
    return 0, int(headers["content-length"]) - 1


def _kind(context: Context, ref: str, path: bytes) -> str | None:
    """What is there that is no file: a folder or a link."""
    found = what_is_at(context, ref, path)
    return None if found is None or found["kind"] == "file" else str(found["kind"])


def _write(chunk: bytes, guarded: bool) -> None:
    if guarded and _CONTROL.search(chunk):
        detail = "it is no plain text; --force writes it to the terminal all the same"
        raise ApiError.of("bad-request", detail=detail)
    while chunk:
        chunk = chunk[os.write(sys.stdout.fileno(), chunk) :]


def _range(text: str) -> str:
    if not _RANGE.fullmatch(text) or text == "-":
        raise argparse.ArgumentTypeError("A-B, A- or -LENGTH")
    return text
