"""The repetitions of a run, as run pages list them. Reads only."""

from __future__ import annotations

from typing import Any

from dotscience._facts import Run

from .ledger import Ledger

LOOKED_BACK = 500
"""So many of the newest runs are looked at."""


def repetitions_of(ledger: Ledger, run: Run) -> list[dict[str, Any]]:
    """``Repetition`` of the protocol, the newest first: those whose verdict is recorded."""
    index = ledger.index
    newest = index.count()
    found = []
    for told in index.summaries_before(newest + 1, min(LOOKED_BACK, newest - run.seq)):
        one = index.run(told["id"]) if is_alike(told, run) else None
        if one is not None and one.verdict is not None and one.repeats == run.id:
            time_told = one.started or one.recorded
            found.append({"run": one.id, "verdict": one.verdict["verdict"], "time": time_told})
    return found


def is_alike(told: dict[str, Any], run: Run) -> bool:
    """Whether a run's summary is of the same notebook or script."""
    return (told["notebook"], told["workload"]) == (run.notebook, run.workload)
