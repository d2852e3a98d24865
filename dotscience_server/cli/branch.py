"""``ds branch``: go on from a run in a folder of its own; without a name, the branches that there are."""

from __future__ import annotations

import argparse
import os

from .context import Context
from .jobs import wait
from .output import Column, counted, plain, table, when
from .places import REF_HELP


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", nargs="?", help="what to call it")
    parser.add_argument("run", metavar="RUN", nargs="?", help=f"{REF_HELP}; default: last")
    parser.add_argument("--into", metavar="DIR", help="a folder that does not exist yet")


def run(context: Context, arguments: argparse.Namespace) -> None:
    if arguments.name is None:
        _list(context)
        return
    into = None if arguments.into is None else os.path.abspath(arguments.into)
    body = {"name": arguments.name, "run": arguments.run, "into": into}
    job = wait(context.worker, context.worker.post("branches", body))
    if context.json:
        context.tell(job)
        return
    print(f"Branch {plain(arguments.name)} stands in {plain(job['result']['path'])}")
    if job["result"]["not_kept"]:
        lacking = len(job["result"]["not_kept"])
        print(f"{counted(lacking, 'file has', 'files have')} no bytes any more.")


def _list(context: Context) -> None:
    found = context.worker.get("branches")
    if context.json:
        context.tell(found)
        return
    if found["parent"]:
        print(
            f"This is branch {plain(found['parent']['name'])} of {plain(found['parent']['path'])}"
        )
    branches = found["branches"]
    if branches:
        origins = [one["run"][:8] if one["run"] else f"@{one['snapshot'][:7]}" for one in branches]
        columns = [
            Column("branch", [one["name"] for one in branches]),
            Column("from", origins),
            Column("made", [when(one["time"]) for one in branches]),
            Column("folder", [one["path"] for one in branches]),
            Column("", ["" if one["state"] == "there" else "gone" for one in branches]),
        ]
        print("\n".join(table(columns)))
    elif not found["parent"]:
        print("No branches. 'ds branch NAME RUN' makes one.")
