"""Disks of their own for tests: file systems in image files, mounted where only this process and its children
see them, so that they are gone with it however it ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

NOBODY = 65534
_PROGRAMS = {"btrfs": ("mkfs.btrfs", "btrfs-progs"), "xfs": ("mkfs.xfs", "xfsprogs")}
_SIZES = {"btrfs": 512 << 20, "xfs": 512 << 20}
_OPTIONS = {"btrfs": ["-q"], "xfs": ["-q"]}
_CLONE_NEWNS = 0x20000
_MS_REC, _MS_PRIVATE = 0x4000, 0x40000


@contextlib.contextmanager
def disk(kind: str, folder: Path, options: str = "", size: int | None = None) -> Iterator[Path]:
    """A new file system of a kind, mounted below `folder`. Skips where that cannot be, fails in CI."""
    _need(kind)
    own_mounts()
    image, at = folder / f"{kind}.img", folder / kind
    with image.open("wb") as file:
        file.truncate(size or _SIZES[kind])
    at.mkdir()
    with mounted(kind, image, at, options):
        yield at
    image.unlink()


@contextlib.contextmanager
def fresh_disk(kind: str, options: str = "", size: int | None = None) -> Iterator[Path]:
    """The same in a folder of its own that every user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="ds-disk-"))
    folder.chmod(0o755)
    try:
        with disk(kind, folder, options, size) as at:
            yield at
    finally:
        shutil.rmtree(folder)


@contextlib.contextmanager
def mounted(kind: str, image: Path, at: Path, options: str = "") -> Iterator[None]:
    """Made where the image is empty, else mounted as it is."""
    if image.stat().st_blocks == 0:
        subprocess.run([_PROGRAMS[kind][0], *_OPTIONS[kind], image], check=True)
    loop = ",".join(filter(None, ["loop", options]))
    done = subprocess.run(
        ["mount", "-t", kind, "-o", loop, image, at], capture_output=True, text=True
    )
    if done.returncode != 0:
        without(f"{kind} cannot be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", at], check=True)


@contextlib.contextmanager
def being(user: int) -> Iterator[None]:
    """Another user for a while, without root's rights."""
    os.setegid(user)
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


def _need(kind: str) -> None:
    program, package = _PROGRAMS[kind]
    if not sys.platform.startswith("linux"):
        without("file systems are mounted on Linux alone")
    if os.geteuid() != 0:
        pytest.skip("needs root: mounts a file system")
    if shutil.which(program) is None:
        without(f"{program} is not installed ({package})")


def without(reason: str) -> None:
    if os.environ.get("CI") in ("true", "1"):
        pytest.fail(reason)
    pytest.skip(reason)


@lru_cache(maxsize=1)
def own_mounts() -> None:
    """From now on this process mounts for itself and its children alone."""
    libc = ctypes.CDLL(None, use_errno=True)
    everything = _MS_REC | _MS_PRIVATE
    if libc.unshare(_CLONE_NEWNS) or libc.mount(b"none", b"/", None, everything, None):
        without(f"no mounts of its own: {os.strerror(ctypes.get_errno())}")
