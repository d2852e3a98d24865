"""``ds watch``: a line for each thing that happens; the worker stays while somebody watches. Ctrl+C ends it."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from ..client import WorkerClient
from ..protocol.failure import ApiError
from .context import Context
from .output import paint, plain

Json = dict[str, Any]
_WAIT_S = 25
_RETRY_S = 1.0


def configure(parser: argparse.ArgumentParser) -> None:
    del parser


def run(context: Context, arguments: argparse.Namespace) -> None:
    try:
        for event in _events(context.worker):
            text = json.dumps(event) if context.json else _line(event)
            print(text, flush=True)
    except KeyboardInterrupt:
        return


def _events(worker: WorkerClient) -> Iterator[Json]:
    """Events for ever: first ``workspace``, then ``run`` (new or changed) and ``notice``, each with its protocol shape."""
    changes = worker.get("changes")
    revision, status = int(changes["revision"]), int(changes["status"])
    shown = {notice["id"] for notice in worker.get("status")["notices"]}
    yield {"event": "workspace", "workspace": worker.info}
    while True:
        query = {"since": revision, "status": status, "wait": _WAIT_S}
        try:
            changes = worker.get("changes", query, timeout=_WAIT_S + 20)
            if changes["revision"] != revision:
                feed = worker.get("runs", {"since": revision})
                revision = int(feed["revision"])
                # As they were published: an older run may have changed last.
                told = sorted(feed["runs"], key=lambda run: int(run["seq"]))
                yield from ({"event": "run", "run": run} for run in told)
            if changes["status"] != status:
                status = int(changes["status"])
                notices = worker.get("status")["notices"]
                yield from _new(notices, shown)
                shown = {notice["id"] for notice in notices}
        except ApiError as error:
            if not error.retryable:
                raise
            time.sleep(_RETRY_S)


def _new(notices: list[Json], shown: set[str]) -> Iterator[Json]:
    return ({"event": "notice", "notice": one} for one in notices if one["id"] not in shown)


def _line(event: Json) -> str:
    if event["event"] == "workspace":
        return f"Watching {plain(event['workspace']['path'])}. Ctrl+C ends it."
    clock = f"{datetime.now():%H:%M:%S}"
    if event["event"] == "notice":
        notice = event["notice"]
        told = f"{notice['title']}: {notice['text']} Kept: {notice['kept']} {notice['next']}"
        return f"{clock}  {paint(plain(told), 'yellow')}"
    run = event["run"]
    metrics = ", ".join(f"{value['key']} {value['text']}" for value in run["metrics"][:4])
    parts = [f"run {run['id'][:8]}", run["state"], f"snapshot {_saved(run)}"]
    parts += [
        text for text in (run["description"], run["notebook"] or run["workload"], metrics) if text
    ]
    return f"{clock}  {plain('  '.join(parts))}"


def _saved(run: Json) -> str:
    snapshot = run["snapshot"]
    return snapshot["id"][:7] if snapshot["id"] else str(snapshot["state"])
