"""A store that cannot be written is read all the same, and what needs to write says so."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: mounts")
@pytest.mark.parametrize("how", ["read-only", "full", "full-meanwhile"])
def test_old_files_are_read_and_brought_out(tmp_path: Path, how: str) -> None:
    """On a disk of its own: `ls`, `cat`, `diff`, `log`, and a checkout to another one."""
    command = ["unshare", "-m", sys.executable, "-m", "tests.worker.mounted_read_only"]
    project = Path(__file__).resolve().parents[2]
    subprocess.run([*command, str(tmp_path), how], cwd=project, check=True, timeout=120)
