"""``ds claim``: a file that a run used and did not declare is an input, an output, or nothing of it."""

from __future__ import annotations

import argparse
import os

from dotscience._tree import name_to_json

from .context import Context


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="a run's id, or its first digits")
    parser.add_argument("path", metavar="PATH", help="as ds show has it")
    parser.add_argument("kind", choices=("input", "output", "none"), help="what it was to the run")


def run(context: Context, arguments: argparse.Namespace) -> None:
    found = context.run_id(arguments.run)
    path = name_to_json(os.fsencode(arguments.path))
    context.worker.post(f"runs/{found}/claims", {"path": path, "as": arguments.kind})
    if context.json:
        context.tell({"run": found, "path": path, "as": arguments.kind})
    else:
        print(f"{arguments.path}: {arguments.kind} of run {found[:8]}.")
