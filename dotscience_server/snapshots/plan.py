"""Planning a snapshot: which files there are and which of them keep their bytes. Stat only.

`plan_tree` is the one place where ignore rules, policy, agreement and what is stored already meet;
drivers, `changes` and `cost` take its result as it is.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from .holding import Held, Holding, hold_back
from .ignore import Ignore
from .policy import Policy, Rules
from .statcache import StatCache
from .walk import Node, PlannedFile, Seen, walk

__all__ = ["PlannedFile", "Seen", "TreePlan", "plan_tree"]

_by_path = itemgetter(0)


@dataclass(frozen=True)
class TreePlan:
    """A tree as it was seen. Paths are relative to `root`, sorted; `ignored` was left out,
    `mounts` not entered, `unreadable` are folders that could not be listed, `special` counts
    sockets, pipes and devices (`special_paths`: the first), `problems` are bad lines of ignore files.

    A file of which nothing has changed since the last plan with the same `seen` is the same object.
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
    special_paths: tuple[bytes, ...] = ()


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
    seen: Seen | None = None,
    known_as: int | None = None,
    mounts: Collection[bytes] = (),
    check: Callable[[], None] = lambda: None,
) -> TreePlan:
    """The tree below `root` by lstat alone: no file's content is read (but `.dotscienceignore`).

    `agreed` is the user's answer (None: not asked), `free_bytes` the room on the store's disk,
    `cache` tells what costs nothing more, `home` restricts to notebooks and the `declared` paths
    until agreed, `seen` makes the next plan of the same tree quicker, `known_as` is the device by which files are
    known where `root` is a frozen folder, `mounts` are folders that count as mounted there. `check` is called once a
    folder and may raise. Raises OSError for `root` itself.
    """
    top = os.fsencode(root)
    walked = walk(top, ignore, Rules(policy.rules), check, seen, known_as, mounts)
    holding = Holding(policy, agreed, free_bytes, home, frozenset(declared))
    held = hold_back(walked.files, holding, cache)
    return TreePlan(
        root=top,
        files=_planned(walked.files, held),
        folders=tuple(sorted(walked.folders, key=_by_path)),
        links=tuple(sorted(walked.links, key=_by_path)),
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
        special_paths=tuple(sorted(walked.special_paths)),
    )


def _planned(files: list[PlannedFile], held: Held) -> tuple[PlannedFile, ...]:
    """Sorted, those held back marked; a rule's own verdict stands in `keep` already."""
    files.sort(key=_by_path)
    if held.by_rule_alone:
        return tuple(files)
    paths = held.paths
    return tuple(file._replace(keep=False) if file.path in paths else file for file in files)
