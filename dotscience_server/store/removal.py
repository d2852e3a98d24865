"""Removing objects while others may be adding the same: whoever adds one anew touches it (`touch`), and what was
touched since `before_ns` comes back.

    condemned ─► renamed into tmp/ ─┬─ touched meanwhile ─► renamed back
                                    └─ old ─► removed
"""

from __future__ import annotations

import os
import time
from pathlib import Path

YOUNG_NS = 60 * 1_000_000_000
"""Whoever adds an object touches it only when it is older."""


def touch(path: str, status: os.stat_result) -> bool:
    """The object is needed from now on; False when it has gone meanwhile."""
    if time.time_ns() - status.st_mtime_ns < YOUNG_NS:
        return os.path.exists(path)
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    except OSError:
        return True  # not ours: it will not be removed either
    return True


def remove_object(store: Path, object_hash: str, before_ns: int) -> int:
    """Remove an object that nobody has touched since; the bytes that it took on the disk. Raises OSError."""
    path = store / "objects" / object_hash[:2] / object_hash[2:]
    aside = store / "tmp" / f"gone-{object_hash}"
    try:
        if path.stat().st_mtime_ns >= before_ns:
            return 0
        os.rename(path, aside)
        status = aside.stat()
    except FileNotFoundError:
        return 0
    if status.st_mtime_ns >= before_ns:
        os.rename(aside, path)
        return 0
    aside.unlink()
    return status.st_blocks * 512


def bring_back(store: Path) -> None:
    """Undo removals that a killed worker left half done. Before `tmp/` is cleared."""
    for aside in (store / "tmp").glob("gone-*"):
        name = aside.name[5:]
        path = store / "objects" / name[:2] / name[2:]
        if not path.exists():
            os.rename(aside, path)
