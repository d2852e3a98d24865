"""What a file, folder or link has beside its bytes, mode and times, and what therefore is not kept of it.

Asked once a file, when it is read: two system calls at most, below 2 µs; of folders and links by their paths. A change
of any of them sets the ctime, so whoever knows one by its lstat knows this too.
"""

from __future__ import annotations

import os

LeftOut = tuple[str, ...]

OF_FILES = ("owner", "xattr", "acl")
"""In the order of their bits."""

_LISTS = ("system.posix_acl_access", "system.posix_acl_default")
_CAPABILITY = "security.capability"
_SYSTEMS_OWN = ("system.", "security.", "trusted.overlay.", "user.overlay.", "btrfs.")
_NUMBERED: tuple[LeftOut, ...] = tuple(
    tuple(kind for bit, kind in enumerate(OF_FILES) if number >> bit & 1)
    for number in range(1 << len(OF_FILES))
)
_NUMBERS = {kinds: number for number, kinds in enumerate(_NUMBERED)}
_USER = os.geteuid() if hasattr(os, "geteuid") else None


def left_out_of(fd: int, owner: int) -> LeftOut:
    """What is not kept of an open file of `owner`, in the order of `OF_FILES`."""
    return _judged(owner, _names(fd))


def left_out_at(path: bytes) -> LeftOut:
    """The same of what stands at a path, a link itself; nothing where it is gone."""
    try:
        owner = os.lstat(path).st_uid
        names = os.listxattr(path, follow_symlinks=False)
    except (OSError, AttributeError):
        return ()
    return _judged(owner, names)


def number_of(kinds: LeftOut) -> int:
    """As one byte."""
    return _NUMBERS[kinds]


def kinds_of(number: int) -> LeftOut:
    """The inverse. Raises ValueError."""
    if not 0 <= number < len(_NUMBERED):
        raise ValueError(f"no kinds: {number}")
    return _NUMBERED[number]


def _names(fd: int) -> list[str]:
    try:
        return os.listxattr(fd)
    except (OSError, AttributeError):  # the file system, or the system, has none
        return []


def _judged(owner: int, names: list[str]) -> LeftOut:
    number = 0 if owner == _USER or _USER is None else 1
    if names:
        number |= 2 * any(map(_is_somebodys, names))
        number |= 4 * any(name in names for name in _LISTS)
    return _NUMBERED[number]


def _is_somebodys(name: str) -> bool:
    return name == _CAPABILITY or not name.startswith(_SYSTEMS_OWN)
