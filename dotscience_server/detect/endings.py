"""What becomes of a run that a dead session left unpublished.

    published elsewhere ─┬─ begun here: nothing, the block has all
                         └─ not begun here (a forked child's values): ``run.values``
    alive elsewhere ─► held
    else ─► ``run.interrupted``

Decide only when every journal has been read as far as it goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .journals import Journal, LiveRun


@dataclass(frozen=True)
class Remains:
    """A run that a dead session left."""

    journal: Journal
    run: LiveRun


@dataclass(frozen=True)
class Endings:
    """The facts to record, by kind, and what must wait."""

    facts: list[tuple[str, Remains]]
    held: list[Remains]


def decide(
    remains: Iterable[Remains], is_published: Callable[[str], bool], is_alive: Callable[[str], bool]
) -> Endings:
    """See the module."""
    facts: list[tuple[str, Remains]] = []
    held: list[Remains] = []
    for one in remains:
        if is_published(one.run.id):
            if not one.run.begun_here:
                facts.append(("run.values", one))
        elif is_alive(one.run.id):
            held.append(one)
        else:
            facts.append(("run.interrupted", one))
    return Endings(facts, held)
