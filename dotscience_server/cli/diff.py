"""``ds diff``: what differs between two runs or snapshots, or one and the files as they are."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from typing import Any

from ..newest import newest_runs
from ..protocol.failure import ApiError
from .context import Context
from .output import counted, paint, shown_line, size
from .places import REF_HELP, asked, inside, pages, raw, what_is_at
from .status import path_text

Json = dict[str, Any]
_MARKS = {"added": "+", "modified": "~", "deleted": "-", "moved": ">", "mode": "m"}
_STYLES = {"+": "green", "-": "red", "@": "blue"}
_WHY = {
    "binary": "not text",
    "large": "too large to show",
    "not_kept": "bytes not kept",
    "same": "the same text",
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "given",
        metavar="[A [B]] [PATH…]",
        nargs="*",
        help=f"A, B: {REF_HELP}, or 'now'; default: the last run against now. After -- paths alone",
    )
    parser.add_argument("--stat", action="store_true", help="the files alone")


def run(context: Context, arguments: argparse.Namespace) -> None:
    a, b, paths = _told(context, list(arguments.given))
    found = _whole(context, a, b, [inside(context, path) for path in paths])
    for path in paths:
        _check_known(context, (a, b), path, found)
    if context.json:
        context.tell(found)
        return
    for one in found["files"]:
        print(_head(one))
        if one["text"] and not arguments.stat:
            for line in _text(context, a, b, one):
                print(line)
    print(_counts(found["counts"]))


def _told(context: Context, given: list[str]) -> tuple[str, str, list[str]]:
    """The two versions, and paths: the first things given that name a version are versions."""
    refs: list[str] = []
    while given and len(refs) < 2 and _is_ref(context, given[0], bool(refs)):
        refs.append(given.pop(0))
    if not refs:
        refs = [_last_run(context)]
    return refs[0], refs[1] if len(refs) > 1 else "now", given


def _is_ref(context: Context, named: str, may_be_path: bool) -> bool:
    if named in ("now", "last") or named.startswith("@"):
        return True
    try:
        context.run_id(named)
        return True
    except ApiError as error:
        if ":" in named and error.code == "run-not-found":
            ref, _, path = named.partition(":")
            detail = f"paths stand by themselves: ds diff {ref or 'RUN'} {path or 'PATH'}"
            raise ApiError.of("bad-request", detail=detail) from None
        exists = os.path.lexists(os.path.join(context.workspace, named))
        if error.code != "run-not-found" or not (may_be_path or exists):
            raise
        return False


def _last_run(context: Context) -> str:
    _, runs = newest_runs(context.worker, 1)
    return str(runs[0]["id"]) if runs else "last"


def _whole(context: Context, a: str, b: str, paths: list[bytes]) -> Json:
    """The whole difference, or what of it lies below the paths."""
    query: Json = {"a": a, "b": b}
    if len(paths) == 1 and paths[0]:
        query["under"] = asked(paths[0])
    found: Json = {}
    for page in pages(context, "diff", query):
        found = {**page, "files": [*found.get("files", ()), *page["files"]]}
    if len(paths) > 1 and b"" not in paths:
        found["files"] = [one for one in found["files"] if _is_below(one, paths)]
    counts = dict.fromkeys(_MARKS, 0)
    for one in found["files"]:
        counts[one["kind"]] += 1
    return {**found, "counts": {**counts, "same": found["counts"]["same"]}}


def _is_below(one: Json, paths: list[bytes]) -> bool:
    names = [raw(name) for name in (one["path"], one["from"]) if name is not None]
    return any(name == path or name.startswith(path + b"/") for name in names for path in paths)


def _check_known(context: Context, refs: tuple[str, str], named: str, found: Json) -> None:
    """A path that is nowhere is a mistake, most often a run's id with one: it must not read as no difference."""
    path = inside(context, named)
    if not path or os.path.lexists(os.path.join(os.fsencode(context.worker.path), path)):
        return
    if any(_is_below(one, [path]) for one in found["files"]):
        return
    if any(ref != "now" and what_is_at(context, ref, path) for ref in refs):
        return
    raise ApiError.of("file-not-found", path=named, what="either of them, and no run has this id")


def _head(one: Json) -> str:
    name = path_text(one["path"])
    if one["from"] is not None:
        name = f"{path_text(one['from'])} > {name}"
    sizes = [size(one[side]) for side in ("size_a", "size_b") if one[side] is not None]
    told = sizes[0] if len(set(sizes)) == 1 else " > ".join(sizes)
    if one["kind"] == "mode":
        told = "permissions"
    return paint(f"{_MARKS[one['kind']]} {name}", "bold") + (f"  {told}" if told else "")


def _text(context: Context, a: str, b: str, one: Json) -> Iterator[str]:
    query = {"a": a, "b": b, "path": asked(raw(one["path"]))}
    found = context.worker.get("diff/file", query)
    if found["state"] != "text":
        yield f"    ({_WHY[found['state']]})"
        return
    for line in found["diff"].split("\n")[:-1]:
        style = _STYLES.get(line[:1])
        yield "    " + (paint(shown_line(line), style) if style else shown_line(line))


def _counts(counts: Json) -> str:
    told = [f"{counts[kind]:,} {kind}" for kind in _MARKS if counts[kind] and kind != "mode"]
    if counts["mode"]:
        told.append(f"{counted(counts['mode'], 'mode')} changed")
    return ", ".join(told) if told else "Nothing differs."
