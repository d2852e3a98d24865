"""``ds log``: the versions of a file, and which runs made, read or have each."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from ..protocol.failure import ApiError
from .context import Context
from .output import counted, paint, plain, size, when
from .places import asked, inside

_RUNS = 5
_WORDS = {"output": "made by", "wrote": "written by", "input": "used by", "read": "read by"}
_STATES = {"fingerprint": ", size and time only", "thinned": ", given up"}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "path", metavar="PATH", help="a file of the workspace, also one that is gone"
    )


def run(context: Context, arguments: argparse.Namespace) -> None:
    path = inside(context, arguments.path)
    found = context.worker.get("versions", {"path": asked(path)})
    if context.json:
        context.tell(found)
        return
    before = context.worker.get("inherited/versions", {"path": asked(path)})["from"]
    before = [told for told in before if told["versions"]]
    if not found["versions"] and not before:
        if found["kind"] == "folder":
            detail = f"{arguments.path} is a folder: name a file in it"
            raise ApiError.of("bad-request", detail=detail)
        what = "any run or snapshot here"
        raise ApiError.of("file-not-found", path=arguments.path, what=what)
    print("\n".join(_lines(found)))
    for told in before:
        print(f"Before branch {plain(told['name'])}, in {plain(told['path'])}:")
        print("\n".join(line for one in told["versions"] for line in _version(one, False)))


def _lines(found: dict[str, Any]) -> Iterator[str]:
    now = found["now"]
    if now is None:
        yield paint("not there now", "yellow")
    elif now["version"] is None:
        yield paint(f"now    {size(now['size'])}, as in no version below", "yellow")
    for number, version in enumerate(found["versions"]):
        yield from _version(version, now is not None and now["version"] == number)
    if found["cut"]:
        yield "There are older versions."


def _version(version: dict[str, Any], is_now: bool) -> Iterator[str]:
    ref = version["ref"]
    short = ref[:8]
    state = _STATES.get(version["state"], "")
    mark = "  now" if is_now else ""
    head = f"{short:8}  {when(version['time'])}  {size(version['size'])}{state}"
    yield paint(head, "bold") + mark
    told = [one for one in version["runs"] if one["role"] != "present"]
    for one in told[:_RUNS]:
        yield f"    {_WORDS[one['role']]} {one['run'][:8]}  {plain(one['title'])}"
    rest = version["run_count"] - min(len(told), _RUNS)
    if rest:
        yield f"    {'and ' if told else ''}in {counted(rest, 'run')}" + (" more" if told else "")
