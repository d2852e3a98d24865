"""The route table of the local API (``docs/formats/local-api.md``).

The worker serves every route under ``/v1/``; the Jupyter server extension serves the same under
``<base_url>dotscience/api/``, and `SERVER_ROUTES` besides. Invariant: each route declares the permission it needs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Method = Literal["GET", "POST", "PUT", "DELETE"]
Permission = Literal["read", "write", "execute"]
"""``execute``: code runs; the Jupyter server asks its authorizer as for its kernels."""

_FIELDS = {
    "id": r"[0-9a-f-]{36}",
    "n": r"[0-9]{1,9}",
    "run": r"[^/]+",
    "job": r"[^/]+",
    "notice": r"[^/]+",
}


@dataclass(frozen=True)
class Route:
    """``handler`` names a method of the worker's ``Api`` object."""

    method: Method
    pattern: str
    permission: Permission
    handler: str
    body: bool = False
    """Takes a JSON object as its body."""
    stream: bool = False
    """Answers with bytes, not JSON."""

    def regex(self) -> str:
        """The pattern as a regular expression with named groups, without prefix or anchors."""
        return re.sub(r"\{(\w+)\}", lambda m: f"(?P<{m[1]}>{_FIELDS[m[1]]})", self.pattern)


ROUTES: tuple[Route, ...] = (
    Route("GET", "workspace", "read", "workspace"),
    Route("GET", "w/{id}/workspace", "read", "workspace"),
    Route("GET", "w/{id}/changes", "read", "changes"),
    Route("GET", "w/{id}/runs", "read", "feed"),
    Route("GET", "w/{id}/blocks/{n}", "read", "block"),
    Route("GET", "w/{id}/runs/{run}", "read", "run"),
    Route("GET", "w/{id}/runs/{run}/files", "read", "files"),
    Route("GET", "w/{id}/runs/{run}/file", "read", "file", stream=True),
    Route("GET", "w/{id}/runs/{run}/environment", "read", "environment"),
    Route("GET", "w/{id}/runs/{run}/log", "read", "log"),
    Route("POST", "w/{id}/commands", "write", "command", body=True),
    Route("GET", "w/{id}/runs/{run}/series", "read", "series"),
    Route("GET", "w/{id}/runs/{run}/media/{n}", "read", "media", stream=True),
    Route("GET", "w/{id}/runs/{run}/cells", "read", "cells"),
    Route("GET", "w/{id}/runs/{run}/source", "read", "source"),
    Route("POST", "w/{id}/runs/{run}/claims", "write", "claim", body=True),
    Route("POST", "w/{id}/runs/{run}/labels", "write", "label", body=True),
    Route("GET", "w/{id}/drafts", "read", "drafts"),
    Route("POST", "w/{id}/drafts/{run}/keep", "write", "keep_draft", body=True),
    Route("DELETE", "w/{id}/drafts/{run}", "write", "drop_draft"),
    Route("GET", "w/{id}/hidden", "read", "hidden"),
    Route("POST", "w/{id}/runs/{run}/checkout", "write", "checkout", body=True),
    Route("POST", "w/{id}/runs/{run}/restore", "write", "restore", body=True),
    Route("GET", "w/{id}/runs/{run}/rerun", "read", "rerun_plan"),
    Route("POST", "w/{id}/runs/{run}/rerun", "execute", "rerun", body=True),
    Route("GET", "w/{id}/runs/{run}/verdict", "read", "verdict"),
    Route("GET", "w/{id}/diff", "read", "diff"),
    Route("GET", "w/{id}/diff/file", "read", "diff_file"),
    Route("GET", "w/{id}/versions", "read", "versions"),
    Route("GET", "w/{id}/branches", "read", "branches"),
    Route("GET", "w/{id}/inherited", "read", "inherited"),
    Route("GET", "w/{id}/inherited/versions", "read", "inherited_versions"),
    Route("POST", "w/{id}/branches", "write", "make_branch", body=True),
    Route("GET", "w/{id}/snapshots", "read", "snapshots"),
    Route("POST", "w/{id}/snapshots", "write", "snapshot", body=True),
    Route("GET", "w/{id}/status", "read", "status"),
    Route("GET", "w/{id}/jobs/{job}", "read", "job"),
    Route("DELETE", "w/{id}/jobs/{job}", "write", "cancel_job"),
    Route("POST", "w/{id}/notices", "write", "report", body=True),
    Route("POST", "w/{id}/notices/{notice}/dismiss", "write", "dismiss_notice"),
    Route("POST", "w/{id}/track", "write", "track", body=True),
    Route("PUT", "w/{id}/policy", "write", "set_policy", body=True),
    Route("GET", "w/{id}/policy/path", "read", "path_policy"),
    Route("PUT", "w/{id}/policy/path", "write", "set_path_policy", body=True),
    Route("POST", "w/{id}/notify", "write", "notify", body=True),
    Route("POST", "w/{id}/rebuild", "write", "rebuild"),
    Route("GET", "w/{id}/storage", "read", "storage"),
    Route("PUT", "w/{id}/storage/budget", "write", "set_budget", body=True),
    Route("POST", "w/{id}/storage/keep", "write", "keep_runs"),
    Route("POST", "w/{id}/gc", "write", "gc", body=True),
    Route("GET", "w/{id}/verify", "read", "verified"),
    Route("POST", "w/{id}/verify", "write", "verify", body=True),
)

#: What the Jupyter server answers itself: it has no workspace and no worker.
SERVER_ROUTES: tuple[Route, ...] = (
    Route("GET", "settings", "read", "settings"),
    Route("PUT", "settings", "write", "set_settings", body=True),
)


def methods_by_pattern(routes: tuple[Route, ...] = ROUTES) -> dict[str, dict[Method, Route]]:
    """The table grouped for hosts that register one handler a pattern."""
    grouped: dict[str, dict[Method, Route]] = {}
    for route in routes:
        grouped.setdefault(route.pattern, {})[route.method] = route
    return grouped
