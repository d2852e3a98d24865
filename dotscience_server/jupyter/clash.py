"""Notices a kernel that would import another package named ``dotscience`` instead of ours.

Asks the kernel's own Python, with the kernel's environment and folder, where it would find ``dotscience``; the package is
not imported and no code of the user runs that the kernel's start would not run. Once for each (Python, path, folder).
A package that stands behind ours (PyPI's ``dotscience`` in the kernel's environment) is no clash: ours is imported.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from logging import Logger
from pathlib import Path

from .background import Background

_QUESTION = (
    "import importlib.util as u\n"
    "s = u.find_spec('dotscience')\n"
    "print((s.origin or next(iter(s.submodule_search_locations), '')) if s else '')"
)
_ANSWER_WITHIN_S = 20
#: A file that our package has and PyPI's has not.
_OURS = "_journal.py"

OnClash = Callable[[str, str], None]


class ClashCheck:
    """``on_clash`` hears (where the other package is, the kernel's folder)."""

    def __init__(self, on_clash: OnClash, background: Background, log: Logger) -> None:
        self._on_clash = on_clash
        self._background = background
        self._log = log
        self._asked: set[tuple[str, str, str]] = set()

    def check(self, command: list[str], env: dict[str, str], cwd: str | None) -> None:
        """Ask in the background, where the command is a plain ``python -m ipykernel…``."""
        folder = cwd or str(Path.cwd())
        key = (command[0], env.get("PYTHONPATH", ""), folder)
        if not is_plain_python(command) or key in self._asked:
            return
        self._asked.add(key)
        self._background.start(self._ask(command[0], env, folder))

    async def _ask(self, python: str, env: dict[str, str], folder: str) -> None:
        try:
            where = await found_by(python, env, folder)
        except (OSError, asyncio.TimeoutError) as error:
            self._log.debug("Dotscience: %s was not asked: %s", python, error)
            return
        if where and not is_ours(where):
            self._log.warning("Dotscience: kernels in %s import another package: %s", folder, where)
            self._on_clash(where, folder)


def is_plain_python(command: list[str]) -> bool:
    """Whether a kernel's command is a Python that runs ipykernel; others (conda runners, containers) are not asked."""
    return "-m" in command[1:3] and any(one.startswith("ipykernel") for one in command[2:4])


def is_ours(origin: str) -> bool:
    """Whether the package found at ``origin`` is our library, of whatever version.

    PyPI's, installed over ours into the same folder, replaces ``__init__.py`` and leaves our other files.
    """
    folder = Path(origin).parent
    try:
        first = (folder / "__init__.py").read_bytes()
    except OSError:
        return False
    return b"from dotscience._" in first and (folder / _OURS).is_file()


async def found_by(python: str, env: dict[str, str], folder: str) -> str:
    """Where ``python`` finds ``dotscience``; empty when nowhere. Raises OSError, asyncio.TimeoutError."""
    asked = await asyncio.create_subprocess_exec(
        python,
        "-c",
        _QUESTION,
        cwd=folder,
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        out, _ = await asyncio.wait_for(asked.communicate(), _ANSWER_WITHIN_S)
    finally:
        if asked.returncode is None:
            asked.kill()
            await asked.wait()
    return out.decode(errors="surrogateescape").strip()
