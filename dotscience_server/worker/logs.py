"""The text a run printed: the log that ``ds run`` kept, else the stream outputs of its notebook's cell.

A page is whole lines. Of a line that was written over with carriage returns, the last state is shown, as on a terminal.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dotscience._facts import Run

from ..protocol.failure import ApiError
from ..store.failures import StoreFailure
from ..store.objects import ObjectStore

Json = dict[str, Any]
PAGE_LINES = 10_000
_LIVE_BYTES = 16 << 20


class Logs:
    """Thread-safe: holds nothing that changes."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def of(self, run: Run, after: int, limit: int) -> Json:
        """``limit`` lines from number ``after``. Raises ``not-recorded``."""
        named = (run.log or {}).get("object")
        if named is not None:
            text = self._objects.read(named).decode("utf-8", "replace")
            return _page(text, after, limit, "stdout", bool((run.log or {}).get("cut")))
        streams = self._streams(run)
        if streams is None:
            raise ApiError.of("not-recorded", run=run.id[:8], what="output")
        return _page(streams, after, limit, "notebook", False)

    def live(self, path: Path, run: str, after: int, limit: int) -> Json:
        """Of a command that goes on. Raises ``not-recorded``."""
        try:
            with path.open("rb") as file:
                data = file.read(_LIVE_BYTES)
        except OSError:
            raise ApiError.of("not-recorded", run=run[:8], what="output") from None
        return _page(data.decode("utf-8", "replace"), after, limit, "stdout", False)

    def _streams(self, run: Run) -> str | None:
        """What the cell that published the run printed, as it was saved; None where that is not known."""
        cell = (run.context or {}).get("cell")
        if run.notebook_object is None:
            return None
        try:
            notebook = json.loads(self._objects.read(run.notebook_object.object))
            cells = notebook["cells"]
            found = [one for one in cells if one.get("id") == cell and cell is not None]
            found = found or [one for one in cells if run.id in json.dumps(one.get("outputs"))]
            return "".join(map(_printed, found[:1])) or None
        except (StoreFailure, ValueError, KeyError, TypeError, AttributeError):
            return None


def _printed(cell: Json) -> str:
    texts = (
        output.get("text", "")
        for output in cell.get("outputs") or ()
        if output.get("output_type") == "stream"
    )
    return "".join("".join(text) if isinstance(text, list) else str(text) for text in texts)


def _page(text: str, after: int, limit: int, source: str, cut: bool) -> Json:
    lines = text.split("\n")
    if lines[-1] == "":
        del lines[-1]
    page = [_last_state(line) for line in lines[after : after + limit]]
    return {
        "text": "".join(line + "\n" for line in page),
        "lines": len(page),
        "from": min(after, len(lines)),
        "total": len(lines),
        "cut": cut,
        "source": source,
    }


def _last_state(line: str) -> str:
    line = line.rstrip("\r")
    return line[line.rfind("\r") + 1 :]
