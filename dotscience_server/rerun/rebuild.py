"""Makes the environment of a run again: its Python with its packages, kept in the cache by what it holds.

    locked ─► cleared ─► the tool's commands ─► `complete` in it ─► used, now and the next time
           └─ failed, cancelled ─► removed; killed ─► removed by the next that is made
An environment is used only when it is whole. The lock is held by the tools too, so none of a killed worker still writes.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from dotscience import _workspace
from dotscience._packages import packages

from ..protocol.failure import ApiError
from .environment_plan import Plan
from .processes import run_process
from .rebuild_failures import failure_of, of_system

_MARK = "complete"
_LINES = 40
_LOOK_S = 0.1
_NOT_PASSED = frozenset(
    (
        *("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "CONDA_PREFIX", "UV_SYSTEM_PYTHON"),
        *("UV_CONSTRAINT", "UV_OVERRIDE", "UV_BUILD_CONSTRAINT", "PIP_CONSTRAINT", "PIP_QUIET"),
        *("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_REQUIREMENT"),
    )
)
"""They would lead elsewhere, or ask for other versions."""
Say = Callable[[str], None]
Check = Callable[[], None]


@dataclass(frozen=True)
class _Making:
    """``lock``: inherited by the tools, so that it lasts as long as they do."""

    plan: Plan
    folder: Path
    env: Mapping[str, str]
    lock: IO[bytes]
    say: Say
    check: Check

    @property
    def python(self) -> str:
        return os.fspath(self.folder / "bin" / "python")

    @property
    def wanted(self) -> Path:
        return self.folder.with_suffix(".txt")

    def all(self) -> None:
        """Raises ``environment-not-rebuilt``, what ``check`` raises."""
        if self.plan.tool == "conda":
            self._conda()
        elif self.plan.tool == "uv":
            self._uv()
        else:
            assert self.plan.python is not None
            self._told_where_other(self.plan.python)
            self._run([self.plan.python, "-m", "venv", os.fspath(self.folder)])
        self._install(self.plan.specs)

    def _uv(self) -> None:
        plan, program = self.plan, str(self.plan.program)
        venv = [program, "venv", "--python"]
        try:
            wanted = plan.python if plan.python and plan.exact else plan.version
            self._run([*venv, wanted, os.fspath(self.folder)])
        except ApiError:
            if plan.python is None or plan.exact:
                raise
            shutil.rmtree(self.folder, ignore_errors=True)
            self._told_where_other(plan.python)
            self._run([*venv, plan.python, os.fspath(self.folder)])

    def _conda(self) -> None:
        self.wanted.write_text("\n".join(("@EXPLICIT", *self.plan.conda, "")))
        place = ["--prefix", os.fspath(self.folder), "--file", os.fspath(self.wanted)]
        self._run([str(self.plan.program), "create", "--yes", *place])

    def _install(self, specs: tuple[str, ...]) -> None:
        if self.plan.tool == "conda":  # what pip had added to it
            have = packages(
                [os.fspath(one) for one in self.folder.glob("lib/python*/site-packages")]
            )
            there = {f"{name}=={version}" for name, version in have.items()}
            specs = tuple(one for one in specs if one not in there)
        if not specs:
            return
        self.wanted.write_text("".join(f"{spec}\n" for spec in specs))
        from_file = ["--no-deps", "-r", os.fspath(self.wanted)]
        if self.plan.tool == "uv":
            self._run(
                [str(self.plan.program), "pip", "install", "--python", self.python, *from_file]
            )
        else:
            pip = [self.python, "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
            self._run([*pip, *from_file])

    def _told_where_other(self, python: str) -> None:
        if not self.plan.exact:
            self.say(f"Python {self.plan.version} is not here: {python} takes its place")

    def _run(self, command: list[str]) -> None:
        said: list[str] = []

        def hear(line: bytes) -> None:
            text = line.decode("utf-8", "replace").rpartition("\r")[2].strip()
            if text:
                said.append(text)
                del said[:-_LINES]
                self.say(text)

        self.say(" ".join((os.path.basename(command[0]), *command[1:4])))
        env = {name: text for name, text in self.env.items() if name not in _NOT_PASSED}
        code = run_process(
            command,
            env,
            self.folder.parent,
            hear,
            self.check,
            pass_fds=(self.lock.fileno(),),
        )
        if code:
            home = self.folder.parent
            free_bytes = shutil.disk_usage(home).free
            raise failure_of(command[0], code, said, self.plan, home, free_bytes)


def rebuild(plan: Plan, env: Mapping[str, str], say: Say, check: Check) -> Path:
    """The interpreter of the environment, made where it does not stand. Raises ``environment-not-rebuilt``, what
    ``check`` raises."""
    place = _workspace.cache_dir("environments")
    try:
        home = Path(_workspace.private_folder(place))
        folder = home / plan.key
        interpreter = folder / "bin" / "python"
        with _alone(home / f"{plan.key}.lock", say, check) as lock:
            if (folder / _MARK).exists() and interpreter.exists():
                return interpreter
            _sweep(home)
            shutil.rmtree(folder, ignore_errors=True)
            making = _Making(plan, folder, env, lock, say, check)
            with _removed_unless_whole(making):
                making.all()
                (folder / _MARK).touch()
    except OSError as error:
        raise of_system(error, Path(place)) from error
    return interpreter


@contextlib.contextmanager
def _removed_unless_whole(making: _Making) -> Iterator[None]:
    try:
        yield
    except BaseException:
        shutil.rmtree(making.folder, ignore_errors=True)
        raise
    finally:
        making.wanted.unlink(missing_ok=True)


def _sweep(home: Path) -> None:
    """Away with what a killed worker left half made."""
    for lock in home.glob("*.lock"):
        folder = lock.with_suffix("")
        if not folder.exists() or (folder / _MARK).exists():
            continue
        with lock.open("rb") as file, contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if (folder / _MARK).exists():
                continue
            shutil.rmtree(folder, ignore_errors=True)
            folder.with_suffix(".txt").unlink(missing_ok=True)


@contextlib.contextmanager
def _alone(path: Path, say: Say, check: Check) -> Iterator[IO[bytes]]:
    with path.open("ab") as file:
        is_told = False
        while True:
            check()
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            if not is_told:
                say("Another repetition makes the same environment: waiting for it")
                is_told = True
            time.sleep(_LOOK_S)
        yield file
