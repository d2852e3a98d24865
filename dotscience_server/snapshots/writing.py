"""Writing the entries of a tree below a new, empty folder that is ours.

    folders (mode 0700) ─► contents, two threads ─► further names of hard links ─► links ─► modes and times of
    folders, the deepest first

Contents come through `ObjectStore.open`, which checks them (G6), piece by piece, never whole in memory. What is zero
inside a hole stays a hole. Every step is taken by `Folders`: nothing is written through a link (G7).
"""

from __future__ import annotations

import errno
import os
import queue
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

from dotscience._tree import Entry, Ranges, TreePath

from ..store.copying import BUFFER, write_all
from ..store.failures import UNWRITABLE, ObjectDamaged, write_failure
from ..store.objects import ObjectStore
from .contract import Progress
from .failures import CheckoutRefused, PathRefused
from .folders import Folders

_BAD_NAME = (errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ, errno.EEXIST)
_NO_LINK = (errno.EMLINK, errno.EPERM, errno.ENOTSUP)
_HOLE_STEP = 1 << 12
_THREADS = 2
_AT_ONCE = 32
_TELL_BYTES = 4 << 20

Make = Callable[[int, bytes, Entry], None]
"""Makes an entry by its name in an open folder."""

Told = queue.SimpleQueue[int | BaseException | None]
"""Of a thread: bytes of a file that is done now, below zero of one that is not; what it failed with; None at its end."""


class TreeWriter:
    """Writes below the open folder `top`. Progress is called from the thread that calls `write`; `place` is how
    messages call the folder. With `skip_damaged`, files with damaged bytes are not made: they are in `damaged` then.
    """

    def __init__(
        self,
        objects: ObjectStore,
        top: int,
        place: Path,
        progress: Progress,
        skip_damaged: bool = False,
    ) -> None:
        self._objects = objects
        self._top = top
        self._place = place
        self._progress = progress
        self._stop = threading.Event()
        self._skip_damaged = skip_damaged
        self.damaged: set[TreePath] = set()

    def write(self, entries: Sequence[Entry]) -> None:
        """Make all of them; `entries` are sorted, safe, and hold every parent as a folder. Files without content
        are left out. Raises ObjectDamaged (with the path), PathRefused, CheckoutRefused, DiskFull, Cancelled.
        """
        files = [entry for entry in entries if entry.hash is not None]
        folders = [entry for entry in entries if entry.kind == "d"]
        firsts = _first_names(files)
        with Folders(self._top) as at:
            for entry in folders:
                self._progress.check()
                self._one(at, entry, _make_folder)
            self._contents([file for file in files if firsts[file.path] == file.path], files)
            for entry in files:
                if firsts[entry.path] in self.damaged:
                    self.damaged.add(entry.path)
                elif firsts[entry.path] != entry.path:
                    self._further_name(at, entry, firsts[entry.path])
            for entry in entries:
                if entry.kind == "l":
                    self._progress.check()
                    self._one(at, entry, _make_link)
            for entry in reversed(folders):
                self._one(at, entry, _finish_folder)

    def _contents(self, wanted: Sequence[Entry], files: Sequence[Entry]) -> None:
        """Write these in threads; what they tell is passed on here."""
        total = len(files), sum(file.size or 0 for file in files)
        batches: queue.SimpleQueue[Sequence[Entry]] = queue.SimpleQueue()
        for start in range(0, len(wanted), _AT_ONCE):
            batches.put(wanted[start : start + _AT_ONCE])
        told: Told = queue.SimpleQueue()
        threads = [
            threading.Thread(target=self._work, args=(batches, told), name="writing")
            for _ in range(min(_THREADS, len(wanted)))
        ]
        self._stop.clear()
        self._progress.check()
        for thread in threads:
            thread.start()
        try:
            self._follow(told, len(threads), total)
        finally:
            self._stop.set()
            for thread in threads:
                thread.join()

    def _follow(
        self,
        told: Told,
        threads: int,
        total: tuple[int, int],
    ) -> None:
        """Until all threads have ended."""
        done = done_bytes = 0
        while threads:
            news = told.get()
            if isinstance(news, BaseException):
                raise news
            if news is None:
                threads -= 1
                continue
            done += news >= 0
            done_bytes += abs(news)
            self._progress.update(done, total[0], done_bytes, total[1])
            self._progress.check()

    def _work(
        self,
        batches: queue.SimpleQueue[Sequence[Entry]],
        told: Told,
    ) -> None:
        try:
            with Folders(self._top) as at:
                for entry in _taken(batches):
                    self._one(at, entry, partial(self._content_unless_damaged, told))
                    if self._stop.is_set():
                        return
        except BaseException as error:
            told.put(error)
        finally:
            told.put(None)

    def _content_unless_damaged(
        self,
        told: Told,
        folder: int,
        name: bytes,
        entry: Entry,
    ) -> None:
        try:
            self._content(told, folder, name, entry)
        except ObjectDamaged:
            if not self._skip_damaged:
                raise
            os.unlink(name, dir_fd=folder)
            self.damaged.add(entry.path)
            told.put(0)

    def _content(
        self,
        told: Told,
        folder: int,
        name: bytes,
        entry: Entry,
    ) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        target = os.open(name, flags, 0o600, dir_fd=folder)
        try:
            untold = 0
            for at, data in self._pieces(entry):
                _write_piece(target, data, at, entry.ranges)
                untold += len(data)
                if untold >= _TELL_BYTES:
                    told.put(-untold)
                    untold = 0
            os.ftruncate(target, entry.size or 0)
            os.fchmod(target, entry.mode)
            os.utime(target, ns=(entry.mtime_ns, entry.mtime_ns))
        finally:
            os.close(target)
        told.put(untold)

    def _pieces(self, entry: Entry) -> Iterator[tuple[int, bytes]]:
        """The checked bytes of a file and where they stand. Raises ObjectDamaged, also where there are more or fewer
        than it has. Of a very sparse file, whose holes are not stored, the data alone.
        """
        content, size = entry.hash or "", entry.size or 0
        try:
            data_alone = entry.ranges is not None and self._objects.size(content) != size
            spans = entry.ranges if data_alone and entry.ranges is not None else ((0, size + 1),)
            with self._objects.open(content, entry.ranges, size) as source:
                for start, length in spans:
                    yield from self._span(source, start, length)
                end = source.tell() if not data_alone else size
        except ObjectDamaged as error:
            raise ObjectDamaged(content, error.fields["detail"], entry.path) from error
        if end != size and not self._stop.is_set():
            raise ObjectDamaged(content, f"it has not {size} bytes", entry.path)

    def _span(self, source: BinaryIO, start: int, length: int) -> Iterator[tuple[int, bytes]]:
        source.seek(start)
        end = start + length
        while not self._stop.is_set() and start < end:
            data = source.read(min(BUFFER, end - start))
            if not data:
                return
            yield start, data
            start += len(data)

    def _further_name(self, at: Folders, entry: Entry, first: bytes) -> None:
        """Another name of a file that stands; a copy where the file system takes no more names."""
        self._progress.check()
        with Folders(self._top) as other:
            folder, name = at.parent(entry.path)
            beside, first_name = other.parent(first)
            try:
                os.link(
                    first_name,
                    name,
                    src_dir_fd=beside,
                    dst_dir_fd=folder,
                    follow_symlinks=False,
                )
            except OSError as error:
                if error.errno not in _NO_LINK:
                    raise self._failure(error, entry) from error
                unheard: Told = queue.SimpleQueue()
                self._stop.clear()
                self._one(at, entry, partial(self._content, unheard))

    def _one(self, at: Folders, entry: Entry, make: Make) -> None:
        try:
            make(*at.parent(entry.path), entry)
        except OSError as error:
            raise self._failure(error, entry) from error

    def _failure(self, error: OSError, entry: Entry) -> Exception:
        if error.errno in _BAD_NAME:
            return PathRefused(entry.path, error.strerror or str(error))
        if error.errno in UNWRITABLE:
            return CheckoutRefused(str(self._place), error.strerror or str(error))
        return write_failure(error, self._place, "the checkout was", entry.size or 0)


