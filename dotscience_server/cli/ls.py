"""``ds ls``: what a folder of a run held."""

from __future__ import annotations

import argparse
from typing import Any

from .context import Context
from .output import Column, size, table, when
from .places import REF_HELP, asked, of_ref, pages, what_is_at
from .status import path_text

_STATES = {
    "fingerprint": "size and time only",
    "changed": "written again, not kept",
    "thinned": "given up",
}
_MARKS = {"folder": "/", "link": "@"}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("place", metavar="RUN[:PATH]", help=f"{REF_HELP}; a path in the workspace")
    parser.add_argument("-l", "--long", action="store_true", help="with sizes and times")
    parser.add_argument("-r", "--recursive", action="store_true", help="everything below")


def run(context: Context, arguments: argparse.Namespace) -> None:
    ref, path = of_ref(context, arguments.place)
    entries = _entries(context, ref, path, arguments.recursive)
    if context.json:
        context.tell({"files": entries})
    elif arguments.long:
        print("\n".join(_table(entries, path)))
    else:
        for entry in entries:
            print(_name(entry, path))


def _entries(context: Context, ref: str, path: bytes, recursive: bool) -> list[dict[str, Any]]:
    query = {"under": asked(path)} if path else {}
    if not recursive:
        query["depth"] = "1"
    found = [f for page in pages(context, f"runs/{ref}/files", query) for f in page["files"]]
    return found if found or not path else [_itself(context, ref, path)]


def _itself(context: Context, ref: str, path: bytes) -> dict[str, Any]:
    """A file, or an empty folder."""
    if (found := what_is_at(context, ref, path)) is not None:
        return found
    # Asked for by name it says in its own words that it is not there.
    with context.worker.stream(f"runs/{ref}/file", {"path": asked(path)}):
        raise AssertionError("it was not listed")


def _table(entries: list[dict[str, Any]], path: bytes) -> list[str]:
    times = [_time(entry) for entry in entries]
    sizes = ["" if entry["size"] is None else size(entry["size"]) for entry in entries]
    return table(
        [
            Column("path", [_name(entry, path) for entry in entries]),
            Column("size", sizes, "right"),
            Column("changed", times),
            Column("", [_STATES.get(entry["state"], "") for entry in entries]),
        ]
    )


def _time(entry: dict[str, Any]) -> str:
    from ..store.stamps import rfc3339

    try:
        return when(rfc3339(int(entry["mtime_ns"])))
    except (ValueError, OverflowError):
        return ""


def _name(entry: dict[str, Any], below: bytes) -> str:
    shown = path_text(entry["path"])
    prefix = path_text({"b64": _b64(below + b"/")}) if below else ""
    return shown.removeprefix(prefix) + _MARKS.get(entry["kind"], "")


def _b64(path: bytes) -> str:
    from base64 import b64encode

    return b64encode(path).decode()
