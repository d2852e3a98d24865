"""What one asks of the index. Answers are those of one moment; none of them blocks for long."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from dotscience import _records
from dotscience._facts import BLOCK_KEYS, Run, unite
from dotscience._records import Record, canonical

from .columns import BLOCK_RUNS
from .index_db import IndexDb

_RECENT = 20_000
_RECENT_NOTEBOOKS = 200
_RECENT_RUNS = 100
_PLACE = "coalesce((SELECT seq FROM runs WHERE id = ?), (SELECT -number FROM drafts WHERE id = ?))"
"""Where a run's facts stand, or an unkept draft's."""


@dataclass(frozen=True)
class DraftRow:
    """A draft that was recorded: ``state`` is ``open``, ``kept`` or ``expired``; ``body`` the newest ``run.draft``'s
    (of a kept one: as it was then)."""

    id: str
    revision: int
    state: str
    snapshot_state: str
    source: str
    body: dict[str, Any]


def fact_key(run: str, kind: str, source: str, digest: str) -> bytes:
    """What makes a fact the same fact."""
    return _digest("\0".join((run, kind, source, digest)).encode("utf-8", "surrogatepass"))


def content_key(run: str, body: dict[str, Any]) -> bytes:
    """What a run's block says, wherever it was found."""
    told = {key: body[key] for key in BLOCK_KEYS if body.get(key) is not None}
    return _digest(canonical([run, told]))


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()[:16]


@dataclass(frozen=True)
class FeedParts:
    """A delta: ``blocks`` are (number, revision), ``runs`` JSON texts of summaries."""

    revision: int
    total: int
    blocks: list[tuple[int, int]]
    runs: list[str]


