"""``ds rebuild``: the index anew from the records, which are the truth."""

from __future__ import annotations

import argparse

from .context import Context
from .jobs import wait
from .output import counted, plain


def configure(parser: argparse.ArgumentParser) -> None:
    del parser


def run(context: Context, arguments: argparse.Namespace) -> None:
    job = wait(context.worker, context.worker.post("rebuild"))
    if context.json:
        context.tell(job)
        return
    made = plain(job["result"]["message"])
    print(f"Rebuilt the index from {counted(job['done'], 'record')}: {made}.")
