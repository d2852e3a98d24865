"""With which variables a repetition starts, and how what is to be held still reaches it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dotscience._repeats import VARIABLE

from .differences import THREAD_VARIABLES

Json = dict[str, Any]
HOOK = Path(__file__).parent / "hook"
AGAIN = "DOTSCIENCE_AGAIN"

_NOT_PASSED = (
    *("DOTSCIENCE_RUN", "DOTSCIENCE_COMMAND", "DOTSCIENCE_COMMAND_JOURNAL", "DOTSCIENCE_OBSERVED"),
    *("DOTSCIENCE_DISABLE", "DOTSCIENCE_PROJECT_DOT_ROOT", VARIABLE, AGAIN),
    *("JPY_SESSION_NAME", "JPY_PARENT_PID", "PYTHONSTARTUP"),
)

_OF_ENVIRONMENTS = ("VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV")


@dataclass(frozen=True)
class Factors:
    """What a controlled repetition holds still; nothing: as it is."""

    name: str = "as it is"
    seed: int | None = None
    hash_seed: str | None = None
    clock: float | None = None
    """Seconds since the epoch."""
    threads: int | None = None
    """CPUs and threads of every library."""
    variables: tuple[tuple[str, str | None], ...] = ()
    cpus: int | None = None


def base_variables(given: Mapping[str, str], own_path: str) -> dict[str, str]:
    """``given`` without what belongs to the process it came from; ``own_path``: our source on the ``PYTHONPATH``."""
    env = {name: text for name, text in given.items() if name not in _NOT_PASSED}
    entries = [
        one for one in env.pop("PYTHONPATH", "").split(os.pathsep) if one and one != own_path
    ]
    if entries:
        env["PYTHONPATH"] = os.pathsep.join(entries)
    return env


def recorded_variables(env: Mapping[str, str], then: Mapping[str, str]) -> dict[str, str]:
    """``env`` with the recorded values of variables that change what is computed."""
    kept = {name: text for name, text in env.items() if name not in THREAD_VARIABLES}
    places = (*_OF_ENVIRONMENTS, "LD_PRELOAD", "LD_LIBRARY_PATH")
    return {**kept, **{name: text for name, text in then.items() if name not in places}}


def variables_in(interpreter: str, tool: str, env: Mapping[str, str]) -> dict[str, str]:
    """``env`` with the environment of ``interpreter`` active, and no other; ``tool``: what made it."""
    folder = os.path.dirname(interpreter)
    found = {name: text for name, text in env.items() if name not in _OF_ENVIRONMENTS}
    found["PATH"] = os.pathsep.join((folder, env.get("PATH", os.defpath)))
    found["CONDA_PREFIX" if tool == "conda" else "VIRTUAL_ENV"] = os.path.dirname(folder)
    return found


def held_still(env: Mapping[str, str], factors: Factors, told: Path | None) -> dict[str, str]:
    """``env`` with the hook that holds ``factors`` still; ``told``: a folder that hears what was loaded."""
    found = dict(env)
    for name, text in factors.variables:
        if text is None:
            found.pop(name, None)
        else:
            found[name] = text
    if factors.threads is not None:
        found.update({name: str(factors.threads) for name in THREAD_VARIABLES})
    if factors.hash_seed is not None:
        found["PYTHONHASHSEED"] = factors.hash_seed
    wanted = {
        "seed": factors.seed,
        "clock": factors.clock,
        "cpus": factors.cpus or factors.threads,
        "torch_threads": factors.threads,
        "told": None if told is None else os.fspath(told),
    }
    found[AGAIN] = json.dumps({name: value for name, value in wanted.items() if value is not None})
    there = found.get("PYTHONPATH", "")
    found["PYTHONPATH"] = f"{HOOK}{os.pathsep}{there}" if there else os.fspath(HOOK)
    return found


def repeating(
    env: Mapping[str, str], run: str, repetition: str, folder: Path, store: Path, workspace: Path
) -> dict[str, str]:
    """``env`` that says what is repeated (`dotscience._repeats`)."""
    told = {
        "run": run,
        "repetition": repetition,
        "folder": os.path.realpath(folder),
        "store": os.fspath(store),
        "workspace": os.fspath(workspace),
    }
    return {**env, VARIABLE: json.dumps(told)}


def with_library(env: Mapping[str, str], library: Path) -> dict[str, str]:
    """``env`` with our library within reach, behind everything else."""
    there = env.get("PYTHONPATH", "")
    path = f"{there}{os.pathsep}{library}" if there else os.fspath(library)
    return {**env, "PYTHONPATH": path}
