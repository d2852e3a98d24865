"""Entries of manifests by their paths, with what was looked at last at hand: whoever brings a tree back asks for
one file after the other, and decoding a page takes as long as reading a hundred small files.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache

from dotscience._tree import Entry, Page, ReadObject, read_page, read_root

_PAGES = 8


class FoundEntries:
    """Any thread. Up to eight pages are kept, about 3 MB where they are the largest."""

    def __init__(self, read: ReadObject) -> None:
        self._read = read
        self._root = lru_cache(maxsize=_PAGES)(self._read_root)
        self._page = lru_cache(maxsize=_PAGES)(self._read_page)

    def entry(self, tree: str, path: bytes) -> Entry | None:
        """As `dotscience._tree.find`."""
        firsts, pages = self._root(tree)
        at = bisect_right(firsts, path) - 1
        return None if at < 0 else self._page(pages[at]).get(path)

    def _read_root(self, tree: str) -> tuple[list[bytes], tuple[Page, ...]]:
        pages = read_root(self._read, tree).pages
        return [page.first for page in pages], pages

    def _read_page(self, page: Page) -> dict[bytes, Entry]:
        return {entry.path: entry for entry in read_page(self._read, page)}
