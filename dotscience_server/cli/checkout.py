"""``ds checkout``: a run's files in a new folder; never over anything that is there (G4)."""

from __future__ import annotations

import argparse
import os

from .context import Context, as_ref
from .jobs import wait
from .missing import end_incomplete, offering_the_rest, tell_missing
from .output import plain
from .places import REF_HELP


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help=REF_HELP)
    parser.add_argument("--into", metavar="DIR", help="a folder that does not exist yet")
    parser.add_argument(
        "--skip-damaged",
        action="store_true",
        help="all files but those whose stored bytes are damaged; exit code 1 where there are any",
    )


def run(context: Context, arguments: argparse.Namespace) -> None:
    into = None if arguments.into is None else os.path.abspath(arguments.into)
    body = {"into": into, "skip_damaged": arguments.skip_damaged}
    with offering_the_rest():
        begun = context.worker.post(f"runs/{as_ref(arguments.run)}/checkout", body)
        job = wait(context.worker, begun)
    if context.json:
        context.tell(job)
        end_incomplete(job["result"])
        return
    what = f"Run {job['run'][:8]}" if job["run"] else f"Snapshot {job['result']['snapshot'][:7]}"
    print(f"{what} stands in {plain(job['result']['path'])}")
    if job["result"]["message"]:
        print(plain(job["result"]["message"]))
    tell_missing(job["result"])
    end_incomplete(job["result"])
