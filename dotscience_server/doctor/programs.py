"""What is installed beside us, and whether our own parts find each other."""

from __future__ import annotations

import json
import os
import stat
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from ..chunks.client import missing_wheels
from .finding import Finding, good, note, problem

_SERVER = "dotscience_server"
_EXTENSION = "jupyterlab-dotscience"


def engine() -> Finding:
    """What stores files in chunks."""
    lacks = missing_wheels()
    if not lacks:
        return good("Chunk engine", "installed")
    text = f"{', '.join(lacks)} missing: changed files are copied whole"
    return note("Chunk engine", text, f"pip install {' '.join(lacks)}")


def socket(path: Path) -> Finding:
    """The folder that the worker listens in: it must be ours alone."""
    folder = path.parent
    try:
        info = folder.lstat()
    except FileNotFoundError:
        return good("Socket", f"{path}, made when it is needed")
    private = stat.S_ISDIR(info.st_mode) and not info.st_mode & 0o077
    if private and info.st_uid == os.getuid():
        return good("Socket", str(path))
    return problem(
        "Socket",
        f"{folder} is not yours alone (mode 0700)",
        f"Remove {folder}, or set XDG_RUNTIME_DIR to a folder of yours.",
    )


def jupyter() -> Iterator[Finding]:
    """The extension's two halves, in the environment that `ds` runs in."""
    if find_spec("jupyter_server") is None:
        yield note(
            "Jupyter",
            "no Jupyter server in the environment of 'ds'",
            "Install dotscience into the environment of JupyterLab to see runs there.",
        )
        return
    enabled = _enabled()
    if enabled:
        yield good("Jupyter server", "the extension is enabled")
    else:
        yield problem(
            "Jupyter server",
            "the extension is off" if enabled is False else "the extension is not installed whole",
            f"jupyter server extension enable {_SERVER}",
        )
    if any((folder / "labextensions" / _EXTENSION).is_dir() for folder in _data_folders()):
        yield good("JupyterLab", "the extension is installed")
    else:
        yield problem(
            "JupyterLab",
            f"{_EXTENSION} is not installed",
            "pip install --force-reinstall dotscience",
        )


def _enabled() -> bool | None:
    """Whether configuration says so, the last word first; None where none says anything."""
    for folder in _config_folders():
        files = [
            folder / "jupyter_server_config.json",
            *sorted((folder / "jupyter_server_config.d").glob("*.json"), reverse=True),
        ]
        for file in files:
            try:
                told = json.loads(file.read_bytes())["ServerApp"]["jpserver_extensions"][_SERVER]
            except (OSError, ValueError, KeyError, TypeError):
                continue
            return bool(told)
    return None


def _config_folders() -> list[Path]:
    from jupyter_core.paths import jupyter_config_path

    return [Path(folder) for folder in jupyter_config_path()]


def _data_folders() -> list[Path]:
    from jupyter_core.paths import jupyter_path

    return [Path(folder) for folder in jupyter_path()] + [Path(sys.prefix, "share", "jupyter")]
