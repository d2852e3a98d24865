"""``ds doctor``: what this host and this workspace can do, and what to do about what is in the way.

Exit code 1 when something does not work. Nothing is changed, and no folder becomes a workspace.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from dotscience import __version__

from ..doctor.file_system import file_system, moves, room, zfs
from ..doctor.finding import Finding, good, note, problem
from ..doctor.programs import engine, jupyter, socket
from ..protocol.failure import ApiError
from ..store.layout import Located, locate
from .context import Context
from .output import counted, paint, pairs, plain

Json = dict[str, Any]
_MARKS = {"good": ("ok", "green"), "note": ("--", "yellow"), "problem": ("!!", "red")}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", nargs="?", help="a folder (default: this one)")


def run(context: Context, arguments: argparse.Namespace) -> None:
    located = locate(arguments.path or context.workspace)
    about_zfs, record = zfs(located.path)
    findings = [*_of_workspace(context, located), *about_zfs, engine(), *jupyter()]
    problems = [one for one in findings if one.state == "problem"]
    if context.json:
        context.tell(
            {
                "version": __version__,
                "workspace": str(located.path),
                "healthy": not problems,
                "findings": [one.to_json() for one in findings],
                "zfs": record,
            }
        )
    else:
        print("\n".join(_lines(findings)))
        print(f"\n{counted(len(problems), 'problem')}." if problems else "\nNothing is broken.")
    if problems:
        raise SystemExit(1)


def _of_workspace(context: Context, located: Located) -> Iterator[Finding]:
    yield from _tracked(context, located)
    yield from moves(located.path)
    yield from file_system(located.path)
    yield room(located.store)
    yield socket(located.socket)


def _tracked(context: Context, located: Located) -> Iterator[Finding]:
    if not located.store.is_dir():
        yield note("Workspace", f"{located.path} is not tracked", f"ds init {located.path}")
        return
    own = Context(str(located.path), context.json)
    try:
        info = own.worker.info
    except ApiError as error:
        yield good("Workspace", str(located.path))
        yield problem("Tracking", error.message, error.next)
        return
    yield good("Workspace", f"{located.path}, {counted(info['runs'], 'run')}")
    yield good("Snapshots by", f"{info['driver']}: {info['driver_reason']}")


def _lines(findings: list[Finding]) -> Iterator[str]:
    rows = pairs(((one.what, plain(one.text)) for one in findings), indent="")
    indent = " " * 5
    for finding, row in zip(findings, rows, strict=True):
        mark, style = _MARKS[finding.state]
        yield f"{paint(mark, style)}   {row}"
        if finding.next is not None:
            yield f"{indent}{plain(finding.next)}"
