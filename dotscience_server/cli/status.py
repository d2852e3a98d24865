"""``ds status``: what goes on now, and what tracking costs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from .context import Context
from .output import counted, fit, paint, pairs, plain, size, when

Json = dict[str, Any]
_FILES_SHOWN = 10
_KINDS = {"modified": "M", "added": "A", "deleted": "D"}


def configure(parser: argparse.ArgumentParser) -> None:
    del parser


def run(context: Context, arguments: argparse.Namespace) -> None:
    worker = context.worker
    status = worker.get("status", {"fresh": 1})
    if context.json:
        context.tell(status)
        return
    print("\n".join(_lines(worker.info, status)))


def _lines(workspace: Json, status: Json) -> Iterator[str]:
    yield f"{paint(plain(workspace['name']), 'bold')}  {plain(workspace['path'])}"
    yield from pairs(_facts(workspace, status))
    for part in (_running(status), _changes(status), _notices(status)):
        yield from part


def _facts(workspace: Json, status: Json) -> Iterator[tuple[str, str]]:
    yield "Runs", f"{workspace['runs']:,}"
    yield "Last snapshot", _last(status["last_snapshot"])
    yield "Snapshots by", f"{workspace['driver']} ({workspace['driver_reason']})"
    yield "Tracked", _cost(status["cost"])
    if status["cost"]["held_back_files"]:
        yield "Held back", _held_back(status["cost"])
    for job in status["jobs"]:
        if job["state"] in ("waiting", "running"):
            yield "Now", job["title"]


def _last(snapshot: Json | None) -> str:
    if snapshot is None:
        return "none yet"
    text = f"{snapshot['id'][:7]}, {when(snapshot['time'])}, {counted(snapshot['files'], 'file')}"
    return f"{text}: {snapshot['message']}" if snapshot["message"] else text


def _cost(cost: Json) -> str:
    if not cost["counted"]:
        return "being counted"
    text = f"{counted(cost['files'], 'file')}, {size(cost['bytes'])}"
    if cost["store_bytes"] is not None:
        text += f"; stored {size(cost['store_bytes'])}"
    return f"{text}; {size(cost['free_bytes'])} free"


def _held_back(cost: Json) -> str:
    held = f"{counted(cost['held_back_files'], 'file')}, {size(cost['held_back_bytes'])}"
    return f"{held}: known by size and time until you agree to keep them"


def _running(status: Json) -> Iterator[str]:
    for run in status["running"]:
        metrics = ", ".join(f"{value['key']} {value['text']}" for value in run["metrics"])
        told = [run["id"][:8], f"since {when(run['started'])}", run["description"] or "", metrics]
        yield "Running  " + fit("  ".join(part for part in told if part), 100)


def _changes(status: Json) -> Iterator[str]:
    changes = status["changes"]
    if not changes["counted"] or changes["since"] is None:
        return
    if not changes["total"]:
        yield f"No changes since {when(changes['since'])}"
        return
    yield f"{counted(changes['total'], 'change')} since {when(changes['since'])}"
    for file in changes["files"][:_FILES_SHOWN]:
        bytes_ = "" if file["size"] is None else f"  {size(file['size'])}"
        kept = "" if file["policy"] == "keep" else "  (size and time only)"
        yield f"  {_KINDS[file['kind']]} {path_text(file['path'])}{bytes_}{kept}"
    rest = changes["total"] - min(len(changes["files"]), _FILES_SHOWN)
    if rest > 0:
        yield f"  + {rest:,}"


def _notices(status: Json) -> Iterator[str]:
    for notice in status["notices"]:
        style = {"error": "red", "warning": "yellow"}.get(notice["severity"], "blue")
        yield f"{paint(plain(notice['title']), style)}: {plain(notice['text'])}"
        yield f"  Kept: {plain(notice['kept'])}"
        yield f"  {plain(notice['next'])}"


def path_text(path: str | dict[str, str]) -> str:
    """A path of the protocol as printable text."""
    if isinstance(path, str):
        return plain(path)
    from base64 import b64decode

    return plain(b64decode(path["b64"]).decode(errors="surrogateescape"))
