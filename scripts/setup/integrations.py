"""Environments of the libraries that integrations are tested with, outside the clone, so that every clone shares them.

    python scripts/setup/integrations.py            those that every machine has
    python scripts/setup/integrations.py torch      one by name: gigabytes

An environment is named by its requirements' content and never changed; ``.cache/integrations/<name>`` is a link to it.
One that is not installed by default is linked where it stands already.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
REQUIREMENTS = PROJECT / "tests" / "integrations" / "requirements"
LINKS = PROJECT / ".cache" / "integrations"
ON_REQUEST = ("torch",)
"""Too large to be installed without being asked for."""


def home() -> Path:
    """Where environments stand: ``DOTSCIENCE_TEST_ENVIRONMENTS``, else the user's cache folder."""
    given = os.environ.get("DOTSCIENCE_TEST_ENVIRONMENTS")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return Path(given) if given else cache / "dotscience-test-environments"


def place(name: str) -> Path:
    """Where the environment of ``requirements/<name>.txt`` stands or will stand, for this Python."""
    text = (REQUIREMENTS / f"{name}.txt").read_bytes() + sys.version.encode()
    return home() / f"{name}-{hashlib.sha256(text).hexdigest()[:12]}"


def make(name: str) -> None:
    """Install it, unless it stands. Two at once: the second waits."""
    folder = place(name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{folder}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / "complete").exists():
            return
        shutil.rmtree(folder, ignore_errors=True)
        print(f"Installing {name} into {folder}", flush=True)
        venv.create(folder, with_pip=True)
        requirements = REQUIREMENTS / f"{name}.txt"
        pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-input"]
        subprocess.run([*pip, "-r", requirements], check=True)
        (folder / "complete").touch()


def link(name: str) -> None:
    """Let ``.cache/integrations/<name>`` lead to it, where it stands."""
    LINKS.mkdir(parents=True, exist_ok=True)
    shortcut = LINKS / name
    shortcut.unlink(missing_ok=True)
    if (place(name) / "complete").exists():
        shortcut.symlink_to(place(name))


def main() -> None:
    names = sorted(path.stem for path in REQUIREMENTS.glob("*.txt"))
    wanted = sys.argv[1:] or [name for name in names if name not in ON_REQUEST]
    for name in wanted:
        make(name)
    for name in names:
        link(name)


if __name__ == "__main__":
    main()
