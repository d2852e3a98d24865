"""Makes the environment of a run again: its Python with its packages, kept in the cache by what it holds.

    explicit conda list ─► conda create · else uv, where it is there ─► else venv and pip, with the same Python version
An environment is used only when it is whole (`complete` in it); one that failed or was cut off is made anew.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from dotscience import _workspace

from ..protocol.failure import ApiError
from .processes import run_process

Json = dict[str, Any]
Tool = Literal["uv", "pip", "conda"]
_OURS = frozenset(("dotscience", "jupyterlab-dotscience", "pip", "setuptools", "wheel"))
_MARK = "complete"
_LINES = 8
_VERSION = "import sys; print('{}.{}.{}'.format(*sys.version_info))"


@dataclass(frozen=True)
class Plan:
    """``python``: an interpreter to make it with (None: the tool brings it); ``specs``: packages, conda URLs."""

    tool: Tool
    version: str
    specs: tuple[str, ...]
    python: str | None = None

    @property
    def key(self) -> str:
        """Equal plans make one environment."""
        told = json.dumps([self.tool == "conda", self.version, sorted(self.specs)])
        return hashlib.sha256(told.encode()).hexdigest()[:16]


def plan_of(told: Json | None, executable: str | None) -> Plan | None:
    """How an environment (shape of ``environment.schema.json``) can be made here; None: not at all."""
    version = (told or {}).get("python")
    if told is None or not version:
        return None
    conda = next(filter(None, map(shutil.which, ("mamba", "conda", "micromamba"))), None)
    if told.get("conda") and conda is not None:
        return Plan("conda", version, tuple(told["conda"]), conda)
    packages = told.get("packages")
    if not packages:
        return None
    specs = tuple(_specs(packages, told.get("origins") or {}))
    if shutil.which("uv"):
        return Plan("uv", version, specs)
    python = _python(version, executable)
    return None if python is None else Plan("pip", version, specs, python)


def rebuild(
    plan: Plan, env: Mapping[str, str], say: Callable[[str], None], check: Callable[[], None]
) -> Path:
    """The interpreter of the environment, made where it does not stand. Raises ``environment-not-rebuilt``, what
    ``check`` raises."""
    home = Path(_workspace.private_folder(_workspace.cache_dir("environments")))
    folder = home / plan.key
    interpreter = folder / "bin" / "python"
    with _alone(home / f"{plan.key}.lock"):
        if (folder / _MARK).exists() and interpreter.exists():
            return interpreter
        shutil.rmtree(folder, ignore_errors=True)
        try:
            for command in _commands(plan, folder):
                _run(command, env, home, say, check)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        (folder / _MARK).write_text("\n".join(plan.specs))
    return interpreter


def _commands(plan: Plan, folder: Path) -> Iterator[list[str]]:
    wanted = folder.with_suffix(".txt")
    wanted.write_text("".join(f"{spec}\n" for spec in _with_head(plan)))
    place, python = os.fspath(folder), os.fspath(folder / "bin" / "python")
    if plan.tool == "conda":
        yield [str(plan.python), "create", "--yes", "--prefix", place, "--file", os.fspath(wanted)]
    elif plan.tool == "uv":
        yield ["uv", "venv", "--python", plan.version, place]
        yield ["uv", "pip", "install", "--python", python, "--no-deps", "-r", os.fspath(wanted)]
    else:
        yield [str(plan.python), "-m", "venv", place]
        pip = [python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
        yield [*pip, "--no-deps", "-r", os.fspath(wanted)]


def _with_head(plan: Plan) -> Sequence[str]:
    return ("@EXPLICIT", *plan.specs) if plan.tool == "conda" else plan.specs


def _run(
    command: list[str],
    given: Mapping[str, str],
    folder: Path,
    say: Callable[[str], None],
    check: Callable[[], None],
) -> None:
    said: list[str] = []

    def hear(line: bytes) -> None:
        text = line.decode("utf-8", "replace").strip()
        if text:
            said.append(text)
            del said[:-_LINES]
            say(text)

    left_out = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    env = {name: text for name, text in given.items() if name not in left_out}
    try:
        code = run_process(command, env, folder, hear, check)
    except OSError as error:
        raise ApiError.of("environment-not-rebuilt", detail=str(error)) from error
    if code:
        detail = " / ".join(said) or f"exit code {code}"
        raise ApiError.of(
            "environment-not-rebuilt", detail=f"{os.path.basename(command[0])}: {detail}"
        )


def _specs(packages: dict[str, str], origins: Json) -> Iterator[str]:
    for name, version in sorted(packages.items()):
        if name in _OURS:
            continue
        origin = origins.get(name) or {}
        url = origin.get("url")
        if origin.get("kind") == "editable" and url:
            yield f"-e {url[len('file://') :]}"
        elif origin.get("kind") == "vcs" and url:
            yield f"{name} @ git+{url}" + (f"@{origin['commit']}" if origin.get("commit") else "")
        elif url and (origin.get("kind") == "url" or _is_here(origin)):
            yield f"{name} @ {url}"
        else:
            yield f"{name}=={version}"


def _is_here(origin: Json) -> bool:
    return origin.get("kind") == "local" and os.path.exists(str(origin["url"])[len("file://") :])


def _python(version: str, executable: str | None) -> str | None:
    """An interpreter of this version, by its second number."""
    minor = ".".join(version.split(".")[:2])
    names = (executable, sys.executable, shutil.which(f"python{minor}"), shutil.which("python3"))
    for name in dict.fromkeys(filter(None, names)):
        if _version(str(name)).startswith(minor + "."):
            return name
    return None


def _version(interpreter: str) -> str:
    try:
        done = subprocess.run(
            [interpreter, "-c", _VERSION], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
