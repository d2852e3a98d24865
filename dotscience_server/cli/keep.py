"""``ds keep``: a draft becomes a run."""

from __future__ import annotations

import argparse

from ..protocol.failure import ApiError
from .context import Context


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("draft", metavar="DRAFT", help="a draft's id, or its first digits")
    parser.add_argument("--description", "-d", help="what it was")


def run(context: Context, arguments: argparse.Namespace) -> None:
    draft = _draft(context, arguments.draft)
    context.worker.post(f"drafts/{draft}/keep", {"description": arguments.description})
    if context.json:
        context.tell({"run": draft})
    else:
        print(f"Run {draft[:8]} kept.")


def _draft(context: Context, named: str) -> str:
    """The one draft whose id begins so. Raises ``run-not-found``, ``run-ambiguous``."""
    ids = [str(draft["id"]) for draft in context.worker.get("drafts")["drafts"]]
    found = [one for one in ids if one.startswith(named)]
    if not found:
        raise ApiError.of("run-not-found", run=named)
    if len(found) > 1:
        shown = ", ".join(one[:8] for one in found[:6])
        raise ApiError.of("run-ambiguous", run=named, count=len(found), candidates=shown)
    return found[0]
