"""Spans of chunks in a xorb, and who holds each: one sweep from left to right.

A label is (owner, rank). Joined labels: one owner stays, several are `MANY`; the higher rank wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from typing import NamedTuple

MANY = -1
"""Held by more than one run, or by the workspace."""
EVER = 1 << 60
"""The rank of what is never given up."""


class Label(NamedTuple):
    """`owner`: the number of the one holder, or `MANY`; `rank`: when it may be given up, lowest first."""

    owner: int
    rank: int


class Span(NamedTuple):
    """Chunks `start` to `end` (exclusive) of a xorb."""

    start: int
    end: int
    label: Label


def join(one: Label | None, other: Label) -> Label:
    """Who holds what both hold."""
    if one is None:
        return other
    owner = one.owner if one.owner == other.owner else MANY
    return Label(owner, max(one.rank, other.rank))


def sweep(spans: Iterable[Span]) -> Iterator[Span]:
    """The same chunks cut into spans that do not overlap, with the labels joined; gaps are held by nobody."""
    events = sorted(
        event
        for span in set(spans)
        if span.start < span.end
        for event in ((span.start, 1, span.label), (span.end, 0, span.label))
    )
    active = _Active()
    at = 0
    for position, begins, label in events:
        if position > at and active:
            yield Span(at, position, active.label())
        at = position
        if begins:
            active.add(label)
        else:
            active.remove(label)


class _Active:
    """The labels above one place."""

    def __init__(self) -> None:
        self._owners: dict[int, int] = {}
        self._ranks: dict[int, int] = {}
        self._highest: list[int] = []  # a heap of -rank; those that ended are dropped late

    def __bool__(self) -> bool:
        return bool(self._owners)

    def add(self, label: Label) -> None:
        self._owners[label.owner] = self._owners.get(label.owner, 0) + 1
        self._ranks[label.rank] = self._ranks.get(label.rank, 0) + 1
        heappush(self._highest, -label.rank)

    def remove(self, label: Label) -> None:
        _less(self._owners, label.owner)
        _less(self._ranks, label.rank)

    def label(self) -> Label:
        while -self._highest[0] not in self._ranks:
            heappop(self._highest)
        owner = next(iter(self._owners)) if len(self._owners) == 1 else MANY
        return Label(owner, -self._highest[0])


def _less(counts: dict[int, int], key: int) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
