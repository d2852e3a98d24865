"""What one asks of the index. Answers are those of one moment; none of them blocks for long."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from dotscience import _records
from dotscience._facts import BLOCK_KEYS, Run, unite
from dotscience._records import Record, canonical

from .columns import BLOCK_RUNS
from .index_db import IndexDb


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
        found = self._one(
            "SELECT 1 FROM facts JOIN runs USING (seq) WHERE runs.id = ? AND kind = ?", run, kind
        )
        return found is not None

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
        """Ids that are, or else begin with, ``run``; the newest first, at most ``limit``."""
        if self._one("SELECT 1 FROM runs WHERE id = ?", run):
            return [run]
        pattern = run.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        query = "SELECT id FROM runs WHERE id LIKE ? ESCAPE '\\' ORDER BY seq DESC LIMIT ?"
        return self._column(query, pattern, limit)

    def run(self, run: str) -> Run | None:
        """The run put together from its facts, by its whole id."""
        with self._lock:
            row = self._one("SELECT seq FROM runs WHERE id = ?", run)
            return None if row is None else unite(self._earlier(row[0], 1 << 62), row[0])

    def summaries_before(self, seq: int, limit: int) -> list[dict[str, Any]]:
        """Summaries of the runs before this one, the newest first."""
        query = "SELECT summary FROM runs WHERE seq < ? ORDER BY seq DESC LIMIT ?"
        return [json.loads(text) for text in self._column(query, seq, limit)]

    def runs_waiting(self) -> list[str]:
        """Runs that have no snapshot yet, oldest first."""
        return self._column("SELECT id FROM runs WHERE snapshot_state = 'pending' ORDER BY seq")

    def snapshots(self, limit: int) -> list[dict[str, Any]]:
        """The newest snapshots with their runs (``snapshot.schema.json``)."""
        texts = self._column("SELECT body FROM snapshots ORDER BY revision DESC LIMIT ?", limit)
        return [self._with_runs(json.loads(text)) for text in texts]

    def snapshot(self, snapshot: str) -> dict[str, Any] | None:
        """One snapshot by its whole id."""
        row = self._one("SELECT body FROM snapshots WHERE id = ?", snapshot)
        return None if row is None else self._with_runs(json.loads(row[0]))

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