def _first_names(files: Sequence[Entry]) -> dict[bytes, bytes]:
    """For each file the first name of it: hard links with one content are one file."""
    firsts: dict[tuple[str, str | None], bytes] = {}
    return {
        file.path: file.path
        if file.link is None
        else firsts.setdefault((file.link, file.hash), file.path)
        for file in files
    }


def _taken(batches: queue.SimpleQueue[Sequence[Entry]]) -> Iterator[Entry]:
    while True:
        try:
            batch = batches.get_nowait()
        except queue.Empty:
            return
        yield from batch


def _make_folder(folder: int, name: bytes, entry: Entry) -> None:
    os.mkdir(name, 0o700, dir_fd=folder)


def _make_link(folder: int, name: bytes, entry: Entry) -> None:
    os.symlink(entry.target or b"", name, dir_fd=folder)
    times = entry.mtime_ns, entry.mtime_ns
    os.utime(name, ns=times, dir_fd=folder, follow_symlinks=False)


def _finish_folder(folder: int, name: bytes, entry: Entry) -> None:
    itself = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
    try:
        os.fchmod(itself, entry.mode)
        os.utime(itself, ns=(entry.mtime_ns, entry.mtime_ns))
    finally:
        os.close(itself)


def _write_piece(target: int, data: bytes, at: int, ranges: Ranges | None) -> None:
    """Write `data`, but for blocks that are zero and lie wholly outside of `ranges`."""
    if ranges is None:
        write_all(target, data, at)
        return
    if not _touches(at, len(data), ranges) and not any(data):
        return
    for start in range(0, len(data), _HOLE_STEP):
        block = data[start : start + _HOLE_STEP]
        if _touches(at + start, len(block), ranges) or any(block):
            write_all(target, block, at + start)


def _touches(start: int, length: int, ranges: Ranges) -> bool:
    """Whether [start, start + length) and one of the sorted `ranges` have a byte in common."""
    number = bisect_left(ranges, (start + length,)) - 1
    return number >= 0 and ranges[number][0] + ranges[number][1] > start
