"""Amendments beside a run: what a file was to it, and labels. The run itself never changes."""

from __future__ import annotations

import os
from typing import Any

from dotscience._facts import Run
from dotscience._tree import TreeError, name_from_json, name_to_json

from ..protocol.failure import ApiError
from ..store.records import Draft
from .ledger import Ledger

KINDS = ("input", "output", "none")
LONGEST = 10_000


class Claims:
    """Any thread. Raise ``bad-request`` for what is none, and ``StoreFailure``."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def claim(self, run: Run, path: Any, kind: Any) -> None:
        """``path`` as JSON holds it (text, or ``{"b64"}``), as the run's files have it; the last claim counts."""
        if kind not in KINDS:
            raise ApiError.of("bad-request", detail=f"as is one of {', '.join(KINDS)}")
        name = _normal(path)
        current = dict(run.claims).get(os.fsdecode(name))
        if current != kind:
            self._record(run, "run.claim", {"path": name_to_json(name), "as": kind})

    def label(self, run: Run, key: Any, value: Any) -> None:
        """``value`` None takes the label away."""
        if not isinstance(key, str) or not key.strip() or len(key) > LONGEST:
            raise ApiError.of("bad-request", detail="key is no label's name")
        if value is not None and (not isinstance(value, str) or len(value) > LONGEST):
            raise ApiError.of("bad-request", detail="value is a text or null")
        if dict(run.labels).get(key) != value:
            self._record(run, "run.label", {"key": key, "value": value})

    def _record(self, run: Run, kind: str, body: dict[str, Any]) -> None:
        """A fact that says what an earlier one said is no new one: a number tells them apart."""
        again = [
            fact
            for fact in self._ledger.index.facts(run.id, kind)
            if {name: fact.body.get(name) for name in body} == body
        ]
        if again:
            body = {**body, "again": len(again)}
        self._ledger.record([Draft(kind, "user", body, run.id)])


def _normal(path: Any) -> bytes:
    try:
        name = name_from_json(path)
    except (TreeError, UnicodeEncodeError):
        raise ApiError.of("bad-request", detail="path is no path") from None
    if not name or b"\0" in name or len(name) > LONGEST:
        raise ApiError.of("bad-request", detail="path is no path")
    return os.path.normpath(name)
