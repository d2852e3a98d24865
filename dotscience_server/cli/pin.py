"""``ds pin`` and ``ds unpin``: a pinned run keeps all its files, whatever the storage budget says."""

from __future__ import annotations

import argparse

from .context import Context


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", nargs="+", help="a run's id, or its first digits")


def run(context: Context, arguments: argparse.Namespace) -> None:
    set_pinned(context, arguments.run, "yes")


def set_pinned(context: Context, named: list[str], value: str | None) -> None:
    """Label the runs, or take the label away."""
    runs = [context.run_id(one) for one in named]
    for run in runs:
        context.worker.post(f"runs/{run}/labels", {"key": "pinned", "value": value})
    if context.json:
        context.tell([{"run": run, "pinned": value is not None} for run in runs])
    else:
        for run in runs:
            print(f"Run {run[:8]} is {'pinned' if value else 'pinned no more'}.")
