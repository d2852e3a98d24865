"""What a snapshot leaves out, counted and with examples: for its record, and for who reads it.

`owner` (another than the user), `xattr`, `acl`: the file is kept without. `special` (sockets, pipes,
devices), `mount` (other file systems) and `unreadable` are not kept at all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from dotscience._tree import Entry, TreePath, name_to_json

from ..store.attributes import OF_FILES

EXAMPLES_MOST = 20
KINDS = (*OF_FILES, "special", "mount", "unreadable")


@dataclass
class Lacks:
    """By kind how often, and the first paths."""

    counts: dict[str, int] = field(default_factory=dict)
    paths: dict[str, list[TreePath]] = field(default_factory=dict)

    def add(self, kind: str, paths: Collection[TreePath], count: int | None = None) -> None:
        """`count`: where there are more than `paths`."""
        count = len(paths) if count is None else count
        if count:
            self.counts[kind] = self.counts.get(kind, 0) + count
            known = self.paths.setdefault(kind, [])
            known.extend(sorted(paths)[: EXAMPLES_MOST - len(known)])

    def of_entries(self, entries: Iterable[Entry]) -> None:
        """What entries say of themselves."""
        marked = [entry for entry in entries if entry.left_out]
        for kind in OF_FILES:
            self.add(kind, [entry.path for entry in marked if kind in entry.left_out])

    def to_json(self) -> dict[str, Any]:
        """`left_out` of a snapshot's record; empty where nothing is."""
        return {
            kind: {
                "count": self.counts[kind],
                "paths": [name_to_json(path) for path in self.paths[kind]],
            }
            for kind in KINDS
            if kind in self.counts
        }


_WORDS: dict[str, tuple[str, str]] = {
    "owner": ("the owner of {} file", "the owners of {} files"),
    "xattr": ("extended attributes of {} file", "extended attributes of {} files"),
    "acl": ("the access control list of {} file", "access control lists of {} files"),
    "special": ("{} socket, pipe or device", "{} sockets, pipes or devices"),
    "mount": ("{} folder of another file system", "{} folders of other file systems"),
    "unreadable": ("{} unreadable file or folder", "{} unreadable files or folders"),
}


def sentence(left_out: dict[str, Any] | None) -> str | None:
    """`left_out` of a record in words; None where nothing was."""
    parts = list(_parts(left_out or {}))
    return f"Not kept: {_joined(parts)}." if parts else None


def _parts(left_out: dict[str, Any]) -> Iterable[str]:
    for kind in KINDS:
        if kind in left_out:
            count = int(left_out[kind]["count"])
            yield _WORDS[kind][count != 1].format(f"{count:,}")


def _joined(parts: Sequence[str]) -> str:
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last
