"""What a tool that failed said, as an error with the next step. Pure: nothing is looked up."""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Sequence
from pathlib import Path

from ..protocol.failure import ApiError
from .environment_plan import Plan, not_rebuilt

_SHOWN = 6
_LITTLE_ROOM = 64 << 20
_NO_ROOM = re.compile(r"No space left|os error 28\b|Errno 28\b|quota exceeded|NoSpaceLeft", re.I)
_NO_PYTHON = re.compile(
    r"No interpreter found|No download found for request|no Python \S+ found", re.I
)
_NO_NETWORK = re.compile(
    r"name resolution|Name or service not known|dns error|Failed to establish a new connection|"
    r"Connection refused|tcp connect error|error sending request|Network is unreachable|ProxyError|"
    r"CondaHTTPError|Could not resolve host|network (connectivity )?(is|was) disabled|timed out|"
    r"client error \(Connect\)|failed to fetch|Failed to download",
    re.IGNORECASE,
)
_NO_PACKAGE = re.compile(
    r"No matching distribution found|No solution found|was not found in|not find a version|"
    r"PackagesNotFound|HTTP 404|404 Client Error|404 Not Found|no version of|does not exist|"
    r"Distribution not found",
    re.IGNORECASE,
)
_NO_VENV = re.compile(r"ensurepip is not available|No module named (venv|ensurepip)", re.I)
_OWN_INDEX = re.compile(r"==[0-9][^\s+]*\+\w")


def failure_of(
    program: str, code: int, said: Sequence[str], plan: Plan, place: Path, free_bytes: int
) -> ApiError:
    """``said``: the last lines of its output; ``place``: where environments are kept, ``free_bytes``: room there."""
    told = " / ".join(said[-_SHOWN:]).rstrip(".") or f"exit code {code}"
    hint = _hint("\n".join(said), plan, place)
    if hint is None and free_bytes < _LITTLE_ROOM:  # ensurepip keeps to itself what failed
        hint = _room(place)
    return not_rebuilt(f"{os.path.basename(program)}: {told}", hint)


def of_system(error: OSError, place: Path) -> ApiError:
    """The system refused a file, or to start a program."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return not_rebuilt(str(error), _room(place) if full else None)


def _hint(text: str, plan: Plan, place: Path) -> str | None:
    if _NO_ROOM.search(text):
        return _room(place)
    if _NO_PYTHON.search(text):
        return f"Install Python {plan.version} ('uv python install {plan.version}'), then run it again."
    if _NO_VENV.search(text):
        return "Install uv ('pip install uv') or the system's python3-venv, then run it again."
    if _OWN_INDEX.search(text):
        return f"Name the index that the package came from ({_option(plan, 'index')}), then run it again."
    if _NO_NETWORK.search(text):
        return f"Go online, or name an index that is in reach ({_option(plan, 'index')}), then run it again."
    if _NO_PACKAGE.search(text):
        return f"Name a folder that has a copy of the package ({_option(plan, 'folder')}), then run it again."
    return None


def _room(place: Path) -> str:
    return f"Make room on the disk (environments that you do not need in {place} can go), then run it again."


def _option(plan: Plan, what: str) -> str:
    if plan.tool == "conda":
        return "conda's channels"
    names = {
        "uv": {"index": "UV_INDEX", "folder": "UV_FIND_LINKS"},
        "pip": {"index": "PIP_EXTRA_INDEX_URL", "folder": "PIP_FIND_LINKS"},
    }
    return names[plan.tool][what]
