"""From what a session told to drafts of facts: blocks, context, what dead sessions left."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from dotscience import _block
from dotscience._paths import inside, place_of

from ..store.records import Draft
from ..store.stamps import rfc3339
from .journals import Journal
from .live import LiveRun, Payload

_SESSION_FIELDS = (
    "pid",
    "host",
    "user",
    "library",
    "python",
    "executable",
    "argv",
    "platform",
    "kernel",
    "orig_argv",
    "repeats",
    "repetition",
)
_PUBLISH_FIELDS = ("mode", "cell", "count", "incomplete", "progress")


def block_draft(
    run: str, source: str, text: str, place: dict[str, str], resumed: bool = False
) -> Draft:
    """The ``run.block`` fact of a block's text; one that can't be read keeps its text alone."""
    found = next((item for item in _block.read_text(text) if isinstance(item, _block.Block)), None)
    told = {} if found is None else {**found.body, "version": found.version}
    if resumed:
        told["resumed"] = True
    return Draft("run.block", source, {**told, "text": text, **place}, run)


def context_draft(journal: Journal, workspace: Path, run: str, publish: Payload) -> Draft:
    """The ``run.context`` fact that a publish record and its session make."""
    session = journal.session or {}
    body: dict[str, Any] = {name: session.get(name) for name in _SESSION_FIELDS}
    body.update({name: publish.get(name) for name in _PUBLISH_FIELDS})
    duration = publish.get("duration_ns")
    body["duration_s"] = duration / 1e9 if isinstance(duration, int) else None
    body["notebook"] = inside(
        session.get("notebook"), os.fspath(_its_workspace(journal, workspace))
    )
    cwd = session.get("cwd")
    if isinstance(cwd, str) and os.path.isabs(cwd):
        body["cwd"] = place_of(cwd, os.fspath(_its_workspace(journal, workspace)))["base"]
    return Draft("run.context", journal.source, body, run)


def left_draft(kind: str, journal: Journal, workspace: Path, run: LiveRun) -> Draft:
    """What a dead session told of a run, in a block's keys: a ``run.interrupted`` or ``run.values``."""
    body: dict[str, Any] = {
        "description": run.description,
        "error": run.error,
        "start": rfc3339(run.started_ns),
        "input": list(run.inputs),
        "output": list(run.outputs),
        "labels": run.labels,
        "parameters": run.parameters,
        "summary": run.metrics,
        **journal_place(journal, workspace),
    }
    if run.resumed:
        body["resumed"] = True
    return Draft(kind, journal.source, body, run.id)


def journal_place(journal: Journal, workspace: Path) -> dict[str, str]:
    """``base`` of the paths a session records; with ``workspace`` where it lies outside."""
    top = os.fspath(_its_workspace(journal, workspace))
    root = (journal.session or {}).get("root")
    return place_of(root if isinstance(root, str) else top, top)


def _its_workspace(journal: Journal, workspace: Path) -> Path:
    """Where the workspace lay when the session wrote: it may have been moved since."""
    named = (journal.session or {}).get("workspace")
    return Path(named) if isinstance(named, str) else workspace
