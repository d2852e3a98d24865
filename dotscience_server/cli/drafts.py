"""``ds drafts``: kernel sessions that published no run, newest first."""

from __future__ import annotations

import argparse
from typing import Any

from .context import Context
from .output import Column, fit, table, when

Json = dict[str, Any]
_NOTEBOOK = 28
_ERROR = 40


def configure(parser: argparse.ArgumentParser) -> None:
    pass


def run(context: Context, arguments: argparse.Namespace) -> None:
    answer = context.worker.get("drafts")
    if context.json:
        context.tell(answer)
        return
    found = answer["drafts"]
    if not found:
        print("No drafts. A notebook's session that publishes no run is one.")
        return
    print("\n".join(_lines(found)))
    print("ds keep DRAFT makes one a run.")


def _lines(drafts: list[Json]) -> list[str]:
    columns = [
        Column("draft", [draft["id"][:8] for draft in drafts]),
        Column("started", [when(draft["started"]) for draft in drafts]),
        Column("ended", [when(draft["ended"]) or "goes on" for draft in drafts]),
        Column("cells", [str(draft["cells"]) for draft in drafts], "right"),
        Column("read", [str(draft["reads"]) for draft in drafts], "right"),
        Column("wrote", [str(draft["writes"]) for draft in drafts], "right"),
        Column("until", [when(draft["expires"]) for draft in drafts]),
        Column("from", [fit(draft["notebook"] or "", _NOTEBOOK) for draft in drafts]),
    ]
    if any(draft["error"] for draft in drafts):
        columns.append(Column("error", [fit(draft["error"] or "", _ERROR) for draft in drafts]))
    return table(columns)
