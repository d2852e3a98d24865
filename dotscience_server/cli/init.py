"""``ds init``: make a folder a workspace. What is tracked already is told and left as it is."""

from __future__ import annotations

import argparse

from ..client import connect
from .context import Context
from .output import plain

_WHY = {
    "tracked-parent": "",
    "git-root": " (the top folder of its Git repository)",
    "folder": "",
    "home": " (nothing but notebooks and declared files is kept until you agree)",
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", nargs="?", help="the folder (default: this one)")


def run(context: Context, arguments: argparse.Namespace) -> None:
    info = connect(arguments.path or context.workspace).info
    if context.json:
        context.tell(info)
        return
    print(
        f"Workspace {plain(info['name'])} at {plain(info['path'])}{_WHY.get(info['reason'], '')}."
    )
    print(f"Snapshots: {plain(info['driver'])}, {plain(info['driver_reason'])}.")
