"""What to give up to come below a budget: large contents of runs nobody keeps, the oldest run first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from .tally import Tally

DEFAULT_LEAST_BYTES = 20_000_000_000
DEFAULT_SHARE = 0.2


class Thinned(NamedTuple):
    """A run in a plan: `bytes` are freed with it and those before it, `files` of its large contents go."""

    run: str
    bytes: int
    files: int


@dataclass(frozen=True)
class ThinningPlan:
    """Whose large contents go, oldest first; `contents` are their keys, `through` the rank up to which runs lose them."""

    through: int
    runs: tuple[Thinned, ...]
    contents: tuple[str, ...]
    bytes: int


def default_budget(disk_bytes: int) -> int:
    """Bytes a store may take on a disk of this size (decision 0092)."""
    return max(DEFAULT_LEAST_BYTES, int(DEFAULT_SHARE * disk_bytes))


def plan_thinning(
    tally: Tally, candidates: Sequence[tuple[int, str]], over_bytes: int
) -> ThinningPlan | None:
    """Enough to free `over_bytes`, or all there is. `candidates` are (rank, run), lowest rank first. None: nothing
    is to go, or nothing can."""
    runs: list[Thinned] = []
    contents: list[str] = []
    freed, through = 0, -1
    for rank, run in candidates:
        if freed >= over_bytes:
            break
        given = tally.given.get(rank, [])
        freed += tally.freed.get(rank, 0)
        if given:
            contents += given
            through = rank
            runs.append(Thinned(run, freed, len(given)))
    if not freed:
        return None
    return ThinningPlan(through, tuple(runs), tuple(sorted(contents)), freed)
