"""What is known of the file system a folder lies on: its kind, and how fine its clock is."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

COARSE_NS = 2_000_000_000
_PROBES = 16
_OCTAL = re.compile(rb"\\([0-3][0-7]{2})")


def kind_of(folder: str | bytes | Path) -> str:
    """The kind as mount(8) names it ("ext4", "overlay", …), or "this file system"."""
    try:
        # By the mount, as on btrfs each subvolume has a device that no mount names.
        mount = _mount_of(os.fspath(folder))
        lines = Path("/proc/self/mountinfo").read_text(errors="replace").splitlines()
    except OSError:
        return "this file system"
    for line in lines:
        fields, _, rest = line.partition(" - ")
        if fields.split()[0] == mount:
            return rest.split()[0]
    return "this file system"


def _mount_of(folder: str | bytes) -> str | None:
    """The number of the mount through which a folder is seen."""
    fd = os.open(folder, getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY)
    try:
        lines = Path(f"/proc/self/fdinfo/{fd}").read_text().splitlines()
    finally:
        os.close(fd)
    told = [line.split()[1] for line in lines if line.startswith("mnt_id:")]
    return told[0] if told else None


def mounts_below(folder: Path) -> frozenset[bytes]:
    """The folders below, relative, on which something is mounted, as mount(8) knows it."""
    try:
        top = os.fsencode(folder.resolve()) + b"/"
        lines = Path("/proc/self/mountinfo").read_bytes().splitlines()
    except OSError:
        return frozenset()
    points = (_unescaped(line.split(b" ")[4]) for line in lines)
    return frozenset(point[len(top) :] for point in points if point.startswith(top))


def _unescaped(path: bytes) -> bytes:
    """A path of mountinfo: blanks and the like stand there as three octal digits."""
    return _OCTAL.sub(lambda found: bytes([int(found[1], 8)]), path)


def racy_window_ns(root: Path, scratch: Path) -> int:
    """How long after a change of a file below `root` another one may leave all its times the same.

    0 where the kernel gives every observed change a time of its own (Linux ≥ 6.13 on ext4, xfs,
    btrfs, tmpfs); found out by writing to a file in `scratch`, as only the same disk tells.
    """
    try:
        if os.stat(root).st_dev != os.stat(scratch).st_dev:
            return COARSE_NS
        with _probe(scratch) as fd:
            times = {_written_ns(fd) for _ in range(_PROBES)}
    except OSError:
        return COARSE_NS
    return 0 if len(times) == _PROBES else COARSE_NS


def now_ns(scratch: Path) -> int:
    """The present moment by the clock of the file system of `scratch`."""
    with _probe(scratch) as fd:
        return _written_ns(fd)


@contextlib.contextmanager
def _probe(scratch: Path) -> Iterator[int]:
    path = scratch / f"probe-{uuid4().hex}"
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        yield fd
    finally:
        os.close(fd)
        path.unlink(missing_ok=True)


def _written_ns(fd: int) -> int:
    os.pwrite(fd, b"x", 0)
    return os.fstat(fd).st_ctime_ns
