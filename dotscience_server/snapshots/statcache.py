"""The stat cache: which content a file had when it was last read, so that it need not be again.

A row per inode with the key (dev, ino, size, mtime, ctime); only equality counts, so a jumping
clock hides nothing. Racy rule: a row made less than the clock's granularity after the file's last
change is not trusted, because a later change may have left all times the same; the file is read
again and compared. So is a large file that was read while the last write to it may not have ended.
The database is a cache: damaged or unwritable, it is started anew in silence.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

from dotscience._tree import Ranges

from ..store.attributes import LeftOut
from .beside import Beside
from .filesystem import now_ns, racy_window_ns
from .statrows import Inode, Known, StatRows, to_row
from .walk import Status

__all__ = ["AnyStatus", "Inode", "Known", "StatCache", "inode_of"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS inode (
  dev INTEGER, ino INTEGER, size INTEGER, mtime_ns INTEGER, ctime_ns INTEGER,
  hash TEXT NOT NULL, ranges TEXT, read_ns INTEGER NOT NULL, left_out INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (dev, ino)
) WITHOUT ROWID;
PRAGMA user_version = 2;
"""
_FROM_1 = """
ALTER TABLE inode ADD COLUMN left_out INTEGER NOT NULL DEFAULT 0;
PRAGMA user_version = 2;
"""
_VERSION = 2
_SPARE_ROWS = 10_000
_MANY_ROWS = 20_000
_MOST_WRITE = 1 << 31  # bytes; Linux takes no more in one call
WRITER_WAITS_NS = 200_000_000  # a snapshot after a publish waits longer than that

AnyStatus = os.stat_result | Status


def inode_of(status: AnyStatus) -> Inode:
    """What identifies a file on this host."""
    return status.st_dev, status.st_ino


class StatCache:
    """Used by one thread at a time. Rows are in memory, those of this process as objects (`_new`)
    until there are many; `save()` writes them.
    """

    def __init__(self, path: Path, scratch: Path, racy_ns: int) -> None:
        self._path = path
        self._scratch = scratch
        self._racy_ns = racy_ns
        self._unsaved: dict[Inode, Known] = {}
        self._new: dict[Inode, Known] = {}
        self._rows = self._load()
        self._marked = self._rows.marked()
        self.beside = Beside()

    @classmethod
    def open(cls, path: Path, root: Path, scratch: Path) -> StatCache:
        """The cache at `path` for the workspace `root`. `scratch` is a folder we may write in, on
        the workspace's disk if possible: its clock is asked.
        """
        return cls(path, scratch, racy_window_ns(root, scratch))

    def known(self, status: AnyStatus) -> Known | None:
        """What the file with this lstat holds for sure, or None."""
        known = self.suspected(status)
        return known if known is not None and self.trusts(known) else None

    def last(self, status: AnyStatus) -> Known | None:
        """What the file held when it was last read, whatever has become of it since."""
        inode = inode_of(status)
        return self._new.get(inode) or self._rows.get(inode)

    def suspected(self, status: AnyStatus) -> Known | None:
        """What the file held when it last had this lstat: it may have changed since."""
        known = self.last(status)
        if (
            known is None
            or known.mtime_ns != status.st_mtime_ns
            or known.ctime_ns != status.st_ctime_ns
            or known.size != status.st_size
        ):
            return None
        return known

    def trusts(self, known: Known) -> bool:
        """Whether no change can have gone unseen since `known` was read (the racy rule)."""
        # A call that writes notes the time when it begins: what was read meanwhile is half of it. Memory
        # takes at least a byte in a nanosecond; a writer may have to wait for its turn in the middle.
        writing = max(WRITER_WAITS_NS, min(known.size, _MOST_WRITE))
        if known.ctime_ns >= known.read_ns - writing:
            return False
        if self._racy_ns == 0:
            return True
        safe = known.read_ns - self._racy_ns
        # A modification time far in the future was set by somebody and tells nothing.
        racy_mtime = safe <= known.mtime_ns <= known.read_ns + self._racy_ns
        return known.ctime_ns < safe and not racy_mtime

    def marked(self) -> bool:
        """Whether something is not kept of any file read so far."""
        return self._marked

    def moment(self) -> int:
        """To be taken before files are read, and given to `put`. 0, so that what is read is not
        trusted for long, where the disk refuses to tell.
        """
        try:
            return now_ns(self._scratch)
        except OSError:
            return 0

    def put(
        self,
        status: AnyStatus,
        content: str,
        ranges: Ranges | None,
        moment: int,
        left_out: LeftOut = (),
    ) -> None:
        """The file with this lstat was read after `moment` and held `content`."""
        inode = inode_of(status)
        known = Known(
            status.st_size,
            status.st_mtime_ns,
            status.st_ctime_ns,
            content,
            ranges,
            moment,
            left_out,
        )
        self._new[inode] = self._unsaved[inode] = known
        self._marked |= bool(left_out)

    def save(self) -> None:
        """Write new rows to the disk; a failure only costs time later."""
        if not self._unsaved:
            return
        rows = [to_row(inode, known) for inode, known in self._unsaved.items()]
        self._unsaved = {}
        with contextlib.suppress(sqlite3.Error, OSError):
            self._write(rows)
            if len(self._new) > _MANY_ROWS:
                self._rows, self._new = self._read(), {}

    def is_crowded(self, files: int) -> bool:
        """Whether many rows must be of files that are gone, when there are so many files."""
        return len(self._rows) + len(self._new) > files + _SPARE_ROWS

    def forget_unless(self, present: set[Inode]) -> None:
        """Drop the rows of all other files."""
        kept = {inode: known for inode, known in self._rows.items() if inode in present}
        kept.update((inode, known) for inode, known in self._new.items() if inode in present)
        self._rows, self._new, self._unsaved = StatRows(), kept, dict(kept)
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)
        self.save()

    def _load(self) -> StatRows:
        try:
            return self._read()
        except (sqlite3.Error, OSError, ValueError, TypeError, OverflowError):
            for suffix in ("", "-journal"):
                with contextlib.suppress(OSError):
                    Path(f"{self._path}{suffix}").unlink(missing_ok=True)
            return StatRows()

    def _read(self) -> StatRows:
        if not self._path.exists():
            return StatRows()
        with contextlib.closing(sqlite3.connect(self._path)) as database:
            version = database.execute("PRAGMA user_version").fetchone()[0]
            if version == 1:  # what is not kept of its files is told when they are read again
                database.executescript(_FROM_1)
            elif version != _VERSION:
                raise ValueError("another version")
            return StatRows.load(database)

    def _write(self, rows: list[tuple[object, ...]]) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.closing(sqlite3.connect(self._path)) as database, database:
            database.executescript(_SCHEMA)
            database.executemany("INSERT OR REPLACE INTO inode VALUES (?,?,?,?,?,?,?,?,?)", rows)
