"""What a user who is not root may do with a dataset, and the command that grants what is missing."""

from __future__ import annotations

import grp
import os
import pwd
import re
from collections.abc import Collection
from pathlib import Path

from . import names
from .datasets import Datasets

NEEDED = ("snapshot", "hold", "release", "userprop", "destroy", "mount")
"""Without these no snapshot is taken or given up."""
WANTED = ("send", "bookmark", "diff")
"""With these changed ranges are told, and the workspace is replicated."""

_CAP_SYS_ADMIN = 21
_SECTION = re.compile(r"---- Permissions on (.+?) -*$")
_ROW = re.compile(r"\t(?:(user|group) (?:\(unknown: )?([^\s)]+)\)?|(everyone)) (.*)$")
_SET = re.compile(r"\t(@\S+) (.*)$")


def grant(dataset: str, user: str | None = None) -> list[str]:
    """The command by which root lets a user work without root."""
    rights = ",".join((*NEEDED, *WANTED))
    return ["zfs", "allow", "-u", user or _user(), rights, names.dataset(dataset)]


def missing(datasets: Datasets, dataset: str) -> list[str]:
    """What we need and may not do, NEEDED before WANTED; [] as root. Raises FreezeRefused."""
    if is_almighty():
        return []
    if not datasets.can.delegation:
        return [*NEEDED, *WANTED]
    have = rights(datasets.zfs.run("allow", dataset), dataset, _user(), _groups())
    return [one for one in (*NEEDED, *WANTED) if one not in have]


def is_almighty() -> bool:
    """Whether ZFS asks us for no rights: root of the host, not of a container."""
    if os.geteuid() != 0:
        return False
    try:
        owners = Path("/proc/self/uid_map").read_text().split()
        status = Path("/proc/self/status").read_text()
    except OSError:
        return True
    able = re.search(r"^CapEff:\s*([0-9a-f]+)$", status, re.MULTILINE)
    admin = able is None or bool(int(able[1], 16) >> _CAP_SYS_ADMIN & 1)
    return admin and owners[:3] == ["0", "0", "4294967295"]


def rights(text: str, dataset: str, user: str, groups: Collection[str]) -> set[str]:
    """The rights that `zfs allow DATASET` tells of: of the user, its groups, everyone; inherited ones too."""
    have: set[str] = set()
    sets: dict[str, str] = {}
    where = kind = ""
    for line in text.splitlines():
        if section := _SECTION.match(line):
            where = section[1]
        elif line.endswith(":") and not line.startswith("\t"):
            kind = line
        elif kind.startswith("Permission sets") and (named := _SET.match(line)):
            sets.setdefault(named[1], named[2])
        elif (row := _ROW.match(line)) and _reaches(kind, where == dataset):
            owner, name, everyone, told = row.groups()
            wanted = {user} if owner == "user" else set(groups)
            if everyone or name in wanted:
                have.update(told.split(","))
    for name in [one for one in have if one in sets]:
        have.update(sets[name].split(","))
    return have


def _reaches(kind: str, here: bool) -> bool:
    return kind.startswith("Local") if here else "escendent" in kind


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _groups() -> list[str]:
    found = []
    for group in {os.getegid(), *os.getgroups()}:
        try:
            found.append(grp.getgrgid(group).gr_name)
        except KeyError:
            found.append(str(group))
    return found
