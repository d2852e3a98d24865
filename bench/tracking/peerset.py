"""The trackers that are compared, and their environments (made once below ``.cache/bench``)."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path
from typing import NamedTuple

PROJECT = Path(__file__).resolve().parents[2]
TASKS = Path(__file__).with_name("tasks.py")
_ENVIRONMENTS = PROJECT / ".cache" / "bench"


class Peer(NamedTuple):
    """``module`` below ``peers/``; ``packages`` are what its environment is made of (none: ours)."""

    title: str
    module: str
    packages: tuple[str, ...]


OURS = Peer("dotscience", "dotscience", ())
PEERS = (
    Peer("Trackio 0.43.0", "trackio_local", ("trackio==0.43.0",)),
    Peer("W&B 0.31.0 offline", "wandb_offline", ("wandb==0.31.0",)),
    Peer("MLflow 3.17.2 SQLite", "mlflow_sqlite", ("mlflow==3.17.2",)),
    Peer("MLflow 3.17.2 files", "mlflow_file", ("mlflow==3.17.2",)),
    Peer("Aim 3.29.1", "aim", ("aim==3.29.1",)),
    Peer("DVCLive 3.49.1", "dvclive_plain", ("dvclive==3.49.1", "dvc==3.67.1")),
    Peer("tensorboardX 2.6.5", "tensorboardx", ("tensorboardX==2.6.5", "tensorboard==2.21.0")),
)


def interpreter(peer: Peer) -> str:
    """The Python of a peer's environment, which is made when missing."""
    if not peer.packages:
        return sys.executable
    folder = _ENVIRONMENTS / "-".join(peer.packages).replace("==", "-")
    python, done = folder / "bin" / "python", folder / "complete"
    if not done.exists():
        print(f"Installing {' '.join(peer.packages)} …", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([python, "-m", "pip", "install", "-q", *peer.packages], check=True)
        done.touch()
    return os.fspath(python)


def environment(home: Path) -> dict[str, str]:
    """Variables of a task: a home of its own, nobody's settings, no network."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return {
        **kept,
        "HOME": os.fspath(home),
        "PYTHONWARNINGS": "ignore",
        "PYTHONPATH": os.fspath(PROJECT),
        "HF_HUB_OFFLINE": "1",
        "DVC_NO_ANALYTICS": "1",
        "DO_NOT_TRACK": "1",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "GIT_PYTHON_REFRESH": "quiet",
    }
