"""In which dataset a folder lies, by the kernel's table of mounts: no command is asked.

A workspace may lie anywhere below a dataset. What is mounted below it (a nested dataset, another disk) is
not part of it, as everywhere: a snapshot shows an empty folder there.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

_KINDS = {"zfs": False, "fuse.zfs": True}
_ESCAPE = re.compile(rb"\\([0-7]{3})")


@dataclass(frozen=True)
class Mount:
    """A line of mountinfo. `root`: which folder of the file system is mounted, absolute in it."""

    point: bytes
    root: bytes
    kind: str
    source: str


@dataclass(frozen=True)
class Place:
    """Where a folder lies. `below`: its path in the dataset, "" for the top; `mountpoint` is that of
    the dataset's top, None where only a part of it is mounted; `fuse`: it is zfs-fuse's.
    """

    dataset: str
    below: bytes
    mountpoint: bytes | None
    fuse: bool


def place_of(path: Path, mounts: list[Mount] | None = None) -> Place | None:
    """The dataset of a folder; None where it lies in none, or in a snapshot. Links are followed. Raises OSError."""
    real = os.fsencode(os.path.realpath(path, strict=True))
    known = read_mounts() if mounts is None else mounts
    over = [mount for mount in known if _is_below(real, mount.point)]
    # Of those at one point the last covers the others.
    found = max(enumerate(over), key=lambda each: (len(each[1].point), each[0]), default=None)
    if found is None or found[1].kind not in _KINDS or "@" in found[1].source:
        return None
    mount = found[1]
    within = mount.root.strip(b"/").split(b"/") + real[len(mount.point) :].strip(b"/").split(b"/")
    whole = mount.point if mount.root == b"/" else _top_of(mount, known)
    return Place(mount.source, b"/".join(filter(None, within)), whole, _KINDS[mount.kind])


def mounts_below(path: Path, mounts: list[Mount] | None = None) -> list[bytes]:
    """What is mounted below a folder, relative to it: not part of a snapshot of it."""
    real = os.fsencode(os.path.realpath(path))
    known = read_mounts() if mounts is None else mounts
    points = {mount.point for mount in known if mount.point != real}
    return sorted(os.path.relpath(point, real) for point in points if _is_below(point, real))


def read_mounts(text: bytes | None = None) -> list[Mount]:
    """The mounts that this process sees, in their order."""
    if text is None:
        try:
            text = Path("/proc/self/mountinfo").read_bytes()
        except OSError:
            return []
    lines = (line.partition(b" - ") for line in text.split(b"\n"))
    return [_mount(left.split(b" "), right.split(b" ")) for left, _, right in lines if right]


def _mount(left: list[bytes], right: list[bytes]) -> Mount:
    source = _plain(right[1]).decode("utf-8", "surrogateescape")
    return Mount(_plain(left[4]), _plain(left[3]), right[0].decode("ascii", "replace"), source)


def _top_of(part: Mount, mounts: list[Mount]) -> bytes | None:
    """Where the whole dataset is mounted, and covered by nothing."""
    for mount in mounts:
        if (mount.source, mount.kind, mount.root) == (part.source, part.kind, b"/"):
            last = [other for other in mounts if other.point == mount.point][-1]
            if last is mount:
                return mount.point
    return None


def _is_below(path: bytes, folder: bytes) -> bool:
    return path == folder or path.startswith(folder.rstrip(b"/") + b"/")


def _plain(field: bytes) -> bytes:
    return _ESCAPE.sub(lambda match: bytes([int(match[1], 8)]), field)
