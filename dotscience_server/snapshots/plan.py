"""Planning a snapshot: which files there are and which of them keep their bytes. Stat only.

`plan_tree` is the one place where ignore rules, policy, agreement and what is stored already meet;
drivers, `changes` and `cost` take its result as it is.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from .holding import Holding, hold_back
from .ignore import Ignore
from .policy import Policy, Rules
from .statcache import StatCache
from .walk import Node, walk


class PlannedFile(NamedTuple):
    """A regular file: its lstat, and whether its bytes are kept or only its size and time."""

    path: bytes
    status: os.stat_result
    keep: bool


@dataclass(frozen=True)
class TreePlan:
    """A tree as it was seen. Paths are relative to `root`, sorted; `ignored` was left out,
    `mounts` not entered, `unreadable` are folders that could not be listed, `special` counts
    sockets, pipes and devices, `problems` are bad lines of ignore files.

    `held_back` says that the user's agreement is missing, `held_back_*` what waits for it.
    """

    root: bytes
    files: tuple[PlannedFile, ...]
    folders: tuple[Node, ...]
    links: tuple[Node, ...]
    ignored: tuple[bytes, ...]
    mounts: tuple[bytes, ...]
    unreadable: tuple[bytes, ...]
    special: int
    problems: tuple[str, ...]
    agreed: bool | None
    held_back: bool
    held_back_files: int
    held_back_bytes: int
    floor_bytes: int


def plan_tree(
    root: Path,
    policy: Policy,
    ignore: Ignore,
    *,
    agreed: bool | None,
    free_bytes: int,
    cache: StatCache | None = None,
    home: bool = False,
    declared: Collection[bytes] = (),
    check: Callable[[], None] = lambda: None,
) -> TreePlan:
    """The tree below `root` by lstat alone: no file's content is read (but `.dotscienceignore`).

    `agreed` is the user's answer (None: not asked), `free_bytes` the room on the store's disk,
    `cache` tells what costs nothing more, `home` restricts to notebooks and the `declared` paths
    until agreed. `check` is called once a folder and may raise. Raises OSError for `root` itself.
    """
    top = os.fsencode(root)
    walked = walk(top, ignore, Rules(policy.rules), check)
    holding = Holding(policy, agreed, free_bytes, home, frozenset(declared))
    held = hold_back(walked.files, holding, cache)
    files = [
        PlannedFile(node.path, node.status, node.path not in held.paths) for node in walked.files
    ]
    return TreePlan(
        root=top,
        files=tuple(sorted(files)),
        folders=tuple(sorted(walked.folders)),
        links=tuple(sorted(walked.links)),
        ignored=tuple(sorted(walked.ignored)),
        mounts=tuple(sorted(walked.mounts)),
        unreadable=tuple(sorted(walked.unreadable)),
        special=walked.special,
        problems=tuple(ignore.problems),
        agreed=agreed,
        held_back=held.asks,
        held_back_files=held.files if held.asks else 0,
        held_back_bytes=held.bytes if held.asks else 0,
        floor_bytes=policy.floor_bytes,
    )
