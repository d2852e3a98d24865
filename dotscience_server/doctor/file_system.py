"""The disk that a workspace lies on, and ZFS on this host."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..relocation.note import find_note
from ..snapshots.filesystem import kind_of
from ..store.failures import FreezeRefused, size_text
from ..store.room import free_bytes
from ..zfs.capabilities import Capabilities, capabilities
from ..zfs.command import Zfs
from ..zfs.datasets import Datasets
from ..zfs.delegation import NEEDED, grant, missing
from ..zfs.places import mounts_below, place_of
from .finding import Finding, good, note, problem

_LOW_BYTES = 1 << 30
_MOUNTS_SHOWN = 3
_HOLD = {
    "zfs": "it takes snapshots itself: in milliseconds, and what changed is known without reading",
    "fuse.zfs": "it takes snapshots itself: in milliseconds",
    "btrfs": "it takes snapshots itself: in milliseconds, and changed ranges are found without reading",
    "xfs": "it shares blocks between files: changed ranges are found without reading",
}


def file_system(workspace: Path) -> Iterator[Finding]:
    """Its kind, what it gives, what another would gain."""
    kind = kind_of(workspace)
    place = place_of(workspace)
    named = f"{kind}, dataset {place.dataset}" if place is not None else kind
    if kind in _HOLD:
        yield good("File system", f"{named}; {_HOLD[kind]}")
    else:
        gain = (
            "a changed file is read once; on ZFS or btrfs the file system would take the snapshot"
        )
        gain += ", on XFS changed ranges would be found without reading"
        yield note("File system", f"{named}; {gain}", "docs/zfs.md says how to move a workspace.")
    inside = mounts_below(workspace)
    if inside:
        shown = ", ".join(os.fsdecode(path) for path in inside[:_MOUNTS_SHOWN])
        yield note(
            "Mounted inside",
            f"{shown}: not in snapshots of the workspace",
            "A workspace of its own there has its own snapshots.",
        )


def room(store: Path) -> Finding:
    """How much is free where the store lies, or would lie."""
    there = next(folder for folder in (store, *store.parents) if folder.is_dir())
    free = free_bytes(there)
    text = f"{size_text(free)} free of {size_text(shutil.disk_usage(there).total)}"
    if free < _LOW_BYTES:
        return problem("Disk", text, "Free some space: 'ds gc' says what could go of the store.")
    return good("Disk", text)


def zfs(workspace: Path) -> tuple[list[Finding], dict[str, Any] | None]:
    """What ZFS can do here, and its capability record for `--json`."""
    tools = Zfs.find()
    if tools is None:
        return [good("ZFS", "not installed; not needed")], None
    try:
        can = capabilities(tools)
        return list(_of_host(tools, can, workspace)), can.to_json()
    except FreezeRefused as refusal:
        next_step = "Load it ('modprobe zfs'), or do without: nothing else needs it."
        lies_there = place_of(workspace) is not None
        made = problem if lies_there else note
        return [made("ZFS", f"does not answer: {refusal}", next_step)], None


def moves(workspace: Path) -> Iterator[Finding]:
    """A move into a dataset that waits for somebody."""
    found = find_note(workspace)
    if found is None:
        return
    move = found[0]
    if move.step == "swapped" and workspace.is_mount():
        yield note(
            "Move",
            f"the workspace lies in {move.dataset}, the original is kept at {move.aside}",
            "'ds init --zfs-confirm' removes the original, 'ds init --zfs-undo' goes back to it.",
        )
        return
    parent = move.dataset.rpartition("/")[0]
    yield problem(
        "Move",
        f"the move into {move.dataset} was interrupted",
        f"'ds init --zfs {parent}' goes on, 'ds init --zfs-undo' goes back.",
    )


def _of_host(tools: Zfs, can: Capabilities, workspace: Path) -> Iterator[Finding]:
    yield good("ZFS", f"{can.name}{_lacking(can)}")
    place = place_of(workspace)
    if place is None:
        yield from _pools(tools, workspace)
        return
    lacks = missing(Datasets(tools), place.dataset)
    if not lacks:
        yield good("Rights", f"everything that is needed on {place.dataset}")
        return
    command = f"As root: {shlex.join(grant(place.dataset))}"
    if set(lacks) & set(NEEDED):
        text = (
            f"you may not {', '.join(lacks)} on {place.dataset}; files are read and stored instead"
        )
        yield problem("Rights", text, command)
    else:
        yield note("Rights", f"you may not {', '.join(lacks)} on {place.dataset}", command)


def _pools(tools: Zfs, workspace: Path) -> Iterator[Finding]:
    """Where the workspace could move to. Root's path seldom has our `ds`."""
    pools = tools.pool("list", "-H", "-o", "name").split()
    if pools:
        yield note(
            "Pools",
            f"{', '.join(pools)}; the workspace lies in none of them",
            f"As root: {shlex.join([sys.argv[0], 'init', '--zfs', pools[0], os.fspath(workspace)])}",
        )


def _lacking(can: Capabilities) -> str:
    wanted = {
        "bookmarks": can.bookmarks,
        "resume tokens": can.resume,
        "'written since'": can.written_since,
        "rights of users": can.delegation,
    }
    lacks = [name for name, has in wanted.items() if not has]
    return f"; it has no {', '.join(lacks)}" if lacks else ""
