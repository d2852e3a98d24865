"""What a repetition told: its runs with their metrics, recorded, or from the journals of one that is not recorded; and
which of them repeats which run of the session that is repeated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dotscience import _block
from dotscience._block import Block
from dotscience._facts import Run

from ..detect.journals import Journal, Left, Published


@dataclass(frozen=True)
class Told:
    """One run: metrics and parameters as text."""

    id: str
    description: str | None
    parameters: Mapping[str, str]
    metrics: Mapping[str, str]
    error: str | None = None


def told_of(run: Run) -> Told:
    """What a recorded run told; of metrics that are only curves, their last values."""
    metrics = {value.key: value.text for value in run.metrics}
    for part in run.points:
        for series in () if part.system else part.series:
            if isinstance(series.get("last_text"), str):
                metrics.setdefault(str(series.get("key")), series["last_text"])
    parameters = {value.key: value.text for value in run.parameters}
    return Told(run.id, run.description, parameters, metrics, run.error)


def told_in(folder: Path, printed: Iterable[str]) -> list[Told]:
    """What the journals in ``folder`` tell, in their order, and blocks that were printed beside."""
    found: dict[str, Told] = {}
    for path in sorted(folder.glob("*.dsj")):
        for happening in Journal(path).advance():
            if isinstance(happening, Published):
                found.update(_blocks(str(happening.payload.get("block", ""))))
            elif isinstance(happening, Left) and happening.run.begun_here:
                run = happening.run
                told = Told(run.id, run.description, run.parameters, run.metrics, run.error)
                found.setdefault(run.id, told)
    for text in printed:
        found = {**_blocks(text), **found} if not found else {**found, **_new(text, found)}
    return list(found.values())


def pairs(originals: Sequence[Told], again: Sequence[Told], wanted: str) -> dict[str, Told]:
    """Which run of ``again`` repeats which of ``originals`` (both in order): alike in description and parameters, the
    n-th of them. ``wanted`` is paired wherever there is anything to pair it with."""
    found: dict[str, Told] = {}
    for key in {_key(one): None for one in originals}:
        before = [one for one in originals if _key(one) == key]
        after = [one for one in again if _key(one) == key]
        # A cell that ran twice then runs once now: the last counts.
        for old, new in zip(reversed(before), reversed(after), strict=False):
            found[old.id] = new
    if wanted not in found and again:
        used = {one.id for one in found.values()}
        left = [one for one in again if one.id not in used]
        if left:
            old_run = next((one for one in originals if one.id == wanted), None)
            named = [one for one in left if old_run and one.description == old_run.description]
            found[wanted] = (named or left)[-1]
    return found


def _key(told: Told) -> tuple[str | None, tuple[tuple[str, str], ...]]:
    return told.description, tuple(sorted(told.parameters.items()))


def _blocks(text: str) -> dict[str, Told]:
    items = (item for item in _block.read_text(text) if isinstance(item, Block))
    return {block.id: _told(block) for block in items}


def _new(text: str, known: Mapping[str, Told]) -> dict[str, Told]:
    return {id: told for id, told in _blocks(text).items() if id not in known}


def _told(block: Block) -> Told:
    body = block.body
    return Told(
        block.id,
        body.get("description"),
        {key: str(text) for key, text in (body.get("parameters") or {}).items()},
        {key: str(text) for key, text in (body.get("summary") or {}).items()},
        body.get("error"),
    )
