"""``ds init``: make a folder a workspace. What is tracked already is told and left as it is."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

from ..client import connect
from .context import Context
from .moving import end_move, go_back, move_in, tell_moved
from .output import plain

Json = dict[str, Any]
_WHY = {
    "tracked-parent": "",
    "git-root": " (the top folder of its Git repository)",
    "folder": "",
    "home": " (nothing but notebooks and declared files is kept until you agree)",
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", metavar="PATH", nargs="?", help="the folder (default: this one)")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--zfs",
        metavar="POOL[/PARENT]",
        help="move it into a ZFS dataset of its own below this one; the original is kept aside",
    )
    which.add_argument("--zfs-confirm", action="store_true", help="end a move: remove the original")
    which.add_argument(
        "--zfs-undo", action="store_true", help="give a move up: the original is the workspace"
    )


def run(context: Context, arguments: argparse.Namespace) -> None:
    path = arguments.path or context.workspace
    if arguments.zfs is not None:
        _tell(context, move_in(context, path, arguments.zfs), tell_moved)
    elif arguments.zfs_undo:
        _tell(context, go_back(context, path), _tell_back)
    elif arguments.zfs_confirm:
        _tell(context, end_move(context, path), _tell_ended)
    else:
        _track(context, arguments)


def _track(context: Context, arguments: argparse.Namespace) -> None:
    info = connect(arguments.path or context.workspace).info
    if context.json:
        context.tell(info)
        return
    print(
        f"Workspace {plain(info['name'])} at {plain(info['path'])}{_WHY.get(info['reason'], '')}."
    )
    print(f"Snapshots: {plain(info['driver'])}, {plain(info['driver_reason'])}.")


def _tell(context: Context, told: Json, show: Callable[[Json], None]) -> None:
    if context.json:
        context.tell(told)
    else:
        show(told)


def _tell_back(told: Json) -> None:
    print(f"{plain(told['workspace'])} is the original again.")
    if told["kept"]:
        dataset = plain(told["dataset"])
        print(f"What was written since the move is in the dataset {dataset}, mounted nowhere.")
        print(f"  zfs set mountpoint=/some/folder {dataset}; zfs mount {dataset}")
        print("shows it; 'zfs destroy' removes it when you are sure.")


def _tell_ended(told: Json) -> None:
    print(f"{plain(told['removed'])} is removed. The workspace lies in {plain(told['dataset'])}.")