class IndexReads(IndexDb):
    """Questions about runs, snapshots and facts of the workspace."""

    def revision(self) -> int:
        """Of the last record applied; 0 for an empty workspace."""
        row = self._one("SELECT revision FROM position")
        return int(row[0]) if row else 0

    def count(self) -> int:
        """Runs in the workspace."""
        return int(self._one("SELECT coalesce(max(seq), 0) FROM runs")[0])

    def has_fact(self, run: str, kind: str, source: str, digest: str) -> bool:
        """Whether this very fact is recorded."""
        key = fact_key(run, kind, source, digest)
        return self._one("SELECT 1 FROM facts WHERE key = ?", key) is not None

    def has_kind(self, run: str, kind: str) -> bool:
        """Whether the run has any fact of this kind."""
        query = f"SELECT 1 FROM facts WHERE seq = {_PLACE} AND kind = ?"  # noqa: S608
        return self._one(query, run, run, kind) is not None

    def facts(self, run: str, kind: str) -> list[Record]:
        """The run's facts of a kind, oldest first."""
        with self._lock:
            rows = self._db.execute(
                f"SELECT file, offset, length FROM facts WHERE seq = {_PLACE} AND kind = ?"  # noqa: S608
                " ORDER BY revision",
                (run, run, kind),
            ).fetchall()
        return [_records.read_at(self._store, *row) for row in rows]

    def has_block(self, run: str, body: dict[str, Any]) -> bool:
        """Whether a block of this run that says the same is recorded, from whatever source."""
        return (
            self._one("SELECT 1 FROM facts WHERE content = ?", content_key(run, body)) is not None
        )

    def feed(self, since: int) -> FeedParts:
        """What changed after a revision, all of one moment."""
        with self._lock:
            blocks = self._blocks_since(since)
            return FeedParts(self.revision(), self.count(), blocks, self._summaries_since(since))

    def _summaries_since(self, revision: int) -> list[str]:
        """Runs that are not as in the newest block known to a client that reads the blocks named."""
        return self._column(
            "SELECT summary FROM runs LEFT JOIN blocks ON number = (seq - 1) / ?"
            " WHERE runs.revision > max(?, coalesce(blocks.revision, 0)) ORDER BY runs.revision",
            BLOCK_RUNS,
            revision,
        )

    def _blocks_since(self, revision: int) -> list[tuple[int, int]]:
        query = "SELECT number, revision FROM blocks WHERE revision > ? ORDER BY number"
        return [(row[0], row[1]) for row in self._db.execute(query, (revision,))]

    def block(self, number: int) -> tuple[int, bytes] | None:
        """Revision and gzipped bytes of a column block."""
        row = self._one("SELECT revision, data FROM blocks WHERE number = ?", number)
        return None if row is None else (row[0], row[1])

    def resolve(self, run: str, limit: int = 6) -> list[str]:
        """Ids that are, or else begin with, ``run``; the newest first, at most ``limit``. Drafts by their whole id."""
        whole = "SELECT 1 FROM runs WHERE id = ? UNION SELECT 1 FROM drafts WHERE id = ?"
        if self._one(whole, run, run):
            return [run]
        pattern = run.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        query = "SELECT id FROM runs WHERE id LIKE ? ESCAPE '\\' ORDER BY seq DESC LIMIT ?"
        return self._column(query, pattern, limit)

    def run(self, run: str) -> Run | None:
        """The run, or the draft (``seq`` 0), put together from its facts, by its whole id."""
        with self._lock:
            (place,) = self._one(f"SELECT {_PLACE}", run, run)
            if place is None:
                return None
            return unite(self._earlier(place, 1 << 62), max(0, place))

    def summaries_before(self, seq: int, limit: int) -> list[dict[str, Any]]:
        """Summaries of the runs before this one, the newest first."""
        query = "SELECT summary FROM runs WHERE seq < ? ORDER BY seq DESC LIMIT ?"
        return [json.loads(text) for text in self._column(query, seq, limit)]

    def runs_waiting(self) -> list[str]:
        """Runs that have no snapshot yet, oldest first; then drafts."""
        return self._column(
            "SELECT id FROM runs WHERE snapshot_state = 'pending' ORDER BY seq"
        ) + self._column(
            "SELECT id FROM drafts WHERE state = 'open' AND snapshot_state = 'pending' ORDER BY number"
        )

    def draft_number(self, draft: str) -> int | None:
        """Of a draft that is recorded and no run yet."""
        row = self._one("SELECT number FROM drafts WHERE id = ? AND state != 'kept'", draft)
        return None if row is None else int(row[0])

    def draft(self, draft: str) -> DraftRow | None:
        """A recorded draft by its whole id, whatever became of it."""
        found = self._drafts("WHERE id = ?", draft)
        return found[0] if found else None

    def open_drafts(self) -> list[DraftRow]:
        """Drafts that can be kept, in the order of their recording."""
        return self._drafts("WHERE state = 'open' ORDER BY number")

    def all_drafts(self) -> list[DraftRow]:
        """Every draft that was recorded, in order."""
        return self._drafts("ORDER BY number")

    def _drafts(self, where: str, *values: object) -> list[DraftRow]:
        query = f"SELECT id, revision, state, snapshot_state, source, body FROM drafts {where}"  # noqa: S608
        with self._lock:
            rows = self._db.execute(query, values).fetchall()
        return [
            DraftRow(one, rev, state, saved, source, json.loads(body))
            for one, rev, state, saved, source, body in rows
        ]

    def newest_notebooks(self) -> dict[str, str]:
        """The notebook as last saved with a run: path to object, of the newest runs."""
        with self._lock:
            rows = self._db.execute(
                "SELECT file, offset, length FROM facts WHERE kind = 'run.notebook' AND revision > ?"
                " ORDER BY revision DESC LIMIT ?",
                (self.revision() - _RECENT, _RECENT_NOTEBOOKS),
            ).fetchall()
            bodies = [_records.read_at(self._store, *row).body for row in reversed(rows)]
        return {str(body.get("path")): str(body.get("object")) for body in bodies}

    def newest_files(self) -> list[Record]:
        """The newest ``run.files`` facts, oldest first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT file, offset, length FROM facts WHERE kind = 'run.files' AND revision > ?"
                " ORDER BY revision DESC LIMIT ?",
                (self.revision() - _RECENT, _RECENT_RUNS),
            ).fetchall()
            return [_records.read_at(self._store, *row) for row in reversed(rows)]

    def snapshots(self, limit: int) -> list[dict[str, Any]]:
        """The newest snapshots with their runs (``snapshot.schema.json``)."""
        texts = self._column("SELECT body FROM snapshots ORDER BY revision DESC LIMIT ?", limit)
        return [self._with_runs(json.loads(text)) for text in texts]

    def snapshot(self, snapshot: str) -> dict[str, Any] | None:
        """One snapshot by its whole id."""
        row = self._one("SELECT body FROM snapshots WHERE id = ?", snapshot)
        return None if row is None else self._with_runs(json.loads(row[0]))

    def resolve_snapshot(self, snapshot: str, limit: int = 6) -> list[str]:
        """Ids of snapshots that begin with hex digits; the newest first, at most ``limit``."""
        pattern = "".join(char for char in snapshot if char in "0123456789abcdef") + "%"
        if len(pattern) != len(snapshot) + 1:
            return []
        query = "SELECT id FROM snapshots WHERE id LIKE ? ORDER BY revision DESC LIMIT ?"
        return self._column(query, pattern, limit)

    def pin(self, pin: str) -> dict[str, Any] | None:
        """The ``run.pins`` entry that took a pin's bytes."""
        row = self._one("SELECT file FROM pins WHERE pin = ?", pin)
        return None if row is None else json.loads(row[0])

    def last_of_workspace(self, kind: str) -> Record | None:
        """The newest fact of a kind about the workspace."""
        row = self._one(
            "SELECT file, offset, length FROM facts WHERE seq IS NULL AND kind = ?"
            " ORDER BY revision DESC LIMIT 1",
            kind,
        )
        return None if row is None else _records.read_at(self._store, *row)

    def all_of_workspace(self, kind: str) -> list[Record]:
        """Every fact of a kind about the workspace, oldest first."""
        with self._lock:
            query = "SELECT file, offset, length FROM facts WHERE seq IS NULL AND kind = ? ORDER BY revision"
            rows = self._db.execute(query, (kind,)).fetchall()
        return [_records.read_at(self._store, *row) for row in rows]

    def all_snapshots(self) -> list[tuple[int, str, dict[str, Any]]]:
        """Revision, id and body of every snapshot, oldest first."""
        with self._lock:
            rows = self._db.execute("SELECT revision, id, body FROM snapshots ORDER BY revision")
            found = rows.fetchall()
        return [(revision, one, json.loads(body)) for revision, one, body in found]

    def unsealed_snapshots(self) -> list[dict[str, Any]]:
        """The frozen ones whose content keys are not known yet, oldest first, with their runs."""
        texts = self._column(
            "SELECT body FROM snapshots WHERE body LIKE ? ORDER BY revision", '%"state":"frozen"%'
        )
        frozen = [body for body in map(json.loads, texts) if body.get("state") == "frozen"]
        return [self._with_runs(body) for body in frozen]

    def runs_by_snapshot(self) -> list[tuple[int, str, str | None]]:
        """``seq``, id and snapshot of every run, oldest first."""
        with self._lock:
            return self._db.execute("SELECT seq, id, snapshot FROM runs ORDER BY seq").fetchall()

    def run_summary(self, seq: int) -> dict[str, Any]:
        """The summary of a run by its ``seq``."""
        found: dict[str, Any] = json.loads(
            self._one("SELECT summary FROM runs WHERE seq = ?", seq)[0]
        )
        return found

    def facts_with(self, kinds: Sequence[str], text: bytes) -> Iterator[Record]:
        """The facts of runs that are of these kinds and whose line holds a text, oldest first. Reads the record
        files, 10 µs a fact, and parses nothing else.
        """
        marks = ",".join("?" * len(kinds))
        query = (
            "SELECT file, offset, length FROM facts WHERE seq > 0 AND kind IN"  # noqa: S608
            f" ({marks}) ORDER BY revision"
        )
        with self._lock:
            rows = self._db.execute(query, tuple(kinds)).fetchall()
        for name, places in groupby(rows, key=lambda row: str(row[0])):
            with open(os.path.join(self._store, "records", name), "rb") as file:
                for _, offset, length in places:
                    line = os.pread(file.fileno(), length, offset)
                    if text in line:
                        yield _records.decode(line)

    def _earlier(self, seq: int, before: int) -> list[Record]:
        """A run's facts below a revision."""
        rows = self._db.execute(
            "SELECT file, offset, length FROM facts WHERE seq = ? AND revision < ?", (seq, before)
        )
        return [_records.read_at(self._store, *row) for row in rows.fetchall()]

    def _with_runs(self, body: dict[str, Any]) -> dict[str, Any]:
        runs = self._column("SELECT id FROM runs WHERE snapshot = ? ORDER BY seq", body["id"])
        return {**body, "runs": runs}

    def journal_done(self, name: str) -> int | None:
        """Size up to which a dead session's journal is fully ingested."""
        row = self._one("SELECT size FROM journals WHERE name = ?", name)
        return None if row is None else int(row[0])

    def set_journal_done(self, name: str, size: int) -> None:
        """Remember that nothing new is in a journal of this size."""
        self._write("REPLACE INTO journals VALUES (?, ?)", name, size)

    def notebook_signature(self, path: bytes) -> str | None:
        """What `set_notebook_signature` remembered."""
        row = self._one("SELECT signature FROM notebooks WHERE path = ?", path)
        return None if row is None else str(row[0])

    def set_notebook_signature(self, path: bytes, signature: str) -> None:
        """Remember the state in which a notebook was read."""
        self._write("REPLACE INTO notebooks VALUES (?, ?)", path, signature)
