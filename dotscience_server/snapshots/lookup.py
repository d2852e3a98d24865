"""One path in many trees: pages that trees share are looked at once.

A page is searched as text and only the line found is parsed (0.1 ms a page of a thousand entries); what was found is
remembered by page and path. Pages are checked by their hash as they are read.
"""

from __future__ import annotations

import json
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable
from typing import TypeVar

from dotscience._tree import Entry, Root, TreeError, decode_entry, name_to_json, read_root

ReadObject = Callable[[str], bytes]
_PAGES_MOST = 200_000
_ROOTS_MOST = 4_096

K = TypeVar("K")
V = TypeVar("V")


class Lookup:
    """Thread-safe. `read` gives the checked bytes of an object."""

    def __init__(self, read: ReadObject) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._found: OrderedDict[tuple[str, bytes], Entry | None] = OrderedDict()
        self._roots: OrderedDict[str, Root] = OrderedDict()

    def find(self, tree: str, path: bytes) -> Entry | None:
        """The entry at `path` in `tree`. Raises ObjectDamaged, TreeError."""
        pages = self.root(tree).pages
        at = bisect_right(pages, path, key=lambda page: page.first) - 1
        if at < 0:
            return None
        key = pages[at].hash, path
        with self._lock:
            if key in self._found:
                return self._found[key]
        entry = find_line(self._read(pages[at].hash), path)
        with self._lock:
            _put(self._found, key, entry, _PAGES_MOST)
        return entry

    def root(self, tree: str) -> Root:
        """The root of a tree. Raises ObjectDamaged, TreeError."""
        with self._lock:
            if tree in self._roots:
                return self._roots[tree]
        root = read_root(self._read, tree)
        with self._lock:
            _put(self._roots, tree, root, _ROOTS_MOST)
        return root


def find_line(page: bytes, path: bytes) -> Entry | None:
    """The entry at `path` of a page's bytes. Raises TreeError for a line that is no entry."""
    # In canonical JSON a quote inside of a text is escaped, so this is the key and its whole value.
    wanted = (
        b'"p":' + json.dumps(name_to_json(path), ensure_ascii=False, separators=(",", ":")).encode()
    )
    at = page.find(wanted + b",")
    if at < 0:
        return None
    start, end = page.rfind(b"\n", 0, at) + 1, page.find(b"\n", at)
    try:
        entry = decode_entry(json.loads(page[start : end if end >= 0 else len(page)]))
    except ValueError as error:
        raise TreeError("a page is no JSON") from error
    return entry if entry.path == path else None


def _put(cache: OrderedDict[K, V], key: K, value: V, most: int) -> None:
    cache[key] = value
    if len(cache) > most:
        cache.popitem(last=False)
