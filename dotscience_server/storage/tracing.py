"""From damaged things to the files and runs that they break. Every manifest is read once."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from dotscience._records import Record
from dotscience._tree import decode_page, decode_root

from .checking import Fault
from .tally import Holder, contents_of

_FIELDS = {
    "run.points": ("object",),
    "run.cells": ("object",),
    "run.files": ("object",),
    "run.environment": ("object", "diff"),
    "run.log": ("object",),
    "run.context": ("environment",),
}
_CALLED = {
    "run.points": "(curves)",
    "run.cells": "(cells)",
    "run.files": "(files seen)",
    "run.environment": "(environment)",
    "run.log": "(output)",
    "run.context": "(environment)",
}


class Named(NamedTuple):
    """A content that a record of a run names: a file of the run, or something beside its files in brackets."""

    run: str
    path: bytes
    key: str


class Touched(NamedTuple):
    """A file that is broken, in a run or (`run` None) in a snapshot that no run has."""

    path: bytes
    run: str | None
    snapshot: str | None


@dataclass
class Traced:
    """`touched`: what each fault breaks, by its place in `faults`; `places`: by content key, where it lies in trees."""

    faults: list[Fault]
    touched: dict[int, list[Touched]] = field(default_factory=lambda: defaultdict(list))
    places: dict[str, set[bytes]] = field(default_factory=lambda: defaultdict(set))


class State(NamedTuple):
    """What is known of contents: `broken` by key; `is_there` and `is_given_up` of any key."""

    broken: Mapping[str, Sequence[Fault]]
    is_there: Callable[[str], bool]
    is_given_up: Callable[[str], bool]


class Tracer:
    """Asked once. `read` gives a sound manifest object."""

    def __init__(self, faults: Iterable[Fault], state: State, read: Callable[[str], bytes]) -> None:
        self.traced = Traced(list(faults))
        self._state = state
        self._read = read
        self._numbers = {id(fault): number for number, fault in enumerate(self.traced.faults)}
        self._sound: set[str] = set()
        self._missing: dict[str, Fault] = {}
        self._held: defaultdict[str, list[str]] = defaultdict(list)
        self._snapshots: Mapping[str, str] = {}
        self._over: Callable[[str], set[bytes]] = lambda run: set()

    def trace(
        self,
        holders: Sequence[Holder],
        snapshots: Mapping[str, str],
        named: Iterable[Named],
        over: Callable[[str], set[bytes]],
        tick: Callable[[], None],
    ) -> Traced:
        """`snapshots`: an id for each tree; `over`: the paths where a run has files of its own."""
        held = self._held
        self._snapshots, self._over = snapshots, over
        for holder in holders:
            for tree in holder.trees:
                held[tree] += [] if holder.run is None else [holder.run]
        pages: defaultdict[str, list[str]] = defaultdict(list)
        for tree in held:
            tick()
            root = self._manifest(tree, [tree], b"(all files)")
            for named_page in () if root is None else decode_root(root).pages:
                pages[named_page.hash].append(tree)
        for page, trees in pages.items():
            tick()
            data = self._manifest(page, trees, b"(a part of the files)")
            if data is not None:
                self._page(data, trees)
        for one in named:
            for fault in self._faults_of(one.key):
                self._touch(fault, Touched(one.path, one.run, None))
                if not one.path.startswith(b"("):
                    self.traced.places[one.key].add(one.path)
        return self.traced

    def _manifest(
        self,
        name: str,
        trees: list[str],
        what: bytes,
    ) -> bytes | None:
        """The bytes of a root or page; None where it is damaged, which is told."""
        for fault in self._faults_of(name):
            if fault.what == "object":
                fault.what = "manifest"
            for tree in trees:
                self._touch_all(fault, [what], tree)
            return None
        return self._read(name)

    def _page(
        self,
        data: bytes,
        trees: list[str],
    ) -> None:
        bad = {key for key in contents_of(data) - self._sound if self._faults_of(key)}
        if not bad:
            return
        by_key: defaultdict[str, list[bytes]] = defaultdict(list)
        for entry in decode_page(data):
            if entry.hash in bad:
                by_key[str(entry.hash)].append(entry.path)
        for key, paths in by_key.items():
            self.traced.places[key].update(paths)
            for fault in self._faults_of(key):
                for tree in trees:
                    self._touch_all(fault, paths, tree)

    def _touch_all(
        self,
        fault: Fault,
        paths: list[bytes],
        tree: str,
    ) -> None:
        snapshot = self._snapshots.get(tree)
        runs = self._held[tree]
        for path in paths:
            broken = [run for run in runs if path not in self._over(run)]
            for run in broken or (None,):
                self._touch(fault, Touched(path, run, snapshot))

    def _touch(self, fault: Fault, touched: Touched) -> None:
        number = self._numbers.get(id(fault))
        if number is None:
            number = self._numbers[id(fault)] = len(self.traced.faults)
            self.traced.faults.append(fault)
        self.traced.touched[number].append(touched)

    def _faults_of(self, key: str) -> Sequence[Fault]:
        if key in self._sound:
            return ()
        broken = self._state.broken.get(key)
        if broken:
            return broken
        if key in self._missing:
            return (self._missing[key],)
        if self._state.is_there(key) or self._state.is_given_up(key):
            self._sound.add(key)
            return ()
        self._missing[key] = Fault("missing", key, "it is missing")
        return (self._missing[key],)


def named_in(record: Record) -> Iterator[Named]:
    """What a record of a run names for sure."""
    run, body = record.run, record.body
    if run is None:
        return
    if record.kind == "run.pins":
        for file in body.get("files", ()):
            if isinstance(file.get("object"), str) and isinstance(file.get("path"), str):
                yield Named(run, os.fsencode(file["path"]), file["object"])
    elif record.kind == "run.notebook" and isinstance(body.get("object"), str):
        yield Named(run, os.fsencode(str(body.get("path"))), body["object"])
    elif record.kind == "run.media":
        for item in body.get("items", ()):
            if isinstance(item.get("object"), str):
                yield Named(run, b"(%s)" % str(item.get("key")).encode(), item["object"])
    for name in _FIELDS.get(record.kind, ()):
        if isinstance(body.get(name), str):
            yield Named(run, _CALLED[record.kind].encode(), body[name])
