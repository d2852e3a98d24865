"""Checking every stored byte: record files, objects, xorbs, shards. Streams: nothing larger than a chunk, a shard or a
manifest page is in memory as a whole.
"""

from __future__ import annotations

import hashlib
import os
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dotscience import _records
from dotscience._records import Line, Record

from ..store.copying import BUFFER
from .source import objects_of

if TYPE_CHECKING:
    from ..chunks.shard import Shard, ShardXorb
    from ..chunks.store import ChunkStore

What = Literal["object", "xorb", "shard", "record", "manifest", "missing", "held"]
Tick = Callable[[int], None]
"""So many bytes more are checked. May raise."""


@dataclass
class Fault:
    """One damaged thing. `chunks`: of a xorb, the chunks that are not what was stored."""

    what: What
    name: str
    detail: str
    chunks: frozenset[int] = frozenset()


@dataclass
class Checked:
    """What was found. `files`: keys (and SHA-256) of the files that sound shards describe; `broken`: by key, the
    faults of a xorb that break it; `orphans`: files that only damaged shards describe, as far as the index knows.
    """

    faults: list[Fault] = field(default_factory=list)
    count: int = 0
    files: set[str] = field(default_factory=set)
    broken: dict[str, list[Fault]] = field(default_factory=dict)
    orphans: set[str] = field(default_factory=set)
    orphaned_by: list[Fault] = field(default_factory=list)


def check_records(
    store: Path, checked: Checked, tick: Tick, take: Callable[[Record], None]
) -> None:
    """Every line of every record file; `take` hears those that are sound."""
    for name in _records.record_files(os.fspath(store)):
        checked.count += 1
        for item in _records.read_file(os.fspath(store), name):
            tick(item.length)
            if isinstance(item, Line):
                take(item.record)
            elif not item.newer:
                detail = f"the line at byte {item.offset}: {item.reason}"
                checked.faults.append(Fault("record", name, detail))


def check_objects(store: Path, checked: Checked, tick: Tick) -> None:
    """Hash every object."""
    for name, _ in objects_of(store):
        checked.count += 1
        detail = _object_fault(store / "objects" / name[:2] / name[2:], name, tick)
        if detail is not None:
            checked.faults.append(Fault("object", name, detail))


def check_chunks(chunks: ChunkStore, checked: Checked, tick: Tick) -> None:
    """Every chunk of every xorb, and what every shard says of them."""
    chunks.refresh()
    for xorb in list(chunks.xorbs()):
        checked.count += 1
        found = chunks.check_xorb(xorb)
        if found and os.path.exists(chunks.folder.xorb_path(xorb)):
            bad = bad_chunks(chunks, xorb)
            checked.faults.append(Fault("xorb", xorb, found[0].detail, bad))
        tick(_size(chunks.folder.xorb_path(xorb)))
    _check_shards(chunks, checked, tick)


def _check_shards(chunks: ChunkStore, checked: Checked, tick: Tick) -> None:
    bad = {fault.name: fault for fault in checked.faults if fault.what == "xorb"}
    lost: dict[str, Fault] = {}
    damaged: list[Fault] = []
    for name in list(chunks.shards()):
        checked.count += 1
        tick(_size(chunks.folder.shard_path(name)))
        shard = _loaded(chunks, name)
        if shard is None and not chunks.folder.shard_path(name).exists():
            continue
        if shard is None:
            fault = Fault("shard", name, "its bytes are not what was stored")
            damaged.append(fault)
            continue
        for xorb in _xorbs_of(shard):
            if not os.path.exists(chunks.folder.xorb_path(xorb)) and xorb not in lost:
                lost[xorb] = Fault("missing", xorb, "this xorb is missing", frozenset(range(8192)))
        _note_files(shard, {**bad, **lost}, checked)
        if not bad and not lost and (found := chunks.check_shard(name)):
            damaged.append(Fault("shard", name, found[0].detail))
    checked.faults += [*lost.values(), *damaged]
    if damaged:
        checked.orphaned_by = damaged
        checked.orphans = set(chunks.files()) - checked.files


def _note_files(shard: Shard, bad: dict[str, Fault], checked: Checked) -> None:
    from ..chunks.hashing import text_of
    from ..chunks.store import key_of

    for file in shard.files:
        names = [key_of(file.hash), *([file.sha256] if file.sha256 else [])]
        checked.files.update(names)
        if not bad:
            continue
        for term in file.terms:
            fault = bad.get(text_of(term.xorb))
            if fault is not None and not fault.chunks.isdisjoint(range(term.start, term.end)):
                for name in names:
                    known = checked.broken.setdefault(name, [])
                    if fault not in known:
                        known.append(fault)


def described(chunks: ChunkStore, xorb: str) -> ShardXorb | None:
    """What a sound shard says of a xorb."""
    from ..chunks.hashing import text_of

    for name in chunks.shards():
        shard = _loaded(chunks, name)
        for one in () if shard is None else shard.xorbs:
            if text_of(one.hash) == xorb:
                return one
    return None


def bad_chunks(chunks: ChunkStore, xorb: str) -> frozenset[int]:
    """The chunks of a damaged xorb that cannot be had from it; all where nothing says what it held."""
    sound = {index for index, _ in sound_chunks(chunks, xorb)}
    known = described(chunks, xorb)
    return frozenset(range(8192 if known is None else len(known.sizes))) - sound


def sound_chunks(chunks: ChunkStore, xorb: str) -> Iterator[tuple[int, bytes]]:
    """The chunks of a damaged xorb that are what they should be, packed as they stand there."""
    from ..chunks.hashing import chunk_hash
    from ..chunks.xorb import HEADER_BYTES, BadXorb, parse_header, unpack

    known = described(chunks, xorb)
    if known is None:
        return
    layout = chunks.layout_of(xorb)
    offsets = layout.offsets if layout is not None and layout.offsets else array("I")
    try:
        file = open(chunks.folder.xorb_path(xorb), "rb", buffering=0)  # noqa: SIM115
    except OSError:
        return
    at = 0
    with file:
        for index in range(len(known.sizes)):
            at = offsets[index] if index < len(offsets) else at
            try:
                packed, scheme, size = parse_header(os.pread(file.fileno(), HEADER_BYTES, at), 0)
                stored = os.pread(file.fileno(), HEADER_BYTES + packed, at)
                at += HEADER_BYTES + packed
                data = unpack(stored[HEADER_BYTES:], scheme, size)
            except (BadXorb, IndexError, OSError):
                if index + 1 >= len(offsets):
                    return  # where the next one begins is not known
                continue
            if chunk_hash(data) == known.hashes[32 * index : 32 * index + 32]:
                yield index, stored


def _object_fault(path: Path, name: str, tick: Tick) -> str | None:
    digest = hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as file:
            while data := file.read(BUFFER):
                digest.update(data)
                tick(len(data))
    except FileNotFoundError:
        return None  # removed meanwhile; missing is told where it is needed
    except OSError as error:
        return error.strerror or str(error)
    return None if digest.hexdigest() == name else "its bytes have changed"


def _loaded(chunks: ChunkStore, name: str) -> Shard | None:
    from ..chunks.shard import BadShard

    try:
        return chunks.shard_of(name)
    except (BadShard, OSError):
        return None


def _xorbs_of(shard: Shard) -> set[str]:
    from ..chunks.hashing import text_of

    return {text_of(term.xorb) for file in shard.files for term in file.terms}


def _size(path: str | Path) -> int:
    try:
        return os.stat(path).st_size
    except OSError:
        return 0
