"""Workspaces as in `tests.worker`."""

from __future__ import annotations

from tests.worker.conftest import client, home, workspace

__all__ = ["client", "home", "workspace"]
