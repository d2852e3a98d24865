"""What the extension adds to a worker's answers: Jupyter's own paths, which the worker cannot know."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
ToApiPath = Callable[[str], str | None]


def fill_workspace(answer: Json, api_path: ToApiPath) -> None:
    """``workspace.schema.json``."""
    answer["api_path"] = api_path(answer["path"])


def fill_job(answer: Json, api_path: ToApiPath) -> None:
    """``job.schema.json``: the folder written."""
    result = answer.get("result")
    if result and result.get("path"):
        result["api_path"] = api_path(result["path"])


def fill_branches(answer: Json, api_path: ToApiPath) -> None:
    """``branches.schema.json``: each folder."""
    for branch in answer.get("branches", ()):
        branch["api_path"] = api_path(branch["path"])


def fill_status(answer: Json, api_path: ToApiPath) -> None:
    """``status.schema.json``: each of its jobs."""
    for job in answer.get("jobs", ()):
        fill_job(job, api_path)


#: By handler name of the route table; an answer not named here is passed on as it came.
FILLS: dict[str, Callable[[Json, ToApiPath], None]] = {
    "workspace": fill_workspace,
    "checkout": fill_job,
    "rerun": fill_job,
    "restore": fill_job,
    "branches": fill_branches,
    "make_branch": fill_job,
    "snapshot": fill_job,
    "rebuild": fill_job,
    "job": fill_job,
    "cancel_job": fill_job,
    "status": fill_status,
}
