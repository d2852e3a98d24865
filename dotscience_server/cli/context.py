"""What every command works with: the chosen workspace's worker, and the way results are told."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dotscience import _workspace

from ..client import WorkerClient, connect
from ..protocol.failure import ApiError


class Context:
    """``workspace`` is any path in it; ``json`` asks for JSON on stdout instead of text."""

    def __init__(self, workspace: str, json: bool) -> None:
        self.workspace = str(Path(workspace).absolute())
        self.json = json

    @cached_property
    def worker(self) -> WorkerClient:
        """The worker of a workspace that is tracked already, started if needed; asking never makes a workspace.

        Raises ``ApiError``.
        """
        chosen = _workspace.choose_workspace(self.workspace)
        if not Path(self.workspace).exists() or not _workspace.has_store(chosen.root):
            raise ApiError.of("workspace-not-found", path=self.workspace)
        return connect(chosen.root)

    def run_id(self, named: str) -> str:
        """The whole id of the run that an id or its beginning names. Raises ``run-not-found``, ``run-ambiguous``."""
        return str(self.worker.get(f"runs/{as_ref(named)}")["id"])

    def tell(self, value: Any) -> None:
        """Print JSON on stdout."""
        print(json.dumps(value, indent=2))


def as_ref(named: str) -> str:
    """What the user calls a run or snapshot, as part of a route. Raises ``run-not-found`` for what none is called."""
    if not named or "/" in named or named in (".", ".."):
        raise ApiError.of("run-not-found", run=named or "''")
    return quote(named, safe="@")
