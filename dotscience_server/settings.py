"""What kernels that start from now on record: the user's choice (``docs/formats/local-api.md``, `settings`).

``$XDG_CONFIG_HOME/dotscience/config.toml`` keeps it in two keys of the top table, ``capture`` and ``mlflow``;
``DOTSCIENCE_CAPTURE`` and ``DOTSCIENCE_MLFLOW`` (``0`` or ``1``) outrank it.

- The file is the user's: only the lines of our keys are edited, and the result is read again before it takes the
  place of the old one. Everything else in it, comments too, stays byte for byte.
- A file that cannot be read turns both off, and says so: it may have said *off*.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from .protocol.failure import ApiError

DEFAULTS = {"capture": True, "mlflow": False}
VARIABLES = {"capture": "DOTSCIENCE_CAPTURE", "mlflow": "DOTSCIENCE_MLFLOW"}


@dataclass(frozen=True)
class CaptureSettings:
    """``locked``: the names that an environment variable decides. ``problem``: why the file was not read."""

    capture: bool
    mlflow: bool
    locked: tuple[str, ...] = ()
    problem: str | None = None

    def body(self) -> dict[str, Any]:
        """The answer's JSON, ``settings.schema.json``."""
        found = {"capture": self.capture, "mlflow": self.mlflow, "locked": list(self.locked)}
        return found if self.problem is None else {**found, "problem": self.problem}


class UserSettings:
    """The settings of the user who runs this process. Reads the file each time: another program may edit it."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ
        self._lock = threading.Lock()

    @property
    def path(self) -> Path:
        """The file; it need not exist."""
        home = self._environ.get("XDG_CONFIG_HOME", "")
        folder = Path(home) if os.path.isabs(home) else Path.home() / ".config"
        return folder / "dotscience" / "config.toml"

    def read(self) -> CaptureSettings:
        """The settings as they count now. Never raises for what stands in the file."""
        values: dict[str, bool] = dict(DEFAULTS)
        problem = None
        try:
            values.update(_kept(self._text()))
        except (OSError, ValueError) as error:
            values, problem = dict.fromkeys(DEFAULTS, False), f"{self.path}: {error}"
        said = {name: self._environ.get(variable, "") for name, variable in VARIABLES.items()}
        values.update({name: text != "0" for name, text in said.items() if text})
        locked = tuple(name for name, text in said.items() if text)
        return CaptureSettings(**values, locked=locked, problem=problem)

    def write(self, changes: Mapping[str, bool]) -> CaptureSettings:
        """Keep ``changes``; what then counts. Raises ApiError ``settings-refused``, with the file as it was."""
        with self._lock:
            now = self.read()
            wanted = {name: value for name, value in changes.items() if value != getattr(now, name)}
            for name in wanted:
                if name in now.locked:
                    raise _refused(f"{VARIABLES[name]} decides {name}")
            try:
                if wanted or now.problem is not None:
                    edits = wanted if now.problem is None else changes
                    self._replace(edited(self._text(), edits))
            except (OSError, ValueError) as error:
                raise _refused(f"{self.path}: {error}") from error
            return self.read()

    def _text(self) -> str:
        try:
            return self.path.read_bytes().decode("utf-8")  # not read_text: line ends stay
        except FileNotFoundError:
            return ""

    def _replace(self, text: str) -> None:
        path = self.path.resolve()  # a link into a folder of dotfiles stays a link
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        made, name = tempfile.mkstemp(prefix=".config-", dir=path.parent)
        try:
            with os.fdopen(made, "wb") as file:
                file.write(text.encode())
            if path.exists():
                Path(name).chmod(path.stat().st_mode & 0o7777)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink()
            raise


def edited(text: str, changes: Mapping[str, bool]) -> str:
    """A TOML text with keys of its top table set; nothing else in it differs. Raises ValueError."""
    wanted = parsed(text)
    for name, value in changes.items():
        wanted = {**wanted, name: value}
        text = next((one for one in _edits(text, name, value) if _says(one, wanted)), "")
        if not text:
            raise ValueError(f"{name} could not be set by changing one line")
    return text


def parsed(text: str) -> dict[str, Any]:
    """A TOML text as Python's objects. Raises ValueError."""
    toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    found: dict[str, Any] = toml.loads(text)
    return found


def _kept(text: str) -> dict[str, bool]:
    found = {name: value for name, value in parsed(text).items() if name in DEFAULTS}
    for name, value in found.items():
        if not isinstance(value, bool):
            raise ValueError(f"{name} has to be true or false")
    return found


def _edits(text: str, name: str, value: bool) -> Iterator[str]:
    """The text with a line of that key changed, each in turn; then with a new first line."""
    word = "true" if value else "false"
    lines = text.splitlines(keepends=True)
    line_of = re.compile(
        rf"(\s*[\"']?{name}[\"']?\s*=\s*)([^#\r\n]*?)(\s*(?:#.*)?)(\r?\n?)", re.DOTALL
    )
    for at, line in enumerate(lines):
        found = line_of.fullmatch(line)
        if found:
            changed = found[1] + word + found[3] + found[4]
            yield "".join([*lines[:at], changed, *lines[at + 1 :]])
    yield f"{name} = {word}\n{text}"


def _says(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return parsed(text) == wanted
    except ValueError:
        return False


def _refused(detail: str) -> ApiError:
    return ApiError.of("settings-refused", detail=detail)
