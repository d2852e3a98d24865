"""``ds cells``: what ran in a run's session, in order, and where that is not what the saved notebook gives."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

from .context import Context, as_ref
from .output import counted, duration, fit, paint, plain, terminal_width

Json = dict[str, Any]
_WORDS = {
    "edited": "edited since",
    "gone": "uses {names} of a cell that is gone",
    "stale_source": "uses {names} of a cell that was edited and not run again",
    "stale_value": "uses {names} from before their cell ran again",
    "out_of_order": "uses {names} of a cell below",
    "rerun_self": "ran twice on its own {names}",
}


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="a run's or draft's id, or a run's first digits")


def run(context: Context, arguments: argparse.Namespace) -> None:
    answer = context.worker.get(f"runs/{as_ref(arguments.run)}/cells")
    if context.json:
        context.tell(answer)
    else:
        print("\n".join(_lines(answer)))


def _lines(answer: Json) -> Iterator[str]:
    if answer["earlier"]:
        yield f"({counted(answer['earlier'], 'earlier execution')} not listed)"
    room = max(20, terminal_width() - 28)
    for one in answer["executions"]:
        place = "" if one["position"] is None else f"cell {one['position']}"
        took = "runs" if one["duration_s"] is None else duration(one["duration_s"])
        yield f"{one['n']:>4}  {place:<9}{took:>10}  {fit(one['line'], room)}"
        if one["error"]:
            yield "      " + paint(
                plain(f"{one['error']['kind']}: {one['error']['message']}"), "red"
            )
        for mark in one["marks"]:
            yield "      " + paint(plain(_words(mark)), "yellow")
    flagged = answer["flagged"]
    yield f"{counted(len(answer['executions']), 'execution')}, {flagged or 'none'} flagged."


def _words(mark: Json) -> str:
    words = _WORDS.get(str(mark["kind"])) or str(mark["kind"])
    return words.format(names=", ".join(mark["names"]))
