"""A real btrfs in a file, mounted for a test; skipped where that is not allowed."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

SIZE = 1 << 30


@contextlib.contextmanager
def mounted_btrfs(base: Path) -> Iterator[Path]:
    """The mounted folder."""
    if os.geteuid() != 0 or shutil.which("mkfs.btrfs") is None or not Path("/dev/loop0").exists():
        pytest.skip("it takes root, mkfs.btrfs and loop devices")
    image, folder = base / "btrfs.img", base / "btrfs"
    image.touch()
    os.truncate(image, SIZE)
    folder.mkdir()
    subprocess.run(["mkfs.btrfs", "-q", image], check=True, capture_output=True, timeout=60)
    done = subprocess.run(["mount", "-o", "loop", image, folder], capture_output=True, timeout=60)
    if done.returncode != 0:
        pytest.skip(f"it cannot be mounted: {done.stderr.decode(errors='replace').strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True, capture_output=True, timeout=60)
        image.unlink()
