"""``ds gc``: what could go from the store, and with ``--apply`` it goes."""

from __future__ import annotations

import argparse
from typing import Any

from .context import Context
from .jobs import wait
from .output import Column, counted, fit, plain, size, table, when
from .sizes import size_bytes

Json = dict[str, Any]
_TITLE = 48
_STAYS = "it is younger than ten minutes, or lies in a damaged file (ds verify)"
_KEPT = "what is left is small, or of runs that are labelled, pinned, best or among the newest 20"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--apply", action="store_true", help="do it; without this nothing changes")
    parser.add_argument(
        "--budget",
        metavar="SIZE",
        type=budget,
        help="what the store may take, like 50GB, from now on; 'default': 20 GB or a fifth of the disk",
    )


def budget(text: str) -> int | str:
    """A size as people write it, in bytes; ``default`` as it is."""
    if text.strip().lower() == "default":
        return "default"
    return size_bytes(text)


def run(context: Context, arguments: argparse.Namespace) -> None:
    if arguments.budget is not None:
        told = None if arguments.budget == "default" else arguments.budget
        context.worker.put("storage/budget", {"budget_bytes": told})
    job = wait(context.worker, context.worker.post("gc", {"apply": arguments.apply}))
    storage = context.worker.get("storage")
    if context.json:
        context.tell({"job": job, "storage": storage})
    elif arguments.apply:
        print(f"{size(job['result']['bytes'])} freed; the store takes {size(storage['bytes'])}.")
        if storage["unused_bytes"]:
            left = size(storage["unused_bytes"])
            print(f"{left} that nothing needs stays for now: {_STAYS}.")
        _tell_over(storage)
    else:
        print("\n".join(_lines(storage)))
        _tell_over(storage)


def _tell_over(storage: Json) -> None:
    over = storage["bytes"] - storage["budget_bytes"]
    if over > 0 and storage["plan"] is None:
        print(f"The store is {size(over)} over its budget: {_KEPT}.")


def _lines(storage: Json) -> list[str]:
    plan = storage["plan"]
    if not storage["unused_bytes"] and plan is None:
        return ["Nothing to clean up."]
    lines = [f"Nothing needs {size(storage['unused_bytes'])} of the store."]
    if plan is not None:
        over = f"The store is over its budget of {size(storage['budget_bytes'])}."
        who = counted(len(plan["runs"]), "run")
        lines += [f"{over} These would go: large files of {who}, {size(plan['bytes'])}:"]
        lines += table(
            [
                Column("run", [one["run"][:8] for one in plan["runs"]]),
                Column("started", [when(one["time"]) for one in plan["runs"]]),
                Column("files", [f"{one['files']:,}" for one in plan["runs"]], "right"),
                Column("up to here", [size(one["bytes"]) for one in plan["runs"]], "right"),
                Column("title", [fit(plain(one["title"]), _TITLE) for one in plan["runs"]]),
            ],
            "  ",
        )
        if plan["due"] is not None:
            lines.append(f"The worker does it {when(plan['due'])}. ds pin RUN keeps a run.")
    return [*lines, "Nothing has changed. ds gc --apply does it."]
