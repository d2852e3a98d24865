"""Tells when far more was read than the files that were seen hold: something went unseen.

The kernel counts every byte that read calls of this process brought, pipes and repeated reads too, so
only a great difference says anything: a large amount, and no known file that could explain it.
"""

from __future__ import annotations

_AT_LEAST = 256 * 1024 * 1024
_TIMES = 50


class Meter:
    """Counts from when it is made. Never raises; says no where the kernel tells nothing."""

    def __init__(self) -> None:
        self._last = _bytes_read()

    def says_unseen(self, known: int) -> bool:
        """Whether more was read since the last call than ``known`` bytes of files can explain."""
        now = _bytes_read()
        read, self._last = now - self._last, now
        return read > _AT_LEAST + _TIMES * known


def _bytes_read() -> int:
    try:
        with open("/proc/self/io", "rb") as file:
            return int(file.readline().split()[1])
    except (OSError, ValueError, IndexError):
        return 0
