"""How a run can be run again: its notebook, or the command that it was. Pure.

A recorded command is repeated as it was, but for its interpreter (the chosen one) and paths below the workspace, which
become paths below the side folder.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dotscience._facts import Run, is_outside

Json = dict[str, Any]
Kind = Literal["notebook", "script", "none"]
_PYTHON = re.compile(r"(python|pypy)[0-9.]*(\.exe)?")


@dataclass(frozen=True)
class Recipe:
    """``argv`` of a script has the interpreter it had then; ``cwd`` is workspace-relative. ``reason``: why there is none."""

    kind: Kind
    what: str | None = None
    reason: str | None = None
    cwd: str = ""
    argv: tuple[str, ...] = ()
    notebook: str | None = None
    executable: str | None = None
    is_python: bool = True
    """Whether the first word of ``argv`` is an interpreter."""


def recipe_of(run: Run) -> Recipe:
    """What running ``run`` again means."""
    context = run.context or {}
    executable = _text(context.get("executable"))
    if run.notebook is not None and run.notebook.endswith(".ipynb"):
        if is_outside(run.notebook):
            return _none("its notebook lies outside the workspace")
        folder = os.path.dirname(run.notebook)
        return Recipe(
            "notebook", run.notebook, None, folder, notebook=run.notebook, executable=executable
        )
    return _script(context, executable)


def _script(context: Json, executable: str | None) -> Recipe:
    argv, whole = _words(context.get("argv")), _words(context.get("orig_argv"))
    cwd = _text(context.get("cwd")) or ""
    if is_outside(cwd):
        return _none("it ran in a folder outside the workspace")
    if context.get("kernel") or any("ipykernel" in word for word in whole[1:4]):
        return _none("it ran in a notebook that was not saved in this workspace")
    if not argv:
        return _none("how it was started is not recorded")
    if context.get("python") is None:  # `ds run` itself, or a program without the library
        is_python = _is_interpreter(argv[0])
        return Recipe("script", shlex.join(argv), None, cwd, argv, None, executable, is_python)
    command = whole or ((executable or "python", *argv) if argv[0] not in ("", "-", "-c") else ())
    if len(command) < 2 or argv[0] in ("", "-"):
        return _none("it ran in an interactive session")
    shown = _short((os.path.basename(command[0]), *command[1:]))
    return Recipe("script", shown, None, cwd, command, None, executable)


def placed(recipe: Recipe, interpreter: str | None, workspace: str, folder: str) -> list[str]:
    """The command in ``folder``, with ``interpreter`` in place of the one it had."""
    top = workspace.rstrip("/")
    words = [_moved(word, top, folder) for word in recipe.argv]
    if interpreter is not None and recipe.is_python:
        words[0] = interpreter
    return words


def _moved(word: str, top: str, folder: str) -> str:
    name, sign, value = word.partition("=")
    if sign and (value == top or value.startswith(top + "/")):
        return f"{name}={folder}{value[len(top) :]}"
    return folder + word[len(top) :] if word == top or word.startswith(top + "/") else word


def _is_interpreter(word: str) -> bool:
    return _PYTHON.fullmatch(os.path.basename(word)) is not None


def _short(words: Sequence[str]) -> str:
    text = shlex.join(words)
    return text if len(text) <= 500 else text[:500] + "…"


def _none(reason: str) -> Recipe:
    return Recipe("none", None, reason)


def _words(told: Any) -> tuple[str, ...]:
    is_list = isinstance(told, list) and all(isinstance(word, str) for word in told)
    return tuple(told) if is_list else ()


def _text(told: Any) -> str | None:
    return told if isinstance(told, str) and told else None
