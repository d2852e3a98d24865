"""What folders and links have that is not kept, remembered as long as their lstat is the same: no system call then."""

from __future__ import annotations

import os
from collections.abc import Iterable

from ..store.attributes import LeftOut, left_out_at
from .walk import Node

_Key = tuple[int, int, int]


class Beside:
    """Of one tree; some 200 bytes a folder or link. Used by one thread at a time."""

    def __init__(self) -> None:
        self._known: dict[_Key, LeftOut] = {}

    def of(self, root: bytes, nodes: Iterable[Node]) -> dict[bytes, LeftOut]:
        """What is not kept of each, by path; those of which all is are left out. What is not among them is forgotten."""
        known: dict[_Key, LeftOut] = {}
        found: dict[bytes, LeftOut] = {}
        for node in nodes:
            key = node.status.st_dev, node.status.st_ino, node.status.st_ctime_ns
            kinds = self._known.get(key)
            if kinds is None:
                kinds = left_out_at(os.path.join(root, node.path))
            known[key] = kinds
            if kinds:
                found[node.path] = kinds
        self._known = known
        return found
