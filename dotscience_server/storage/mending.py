"""Mending damaged things from bytes that the workspace's files still hold.

Invariants: nothing is written unless its hash is that of what is damaged; what is sound is never touched; a damaged
thing is replaced by one rename. With `dry` nothing is written: only whether it could be mended.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from ..store.copying import BUFFER
from ..store.failures import writing
from .checking import Fault, described, sound_chunks

if TYPE_CHECKING:
    from ..chunks.store import ChunkStore

Places = Mapping[str, Iterable[bytes]]
"""By content key, workspace-relative paths where it lay."""


class Mender:
    """For one workspace. `add_chunked` stores a file in chunks and gives its key; `known` is the content key of a file
    as far as that is known without reading it."""

    def __init__(
        self,
        workspace: Path,
        store: Path,
        chunks: ChunkStore | None,
        places: Places,
        known: Callable[[Path], str | None],
        add_chunked: Callable[[Path], str | None],
    ) -> None:
        self._workspace = workspace
        self._store = store
        self._chunks = chunks
        self._places = places
        self._known = known
        self._add_chunked = add_chunked

    def mend(self, fault: Fault, *, dry: bool) -> bool:
        """Whether it is (or could be) mended. Raises StoreFailure."""
        if fault.chunks:
            return self._xorb(fault, dry)
        if fault.what == "shard":
            return self._shard(fault, dry)
        if fault.what in ("object", "missing", "held"):
            return self._content(fault.name, dry)
        return False

    def mend_orphans(self, orphans: Iterable[str]) -> None:
        """Describe again the files that only a damaged shard describes, as the index knows them."""
        from ..chunks.judge import proof
        from ..chunks.shard import Shard, ShardFile
        from ..chunks.store import file_of_key

        chunks = self._chunks
        assert chunks is not None
        joined, files = chunks.sha256s(), []
        for key in sorted(orphans):
            terms = chunks.terms_of(key)
            layouts = [chunks.layout_of(_text(term.xorb)) for term in terms]
            if all(layout is not None for layout in layouts):
                proofs = [proof(t, lay) for t, lay in zip(terms, layouts, strict=True) if lay]
                files.append(ShardFile(file_of_key(key), terms, proofs, joined.get(key)))
        if files:
            chunks.accept(Shard(files, []))

    def _content(self, key: str, dry: bool) -> bool:
        for path in self._places.get(key, ()):
            with self._opened(path) as file:
                if file is None:
                    continue
                if key.startswith("x"):
                    if self._chunked(key, path, dry):
                        return True
                elif self._object(key, file, dry):
                    return True
        return False

    def _chunked(self, key: str, path: bytes, dry: bool) -> bool:
        at = self._workspace / os.fsdecode(path)
        return self._known(at) == key and (dry or self._add_chunked(at) == key)

    def _object(self, name: str, file: int, dry: bool) -> bool:
        """Copied while it is hashed; takes the place of the damaged one only when it is the same."""
        target = self._store / "objects" / name[:2] / name[2:]
        tmp = self._store / "tmp" / f"mend-{uuid4().hex}"
        digest = hashlib.sha256()
        if dry:
            for data in _pieces(file):
                digest.update(data)
            return digest.hexdigest() == name
        with writing(self._store, "the repair was"):
            try:
                with open(tmp, "xb", opener=_private) as copy:
                    for data in _pieces(file):
                        digest.update(data)
                        copy.write(data)
                    copy.flush()
                    os.fsync(copy.fileno())
                if digest.hexdigest() != name:
                    return False
                target.parent.mkdir(mode=0o700, exist_ok=True)
                os.replace(tmp, target)
                _sync(target.parent)
            finally:
                tmp.unlink(missing_ok=True)
        return True

    def _shard(self, fault: Fault, dry: bool) -> bool:
        """Its files are described anew by `mend_orphans`, from the index; then it is of no use."""
        chunks = self._chunks
        if chunks is None or not chunks.remembers(fault.name):
            return False
        if not dry:
            chunks.folder.shard_path(fault.name).unlink(missing_ok=True)
            chunks.refresh()
        return True

    def _xorb(self, fault: Fault, dry: bool) -> bool:
        """Its sound chunks as they are, the others from files of the workspace."""
        from ..chunks.xorb import XorbBuilder, pack

        chunks = self._chunks
        known = None if chunks is None else described(chunks, fault.name)
        if chunks is None or known is None:
            return False
        wanted = self._wanted(chunks, fault, known.sizes)
        sound = sound_chunks(chunks, fault.name)
        builder = XorbBuilder()
        following = next(sound, None)
        for index, size in enumerate(known.sizes):
            if following is not None and following[0] == index:
                stored, following = following[1], next(sound, None)
            else:
                chunk_hash = known.hashes[32 * index : 32 * index + 32]
                data = self._found(wanted.get(index, ()), chunk_hash, size)
                if data is None:
                    return False
                stored = pack(data)
            if not dry:
                builder.add_packed(stored)
        return dry or chunks.add_xorb(builder) == fault.name

    def _wanted(
        self, chunks: ChunkStore, fault: Fault, sizes: Iterable[int]
    ) -> dict[int, list[tuple[str, int]]]:
        """By damaged chunk: content keys and the offset at which it stands in each."""
        from ..chunks.store import key_of

        size_of, wanted = list(sizes), dict[int, list[tuple[str, int]]]()
        for name in chunks.shards():
            for file in chunks.shard_of(name).files if _readable(chunks, name) else ():
                at = 0
                for term in file.terms:
                    if _text(term.xorb) == fault.name:
                        inside = at
                        for index in range(term.start, term.end):
                            if index in fault.chunks:
                                for key in filter(None, (key_of(file.hash), file.sha256)):
                                    wanted.setdefault(index, []).append((key, inside))
                            inside += size_of[index]
                    at += term.size
        return wanted

    def _found(self, places: Iterable[tuple[str, int]], wanted: bytes, size: int) -> bytes | None:
        from ..chunks.hashing import chunk_hash

        for key, offset in places:
            for path in self._places.get(key, ()):
                with self._opened(path) as file:
                    data = b"" if file is None else os.pread(file, size, offset)
                if len(data) == size and chunk_hash(data) == wanted:
                    return data
        return None

    @contextmanager
    def _opened(self, path: bytes) -> Iterator[int | None]:
        """A regular file of the workspace; no link in its path is followed."""
        at = os.fsencode(self._workspace)
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        opened: list[int] = []
        try:
            opened.append(os.open(at, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
            *folders, name = path.split(b"/")
            for part in folders:
                opened.append(os.open(part, flags | os.O_DIRECTORY, dir_fd=opened[-1]))
            opened.append(os.open(name, flags, dir_fd=opened[-1]))
            regular = stat.S_ISREG(os.fstat(opened[-1]).st_mode) and b".." not in (*folders, name)
            yield opened[-1] if regular else None
        except OSError:
            if len(opened) == path.count(b"/") + 2:
                raise
            yield None
        finally:
            for one in opened:
                os.close(one)


def _readable(chunks: ChunkStore, name: str) -> bool:
    from ..chunks.shard import BadShard

    try:
        chunks.shard_of(name)
    except (BadShard, OSError):
        return False
    return True


def _text(raw: bytes) -> str:
    from ..chunks.hashing import text_of

    return text_of(raw)


def _pieces(file: int) -> Iterator[bytes]:
    at = 0
    while data := os.pread(file, BUFFER, at):
        yield data
        at += len(data)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o444)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
