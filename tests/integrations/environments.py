"""Programs run with the real libraries, in the environments of ``requirements/``, with ours on the path."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(__file__).with_name("programs")
_LINKS = PROJECT / ".cache" / "integrations"


def interpreter(name: str) -> str:
    """The Python of an environment; skips where it is one that is made on request and was not."""
    python = _LINKS / name / "bin" / "python"
    if not python.exists():
        if name == "torch":
            pytest.skip("scripts/setup/integrations.py torch was not run: gigabytes")
        pytest.fail(f"no environment {name}: run scripts/setup/integrations.py")
    return os.fspath(python)


def run(
    name: str,
    program: str,
    folder: Path,
    *arguments: str,
    fails: bool = False,
    **variables: str,
) -> subprocess.CompletedProcess[str]:
    """``programs/<program>`` in ``folder``, with our packages alone on its ``PYTHONPATH``."""
    home = folder / ".home"
    home.mkdir(exist_ok=True)
    kept = {
        key: os.environ[key] for key in ("PATH", "LANG", "DOTSCIENCE_TEST_RUN") if key in os.environ
    }
    done = subprocess.run(
        [interpreter(name), str(PROGRAMS / program), *arguments],
        cwd=folder,
        env={
            **kept,
            "HOME": os.fspath(home),
            "XDG_STATE_HOME": os.fspath(home / "state"),
            "XDG_CACHE_HOME": os.fspath(home / "cache"),
            "XDG_RUNTIME_DIR": os.fspath(home),
            "PYTHONPATH": os.fspath(_library(home)),
            "HF_HUB_OFFLINE": "1",
            "MPLBACKEND": "agg",
            **variables,
        },
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if not fails:
        assert done.returncode == 0, done.stderr[-4000:]
    return done


def _library(home: Path) -> Path:
    """What a kernel of the server has on its path: our packages and nothing else."""
    folder = home / "library"
    if not folder.exists():
        folder.mkdir()
        (folder / "dotscience").symlink_to(PROJECT / "dotscience")
        plugin = PROJECT / "dotscience_mlflow"
        (folder / plugin.name).symlink_to(plugin)
        for metadata in plugin.glob("*.dist-info"):
            (folder / metadata.name).symlink_to(metadata)
    return folder
