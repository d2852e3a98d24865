"""A disk for each driver: btrfs and XFS in an image file, a pool of zfs-fuse in one; root alone can make them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DRIVERS = ("plain", "btrfs", "reflink", "zfs")
_MAKE = {"btrfs": ("btrfs", "mkfs.btrfs"), "reflink": ("xfs", "mkfs.xfs")}


def missing_for(driver: str) -> str | None:
    """Why there is no disk for a driver here."""
    if driver == "plain":
        return None
    if os.geteuid() != 0:
        return "needs root: mounts a file system"
    if driver == "zfs" and not Path("/dev/fuse").exists():
        return "there is no /dev/fuse"
    program = "zfs-fuse" if driver == "zfs" else _MAKE[driver][1]
    return None if shutil.which(program) else f"{program} is not installed"


@contextmanager
def disk_for(driver: str, folder: Path, gigabytes: float) -> Iterator[Path]:
    """A folder where `driver` is chosen: on a disk of its own that may take so much of `folder`'s."""
    if driver == "plain":
        yield folder
        return
    base = Path(tempfile.mkdtemp(prefix="ds-bench-disk-", dir=folder))
    try:
        if driver == "zfs":
            from tests.zfs.pools import fresh_pool

            with fresh_pool(int(gigabytes * 1e9)) as pool:
                yield pool.dataset()[1]
            return
        with _mounted(driver, base, int(gigabytes * 1e9)) as at:
            yield at
    finally:
        shutil.rmtree(base, ignore_errors=True)


@contextmanager
def _mounted(driver: str, base: Path, size: int) -> Iterator[Path]:
    kind, program = _MAKE[driver]
    image, at = base / "disk.img", base / "at"
    with image.open("wb") as file:
        file.truncate(max(size, 512 << 20))
    at.mkdir()
    made = subprocess.run([program, "-q", image], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise OSError(made.stderr.strip())
    subprocess.run(["mount", "-t", kind, "-o", "loop", image, at], check=True)
    try:
        yield at
    finally:
        subprocess.run(["umount", "-l", at], check=True)
