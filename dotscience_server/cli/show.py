"""``ds show``: all detail of one run."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator
from typing import Any

from ..snapshots.left_out import sentence
from .context import Context, as_ref
from .output import Column, counted, duration, paint, pairs, plain, size, table, when
from .status import path_text

Json = dict[str, Any]
_MODES = {"r": "read", "w": "written", "rw": "read and written", "m": "moved here"}
_STATES = {
    "kept": "",
    "fingerprint": "size and time only",
    "changed": "written again before its bytes were stored",
    "missing": "was not there",
    "pending": "being stored",
    "unknown": "not known",
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="a run's id, or its first digits")
    parser.add_argument("--block", action="store_true", help="print the run block as it was found")


def run(context: Context, arguments: argparse.Namespace) -> None:
    found = context.worker.get(f"runs/{as_ref(arguments.run)}")
    if context.json:
        context.tell(found)
    elif arguments.block:
        print("\n".join(plain(line) for line in (found["block_text"] or "").splitlines()))
    else:
        print("\n".join(_lines(found)))


def _lines(found: Json) -> Iterator[str]:
    yield f"{paint('Run ' + found['id'], 'bold')}  {found['state']}"
    if found["description"]:
        yield plain(found["description"])
    if found["error"]:
        yield paint("Error: ", "red") + plain(found["error"])
    if found["conflict"]:
        yield (
            paint("Conflict: ", "yellow") + "blocks of this id say different things; all are kept."
        )
    yield from pairs(_facts(found))
    for title, values in (("Metrics", found["metrics"]), ("Parameters", found["parameters"])):
        yield from _section(title, [(value["key"], value["text"]) for value in values])
    yield from _section("Labels", [(label["key"], label["value"]) for label in found["labels"]])
    yield from _section("Models", [(model["name"], _model(model)) for model in found["models"]])
    yield from _files("Inputs", found["inputs"])
    yield from _files("Outputs", found["outputs"])
    yield from _undeclared(found["undeclared"])


def _facts(found: Json) -> Iterator[tuple[str, str]]:
    if found.get("inherited"):
        yield "Workspace", f"{found['inherited']} (before the branch)"
    yield "Started", when(found["started"])
    yield "Took", duration(found["duration_s"]) or "not known"
    if found["notebook"] or found["workload"]:
        yield "From", found["notebook"] or found["workload"]
    context = found["context"] or {}
    if context.get("argv") and not found["notebook"]:
        yield "Command", plain(shlex.join(context["argv"]))
    yield "Snapshot", _snapshot(found)
    if context.get("python"):
        yield "Python", f"{context['python']}, {context.get('user')}@{context.get('host')}"
    git = context.get("git")
    if git and git["commit"]:
        yield "Git", f"{git['commit'][:10]} {git['branch'] or ''}"


def _snapshot(found: Json) -> str:
    state, detail = found["snapshot"]["state"], found["snapshot_detail"]
    if detail is None:
        return str(state)
    text = f"{detail['id'][:7]}, {counted(detail['files'], 'file')}, {size(detail['bytes'])}"
    if state == "frozen":
        text += "; hashes pending"
    if detail["unstable"]:
        text += f"; {counted(len(detail['unstable']), 'file')} changed meanwhile"
    if detail["not_kept"]:
        text += f"; {counted(detail['not_kept'], 'file')} by size and time only"
    left_out = sentence(detail.get("left_out"))
    return text if left_out is None else f"{text}. {left_out}"


def _model(model: Json) -> str:
    return " ".join(str(model[key]) for key in ("kind", "version", "path") if model[key])


def _section(title: str, rows: list[tuple[str, str]]) -> Iterator[str]:
    if rows:
        yield paint(title, "bold")
        yield from pairs(rows)


def _files(title: str, files: list[Json]) -> Iterator[str]:
    if not files:
        return
    yield paint(title, "bold")
    columns = [
        Column("path", [path_text(file["path"]) for file in files]),
        Column("size", ["" if f["size"] is None else size(f["size"]) for f in files], "right"),
        Column("", [_file_state(file) for file in files]),
    ]
    yield from table(columns, indent="  ")


def _undeclared(files: list[Json]) -> Iterator[str]:
    """Seen to be used and not declared."""
    if files:
        yield paint("Not declared", "bold")
        modes = [_MODES.get(str(file["mode"]), "") for file in files]
        earlier = ["earlier in the session" if file["when"] == "before" else "" for file in files]
        paths = Column("path", [path_text(file["path"]) for file in files])
        yield from table([paths, Column("", modes), Column("", earlier)], indent="  ")


def _file_state(file: Json) -> str:
    where = "outside the workspace" if file["outside"] else ""
    state = _STATES.get(file["state"], file["state"])
    return ", ".join(part for part in (where, state) if part)
