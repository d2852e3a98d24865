"""Which files the user's code opens, seen without being asked (``docs/formats/journal.md`` type 13).

    early ─► all that follows, when the first recorded thing is done

    hook ──────────┐  Python's own opens (an audit hook)
    watch ─────────┤  native readers in marked folders (an unprivileged fanotify group)
    wrap ──────────┼─► seen ──flush──► one FILES record
    children ──────┘  argv of other programs, and what changed while they ran

Nothing here raises, prints or waits for the disk beyond one lstat a file; nothing is installed before
`start`. State lies on one object, which other processes get by fork. ``DOTSCIENCE_OBSERVE=0`` is off.
"""

from __future__ import annotations

import os
import sys

from dotscience._guard import guarded
from dotscience._observe._busy import Busy

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from dotscience._observe._audit import Audit
    from dotscience._observe._early import Early
    from dotscience._observe._observer import Observer
    from dotscience._recorder import Recorder

# An audit hook stays for ever: a module that is loaded anew must find the one there is.
_PLACE = "_dotscience_observer"


def is_off() -> bool:
    """``DOTSCIENCE_OBSERVE=0`` keeps every means away."""
    return os.environ.get("DOTSCIENCE_OBSERVE", "") == "0"


@guarded
def start(recorder: Recorder) -> None:
    """Observe this process from now on and report to the first ``recorder`` given. Any number of times."""
    if _present() is not None or is_off():
        return
    if "ctypes" in sys.modules:  # native readers may be there, of which no event tells
        _made(recorder).start()
    else:
        from dotscience._observe._early import Early

        early = Early(recorder, _made_late)
        setattr(sys, _PLACE, early)
        early.start()
    _tell_before_publish()


@guarded
def start_in_child(recorder: Recorder, install: Callable[[Any], None]) -> None:
    """As `start`, in a process that an observed one started; ``install`` takes the audit hook."""
    if _present() is None and not is_off():
        _made(recorder, is_child=True).start(install)
        _tell_before_publish()


@guarded
def settle() -> None:
    """The user's code has had its first moments: begin whatever waits for that."""
    observer = _present()
    if observer is not None:
        observer.settle()


@guarded
def expect(source: str, cell: int | None = None) -> None:
    """A cell (its journal number) with this source is about to run: folders it names are watched."""
    observer = _present()
    if observer is not None:
        observer.expect(source, cell)


@guarded
def flush(cell: int | None = None) -> None:
    """Report what was seen since the last flush as one record, of this cell or the one that runs.

    The same files are told again when they are opened after it.
    """
    observer = _present()
    if observer is not None:
        observer.flush(cell)


def by_us() -> Busy:
    """A context in which this thread works for the library: the files it opens are not told."""
    observer = _present()
    return Busy(set()) if observer is None else observer.by_us()


def means() -> list[str]:
    """By which means this process is observed: of ``hook``, ``watch``, ``wrap``, ``child``; none when it is not."""
    observer = _present()
    return observer.means() if observer is not None else []


def _tell_before_publish() -> None:
    from dotscience._recorder import recorders

    recorders.before_publish.append(flush)


def _present() -> Observer | Early | None:
    return getattr(sys, _PLACE, None)


def _made(recorder: Recorder, is_child: bool = False, audit: Audit | None = None) -> Observer:
    from dotscience._observe._observer import Observer

    observer = Observer(recorder, is_child, audit)
    setattr(sys, _PLACE, observer)
    return observer


def _made_late(recorder: Recorder, audit: Audit) -> Observer:
    observer = _made(recorder, audit=audit)
    observer.start(install=None)
    return observer.settle()
