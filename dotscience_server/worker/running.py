"""Runs that are going on: known from journals of living sessions, not recorded until they end.

The journal is their record (docs/decisions: live runs are not records); here they are only shown.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from dotscience._facts import unite
from dotscience._paths import inside
from dotscience._records import Record
from dotscience._run_json import summary

from ..detect.journals import LiveRun
from ..store.stamps import now, rfc3339
from .journal_ingest import JournalIngest


class Running:
    """Any thread."""

    def __init__(self, journals: JournalIngest, workspace: Path) -> None:
        self._journals = journals
        self._workspace = workspace

    def shown(self) -> list[dict[str, Any]]:
        """``LiveRun`` of ``status.schema.json``, the oldest first."""
        return [self._shown(run, notebook) for run, notebook in self._journals.live()]

    def told(self, run: str) -> Record | None:
        """What a run that is going on has told, as the fact it would be."""
        for live, notebook in self._journals.live():
            if live.id == run:
                return self._record(live, notebook)
        return None

    def _shown(self, live: LiveRun, notebook: str | None) -> dict[str, Any]:
        told = summary(unite([self._record(live, notebook)]))
        return {
            "id": live.id,
            "description": live.description,
            "started": rfc3339(live.started_ns),
            "notebook": inside(notebook, os.fspath(self._workspace)),
            "workload": None,
            "metrics": told["metrics"],
            "group": told["group"],
            "points": 0,
            "last_told": None,
            "progress": None,
            "cell": None,
        }

    def _record(self, live: LiveRun, notebook: str | None) -> Record:
        body: dict[str, Any] = {
            "description": live.description,
            "error": live.error,
            "start": rfc3339(live.started_ns),
            "input": list(live.inputs),
            "output": list(live.outputs),
            "labels": dict(live.labels),
            "parameters": dict(live.parameters),
            "summary": dict(live.metrics),
            "notebook": inside(notebook, os.fspath(self._workspace)),
        }
        return Record(0, "run.started", now(), live.id, "journal:live", "", body)
