"""Held contents: bytes that the file system keeps by itself, found and read by content key (decision 0100).

    HeldContents.chunks       which chunks a content is made of: `<store>/held`, shards alone
    PlaceIndex (cache)        in which freeze, at which path: made anew from the manifests of `trees`
    clone_path(key)           `<store>/held/clones/<2 hex>/<key>`: what `reflink` keeps of one file

For drivers:
- `note(freeze, tree)` when a manifest of a freeze was written (frozen or sealed), `replace_trees` once at the
  start with what the records name, `forget(freeze)` when it was given up. A clone is found by its name alone:
  rename it there when its key is known and its chunks are in `chunks`.
- Chunks come in by `engine.read(…, held=True)`; what was read counts as held once it is noted.
- `ObjectStore.held_contents` makes these contents the last source behind `has`, `held`, `size`, `read`, `open`.

Invariant: each chunk that is read is checked by its hash (G6); what does not fit is ObjectDamaged, never bytes.
"""

from __future__ import annotations

import contextlib
import io
import os
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from dotscience._tree import Ranges, TreeError

from ..chunks.hashing import text_of
from ..chunks.held import HELD, INDEX, HeldChunks
from ..chunks.held_reader import FileSource, HeldFile
from ..chunks.store import file_of_key
from ..chunks.xorb import XorbLayout
from ..snapshots.freezes import Freeze, Freezer
from .clones import Clones
from .copying import data_ranges
from .failures import FreezeRefused, ObjectDamaged
from .found import FoundEntries
from .held_places import HeldTree, PlaceIndex

CLONES = "clones"
_PLACES = "held-places.sqlite"
_READ_AHEAD = 64 << 10
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_OTHERS_TRIED = 16

FreezerOf = Callable[[Freeze], Freezer | None]
"""Who reads a freeze, whatever the driver of today; None: nobody here can."""


