"""``ds storage``: what the store takes on the disk, and how much of it each run alone."""

from __future__ import annotations

import argparse
from typing import Any

from .context import Context
from .output import Column, fit, pairs, plain, size, table, when

Json = dict[str, Any]
_TITLE = 48


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-n", "--limit", metavar="N", type=int, default=20, help="how many runs (default: 20)"
    )


def run(context: Context, arguments: argparse.Namespace) -> None:
    storage = context.worker.get("storage", {"fresh": 1})
    if context.json:
        context.tell(storage)
        return
    if storage["counted"] is None:
        print("Still counting. Try again in a moment.")
        return
    print("\n".join(_lines(storage, arguments.limit)))


def _lines(storage: Json, limit: int) -> list[str]:
    default = " (default)" if storage["budget_default"] else ""
    lines = pairs(
        [
            ("store", size(storage["bytes"])),
            ("contents in chunks", size(storage["chunks_bytes"])),
            ("objects", size(storage["objects_bytes"])),
            ("records", size(storage["records_bytes"])),
            ("needed by nothing", size(storage["unused_bytes"])),
            ("budget", size(storage["budget_bytes"]) + default),
            ("free on the disk", size(storage["free_bytes"])),
        ],
        "",
    )
    runs = [one for one in storage["runs"] if one["alone_bytes"] or one["thinned"]][:limit]
    if not runs:
        return lines
    return [
        *lines,
        "",
        "Runs, by what would be free without them:",
        *table(
            [
                Column("run", [one["run"][:8] for one in runs]),
                Column("started", [when(one["time"]) for one in runs]),
                Column("alone", [size(one["alone_bytes"]) for one in runs], "right"),
                Column("kept", [", ".join(_kept(one)) for one in runs]),
                Column("title", [fit(plain(one["title"]), _TITLE) for one in runs]),
            ]
        ),
    ]


def _kept(run: Json) -> list[str]:
    return [*run["kept_for"], *(["thinned"] if run["thinned"] else [])]
