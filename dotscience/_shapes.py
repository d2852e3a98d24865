"""What the body of a record must look like, so that everything behind the codec can rely on it.

A record may come from another program or a copied store. Fields that are missing or null are fine, unknown fields and
kinds too; a field of another shape makes the record damaged: it is reported and left out, and all others stay.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    Shape = Callable[[Any], bool]

_TIME = re.compile(
    r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)\.\d{6}Z"
)


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _path(value: Any) -> bool:
    return isinstance(value, (str, dict))


def _time(value: Any) -> bool:
    return isinstance(value, str) and _TIME.fullmatch(value) is not None


def _number(value: Any) -> bool:
    return type(value) is int


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _table(value: Any) -> bool:
    return isinstance(value, dict)


def _files(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


_TOLD: dict[str, Shape] = {
    "description": _text,
    "error": _text,
    "start": _time,
    "end": _time,
    "input": _texts,
    "output": _texts,
    "labels": _table,
    "parameters": _table,
    "summary": _table,
    "base": _text,
    "workspace": _text,
    "text": _text,
    "workload-file": _text,
}
_SHAPES: dict[str, dict[str, Shape]] = {
    "run.block": _TOLD,
    "run.interrupted": _TOLD,
    "run.values": _TOLD,
    "run.pins": {"files": _files},
    "run.notebook": {"path": _text, "object": _text},
    "run.snapshot": {"snapshot": _text, "state": _text},
    "run.points": {"object": _text, "data": _text, "series": _files, "started": _time},
    "run.cells": {"object": _text},
    "run.files": {"object": _text, "files": _files},
    "run.environment": {"object": _text, "diff": _text},
    "run.media": {"items": _files},
    "run.log": {"object": _text},
    "run.draft": {"notebook": _text, "start": _time, "end": _time, "error": _text},
    "run.kept": {"description": _text},
    "run.claim": {"path": _path, "as": _text},
    "run.label": {"key": _text, "value": _text},
    "snapshot": {"id": _text, "tree": _text, "time": _time},
    "gc.announced": {"id": _text, "due": _time, "runs": _texts},
    "gc.thinned": {"contents": _texts, "runs": _texts, "snapshots": _texts, "through": _number},
}
_NEEDED = {
    "run.claim": ("path", "as"),
    "run.label": ("key",),
    "run.media": ("items",),
    "run.environment": ("object",),
    "run.cells": ("object",),
    "run.log": ("object",),
    "run.pins": ("files",),
    "snapshot": ("id", "tree", "time"),
}


def misfit(kind: str, body: Any) -> str | None:
    """The name of the first field that does not have its shape, None when all have."""
    if not isinstance(body, dict):
        return "body"
    for name in _NEEDED.get(kind, ()):
        if body.get(name) is None:
            return name
    for name, fits in _SHAPES.get(kind, {}).items():
        if body.get(name) is not None and not fits(body[name]):
            return name
    return None
