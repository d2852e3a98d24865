"""What ZFS says when it refuses, as causes of the catalogue. Its exit status is always 1 (or 2 for usage):
the text is all there is, and it has been the same from 0.8 to 2.4.

Invariant: everything that leaves this package as an error is a `FreezeRefused` with a code of `protocol/errors.json`.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..store.failures import FreezeRefused

DETAIL_MOST = 400


class _Cause(NamedTuple):
    code: str
    text: re.Pattern[str]


def _cause(code: str, *texts: str) -> _Cause:
    return _Cause(code, re.compile("|".join(texts)))


# The first that fits is taken: what names its cause stands before what does not.
_CAUSES = (
    _cause("zfs-resume-lost", "initial send no longer exists", "no longer the same snapshot"),
    _cause("zfs-resume-lost", "resume token is corrupt"),
    _cause("zfs-half-received", "contains partially-complete state"),
    _cause("zfs-stream-cut", "checksum mismatch or incomplete stream", "incomplete stream"),
    _cause("zfs-stream-bad", "failed to read from stream", r"invalid stream|bad magic number"),
    _cause("zfs-stream-bad", "invalid backup stream", "checksum mismatch"),
    _cause("zfs-target-modified", "has been modified since most recent snapshot"),
    _cause("zfs-diverged", "does not match incremental source", "not an earlier snapshot from"),
    _cause("zfs-target-exists", "must specify -F to overwrite", "destination '.*' exists"),
    _cause("zfs-large-blocks", "requires -L"),
    _cause("zfs-raw-mixed", "IV set guid mismatch", "may not be sent .* without the raw flag"),
    _cause("zfs-key-missing", "key must be loaded", "[Ee]ncryption key not loaded"),
    _cause("zfs-feature-missing", "must be upgraded to receive", "stream has unsupported feature"),
    _cause("zfs-feature-missing", "unrecognized command", "invalid option", "invalid property '"),
    _cause("zfs-quota", "quota exceeded"),
    _cause("zfs-pool-full", "out of space", "No space left on device"),
    _cause("zfs-cloned", "has dependent clones", "has children"),
    _cause("zfs-held", "it's being held", "tag already exists"),
    _cause(
        "zfs-busy",
        "pool or dataset is busy",
        "dataset is busy",
        "target is busy",
        "[Dd]evice or resource busy",
    ),
    _cause("zfs-mount-root", "may only be mounted by root", "only root can mount"),
    _cause("zfs-no-device", "Unable to open /dev/zfs", "/dev/zfs.*Permission denied"),
    _cause("zfs-no-device", "utilities must be run as root", "must be root"),
    _cause("zfs-not-running", "modules (are not|cannot be) .*loaded", "failed to initialize ZFS"),
    _cause("zfs-not-running", "zfs-fuse daemon is running"),
    _cause("zfs-permission", "[Pp]ermission denied", "Operation not permitted"),
    _cause("zfs-pool-suspended", "is currently (suspended|unavailable)", "pool is suspended"),
    _cause("zfs-pool-damaged", "[Ii]/[Oo] error", "corrupt"),
    _cause("zfs-name-taken", "already exists", "bookmark exists"),
    _cause("zfs-gone", "does not exist", "no such pool", "could not find any", "no such tag"),
)


def refused(stderr: bytes | str, dataset: str, **fields: str) -> FreezeRefused:
    """The refusal that `stderr` tells of; `zfs-refused` where we do not know the text."""
    raw = stderr.decode("utf-8", "replace") if isinstance(stderr, bytes) else stderr
    text = " ".join(raw.split())
    shown = text.replace("internal error: ", "")[:DETAIL_MOST] or "no reason was given"
    return FreezeRefused(code_of(text), shown, dataset=dataset, **fields)


def code_of(text: str) -> str:
    """The code of the catalogue for a text of ZFS, its white space joined."""
    return next((cause.code for cause in _CAUSES if cause.text.search(text)), "zfs-refused")


def is_gone(failure: FreezeRefused) -> bool:
    """Whether what was asked for is not there (any more)."""
    return failure.code == "zfs-gone"
