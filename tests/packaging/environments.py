"""Runs programs, and virtual environments in which nothing else is on the PATH."""

from __future__ import annotations

import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

ROOT = Path(__file__).resolve().parent.parent.parent
LIMIT_S = 300


def run(*command: str | Path, cwd: Path, env: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        command,
        cwd=cwd,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=LIMIT_S,
        check=False,
    )
    assert done.returncode == 0, f"{command} in {cwd}\n{done.stdout}"
    return done.stdout


# The runtime folder stays: a socket below a folder of ours could have too long a name.
KEPT = {"HOME", "TMPDIR", "XDG_RUNTIME_DIR", "DOTSCIENCE_TEST_RUN", "SSL_CERT_FILE"}


def kept(name: str) -> bool:
    """What a program needs of our environment to reach PyPI and to be found by the runner."""
    return name in KEPT or name.startswith("PIP_") or name.lower().endswith("_proxy")


@dataclass(frozen=True)
class Environment:
    """A virtual environment whose PATH holds nothing else: no Node, no npm, no system tools."""

    folder: Path

    def env(self) -> dict[str, str]:
        env = {name: value for name, value in os.environ.items() if kept(name)}
        own = ("config", "data", "cache", "state")
        for name in own:
            (self.folder / name).mkdir(mode=0o700, exist_ok=True)
        env |= {f"XDG_{name.upper()}_HOME": str(self.folder / name) for name in own}
        env |= {"JUPYTER_CONFIG_DIR": str(self.folder / "config"), "PYTHONNOUSERSITE": "1"}
        env |= {"PIP_DISABLE_PIP_VERSION_CHECK": "1"}
        return env | {"PATH": str(self.folder / "bin")}

    def run(self, program: str, *arguments: str | Path, cwd: Path | None = None) -> str:
        path = self.folder / "bin" / program
        return run(path, *arguments, cwd=cwd or self.folder, env=self.env())

    def pip_install(self, *arguments: str | Path) -> None:
        self.run("python", "-m", "pip", "install", "--quiet", *arguments)


def end_worker(workspace: Path) -> None:
    """It would end by itself, but only after a long time with nothing to do."""
    for process in filter(lambda entry: entry.name.isdigit(), Path("/proc").iterdir()):
        try:
            command = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"dotscience_server.worker" in command and os.fsencode(workspace) in command:
            os.kill(int(process.name), signal.SIGTERM)


class MakeEnvironment(Protocol):
    def __call__(self, name: str) -> Environment: ...
