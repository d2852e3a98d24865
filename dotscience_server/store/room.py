"""How much room a disk has."""

from __future__ import annotations

import os
from pathlib import Path

_UNKNOWN = 1 << 62


def free_bytes(folder: Path) -> int:
    """Bytes an ordinary user may still write below `folder`. Very many where the file system does
    not tell (ramfs, some network file systems). Raises OSError.
    """
    status = os.statvfs(folder)
    return _UNKNOWN if status.f_blocks == 0 else status.f_bavail * status.f_frsize
