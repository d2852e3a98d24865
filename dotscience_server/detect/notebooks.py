"""Reads notebooks robustly and finds the run blocks in them.

A notebook is read only when it stands still: stat, read, stat the same, not empty, no ``.~name``
beside it (Jupyter Server truncates and then writes), and it is JSON. Idempotence is the ledger's.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dotscience import _block
from dotscience._block import Block, Broken

LARGE_BYTES = 50 * 1024 * 1024
_MARK = b"[[DOTSCIENCE-RUN:"


@dataclass(frozen=True)
class Found:
    """One block of a notebook: where it is and what was read."""

    cell: int
    cell_id: str | None
    item: Block | Broken


@dataclass(frozen=True)
class Read:
    """A whole notebook. ``content`` is its bytes."""

    signature: str
    content: bytes
    found: list[Found]
    mode: int
    mtime_ns: int


@dataclass(frozen=True)
class Gone:
    """There is no such file."""


@dataclass(frozen=True)
class InMotion:
    """Somebody is writing it, or stopped half-way: ``detail`` says what was seen."""

    detail: str


@dataclass(frozen=True)
class TooLarge:
    """Its outputs are not searched, although there are runs in them."""

    signature: str
    size: int


Outcome = Read | Gone | InMotion | TooLarge


def signature_of(status: os.stat_result) -> str:
    """Changes whenever the file does."""
    return f"{status.st_dev}:{status.st_ino}:{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}"


def read_notebook(path: Path) -> Outcome:
    """One attempt. Raises OSError only for what is neither missing nor in motion."""
    try:
        before = path.stat()
        if path.with_name(f".~{path.name}").exists():
            return InMotion("a save is going on")
        if before.st_size > LARGE_BYTES:
            return _read_large(path, before)
        content = path.read_bytes()
        after = path.stat()
    except FileNotFoundError:
        return Gone()
    if signature_of(before) != signature_of(after) or len(content) != after.st_size:
        return InMotion("it changed while it was read")
    return _parse(content, after)


def _parse(content: bytes, status: os.stat_result) -> Outcome:
    if not content.strip():
        return InMotion("it is empty")
    if _MARK not in content and _ends_like_json(content):
        return _read(content, [], status)
    try:
        notebook: Any = json.loads(content)
    except (ValueError, RecursionError) as error:
        return InMotion(f"it is not valid JSON ({str(error)[:80]})")
    return _read(content, _search(notebook), status)


def _ends_like_json(content: bytes) -> bool:
    """Cheap test where nothing is to be found: a cut notebook does not end with its last brace."""
    return content.lstrip()[:1] == b"{" and content.rstrip()[-1:] == b"}"


def _search(notebook: Any) -> list[Found]:
    found = _block.read_notebook(notebook)
    return [Found(index, cell_id, item) for index, cell_id, item in found]


def _read(content: bytes, found: list[Found], status: os.stat_result) -> Read:
    mode = status.st_mode & 0o7777
    return Read(signature_of(status), content, found, mode, status.st_mtime_ns)


def _read_large(path: Path, status: os.stat_result) -> Outcome:
    """Look for the mark alone, piece by piece."""
    with path.open("rb") as file:
        tail = b""
        while piece := file.read(1 << 20):
            if _MARK in tail + piece:
                return TooLarge(signature_of(status), status.st_size)
            tail = piece[-len(_MARK) :]
    return _read(b"", [], status)
