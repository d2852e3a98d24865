"""Writing contents in chunks: hf-xet and our CAS, in the process that calls.

hf-xet cuts, hashes, packs and sends; our CAS checks and keeps. Small contents do without it
(packing.py). hf-xet gets a cache folder of its own
below ours, made anew for each process from what is in the store (seeds.py): what it believes to be
stored is stored. A commit first looks whether that still holds.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from ..store.failures import ChunksRefused, StoreFailure
from . import seeds
from .cas import Cas
from .engine_settings import engine_environment, engine_settings, give_memory_back, imported
from .packing import Packing
from .private import SocketFolder, remove_ended
from .store import ChunkStore

_ENDPOINT = "http://localhost"
_MOST_UNHASHED = 128  # bytes of small files wait in memory
_numbers = itertools.count()


class Upload:
    """A content that was added."""

    def __init__(self, handle: Any, cas: Cas) -> None:
        self._handle = handle
        self._cas = cas

    def result(self) -> tuple[str, int]:
        """Its key and the bytes read; waits until it is hashed. Durable after the commit.
        Raises ChunksRefused, also where the file could not be read, and what the CAS failed with:
        a large file's xorbs are sent while it is read.
        """
        try:
            with _refusing():
                info = self._handle.result().xet_info
        except ChunksRefused as refused:
            raise self._cas.failure or refused from refused
        return "x" + info.hash, int(info.file_size)


class _Finished:
    """The handle of a stream: its result is there once it was finished, which only happens once."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._info: Any = None

    def result(self) -> Any:
        self._info = self._info or self._stream.finish()
        return self._info


