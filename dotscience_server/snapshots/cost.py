"""What tracking a folder costs, in the shape of `Cost` in protocol/status.schema.json."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import Any

from .plan import TreePlan

_LARGEST = 5
# A folder that holds nearly all of the one above it says more than that one: data/raw, not data.
_DOMINANT = 0.9


@dataclass(frozen=True)
class FolderCost:
    """A folder with all below it; `path` is for people, "." is the workspace's own files."""

    path: str
    bytes: int
    files: int


@dataclass(frozen=True)
class Cost:
    """Bytes are those of the files, not of the disk; `kept_bytes` counts what a snapshot keeps,
    `store_bytes` what all snapshots together take (None: not known).
    """

    files: int
    bytes: int
    kept_bytes: int
    held_back_bytes: int
    held_back_files: int
    store_bytes: int | None
    free_bytes: int
    counted: bool
    largest: tuple[FolderCost, ...]
    ignored: tuple[str, ...]
    agreed: bool | None

    def to_json(self) -> dict[str, Any]:
        """The shape of the protocol."""
        return asdict(self)


def cost(plan: TreePlan, store_bytes: int | None, free_bytes: int) -> Cost:
    """The cost of the planned tree."""
    return Cost(
        files=len(plan.files),
        bytes=sum(file.status.st_size for file in plan.files),
        kept_bytes=sum(file.status.st_size for file in plan.files if file.keep),
        held_back_bytes=plan.held_back_bytes,
        held_back_files=plan.held_back_files,
        store_bytes=store_bytes,
        free_bytes=free_bytes,
        counted=True,
        largest=largest_folders(plan),
        ignored=_names(plan.ignored),
        agreed=plan.agreed,
    )


def uncounted(free_bytes: int, agreed: bool | None) -> Cost:
    """The cost while the first count is going on."""
    return Cost(0, 0, 0, 0, 0, None, free_bytes, False, (), (), agreed)


def largest_folders(plan: TreePlan) -> tuple[FolderCost, ...]:
    """The largest folders of the top level, each narrowed down to where its bytes lie."""
    totals: defaultdict[bytes, list[int]] = defaultdict(lambda: [0, 0])
    children: defaultdict[bytes, set[bytes]] = defaultdict(set)
    for file in plan.files:
        folder = file.path.rpartition(b"/")[0]
        _add(totals[folder or b"."], file.status.st_size)
        while folder:
            above = folder.rpartition(b"/")[0]
            children[above].add(folder)
            if above:
                _add(totals[above], file.status.st_size)
            folder = above
    tops = [_narrowed(top, totals, children) for top in (*children[b""], b".") if top in totals]
    found = [FolderCost(path.decode("utf-8", "replace"), *totals[path]) for path in tops]
    return tuple(sorted(found, key=lambda folder: (-folder.bytes, folder.path))[:_LARGEST])


def _add(total: list[int], size: int) -> None:
    total[0] += size
    total[1] += 1


def _narrowed(
    folder: bytes, totals: dict[bytes, list[int]], children: dict[bytes, set[bytes]]
) -> bytes:
    while below := children.get(folder):
        biggest = max(below, key=lambda path: totals[path][0])
        if totals[biggest][0] < _DOMINANT * totals[folder][0]:
            break
        folder = biggest
    return folder


def _names(ignored: tuple[bytes, ...]) -> tuple[str, ...]:
    """Each name once: `__pycache__` lies in every folder."""
    names = {path.rpartition(b"/")[2].decode("utf-8", "replace") for path in ignored}
    return tuple(sorted(names))
