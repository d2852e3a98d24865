"""How the environment of a run can be made again here: which tool, which Python, which packages. Makes nothing.

    conda's explicit list and a conda here ─► conda · else uv, where it is there ─► else a Python of the same minor version
Runs are hostile: what is no name, version or URL by its shape is left out, so nothing becomes an option of a tool.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from dotscience._packages import local_path

from ..protocol.failure import ApiError

Json = dict[str, Any]
Tool = Literal["uv", "pip", "conda"]
_OURS = frozenset(("dotscience", "jupyterlab-dotscience", "pip"))
_PYTHON = re.compile(r"\d+\.\d+(\.\d+)?([abc]|rc)?\d*\+?")
_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]*[a-z0-9])?", re.IGNORECASE)
_VERSION = re.compile(r"[a-z0-9][a-z0-9.!+_-]*", re.IGNORECASE)
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^\s\x00-\x1f]+", re.IGNORECASE)
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_ASK_VERSION = "import sys; print('{}.{}.{}'.format(*sys.version_info))"
_OF_LINUX = {"x86_64": "linux-64", "aarch64": "linux-aarch64", "ppc64le": "linux-ppc64le"}


@dataclass(frozen=True)
class Plan:
    """``specs``: requirements for uv or pip; ``conda``: its explicit list. ``program``: uv or conda. ``python``: an
    interpreter of the same minor version, None where there is none; ``exact``: of the very version."""

    tool: Tool
    version: str
    specs: tuple[str, ...] = ()
    conda: tuple[str, ...] = ()
    program: str | None = None
    python: str | None = None
    exact: bool = False

    @property
    def key(self) -> str:
        """Equal plans make one environment."""
        told = [self.version, sorted(self.specs), sorted(self.conda), self.exact]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]

    @property
    def title(self) -> str:
        """For people."""
        count = len(self.conda or self.specs)
        told = f"Python {self.version}, {count} {'package' if count == 1 else 'packages'}"
        return f"Rebuild the environment with {self.tool}: {told}"


def plan_of(told: Json | None, executable: str | None, env: Mapping[str, str]) -> Plan:
    """How an environment (shape of ``environment.schema.json``) can be made here, with the programs that ``env`` reaches.
    Raises ``environment-not-rebuilt``."""
    version = (told or {}).get("python") or ""
    packages = (told or {}).get("packages")
    if told is None or not _PYTHON.fullmatch(version) or not (packages or told.get("conda")):
        raise not_rebuilt("the run's record has no Python version or no packages")
    listed = tuple(filter(_URL.fullmatch, told.get("conda") or ()))
    conda = _conda(env) if listed and _is_for_here(listed) else None
    specs = tuple(_specs(packages or {}, told.get("origins") or {}, conda is not None))
    if conda is not None:
        return Plan("conda", version, specs, listed, conda)
    python, exact = _python(version, executable, env)
    uv = _program("uv", env, executable)
    if uv is not None:
        return Plan("uv", version, specs, (), uv, python, exact)
    if python is None:
        minor = ".".join(version.split(".")[:2])
        raise not_rebuilt(
            f"Python {minor} is not installed, nor is uv, which could fetch it",
            f"Install uv ('pip install uv') or Python {minor}, then run it again.",
        )
    return Plan("pip", version, specs, (), None, python, exact)


def not_rebuilt(detail: str, hint: str | None = None) -> ApiError:
    """The error; ``hint``: what to do about it."""
    hint = hint or "Install what is missing, then run it again."
    return ApiError.of("environment-not-rebuilt", detail=detail, hint=hint)


def _specs(packages: Mapping[str, str], origins: Json, in_conda: bool) -> Iterator[str]:
    for name, version in sorted(packages.items()):
        origin = origins.get(name) or {}
        kind, url = origin.get("kind"), str(origin.get("url") or "")
        if name in _OURS or not _NAME.fullmatch(name) or (in_conda and kind == "conda"):
            continue
        if not _URL.fullmatch(url):
            kind = None
        if kind == "editable":
            yield f"-e {url}"
        elif kind == "vcs":
            commit = str(origin.get("commit") or "")
            yield f"{name} @ git+{url}" + (f"@{commit}" if _COMMIT.fullmatch(commit) else "")
        elif kind == "url" or (kind == "local" and os.path.exists(local_path(url) or "")):
            yield f"{name} @ {url}"
        elif _VERSION.fullmatch(version):
            yield f"{name}=={version}"


def _program(name: str, env: Mapping[str, str], executable: str | None = None) -> str | None:
    """A program on the path, or beside our Python or the run's."""
    folders = [env.get("PATH", os.defpath), os.path.dirname(sys.executable)]
    folders.append(os.path.dirname(executable or ""))
    # An empty one would be the folder that we stand in.
    return shutil.which(name, path=os.pathsep.join(filter(None, folders)))


def _conda(env: Mapping[str, str]) -> str | None:
    found = [_program(name, env) for name in ("mamba", "conda", "micromamba")]
    found += [env.get("CONDA_EXE"), env.get("MAMBA_EXE")]
    return next((one for one in found if one and os.access(one, os.X_OK)), None)


def _is_for_here(listed: tuple[str, ...]) -> bool:
    """Whether the list's packages are of this platform."""
    machine = platform.machine()
    here = (
        _OF_LINUX.get(machine, f"linux-{machine}")
        if sys.platform == "linux"
        else ("osx-arm64" if machine == "arm64" else "osx-64")
    )
    return all(line.split("/")[-2] in (here, "noarch") for line in listed)


def _python(
    version: str, executable: str | None, env: Mapping[str, str]
) -> tuple[str | None, bool]:
    """An interpreter of this version, else of its minor version; whether it is the very one."""
    minor = ".".join(version.split(".")[:2])
    path = env.get("PATH", os.defpath)
    names = [executable, sys.executable]
    names += [shutil.which(name, path=path) for name in (f"python{minor}", "python3")]
    alike = None
    for name in dict.fromkeys(filter(None, names)):
        found = _version(name)
        if found == version:
            return name, True
        if alike is None and found.startswith(minor + "."):
            alike = name
    return alike, False


def _version(interpreter: str) -> str:
    try:
        done = subprocess.run(
            [interpreter, "-I", "-c", _ASK_VERSION],
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
