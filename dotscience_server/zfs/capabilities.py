"""What the ZFS of this host can do: asked of its own usage texts, never concluded from a version.

zfs-fuse 0.7 has no `list -p`, bookmarks, resume tokens, diff, `.zfs`, `holds` or `written@`. The answer is kept
as long as the commands are the same files.
"""

from __future__ import annotations

import os
import re
import threading
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

from .command import Zfs, never

# letters that stand in `[-…]` of a usage line
_FLAGS = re.compile(r"\[-([A-Za-z]+)[^\]]*\]")
_GRACE = threading.Lock()


@dataclass(frozen=True)
class Capabilities:
    """Of one host. `version` and `module` are as they say, "" where they do not. `send_flags`: those of `-Lec` that
    keep a stream small; `recv_flags`: those of `-su`; `recv_properties`: `recv -o` and `-x`.
    """

    version: str = ""
    module: str = ""
    fuse: bool = False
    bookmarks: bool = False
    holds_listed: bool = False
    written_since: bool = False
    diff: bool = False
    resume: bool = False
    estimate: bool = False
    raw: bool = False
    send_flags: str = ""
    recv_flags: str = ""
    recv_properties: bool = False
    get_types: bool = False
    list_parsable: bool = False
    json: bool = False
    programs: bool = False
    delegation: bool = False
    append_only: bool = False
    zones: bool = False

    def to_json(self) -> dict[str, Any]:
        """For `ds doctor`."""
        return asdict(self)

    @property
    def name(self) -> str:
        """What it is called, for people."""
        return "zfs-fuse" if self.fuse else f"OpenZFS {self.version}".strip()


def capabilities(zfs: Zfs) -> Capabilities:
    """Of this host, asked once in a process. Raises FreezeRefused where ZFS does not answer at all."""
    with _GRACE:
        return _asked(replace(zfs, check=never), _stamp(zfs.zfs))


@lru_cache(maxsize=8)
def _asked(tools: Zfs, stamp: tuple[int, ...]) -> Capabilities:
    usage = Usage(tools.asked()[1])
    code, told = tools.asked("version")
    versions = told.split() if code == 0 else []
    properties = tools.asked("get")[1]
    permissions = tools.asked("allow")[1]
    return Capabilities(
        version=_tail(versions[:1], "zfs-"),
        module=_tail(versions[1:2], "zfs-kmod-"),
        fuse=code != 0 and not usage.has("bookmark"),
        bookmarks=usage.has("bookmark"),
        holds_listed=usage.has("holds") and "internal error" not in tools.asked("holds")[1],
        written_since="written@" in properties,
        diff=usage.has("diff"),
        resume=bool(re.search(r"send .*-t <", usage.text)) and "s" in usage.flags("receive"),
        estimate={"n", "P"} <= usage.flags("send"),
        raw="w" in usage.flags("send"),
        send_flags="".join(flag for flag in "Lec" if flag in usage.flags("send")),
        recv_flags="".join(flag for flag in "su" if flag in usage.flags("receive")),
        recv_properties="[-x <property>]" in usage.text,
        get_types="[-t type" in usage.text_of("get"),
        list_parsable="p" in usage.flags("list"),
        json="-j" in usage.text_of("list"),
        programs=usage.has("program"),
        delegation=usage.has("allow") and usage.has("bookmark"),
        append_only="receive:append" in permissions,
        zones=usage.has("zone"),
    )


class Usage:
    """The usage text of `zfs` without arguments: a tab, the command, its options; continued by spaces."""

    def __init__(self, text: str) -> None:
        self.text = re.sub(r"\n\t    +", " ", text)

    def has(self, command: str) -> bool:
        """Whether there is such a command."""
        return bool(self.text_of(command))

    def text_of(self, command: str) -> str:
        """All lines of a command."""
        lines = re.findall(rf"^\t({re.escape(command)}(?:\s.*)?)$", self.text, re.MULTILINE)
        return "\n".join(lines)

    def flags(self, command: str) -> set[str]:
        """The letters of its options without values."""
        return set("".join(_FLAGS.findall(self.text_of(command))))


def _stamp(program: str) -> tuple[int, ...]:
    try:
        status = os.stat(program)
    except OSError:
        return ()
    return (status.st_ino, status.st_size, status.st_mtime_ns)


def _tail(words: list[str], prefix: str) -> str:
    return words[0].removeprefix(prefix) if words else ""
