"""What is held back: files that are known by size and time alone until the user agrees.

Nothing large is read or stored before that. Kept all the same, as far as the limit reaches:
notebooks, declared files and code (not in the home folder), the smallest first; and whatever the
store holds already, because it costs nothing more.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from .policy import Policy
from .statcache import StatCache
from .walk import PlannedFile

CODE_MOST = 1 << 20
NOTEBOOK_MOST = 32 << 20
_CODE = frozenset(
    ".py .pyi .pyx .r .rmd .qmd .jl .sh .bash .sql .md .rst .toml .yaml .yml .cfg .ini .c .h .cc"
    " .cpp .hpp .cu .cuh .rs .go .js .mjs .ts .tsx .jsx .java .scala .kt .swift .m .f90 .lua"
    " .tex .stan .dockerfile".split()
)
_CODE_NAMES = frozenset(
    "makefile dockerfile license readme requirements.txt constraints.txt snakefile pipfile"
    " .gitignore .gitattributes .dotscienceignore".split()
)

Tier = Literal[0, 1, 2]


@dataclass(frozen=True)
class Holding:
    """What the decision depends on beside the files."""

    policy: Policy
    agreed: bool | None
    free_bytes: int
    home: bool
    declared: frozenset[bytes]

    @property
    def share_bytes(self) -> int:
        """The part of the free space that may be taken unasked."""
        return int(self.policy.limit_share * self.free_bytes)

    @property
    def limit_bytes(self) -> int:
        """The smaller of both limits."""
        return min(self.policy.limit_bytes, self.share_bytes)


@dataclass(frozen=True)
class Held:
    """The paths not kept. `asks`: agreement would keep them; `files`, `bytes`: how much it is;
    `by_rule_alone`: no path is there but for a rule of the policy.
    """

    paths: frozenset[bytes]
    asks: bool
    files: int
    bytes: int
    by_rule_alone: bool = False


def hold_back(files: Iterable[PlannedFile], holding: Holding, cache: StatCache | None) -> Held:
    """Decide for every file; the policy's rules have the first word."""
    ruled = {file.path for file in files if not file.keep} if holding.policy.rules else set()
    if holding.policy.default == "keep" or (holding.agreed and holding.policy.default == "auto"):
        return Held(frozenset(ruled), False, 0, 0, by_rule_alone=True)
    open_files = [file for file in files if file.verdict is None]
    if holding.policy.default == "fingerprint":
        waiting = _waiting(open_files, holding, cache)
        return Held(frozenset(ruled | {node.path for node in waiting}), False, 0, 0)
    if not (holding.home or _too_much(open_files, holding, cache)):
        return Held(frozenset(ruled), False, 0, 0, by_rule_alone=True)
    waiting = _waiting(open_files, holding, cache)
    total = sum(node.status.st_size for node in waiting)
    paths = frozenset(ruled | {node.path for node in waiting})
    return Held(paths, bool(waiting), len(waiting), total)


def _too_much(files: list[PlannedFile], holding: Holding, cache: StatCache | None) -> bool:
    total = sum(node.status.st_size for node in files)
    if total <= holding.limit_bytes:
        return False
    if total > holding.policy.limit_bytes:
        return True
    # What is stored already takes no more of the free space: else keeping a folder would, by
    # shrinking what is free, in time forbid what it allowed.
    fresh = sum(node.status.st_size for node in files if not _is_stored(node, cache))
    return fresh > holding.share_bytes


def _waiting(
    files: list[PlannedFile], holding: Holding, cache: StatCache | None
) -> list[PlannedFile]:
    """The files held back: all but what is stored and the small tiers within the limit."""
    tiers = [(_tier(node, holding), node.status.st_size, node) for node in files]
    room = holding.limit_bytes
    waiting = []
    for tier, size, node in sorted(
        tiers, key=lambda item: (item[0] is None, item[0] or 0, item[1])
    ):
        if _is_stored(node, cache):
            continue
        if tier is None or size > room:
            waiting.append(node)
        else:
            room -= size
    return waiting


def _tier(node: PlannedFile, holding: Holding) -> Tier | None:
    """0 notebooks, 1 declared files, 2 code; None for everything else."""
    if is_notebook(node.path):
        return 0 if node.status.st_size <= NOTEBOOK_MOST else None
    if node.path in holding.declared:
        return 1
    if not holding.home and is_code(node.path) and node.status.st_size <= CODE_MOST:
        return 2
    return None


def is_notebook(path: bytes) -> bool:
    """By its name."""
    return path.endswith(b".ipynb")


def is_code(path: bytes) -> bool:
    """By its name: source, scripts, and what describes an environment."""
    name = os.fsdecode(os.path.basename(path)).lower()
    return os.path.splitext(name)[1] in _CODE or name in _CODE_NAMES


def _is_stored(node: PlannedFile, cache: StatCache | None) -> bool:
    return cache is not None and cache.suspected(node.status) is not None
