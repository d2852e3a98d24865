"""A tree's entries by where they stand: only the pages that can hold them are read (docs/formats/store.md, "Manifest")."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from operator import itemgetter

from dotscience._tree import Entry, Page, Root, TreePath, read_page

from .overlay import Laid

_path = itemgetter(0)
_AFTER_SLASH = b"0"


class PagedTree:
    """One tree; used by one thread. The page read last is kept. Raises ObjectDamaged, TreeError."""

    def __init__(self, read: Callable[[str], bytes], root: Root) -> None:
        self.root = root
        self._read = read
        self._firsts = [page.first for page in root.pages]
        self._last: tuple[int, list[Entry]] = (-1, [])

    def since(self, path: TreePath) -> Iterator[Entry]:
        """The entries at `path` and behind it."""
        number = max(self.page_of(path), 0)
        while number < len(self._firsts):
            entries = self.page(number)
            yield from entries[bisect_left(entries, path, key=_path) :]
            number += 1

    def find(self, path: TreePath) -> Entry | None:
        """What stands at `path`."""
        entry = next(self.since(path), None) if self.page_of(path) >= 0 else None
        return entry if entry is not None and entry.path == path else None

    def page(self, number: int) -> list[Entry]:
        """The entries of one page."""
        if self._last[0] != number:
            self._last = number, read_page(self._read, self.root.pages[number])
        return self._last[1]

    def page_of(self, path: TreePath) -> int:
        """The number of the page that would hold `path`; -1 where it would stand before all."""
        return bisect_right(self._firsts, path) - 1


def below(
    tree: PagedTree, laid: Laid, folder: TreePath, after: TreePath, deep: bool
) -> Iterator[Entry]:
    """The entries below a folder (b"": all) and behind `after`; not `deep`: what lies in it itself. Pages within its
    subfolders are then passed over.
    """
    prefix = folder + b"/" if folder else b""
    start: TreePath | None = max(prefix, after + b"\0" if after else b"")
    while start is not None:
        since, start = start, None
        for entry in laid.over(tree.since(since), since):
            if not entry.path.startswith(prefix):
                return
            inner = entry.path.find(b"/", len(prefix))
            if deep or inner < 0:
                yield entry
            else:
                start = entry.path[:inner] + _AFTER_SLASH
                break


def apart(
    one: PagedTree, other: PagedTree, laid: tuple[Laid, Laid]
) -> tuple[list[Entry], list[Entry], int]:
    """What two trees hold with their overlays in place, without the pages that both have; how many files are in those.
    A page is named by its hash, so equal ones are not read.
    """
    common = _hashes(one.root.pages) & _hashes(other.root.pages)
    common -= _touched(one, laid[0]) | _touched(other, laid[1])
    left, files = _rest(one, common)
    right, _ = _rest(other, common)
    shared = max(one.root.files - files, 0)
    return list(laid[0].over(left)), list(laid[1].over(right)), shared


def _hashes(pages: tuple[Page, ...]) -> set[str]:
    return {page.hash for page in pages}


def _touched(tree: PagedTree, laid: Laid) -> set[str]:
    """The pages that overlays change."""
    spans = [(entry.path, entry.path) for entry in laid.added]
    spans += [(hidden, hidden[:-1] + _AFTER_SLASH) for hidden in laid.hidden]
    found: set[str] = set()
    for first, last in spans:
        numbers = range(max(tree.page_of(first), 0), tree.page_of(last) + 1)
        found |= {tree.root.pages[number].hash for number in numbers}
    return found


def _rest(tree: PagedTree, common: set[str]) -> tuple[list[Entry], int]:
    """The entries of the pages that are not `common`, and how many files there are among them."""
    numbers = [n for n, page in enumerate(tree.root.pages) if page.hash not in common]
    entries = [entry for number in numbers for entry in tree.page(number)]
    return entries, sum(entry.kind == "f" for entry in entries)
