"""Which streams a target lacks. Pure: from what is on both sides, by guid."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass


class Diverged(Exception):
    """The target holds snapshots, and none of them is one of ours."""


@dataclass(frozen=True)
class Point:
    """A snapshot or bookmark: `name` full, `guid` as text; a bookmark can only be sent from."""

    name: str
    guid: str
    bookmark: bool = False


@dataclass(frozen=True)
class Step:
    """One stream: of `to` alone, or what changed in it since `since`."""

    since: Point | None
    to: Point


def plan(
    snapshots: Sequence[Point], bookmarks: Collection[Point], there: Collection[str] | None
) -> list[Step]:
    """The steps that bring every one of `snapshots` (ours, oldest first) to a target with the guids `there` (None:
    there is no target yet). Snapshots older than the newest common one are not sent any more: streams only go
    forward. Raises Diverged.
    """
    if there is None:
        return _chain(None, snapshots)
    common = max((i for i, one in enumerate(snapshots) if one.guid in there), default=None)
    if common is not None:
        return _chain(snapshots[common], snapshots[common + 1 :])
    # The snapshot is gone here, its bookmark remembers it: everything that we still have is newer.
    known = next((mark for mark in bookmarks if mark.guid in there), None)
    if known is None:
        raise Diverged
    return _chain(known, snapshots)


def _chain(since: Point | None, wanted: Sequence[Point]) -> list[Step]:
    steps = []
    for point in wanted:
        steps.append(Step(since, point))
        since = point
    return steps
