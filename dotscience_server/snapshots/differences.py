"""How two trees differ: files and links by content, moved ones by equal content. Folders and times are of no account.

Pure: whether two entries hold the same bytes is the caller's to say. Both trees are sorted by path, and so is the result.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

from dotscience._tree import Entry, TreePath

Kind = Literal["added", "modified", "deleted", "moved", "mode"]
IsSame = Callable[[Entry, Entry], bool]
"""Whether a file of the first tree and one of the second, of one size, have the same bytes."""


class Difference(NamedTuple):
    """One file that differs; `a` is None where it is only in the second tree, `b` where only in the first."""

    path: TreePath
    kind: Kind
    a: Entry | None
    b: Entry | None


def differences(
    a: Iterable[Entry], b: Iterable[Entry], is_same: IsSame
) -> tuple[list[Difference], int]:
    """All that differ, and how many files are the same in both."""
    left = {entry.path: entry for entry in a if entry.kind != "d"}
    found: list[Difference] = []
    added: list[Entry] = []
    same = 0
    for entry in b:
        if entry.kind == "d":
            continue
        before = left.pop(entry.path, None)
        if before is None:
            added.append(entry)
        elif not _same_content(before, entry, is_same):
            found.append(Difference(entry.path, "modified", before, entry))
        else:
            same += entry.kind == "f"
            if before.mode != entry.mode and entry.kind == "f":
                found.append(Difference(entry.path, "mode", before, entry))
    found.extend(_moved(left, added, is_same))
    found.extend(Difference(entry.path, "deleted", entry, None) for entry in left.values())
    return sorted(found, key=lambda one: one.path), same


def _same_content(a: Entry, b: Entry, is_same: IsSame) -> bool:
    if a.kind != b.kind:
        return False
    if a.kind == "l":
        return a.target == b.target
    return a.size == b.size and is_same(a, b)


def _moved(left: dict[bytes, Entry], added: Sequence[Entry], is_same: IsSame) -> list[Difference]:
    """The added files, as moved where one that is gone had the same bytes; those are taken out of `left`."""
    by_size: defaultdict[int, list[Entry]] = defaultdict(list)
    for entry in left.values():
        if entry.kind == "f" and entry.size:
            by_size[entry.size].append(entry)
    found = []
    for entry in added:
        candidates = by_size.get(entry.size or 0, []) if entry.kind == "f" else []
        name = os.path.basename(entry.path)
        candidates = sorted(candidates, key=lambda one: os.path.basename(one.path) != name)
        before = next((one for one in candidates if is_same(one, entry)), None)
        if before is None:
            found.append(Difference(entry.path, "added", None, entry))
        else:
            by_size[entry.size or 0].remove(before)
            del left[before.path]
            found.append(Difference(entry.path, "moved", before, entry))
    return found
