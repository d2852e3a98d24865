"""``ds rerun``: a run's code again in a side folder, and whether it gave the same.

Exit codes: 0 the same, 3 it differs or nobody knows, 1 an error.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from dotscience._variables import variables

from ..rerun.differences import differences
from .context import Context
from .jobs import wait
from .output import counted, paint, plain

Json = dict[str, Any]
_DIFFERS = 3
_SHOWN = 20
_COLOURS = {"same": "green", "differs": "red", "unknown": "yellow"}
_NAMES = {
    "seed": "random numbers",
    "data": "data",
    "package": "package",
    "python": "Python",
    "code": "code",
    "clock": "clock",
    "threads": "threads",
    "variable": "environment variable",
    "hardware": "hardware",
    "not_kept": "not kept",
    "error": "error",
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Run a run again in a side folder that holds its files, and compare metrics. Your files stay as they are. "
        "Exit code 0: the same, 3: it differs, or that is not known."
    )
    parser.add_argument("run", metavar="RUN", help="a run's id, or its first digits")
    parser.add_argument("--into", metavar="DIR", help="a folder that does not exist yet")
    parser.add_argument(
        "--environment",
        choices=("current", "rebuild"),
        default="current",
        help="the environment as it is now (default), or the run's own, made anew",
    )
    parser.add_argument(
        "--as-ran",
        action="store_true",
        help="cells in the order in which they ran, not from top to bottom",
    )
    parser.add_argument(
        "--why",
        action="store_true",
        help="when it differs, repeat it under control (seeds, clock, threads) until the cause is known",
    )
    parser.add_argument(
        "--tolerance",
        type=float,
        metavar="X",
        help="relative, for all numbers (default: 1e-9 for floats)",
    )
    parser.add_argument(
        "--timeout", type=float, metavar="SECONDS", help="end it when it runs longer than this"
    )


def run(context: Context, arguments: argparse.Namespace) -> None:
    id = context.run_id(arguments.run)
    plan = context.worker.get(f"runs/{id}/rerun", timeout=120)
    if not context.json:
        _tell_plan(context, plan)
    into = None if arguments.into is None else str(Path(arguments.into).absolute())
    body = {
        "into": into,
        "environment": arguments.environment,
        "as_ran": arguments.as_ran,
        "why": arguments.why,
        "tolerance": arguments.tolerance,
        "timeout_s": arguments.timeout,
        "variables": dict(os.environ),
    }
    job = wait(context.worker, context.worker.post(f"runs/{id}/rerun", body))
    verdict = context.worker.get(f"runs/{job['result']['run']}/verdict")
    if context.json:
        context.tell(verdict)
    else:
        _tell_verdict(verdict, arguments.why)
    sys.stdout.flush()
    if verdict["verdict"] != "same":
        raise SystemExit(_DIFFERS)


def _tell_plan(context: Context, plan: Json) -> None:
    if plan["kind"] != "none":
        print(f"Repeats {plain(str(plan['what']))}")
    differing = [one for one in plan["environment"] if one["what"] != "variable"]
    differing += _variables(context, plan["run"])
    if differing:
        print(f"The environment differs from the run's in {counted(len(differing), 'thing')}:")
        for one in differing[:_SHOWN]:
            then, now = (text if text is not None else "-" for text in (one["then"], one["now"]))
            print(plain(f"  {one['name']}: {then} then, {now} now"))
        if len(differing) > _SHOWN:
            print(f"  and {len(differing) - _SHOWN} more (ds rerun --json)")
    if plan["not_kept"]:
        print(f"{counted(plan['not_kept'], 'file')} of the run were not kept.")


def _variables(context: Context, run: str) -> list[Json]:
    """Variables of this very shell against the run's: the worker has its own."""
    from ..protocol.failure import ApiError

    try:
        then = context.worker.get(f"runs/{run}/environment")["variables"]
    except ApiError:
        return []
    return differences({"variables": then}, {"variables": variables()})


def _tell_verdict(verdict: Json, why: bool) -> None:
    answer = verdict["verdict"]
    words = {"same": "The same.", "differs": "It differs.", "unknown": "Not known."}
    head = paint(words[answer], _COLOURS[answer])
    print(
        f"{head} Run {verdict['run'][:8]} repeats {verdict['of'][:8]} in {plain(verdict['folder'])}"
    )
    for metric in verdict["metrics"]:
        told = metric["before"] if metric["same"] else f"{metric['before']} → {metric['after']}"
        mark = "=" if metric["same"] else paint("≠", "red")
        print(f"  {mark} {plain(metric['key'])}  {plain(str(told))}")
    for cause in verdict["causes"]:
        print(f"  {_NAMES[cause['cause']]}: {plain(cause['detail'])}")
        print(f"    {plain(cause['evidence'])}")
    if answer == "unknown" and not why and verdict["metrics"]:
        print("  'ds rerun --why' repeats it under control to find the cause.")
