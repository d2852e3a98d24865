"""Runs in the JSON shapes of ``protocol/``: ``run-summary.schema.json`` and ``run.schema.json``. Pure."""

from __future__ import annotations

from typing import Any, Callable

from ._facts import DeclaredFile, Media, Run
from ._merge import segments

_PLAIN_FIELDS = (
    "id",
    "seq",
    "revision",
    "state",
    "description",
    "error",
    "started",
    "ended",
    "duration_s",
    "recorded",
    "notebook",
    "workload",
    "conflict",
    "ending",
    "group",
    "curves",
    "stopped_at",
    "stopped_of",
    "repeats",
)
_VALUE_FIELDS = ("key", "kind", "number", "text")
_CONTEXT_TEXT = ("host", "user", "python", "executable", "platform", "cell", "library")


def summary(run: Run) -> dict[str, Any]:
    """``run-summary.schema.json``."""
    told = _shared(run)
    told["inputs"] = len(run.inputs)
    told["outputs"] = len(run.outputs)
    return told


def detail(
    run: Run,
    file: Callable[[DeclaredFile], dict[str, Any]],
    snapshot_detail: dict[str, Any] | None,
    packages: dict[str, str] | None,
) -> dict[str, Any]:
    """``run.schema.json``; ``file`` tells what became of a declared file (a FileRef)."""
    told = _shared(run)
    told["inputs"] = [file(declared) for declared in run.inputs]
    told["outputs"] = [file(declared) for declared in run.outputs]
    told["sources"] = list(run.sources)
    told["block_text"] = run.block_text
    told["context"] = None if run.context is None else _context(run.context, packages)
    told["snapshot_detail"] = snapshot_detail
    told.update(_recorded(run))
    return told


def _recorded(run: Run) -> dict[str, Any]:
    """What was recorded without being asked, as far as the facts themselves say it."""
    cells, observed, log = run.cells, run.observed, run.log
    begun, overlapping = segments(run.points)
    return {
        "draft": run.draft is not None,
        "segments": begun,
        "overlapping": overlapping,
        "cells": cells and {"count": cells.get("count", 0), "flagged": cells.get("flagged", 0)},
        "undeclared": [],
        "observed": observed
        and {
            "reads": observed.get("reads", 0),
            "writes": observed.get("writes", 0),
            "lost": bool(observed.get("lost")),
        },
        "media": [_media(n, item) for n, item in enumerate(run.media)],
        "log": log and {"lines": log.get("lines"), "source": "stdout"},
        "environment": run.environment is not None,
        "repetitions": [],
        "verdict": run.verdict and run.verdict.get("verdict"),
    }


def _media(n: int, item: Media) -> dict[str, Any]:
    told = item._asdict()
    del told["object"]
    return {**told, "n": n, "shape": None if item.shape is None else list(item.shape)}


def _context(context: dict[str, Any], packages: dict[str, str] | None) -> dict[str, Any]:
    told = {name: context.get(name) for name in _CONTEXT_TEXT}
    told["argv"] = [str(argument) for argument in context.get("argv") or ()]
    told["count"] = context.get("count")
    told["packages"] = packages
    told["git"] = context.get("git")
    told["incomplete"] = bool(context.get("incomplete"))
    return told


def _shared(run: Run) -> dict[str, Any]:
    told: dict[str, Any] = {name: getattr(run, name) for name in _PLAIN_FIELDS}
    told["parameters"] = [dict(zip(_VALUE_FIELDS, value)) for value in run.parameters]
    told["metrics"] = [dict(zip(_VALUE_FIELDS, value)) for value in run.metrics]
    told["labels"] = [{"key": key, "value": value} for key, value in run.labels]
    told["models"] = [model._asdict() for model in run.models]
    state, snapshot, duration_s, _ = run.snapshot
    told["snapshot"] = {"state": state, "id": snapshot, "duration_s": duration_s}
    return told
