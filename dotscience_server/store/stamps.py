"""The ids and times that records carry: UUIDv7 text, RFC 3339 in UTC with microseconds.

Wall clocks only display: order is the revision's, durations are monotonic.
"""

from __future__ import annotations

import calendar
import os
import re
import time
import uuid

_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{6})Z", re.ASCII)


def new_id() -> str:
    """A UUIDv7 (RFC 9562): sorts by the time it was made."""
    random = int.from_bytes(os.urandom(10), "big")
    milliseconds = time.time_ns() // 1_000_000 & (1 << 48) - 1
    value = (
        milliseconds << 80
        | 7 << 76
        | (random >> 68 & 0xFFF) << 64
        | 2 << 62
        | random & (1 << 62) - 1
    )
    return str(uuid.UUID(int=value))


def now() -> str:
    """The present time."""
    return rfc3339(time.time_ns())


def rfc3339(time_ns: int) -> str:
    """A time in nanoseconds since the epoch, cut to microseconds."""
    seconds, rest = divmod(time_ns, 1_000_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest // 1000:06d}Z"


def nanoseconds(stamp: object) -> int | None:
    """The inverse of `rfc3339`, to the microsecond; None for what is no such time."""
    match = _TIME.fullmatch(stamp) if isinstance(stamp, str) else None
    if match is None:
        return None
    try:
        seconds = calendar.timegm(time.strptime(match[1], "%Y-%m-%dT%H:%M:%S"))
    except ValueError:
        return None
    return seconds * 1_000_000_000 + int(match[2]) * 1_000
