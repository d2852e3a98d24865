"""The ids and times that records carry: UUIDv7 text, RFC 3339 in UTC with microseconds.

Wall clocks only display: order is the revision's, durations are monotonic.
"""

from __future__ import annotations

import os
import time
import uuid


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
