"""What a run ran in: the payload of an environment record (``docs/formats/journal.md``, type 8).

Stable within a session and between equal sessions: nothing that moves (free memory, times, job
numbers) is in it, so that a sweep of 200 runs has one environment. Slow parts are bounded in time
(`_git_state`, `_gpu`); the caller is a thread of ours (`_background`), never the user's.
"""

from __future__ import annotations

import sys

from dotscience._git_state import git_files, git_state
from dotscience._machine import container, machine
from dotscience._packages import conda, installed, packages
from dotscience._variables import seeds, variables

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, Optional

    #: Keeps a diff; its name below ``<store>/pins``, None where it can't be kept.
    KeepDiff = Callable[[bytes], Optional[str]]


def at_once(workspace: str) -> dict[str, Any]:
    """What names and small files say, in a few milliseconds: for a process that ends before the rest is known."""
    return {
        "packages": packages(sys.path),
        "origins": {},
        "conda": None,
        "git": git_files(workspace),
        "machine": machine(None),
        "container": container(),
        "seeds": seeds(),
        "variables": variables(),
    }


def environment(
    workspace: str, keep_diff: KeepDiff, gpus: Callable[[], dict[str, Any] | None]
) -> dict[str, Any]:
    """The record of this process in the workspace ``workspace`` (its root). May take a second."""
    versions, origins = installed(sys.path)
    return {
        **at_once(workspace),
        "packages": versions,
        "origins": origins,
        "conda": conda(sys.prefix),
        "git": git_state(workspace, keep_diff),
        "machine": machine(gpus()),
    }
