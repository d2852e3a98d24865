"""``ds runs``: the newest runs as a table."""

from __future__ import annotations

import argparse
from collections import Counter
from typing import Any

from ..newest import newest_runs
from .context import Context
from .output import Column, counted, duration, fit, plain, table, terminal_width, when

Run = dict[str, Any]
_DESCRIPTION = 32
_NOTEBOOK = 28
_ALL = 10_000


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--limit",
        "-n",
        type=_limit,
        default=20,
        metavar="N",
        help="how many; 0 is all (default 20)",
    )


def run(context: Context, arguments: argparse.Namespace) -> None:
    total, found = newest_runs(context.worker, arguments.limit)
    if context.json:
        context.tell(found)
        return
    if found:
        print("\n".join(_lines(found)))
    else:
        print("No runs yet. ds.publish() in a notebook or script makes one.")
    if total > len(found):
        print(f"{counted(total - len(found), 'older run')}: ds runs --limit 0 lists all.")
    for told in inherited(context, arguments.limit or _ALL):
        print(f"\nBefore branch {plain(told['name'])}, in {plain(told['path'])}:")
        print(
            "\n".join(_lines(told["runs"])) if told["runs"] else plain(told["reason"] or "no runs")
        )


def inherited(context: Context, limit: int) -> list[dict[str, Any]]:
    """Of a branch: where it comes from, with the runs from before the fork."""
    return list(context.worker.get("inherited", {"limit": limit})["from"])


def _limit(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("a number of runs, 0 for all")
    return number


def _lines(runs: list[Run]) -> list[str]:
    columns = _fixed(runs)
    values = [
        *_value_columns(runs, "metrics"),
        *_value_columns(runs, "parameters"),
    ]
    room = terminal_width() - sum(column.width + 2 for column in columns)
    left_out = 0
    for column in values:
        room -= column.width + 2
        if room < 0 or left_out:
            left_out += 1
        else:
            columns.append(column)
    lines = table(columns)
    if left_out:
        lines.append(f"{counted(left_out, 'column')} more: ds show RUN, or --json.")
    return lines


def _fixed(runs: list[Run]) -> list[Column]:
    columns = [
        Column("run", [run["id"][:8] for run in runs]),
        Column("state", [_state(run) for run in runs]),
        Column("started", [when(run["started"] or run["recorded"]) for run in runs]),
        Column("took", [duration(run["duration_s"]) for run in runs], "right"),
    ]
    if any(_origin(run) for run in runs):
        columns.append(Column("from", [fit(_origin(run), _NOTEBOOK) for run in runs]))
    if any(run["description"] for run in runs):
        described = [fit(run["description"] or "", _DESCRIPTION) for run in runs]
        columns.append(Column("description", described))
    return columns


def _state(run: Run) -> str:
    state = str(run["state"])
    if run["conflict"]:
        return f"{state}, conflict"
    saved = run["snapshot"]["state"]
    return (
        state
        if saved in ("frozen", "sealed") or state == "running"
        else f"{state}, snapshot {saved}"
    )


def _origin(run: Run) -> str:
    return str(run["notebook"] or run["workload"] or "")


def _value_columns(runs: list[Run], field: str) -> list[Column]:
    """A column for each key, the most frequent first."""
    counts = Counter(value["key"] for run in runs for value in run[field])
    return [_value_column(runs, field, key) for key, _ in counts.most_common()]


def _value_column(runs: list[Run], field: str, key: str) -> Column:
    found = [next((v for v in run[field] if v["key"] == key), None) for run in runs]
    texts = [_shown(value) if value else "" for value in found]
    numeric = all(value["kind"] in ("int", "float") for value in found if value)
    return Column(key, texts, "right" if numeric else "left")


def _shown(value: Run) -> str:
    """The text as the user wrote it; of what was computed six digits, as a table needs no more."""
    text, number = str(value["text"]), value["number"]
    if value["kind"] == "float" and number is not None and len(text) > 10:
        return f"{number:.6g}"
    return fit(text, 24)
