"""Which processes use a folder: a file open below it, mapped from it, or their working folder in it.

Read from /proc: of other users' processes only root sees it. A process that ends meanwhile is none.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

How = Literal["open", "mapped", "folder"]
_PROC = Path("/proc")


@dataclass(frozen=True)
class User:
    """`path`: what it uses, absolute; `session`: its session's id (setsid)."""

    pid: int
    name: str
    how: How
    path: str
    session: int


def users_of(folder: Path) -> Iterator[User]:
    """Every process but this one, each once, with the first thing that it uses."""
    below = os.path.realpath(folder).rstrip("/") + "/"
    for entry in sorted(os.listdir(_PROC)) if _PROC.is_dir() else ():
        if not entry.isdecimal() or int(entry) == os.getpid():
            continue
        with contextlib.suppress(OSError):
            found = next(_uses(int(entry), below), None)
            if found is not None:
                yield found


def own_shells() -> set[int]:
    """The terminal that the command was given in may stand in the folder: who is above us in our own session, and
    who stands in one pipe with us.
    """
    found, pid = _of_our_group(), os.getppid()
    mine = os.getsid(0)
    while pid > 1:
        with contextlib.suppress(OSError, IndexError, ValueError):
            if os.getsid(pid) == mine:
                found.add(pid)
                pid = int(_stat_fields(pid)[1])
                continue
        break
    return found


def _of_our_group() -> set[int]:
    found = set()
    for entry in os.listdir(_PROC) if _PROC.is_dir() else ():
        with contextlib.suppress(OSError, ValueError):
            if os.getpgid(int(entry)) == os.getpgid(0):
                found.add(int(entry))
    return found


def _uses(pid: int, below: str) -> Iterator[User]:
    process = _PROC / str(pid)
    for how, path in _paths(process):
        if (path + "/").startswith(below):
            name = _printable((process / "comm").read_text(errors="replace").strip())
            yield User(pid, name, how, path, os.getsid(pid))


def _paths(process: Path) -> Iterator[tuple[How, str]]:
    with contextlib.suppress(OSError):
        for number in os.listdir(process / "fd"):
            with contextlib.suppress(OSError):
                yield "open", os.readlink(process / "fd" / number)
    with contextlib.suppress(OSError):
        yield "folder", os.readlink(process / "cwd")
    with contextlib.suppress(OSError):
        for line in (process / "maps").read_bytes().split(b"\n"):
            at = line.find(b"/")
            if at >= 0:
                yield "mapped", os.fsdecode(line[at:])


def _stat_fields(pid: int) -> list[str]:
    """State, parent, … of /proc/PID/stat: what stands behind the name, which may hold anything."""
    return (_PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()


def _printable(text: str) -> str:
    return "".join(char if char.isprintable() else "?" for char in text)
