"""What becomes of a run that a dead session left unpublished.

    published elsewhere ─┬─ resumed here: ``run.interrupted``, what it went on to tell
                         └─ else: ``run.values``, they add what the block has not
    alive elsewhere ─► held
    else ─► ``run.interrupted``

Decide only when every journal has been read as far as it goes.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from .journals import Journal
from .live import LiveRun

Ending = Literal["ended", "crashed", "lost"]

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Remains:
    """A run that a dead session left."""

    journal: Journal
    run: LiveRun


@dataclass(frozen=True)
class Endings:
    """The facts to record, by kind, and what must wait."""

    facts: list[tuple[str, Remains]]
    held: list[Remains]


@dataclass(frozen=True)
class Machine:
    """Where this process runs: its name, and what tells one start of the machine from the next."""

    host: str
    boot: str | None


def this_machine() -> Machine:
    """The machine as a session record names it."""
    try:
        boot = _BOOT_ID.read_text().strip()
    except OSError:
        boot = None
    return Machine(platform.node(), boot)


def ending(journal: Journal, here: Machine) -> Ending:
    """How a dead session went: in order, killed, or with its machine (``docs/formats/journal.md``)."""
    if journal.ended:
        return "ended"
    session = journal.session or {}
    host, boot = session.get("host"), session.get("boot")
    elsewhere = host is not None and host != here.host
    started_anew = None not in (boot, here.boot) and boot != here.boot
    return "lost" if elsewhere or started_anew else "crashed"


def decide(
    remains: Iterable[Remains], is_published: Callable[[str], bool], is_alive: Callable[[str], bool]
) -> Endings:
    """See the module."""
    facts: list[tuple[str, Remains]] = []
    held: list[Remains] = []
    for one in remains:
        if is_published(one.run.id) and not one.run.resumed:
            facts.append(("run.values", one))
        elif is_alive(one.run.id):
            held.append(one)
        else:
            facts.append(("run.interrupted", one))
    return Endings(facts, held)
