"""Runs that are going on: known from journals of living sessions, not recorded until they end.

The journal is their record (docs/decisions: live runs are not records); here they are only shown.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

from dotscience._facts import unite
from dotscience._paths import inside
from dotscience._records import Record
from dotscience._run_json import summary

from ..detect.journals import Journal, Shown
from ..detect.live import Payload
from ..store.stamps import now, rfc3339
from .journal_ingest import JournalIngest
from .media import described


class Running:
    """Any thread."""

    def __init__(self, journals: JournalIngest, workspace: Path) -> None:
        self._journals = journals
        self._workspace = os.fspath(workspace)

    def shown(self) -> list[dict[str, Any]]:
        """``LiveRun`` of ``status.schema.json``, the oldest first."""
        return [self._shown(run) for run in self._journals.live()]

    def told(self, run: str) -> list[Record] | None:
        """What a run that is going on has told, as the facts it would be."""
        found = self.find(run)
        if found is None:
            return None
        return [self._record(found), *self._curves(found), *self._media(found)]

    def find(self, run: str) -> Shown | None:
        """A run that is going on, by its whole id."""
        return next((one for one in self._journals.live() if one.run.id == run), None)

    def media(self, run: str) -> list[Payload]:
        """The media records of a run that is going on, in the order of `told`."""
        found = self.find(run)
        return [] if found is None else [one for _, part in found.parts for one in part.media]

    def _shown(self, shown: Shown) -> dict[str, Any]:
        run = shown.run
        told = summary(unite([self._record(shown)]))
        parts = [part for _, part in shown.parts]
        last_ns = max(part.last_told_ns for part in parts)
        progress = (part.progress.shown(time.time_ns()) for part in parts)
        return {
            "id": run.id,
            "description": run.description,
            "started": rfc3339(run.started_ns),
            "notebook": self._notebook(shown.journal),
            "workload": self._workload(shown.journal),
            "metrics": told["metrics"],
            "group": told["group"],
            "points": sum(part.points.count for part in parts),
            "last_told": rfc3339(last_ns) if last_ns else None,
            "progress": next((one for one in progress if one is not None), None),
            "cell": shown.journal.cell,
        }

    def _notebook(self, journal: Journal) -> str | None:
        return inside((journal.session or {}).get("notebook"), self._workspace)

    def _workload(self, journal: Journal) -> str | None:
        """The script that runs; a kernel has none."""
        session = journal.session or {}
        argv, folder = session.get("argv"), session.get("cwd")
        if session.get("kernel") or not isinstance(folder, str) or not isinstance(argv, list):
            return None
        script = argv[0] if argv and isinstance(argv[0], str) else ""
        if script in ("", "-c", "-m"):
            return None
        return inside(os.path.normpath(os.path.join(folder, script)), self._workspace)

    def _record(self, shown: Shown) -> Record:
        live = shown.run
        body: dict[str, Any] = {
            "description": live.description,
            "error": live.error,
            "start": rfc3339(live.started_ns),
            "input": list(live.inputs),
            "output": list(live.outputs),
            "labels": dict(live.labels),
            "parameters": dict(live.parameters),
            "summary": dict(live.metrics),
            "notebook": self._notebook(shown.journal),
            "workload-file": self._workload(shown.journal),
        }
        return _fact(live.id, "run.started", body)

    def _curves(self, shown: Shown) -> list[Record]:
        """How many points there are, for the number of curves."""
        facts = []
        for number, (_, part) in enumerate(shown.parts):
            counts = part.points.counts()
            series = [{"key": key, "count": count} for key, count in counts.items()]
            body = {"part": number, "series": series}
            facts.append(_fact(shown.run.id, "run.points", body))
        return facts

    def _media(self, shown: Shown) -> list[Record]:
        items = []
        for payload in (one for _, part in shown.parts for one in part.media):
            size = payload.get("size")
            size = size if isinstance(size, int) else 0
            items.append({**described(payload), "object": "", "size": size})
        return [_fact(shown.run.id, "run.media", {"items": items})] if items else []


def _fact(run: str, kind: str, body: dict[str, Any]) -> Record:
    return Record(0, kind, now(), run, "journal:live", "", body)
