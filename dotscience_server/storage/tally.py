"""Who holds which bytes: from holders by trees, pages and contents down to chunks.

    holder ─► tree ─► page ─► content ─► chunk         holder ─► fact (points, cells, …)
Each thing is looked at once, whoever shares it. Invariants: what any holder reaches has a label; what has none
is needed by nobody; a manifest that cannot be read raises, so nothing is ever taken for unneeded because of it.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from dotscience._tree import decode_root

from .spans import EVER, MANY, Label, Span, join, sweep

LARGE_BYTES = 4 << 20
"""Only contents of this size are ever given up."""

_CONTENT = re.compile(rb'^\{(?:"a":\[[^]\n]*\],)?"h":"(x?[0-9a-f]{64})"', re.MULTILINE)
_NAMED = re.compile(rb'"(x?[0-9a-f]{64})"')


class Range(NamedTuple):
    """Chunks of a file in one xorb, `end` exclusive."""

    xorb: str
    start: int
    end: int


class StoredFile(NamedTuple):
    """A content in chunks: its key and, of a migrated object, the SHA-256 that names it too; its bytes."""

    names: tuple[str, ...]
    size: int
    ranges: Sequence[Range]


class StoredObject(NamedTuple):
    """An object: its bytes, and what it takes on the disk."""

    name: str
    size: int
    disk_bytes: int


class Source(Protocol):
    """The store as counting needs it."""

    def read(self, object_hash: str) -> bytes:
        """A manifest's page or root. Raises ObjectDamaged."""

    def has_object(self, object_hash: str) -> bool:
        """Whether there is such an object."""

    def files(self) -> Iterable[StoredFile]:
        """Every content in chunks."""

    def objects(self) -> Iterable[StoredObject]:
        """Every object."""

    def bounds(self, xorb: str) -> Sequence[int]:
        """Where each chunk begins in the xorb's file and, last, where they end."""


@dataclass
class Holder:
    """Who needs what: a run, or the workspace itself (`run` None).

    `trees`: manifests; `files`: contents that lie over the tree (pins); `facts`: objects beside the files, never
    given up; `listings`: facts whose text names further facts. `rank`: see `Label`.
    """

    run: str | None
    rank: int = EVER
    trees: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)
    facts: set[str] = field(default_factory=set)
    listings: set[str] = field(default_factory=set)


@dataclass
class Tally:
    """What was counted. `alone`: by run; `freed`: by rank, bytes that go with all contents up to that rank;
    `given`: by rank, the large contents that go; `live`: every key that is needed; `xorbs`: live bytes of each;
    `object_bytes` of the objects that are needed, `all_object_bytes` of all.
    """

    alone: dict[str, int]
    freed: dict[int, int]
    given: dict[int, list[str]]
    live: set[str]
    xorbs: dict[str, int]
    object_bytes: int
    all_object_bytes: int

    @property
    def live_bytes(self) -> int:
        """On disk, without records and shards."""
        return self.object_bytes + sum(self.xorbs.values())


def tally(
    holders: Sequence[Holder],
    source: Source,
    given_up: Mapping[str, int] | None = None,
    tick: Callable[[], None] = lambda: None,
) -> Tally:
    """Count. `given_up`: contents that no run up to this rank holds any more. `tick` is called often and may raise.
    Raises TreeError, ObjectDamaged.
    """
    files, facts = reach(holders, source, tick)
    return _Count(holders, source, given_up or {}).tally(files, facts, tick)


class Marks:
    """The labels of keys, told by falling rank: what two owners have is settled and not looked at again."""

    def __init__(self) -> None:
        self._settled: dict[str, int] = {}
        self._single: dict[str, Label] = {}

    def add(self, keys: Collection[str], label: Label) -> None:
        """Someone with this label, of no higher rank than those before, needs these."""
        fresh = set(keys).difference(self._settled)
        if label.owner == MANY:
            for key in self._single.keys() & fresh:
                self._settled[key] = self._single.pop(key).rank
                fresh.discard(key)
            self._settled.update(dict.fromkeys(fresh, label.rank))
            return
        for key in fresh:
            known = self._single.setdefault(key, label)
            if known.owner != label.owner:
                self._settled[key] = known.rank
                del self._single[key]

    def items(self) -> Iterator[tuple[str, Label]]:
        """All keys."""
        yield from ((key, Label(MANY, rank)) for key, rank in self._settled.items())
        yield from self._single.items()

    def falling(self) -> list[tuple[str, Label]]:
        """All keys, those with the highest rank first."""
        return sorted(self.items(), key=lambda item: -item[1].rank)