class ChunkWriter:
    """One commit after the other, by one thread. `cache` is our cache folder; `floor_bytes` must stay
    free on the disk. Raises StoreUnwritable.
    """

    def __init__(self, store: ChunkStore, cache: Path, floor_bytes: int = 0) -> None:
        self._store = store
        self._home = SocketFolder(cache / "engine")
        self._hf_xet = imported(self._home.folder)
        self._name = f"{os.getpid()}-{next(_numbers)}"
        self._root: Path | None = None
        self._told: set[str] = set()
        self._commit: Any = None
        self._unhashed: deque[Upload] = deque()
        self._session: Any = None
        remove_ended(self._home.folder)
        remove_ended(store.folder.tmp)
        store.take_in_xorbs()
        self._cas = Cas(store, self._home.address(f"{self._name}.sock"), floor_bytes)
        self._cas.start()
        self._packing = Packing(store, self._cas.keep)
        self._packing.floor_bytes = floor_bytes
        self._beginning = threading.Lock()
        self._has_begun = False

    @property
    def stored_bytes(self) -> int:
        """Bytes of the xorbs that came in with this commit."""
        return self._cas.stored_bytes

    def set_floor(self, floor_bytes: int) -> None:
        """So many bytes must stay free from now on."""
        self._cas.floor_bytes = self._packing.floor_bytes = floor_bytes

    def add_small(self, data: bytes, sha256: str | None = None) -> str:
        """Add a content of 1 to PACKED_MOST bytes; its key. Any thread, also beside the others."""
        self._begin()
        return self._packing.add(data, sha256)

    def add_path(self, path: str, sha256: str | None = None) -> Upload:
        """Add a file; waits while many are not yet hashed. It is read by its path until its result
        is there: /proc/self/fd/N pins the inode. `sha256`: of its content, where it is known; the
        shard then tells it.
        """
        return self._add(lambda commit: commit.start_upload_file(path, sha256=self._sha256(sha256)))

    def add_bytes(self, data: bytes, sha256: str | None = None) -> Upload:
        """Add bytes, cut by hf-xet however few they are."""
        return self._add(
            lambda commit: commit.start_upload_bytes(data, sha256=self._sha256(sha256))
        )

    def add_pieces(self, pieces: Iterable[bytes]) -> tuple[str, int]:
        """Add a content that comes in pieces; its key and bytes. Returns once it is hashed; nothing
        else may be added or committed meanwhile. hf-xet then holds less of it than of a file that it reads
        itself, however long storing takes. Raises as `Upload.result`, and what `pieces` raises.
        """
        stream: Any = None

        def start(commit: Any) -> Any:
            nonlocal stream
            stream = commit.start_upload_stream(sha256=self._sha256(None))
            return _Finished(stream)

        upload = self._add(start)
        try:
            for piece in pieces:
                self._cas.wait_for_room(len(piece))
                with _refusing():
                    stream.write(piece)
        except ChunksRefused as refused:
            raise self._cas.failure or refused from refused
        except BaseException:
            # An aborted stream would take the whole commit with it; what came so far is nobody's, for gc.
            with contextlib.suppress(ChunksRefused):
                upload.result()
            raise
        return upload.result()

    def commit(self) -> None:
        """Make everything added durable and registered; then a new commit begins.
        Raises DiskFull, DiskFloor, StoreUnwritable, ChunksRefused: then nothing of it is registered,
        and the same may be added once more.
        """
        if not self._has_begun:
            return
        commit, self._commit = self._commit, None
        try:
            self._finish(commit)
        except StoreFailure as failure:
            self._packing.drop()
            self._end_session()
            raise self._cas.failure or failure from failure
        finally:
            self._has_begun = False
            self._unhashed.clear()
            give_memory_back()
        self._told |= self._cas.taken

    def _finish(self, commit: Any) -> None:
        try:
            small = self._packing.finish()
        except StoreFailure as failure:
            self._give_up(commit, failure)
            raise
        if commit is not None:
            with _refusing():
                commit.wait_to_finish()
        self._cas.settle()
        self._store.register_described(small, self._cas.floor_bytes)

    def abort(self) -> None:
        """Drop what was added since the last commit."""
        commit, self._commit = self._commit, None
        self._packing.drop()
        if commit is not None:
            self._give_up(commit, ChunksRefused("the commit was dropped"))
            self._end_session()
        self._has_begun = False

    def _give_up(self, commit: Any, failure: StoreFailure) -> None:
        self._cas.fail(failure)
        if commit is not None:
            with contextlib.suppress(Exception):
                commit.abort()

    def close(self) -> None:
        """Drop what was not committed, end the CAS, remove hf-xet's folder."""
        self.abort()
        self._end_session()
        self._cas.close()
        self._home.close()

    def _add(self, add: Callable[[Any], Any]) -> Upload:
        self._begin()
        if self._commit is None:
            self._commit = self._new_commit()
        while len(self._unhashed) >= _MOST_UNHASHED:
            with contextlib.suppress(StoreFailure):
                self._unhashed.popleft().result()
        with _refusing():
            upload = Upload(add(self._commit), self._cas)
        self._unhashed.append(upload)
        return upload

    def _begin(self) -> None:
        """Before the first content of a commit."""
        if not self._has_begun:
            with self._beginning:
                if not self._has_begun:
                    self._cas.reset()
                    self._has_begun = True

    def _new_commit(self) -> Any:
        if self._session is not None and not self._told <= set(self._store.xorbs()):
            self._end_session()
        with _refusing():
            if self._session is None or self._root is None:
                self._root = self._home.folder / f"{os.getpid()}-{next(_numbers)}"
                self._session = self._new_session(self._root)
            with engine_environment(self._root):
                return self._session.new_upload_commit(endpoint=_ENDPOINT)

    def _new_session(self, root: Path) -> Any:
        """A session of hf-xet that knows what is in the store, and nothing else."""
        cache = seeds.shard_cache(root, _ENDPOINT)
        self._told = seeds.tell(cache, self._store.known_xorbs())
        with engine_environment(root):
            settings = engine_settings(self._hf_xet, self._home.address(f"{self._name}.sock"))
            return self._hf_xet.XetSession(settings)

    def _sha256(self, value: str | None) -> Any:
        return self._hf_xet.SKIP_SHA256 if value is None else value

    def _end_session(self) -> None:
        self._session = None
        if self._root is not None:
            shutil.rmtree(self._root, ignore_errors=True)
            self._root = None


@contextlib.contextmanager
def _refusing() -> Iterator[None]:
    """Every error of hf-xet, also a panic, is one of the chunk engine."""
    try:
        yield
    except StoreFailure:
        raise
    except Exception as error:
        raise ChunksRefused(str(error)) from error
    except BaseException as error:
        if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit)):
            raise
        raise ChunksRefused(str(error)) from error
