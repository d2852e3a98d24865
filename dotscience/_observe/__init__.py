"""Which files the user's code opens, seen without being asked (``docs/formats/journal.md`` type 13).

    hook ──────────┐  Python's own opens (an audit hook)
    watch ─────────┤  native readers in marked folders (an unprivileged fanotify group)
    wrap ──────────┼─► seen ──flush──► one FILES record
    children ──────┘  argv of other programs, and what changed while they ran

Nothing here raises, prints or waits for the disk beyond one lstat a file; nothing is installed before
`start`. State lies on one object, which other processes get by fork. ``DOTSCIENCE_OBSERVE=0`` is off.
"""

from __future__ import annotations

import os

from dotscience._guard import guarded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from dotscience._recorder import Recorder


def is_off() -> bool:
    """``DOTSCIENCE_OBSERVE=0`` keeps every means away."""
    return os.environ.get("DOTSCIENCE_OBSERVE", "") == "0"


@guarded
def start(recorder: Recorder) -> None:
    """Observe this process from now on and report to the first ``recorder`` given. Any number of times."""


@guarded
def expect(source: str, cell: int | None = None) -> None:
    """A cell (its journal number) with this source is about to run: folders it names are watched."""


@guarded
def flush(cell: int | None = None) -> None:
    """Report what was seen since the last flush as one record of this cell."""