class HeldContents:
    """Any thread. `read` gives objects (pages of manifests). Raises ObjectDamaged, FreezeRefused."""

    def __init__(
        self,
        store: Path,
        cache: Path | None,
        read: Callable[[str], bytes],
        freezer_of: FreezerOf,
    ) -> None:
        self.chunks = HeldChunks(store / HELD, None if cache is None else cache / INDEX)
        self.clone_folder = store / HELD / CLONES
        self._clones = os.fspath(self.clone_folder)
        self.freezer_of = freezer_of
        self._found = FoundEntries(read)
        self._places = PlaceIndex(None if cache is None else cache / _PLACES, read)
        self._lock = threading.Lock()
        self._trees: list[HeldTree] = []
        self._freezes: dict[str, Freeze] = {}

    def replace_trees(self, trees: Iterable[tuple[Freeze, str]]) -> None:
        """All freezes with their manifests, oldest first, as the records tell them."""
        with self._lock:
            self._trees, self._freezes = [], {}
        for freeze, tree in trees:
            self.note(freeze, tree)

    def note(self, freeze: Freeze, tree: str) -> None:
        """A manifest of what lies in the freeze was written. Quick: looked at when something is asked for."""
        with self._lock:
            self._freezes[freeze.guid] = freeze
            held = HeldTree(freeze.guid, tree)
            if held not in self._trees:
                self._trees.append(held)

    def forget(self, freeze: Freeze) -> None:
        """The freeze was given up."""
        with self._lock:
            self._trees = [one for one in self._trees if one.guid != freeze.guid]
            self._freezes.pop(freeze.guid, None)

    def freezes(self) -> list[Freeze]:
        """Those that hold something, oldest first."""
        with self._lock:
            return [self._freezes[guid] for guid in dict.fromkeys(one.guid for one in self._trees)]

    def trees_of(self, freeze: Freeze) -> list[str]:
        """The manifests of what lies in a freeze. The last one of each snapshot is whole."""
        with self._lock:
            return [one.tree for one in self._trees if one.guid == freeze.guid]

    def cloned(self, keys: Collection[str]) -> set[str]:
        """Those of the contents that have a clone."""
        return {key for key in keys if os.path.exists(self._clone(key))}

    def clone_path(self, key: str) -> Path:
        """Where a clone with this content lies, or would."""
        return Path(self._clone(key))

    def has(self, key: str) -> bool:
        """Whether the content is there; it is not checked."""
        # The engine may have told of it a moment ago: to ask for one looks at the shards again.
        return self.chunks.has(key) and bool(self.held([key]))

    def held(self, keys: Collection[str]) -> set[str]:
        """Those of the keys that are there, as `has` says."""
        described = self.chunks.held(list(keys)) if keys else set()
        if not described:
            return set()
        lying = self._places.held(self._now(), described) if self._trees else set()
        return lying | {key for key in described - lying if os.path.exists(self._clone(key))}

    def size(self, key: str) -> int:
        """Bytes of content."""
        return self.chunks.size(key)

    def read(self, key: str) -> bytes:
        """The whole content, verified."""
        with self.open_raw(key) as file:
            return file.readall()

    def open(self, key: str) -> BinaryIO:
        """A seekable file that reads and verifies only the chunks asked for. For one thread."""
        return io.BufferedReader(self.open_raw(key), _READ_AHEAD)

    def open_raw(self, key: str) -> HeldFile:
        """The same without a buffer of its own."""
        terms = self.chunks.terms_of(key)
        size = sum(term.size for term in terms)
        return HeldFile(key, terms, lambda xorb: self._layout(key, xorb), self._source(key, size))

    def keys(self) -> Iterator[str]:
        """Every content that lies in a freeze or has a clone."""
        frozen = self._places.keys(self._now()) if self._trees else iter(())
        yield from frozen
        there = self._now()
        for key in Clones(self.clone_folder).keys():  # noqa: SIM118
            if not (there and self._places.held(there, [key])):
                yield key

    def check(self, key: str, sound: dict[bytes, bytearray], tick: Callable[[int], None]) -> None:
        """Read the chunks that are not noted in `sound` (by xorb, a byte for each chunk), and note them. Raises
        ObjectDamaged at the first that is not what was stored.
        """
        at = 0
        with self.open_raw(key) as file:
            for term in self.chunks.terms_of(key):
                layout = self._layout(key, term.xorb)
                marks = sound.setdefault(term.xorb, bytearray(layout.count))
                for index in range(term.start, term.end):
                    size = layout.sizes[index]
                    if not marks[index]:
                        file.seek(at)
                        file.readinto(bytearray(size))
                        marks[index] = 1
                        tick(size)
                    at += size

    def disk_usage(self) -> int:
        """Bytes of the shards; what the file system keeps is counted by the file system."""
        return self.chunks.disk_usage()

    def close(self) -> None:
        """Close the indexes; what is asked for later opens them again."""
        self.chunks.close()
        self._places.close()

    def _now(self) -> list[HeldTree]:
        with self._lock:
            return list(self._trees)

    def _clone(self, key: str) -> str:
        file_of_key(key)
        return f"{self._clones}/{key[1:3]}/{key}"

    def _layout(self, key: str, xorb: bytes) -> XorbLayout:
        layout = self.chunks.layout_of(text_of(xorb))
        if layout is None:
            raise ObjectDamaged(key, "its list of chunks is damaged")
        return layout

    def _source(self, key: str, size: int) -> FileSource:
        """The first place where the content can be opened."""
        with contextlib.suppress(FileNotFoundError):
            return _opened(os.open(self._clone(key), _FLAGS), size, None, lambda: None)
        trees = self._now()
        refused: Exception | None = None
        tried = set()
        for path, held in self._places.places(trees, key):
            others = [one for one in reversed(trees) if one != held][:_OTHERS_TRIED]
            for one in (held, *others):
                if (path, one.guid) in tried:
                    continue
                tried.add((path, one.guid))
                try:
                    return self._opened_in(one, path, key, size)
                except (ObjectDamaged, TreeError, FreezeRefused, OSError) as error:
                    refused = refused or error
        if isinstance(refused, (ObjectDamaged, FreezeRefused)):
            raise refused
        raise ObjectDamaged(key, "nothing holds it any more" if refused is None else str(refused))

    def _opened_in(self, held: HeldTree, path: bytes, key: str, size: int) -> FileSource:
        entry = self._found.entry(held.tree, path)
        freeze = self._freezes.get(held.guid)
        if entry is None or entry.hash != key or freeze is None:
            raise ObjectDamaged(key, "it lies there no more", path)
        freezer = self.freezer_of(freeze)
        if freezer is None:
            raise ObjectDamaged(key, f"there is no {freeze.driver} here to read it from", path)
        with contextlib.ExitStack() as stack:
            view = stack.enter_context(freezer.view(freeze))
            descriptor = os.open(os.path.join(os.fsencode(view), path), _FLAGS)
            return _opened(descriptor, size, entry.ranges, stack.pop_all().close)


def _opened(
    descriptor: int, size: int, ranges: Ranges | None, then: Callable[[], object]
) -> FileSource:
    try:
        status = os.fstat(descriptor)
        if status.st_size != size:
            return FileSource(descriptor, ranges or data_ranges(descriptor, status), then)
        return FileSource(descriptor, None, then)
    except BaseException:
        os.close(descriptor)
        then()  # else what was mounted for it would stay
        raise