def reach(
    holders: Sequence[Holder], source: Source, tick: Callable[[], None]
) -> tuple[Marks, Marks]:
    """Labels of contents, and of facts (manifests among them)."""
    trees, pages, files, facts = Marks(), Marks(), Marks(), Marks()
    pinned: deque[tuple[Label, set[str]]] = deque()
    for number in sorted(range(len(holders)), key=lambda number: -holders[number].rank):
        holder = holders[number]
        label = Label(MANY if holder.run is None else number, holder.rank)
        trees.add(holder.trees, label)
        pinned.append((label, holder.files))
        facts.add(holder.facts | holder.listings, label._replace(rank=EVER))
        for listing in holder.listings:
            tick()
            facts.add(_named_in(source, listing), label._replace(rank=EVER))
    for tree, label in trees.falling():
        tick()
        root = decode_root(source.read(tree))
        pages.add({page.hash for page in root.pages}, label)
        facts.add({tree}, label._replace(rank=EVER))
    for page, label in pages.falling():
        tick()
        while pinned and pinned[0][0].rank >= label.rank:
            over, keys = pinned.popleft()
            files.add(keys, over)
        files.add(contents_of(source.read(page)), label)
        facts.add({page}, label._replace(rank=EVER))
    for over, keys in pinned:
        files.add(keys, over)
    return files, facts


def contents_of(page: bytes) -> set[str]:
    """The content keys in a page's bytes, without decoding its entries."""
    return {key.decode("ascii") for key in _CONTENT.findall(page)}  # a name holds no raw newline


def keys_in(text: bytes) -> set[str]:
    """Whatever in a JSON text may be a content key."""
    return {key.decode("ascii") for key in _NAMED.findall(text)}


def _named_in(source: Source, listing: str) -> set[str]:
    if not source.has_object(listing):
        return set()  # missing: `ds verify` says so
    return keys_in(source.read(listing))


class _Count:
    """From labels to bytes."""

    def __init__(
        self, holders: Sequence[Holder], source: Source, given_up: Mapping[str, int]
    ) -> None:
        self._holders = holders
        self._source = source
        self._given_up = given_up
        self._labels: dict[str, Label] = {}
        self._alone: dict[str, int] = defaultdict(int)
        self._freed: dict[int, int] = defaultdict(int)
        self._given: dict[int, set[str]] = defaultdict(set)
        self._gone: set[str] = set()
        self._spans: dict[str, set[Span]] = defaultdict(set)
        self._object_bytes = self._all_object_bytes = 0

    def tally(self, files: Marks, facts: Marks, tick: Callable[[], None]) -> Tally:
        self._labels = labels = dict(files.items())
        for key, label in facts.items():
            labels[key] = join(labels.get(key), label)
        for file in self._source.files():
            tick()
            self._file(file)
        for one in self._source.objects():
            tick()
            self._object(one)
        xorbs = {xorb: self._count_xorb(xorb, spans) for xorb, spans in self._spans.items()}
        return Tally(
            dict(self._alone),
            dict(self._freed),
            {rank: sorted(keys) for rank, keys in self._given.items()},
            labels.keys() - self._gone,
            xorbs,
            self._object_bytes,
            self._all_object_bytes,
        )

    def _file(self, file: StoredFile) -> None:
        label: Label | None = None
        for name in file.names:
            found = self._judged(name, file.size)
            label = label if found is None else join(label, found)
        if label is not None:
            for place in file.ranges:
                self._spans[place.xorb].add(Span(place.start, place.end, label))

    def _object(self, one: StoredObject) -> None:
        self._all_object_bytes += one.disk_bytes
        label = self._judged(one.name, one.size)
        if label is not None:
            self._object_bytes += one.disk_bytes
            self._book(one.disk_bytes, label)

    def _judged(self, key: str, size: int) -> Label | None:
        """Small contents are never given up; None: nobody needs it, or it has been given up."""
        label = self._labels.get(key)
        if label is None or label.rank == EVER:
            return label
        if size < LARGE_BYTES:
            return label._replace(rank=EVER)
        if label.rank <= self._given_up.get(key, -1):
            self._gone.add(key)
            return None
        self._given[label.rank].add(key)
        return label

    def _count_xorb(self, xorb: str, spans: Iterable[Span]) -> int:
        bounds = self._source.bounds(xorb)
        total = 0
        for span in sweep(spans):
            size = bounds[span.end] - bounds[span.start]
            total += size
            self._book(size, span.label)
        return total

    def _book(self, size: int, label: Label) -> None:
        if label.owner >= 0:
            run = self._holders[label.owner].run
            assert run is not None
            self._alone[run] += size
        if label.rank < EVER:
            self._freed[label.rank] += size
