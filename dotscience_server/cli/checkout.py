"""``ds checkout``: a run's files in a new folder; never over anything that is there (G4)."""

from __future__ import annotations

import argparse
from pathlib import Path

from .context import Context
from .jobs import wait
from .output import plain


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="a run's id, or its first digits")
    parser.add_argument("--into", metavar="DIR", help="a folder that does not exist yet")


def run(context: Context, arguments: argparse.Namespace) -> None:
    id = context.run_id(arguments.run)
    into = None if arguments.into is None else str(Path(arguments.into).absolute())
    job = wait(context.worker, context.worker.post(f"runs/{id}/checkout", {"into": into}))
    if context.json:
        context.tell(job)
        return
    print(f"Run {id[:8]} stands in {plain(job['result']['path'])}")
    if job["result"]["message"]:
        print(plain(job["result"]["message"]))
