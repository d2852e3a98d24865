"""``ds cat``: the bytes of one old file, or a range of them, on stdout."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Iterable

from ..protocol.failure import ApiError
from .context import Context
from .places import REF_HELP, asked, of_ref

_RANGE = re.compile(r"\d*-\d*")
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="RUN:PATH", help=f"{REF_HELP}; a path in the workspace")
    parser.add_argument("--range", metavar="A-B", type=_range, help="bytes A to B alone, from 0")
    parser.add_argument("--force", action="store_true", help="also what is no text to a terminal")


def run(context: Context, arguments: argparse.Namespace) -> None:
    ref, path = of_ref(context, arguments.file)
    headers = {} if arguments.range is None else {"Range": f"bytes={arguments.range}"}
    with context.worker.stream(f"runs/{ref}/file", {"path": asked(path)}, headers) as reply:
        if reply.status == 416:
            raise ApiError.of("bad-request", detail="the file has no such bytes")
        _write(reply.chunks, sys.stdout.isatty() and not arguments.force)


def _write(chunks: Iterable[bytes], guarded: bool) -> None:
    sys.stdout.flush()
    for chunk in chunks:
        if guarded and _CONTROL.search(chunk):
            detail = "it is no plain text; --force writes it to the terminal all the same"
            raise ApiError.of("bad-request", detail=detail)
        while chunk:
            chunk = chunk[os.write(sys.stdout.fileno(), chunk) :]


def _range(text: str) -> str:
    if not _RANGE.fullmatch(text) or text == "-":
        raise argparse.ArgumentTypeError("A-B, A- or -LENGTH")
    return text
