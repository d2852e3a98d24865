"""The event that tells the browser to look. It carries nothing to believe: the delta feed is the state."""

from __future__ import annotations

from typing import Any

SCHEMA_ID = "https://events.jupyter.org/dotscience/workspace_changed/v1"

_SCHEMA: dict[str, Any] = {
    "$id": SCHEMA_ID,
    "version": "1",
    "title": "A Dotscience workspace changed",
    "description": "Says only: look. The state is read from dotscience/api.",
    "personal-data": False,
    "type": "object",
    "required": ["workspace", "revision", "status"],
    "properties": {
        "workspace": {"type": "string", "description": "replica id"},
        "revision": {"type": "integer", "description": "of the delta feed"},
        "status": {"type": "integer", "description": "counts transient changes"},
    },
}


class ChangeEvents:
    """Emits on a Jupyter server's event stream."""

    def __init__(self, event_logger: Any) -> None:
        self._logger = event_logger
        if SCHEMA_ID not in event_logger.schemas:
            event_logger.register_event_schema(_SCHEMA)

    def emit(self, workspace: str, revision: int, status: int) -> None:
        """Tell whoever listens."""
        data = {"workspace": workspace, "revision": revision, "status": status}
        self._logger.emit(schema_id=SCHEMA_ID, data=data)
