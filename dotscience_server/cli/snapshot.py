"""``ds snapshot``: save a snapshot now. Blocks until it is frozen."""

from __future__ import annotations

import argparse

from .context import Context
from .jobs import wait
from .output import plain


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-m", "--message", metavar="TEXT", help="what it is about")


def run(context: Context, arguments: argparse.Namespace) -> None:
    job = wait(context.worker, context.worker.post("snapshots", {"message": arguments.message}))
    if context.json:
        context.tell(job)
        return
    snapshot = job["result"]["snapshot"]
    print(f"Saved snapshot {snapshot[:7]}.")
    if job["result"]["message"]:
        print(plain(job["result"]["message"]))
