"""The index applies records: SQLite over the truth, never the truth itself.

Invariants: everything in ``DERIVED_TABLES`` is a function of the records, so a rebuilt index is
equal; a batch of records is one transaction with the position it leads to, so a killed worker goes on
where the index ends.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from dotscience import _records
from dotscience._facts import unite
from dotscience._records import Damage, Line, Record
from dotscience._run_json import summary

from .columns import BLOCK_RUNS, encode_block
from .index_db import ForeignIndex
from .index_reads import IndexReads, content_key, fact_key

SHOWING = ("run.kept", "run.block")
"""A draft with one of these is a run (``shown_from`` in ``dotscience/_facts.py``)."""

BATCH_LINES = 5_000
REENCODE_AFTER = 1_024
"""A block is encoded anew when so many of its runs have changed since."""

Tell = Callable[[int], None]

_TO_JSON = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class Index(IndexReads):
    """An index that can take over records. Made by `open_index` or `rebuild_index`."""

    def __init__(self, path: Path, store: Path) -> None:
        super().__init__(path, store)
        self._touched: dict[int, list[Record]] = {}
        self._new: dict[str, int] = {}

    def apply(self, lines: Sequence[Line]) -> None:
        """Take over records that follow the position, in one transaction."""
        if not lines:
            return
        try:
            with self._transaction():
                for line in lines:
                    self._apply_one(line)
                self._flush()
                self._set_position(lines[-1])
        finally:
            self._touched.clear()
            self._new.clear()

    def catch_up(self, tell: Tell = lambda done: None) -> list[Damage]:
        """Apply what stands in the records after the position; what could not be read.

        ``tell`` hears the number of records applied so far.
        """
        done = 0
        damages: list[Damage] = []
        items = _records.read_all(self._store, self.position())
        good = (line for item in items for line in _good(item, damages))
        while batch := list(islice(good, BATCH_LINES)):
            self.apply(batch)
            done += len(batch)
            tell(done)
        return damages

    def position(self) -> tuple[str, int]:
        """File and offset behind the last record applied."""
        row = self._one("SELECT file, offset + length FROM position")
        return (row[0], row[1]) if row else ("", 0)

    def fits_records(self) -> bool:
        """Whether the last record applied still stands where it stood."""
        row = self._one("SELECT file, offset, length, line_start FROM position")
        if row is None:
            return True
        try:
            with (Path(self._store) / "records" / row[0]).open("rb") as file:
                file.seek(row[1])
                line = file.read(row[2])
        except OSError:
            return False
        return bool(len(line) == row[2] and line[:8] == row[3])

    def _apply_one(self, line: Line) -> None:
        record = line.record
        if record.run is None:
            self._insert_fact(line, None, None, None)
            if record.kind == "snapshot":
                self._insert_snapshot(record)
            elif record.kind == "snapshot.sealed":
                self._seal_snapshot(record.body)
            elif record.kind == "gc.thinned":
                self._drop_snapshots(record.body.get("snapshots") or [])
            return
        key = fact_key(record.run, record.kind, record.source, record.hash)
        if self._one("SELECT 1 FROM facts WHERE key = ?", key):
            return
        seq, new = self._place_of(record)
        self._insert_fact(line, seq, key, _content_of(record))
        if record.kind == "run.pins":
            self._insert_pins(record)
        if seq < 0:
            self._apply_to_draft(-seq, record)
        else:
            self._touch(seq, new, record)

    def _touch(self, seq: int, new: bool, record: Record) -> None:
        stale = not new and seq not in self._touched and self._is_first_change(seq)
        self._touched.setdefault(seq, []).append(record)
        number = (seq - 1) // BLOCK_RUNS
        if new and seq % BLOCK_RUNS == 0:
            self._encode(number, record.rev)
        elif stale:
            changed = self._one("SELECT changed FROM blocks WHERE number = ?", number)[0] + 1
            self._db.execute("UPDATE blocks SET changed = ? WHERE number = ?", (changed, number))
            if changed >= REENCODE_AFTER:
                self._encode(number, record.rev)

    def _is_first_change(self, seq: int) -> bool:
        """Whether the run is as its encoded block has it."""
        return bool(
            self._one(
                "SELECT 1 FROM runs JOIN blocks ON number = (seq - 1) / ?"
                " WHERE seq = ? AND runs.revision <= blocks.revision",
                BLOCK_RUNS,
                seq,
            )
        )

    def _encode(self, number: int, revision: int) -> None:
        self._flush()
        rows = self._db.execute(
            "SELECT summary FROM runs WHERE seq > ? AND seq <= ? ORDER BY seq",
            (number * BLOCK_RUNS, (number + 1) * BLOCK_RUNS),
        )
        data = encode_block(number, revision, [json.loads(row[0]) for row in rows])
        self._db.execute("REPLACE INTO blocks VALUES (?, ?, 0, ?)", (number, revision, data))

    def _flush(self) -> None:
        """Put the touched runs together anew."""
        for seq, records in self._touched.items():
            run = unite([*self._earlier(seq, records[0].rev), *records], seq)
            told = _TO_JSON(summary(run))
            row = (seq, run.id, run.revision, run.snapshot.state, run.snapshot.id, told)
            self._db.execute("REPLACE INTO runs VALUES (?, ?, ?, ?, ?, ?)", row)
        self._touched.clear()
        self._new.clear()

    def _place_of(self, record: Record) -> tuple[int, bool]:
        """The run's ``seq`` and whether it is new; of a draft its number, negative."""
        run = str(record.run)
        number = self.draft_number(run)
        if number is None and record.kind == "run.draft" and not self._is_run(run):
            return -1 - int(self._one("SELECT coalesce(max(number), 0) FROM drafts")[0]), True
        if number is None:
            return self._seq_of(run)
        if record.kind not in SHOWING:
            return -number, False
        seq, new = self._seq_of(run)
        self._db.execute("UPDATE facts SET seq = ? WHERE seq = ?", (seq, -number))
        self._db.execute(
            "UPDATE drafts SET state = 'kept', revision = ? WHERE number = ?", (record.rev, number)
        )
        return seq, new

    def _is_run(self, run: str) -> bool:
        return run in self._new or self._one("SELECT 1 FROM runs WHERE id = ?", run) is not None

    def _apply_to_draft(self, number: int, record: Record) -> None:
        """What lists show of a draft; an expired one stays so."""
        facts = [*self._earlier(-number, record.rev), record]
        draft = unite(facts)
        was = self._one("SELECT state FROM drafts WHERE number = ?", number)
        expired = record.kind == "run.expired" or (was is not None and was[0] == "expired")
        row = (
            number,
            draft.id,
            record.rev,
            "expired" if expired else "open",
            draft.snapshot.state,
            facts[0].source,
            json.dumps(draft.draft or {}, sort_keys=True),
        )
        self._db.execute("REPLACE INTO drafts VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def _seq_of(self, run: str) -> tuple[int, bool]:
        if (known := self._new.get(run)) is not None:
            return known, False
        row = self._one("SELECT seq FROM runs WHERE id = ?", run)
        if row is not None:
            return int(row[0]), False
        newest = next(reversed(self._new.values()), None)
        seq = 1 + (self.count() if newest is None else newest)
        self._new[run] = seq
        return seq, True

    def _insert_fact(
        self, line: Line, seq: int | None, key: bytes | None, content: bytes | None
    ) -> None:
        record = line.record
        row = (record.rev, seq, record.kind, key, content, line.file, line.offset, line.length)
        self._db.execute("INSERT OR IGNORE INTO facts VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)

    def _insert_snapshot(self, record: Record) -> None:
        row = (record.rev, record.body["id"], json.dumps(record.body, separators=(",", ":")))
        self._db.execute("INSERT OR IGNORE INTO snapshots VALUES (?, ?, ?)", row)

    def _seal_snapshot(self, body: dict[str, Any]) -> None:
        """From now on the snapshot's tree is the one with all content keys."""
        row = self._one("SELECT body FROM snapshots WHERE id = ?", body["id"])
        if row is not None:
            told = {**json.loads(row[0]), "tree": body["tree"]}
            told.pop("state", None)
            text = json.dumps(told, separators=(",", ":"))
            self._db.execute("UPDATE snapshots SET body = ? WHERE id = ?", (text, body["id"]))

    def _drop_snapshots(self, snapshots: list[str]) -> None:
        """Nothing needed them; their manifests go."""
        rows = [(one,) for one in snapshots]
        self._db.executemany("DELETE FROM snapshots WHERE id = ?", rows)

    def _insert_pins(self, record: Record) -> None:
        for file in record.body["files"]:
            if file.get("pin") and file.get("object"):
                row = (file["pin"], json.dumps(file, sort_keys=True))
                self._db.execute("INSERT OR IGNORE INTO pins VALUES (?, ?)", row)

    def _set_position(self, line: Line) -> None:
        start = _records.encode(line.record)[:8]
        row = (line.record.rev, line.file, line.offset, line.length, start)
        self._db.execute("REPLACE INTO position VALUES (1, ?, ?, ?, ?, ?)", row)


def open_index(
    cache: Path, store: Path, tell: Tell = lambda done: None
) -> tuple[Index, list[Damage]]:
    """The index of a store, brought up to its records; made anew when it does not fit them."""
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = cache / "index.sqlite"
    try:
        index = Index(path, store)
        if index.fits_records():
            return index, index.catch_up(tell)
        index.close()
    except ForeignIndex:
        pass
    return rebuild_index(cache, store, tell)


def rebuild_index(
    cache: Path, store: Path, tell: Tell = lambda done: None
) -> tuple[Index, list[Damage]]:
    """A new index from the records alone, put in the place of the old one, which must be closed
    afterwards by who holds it."""
    fresh, path = cache / "index.new.sqlite", cache / "index.sqlite"
    _remove(fresh)
    index = Index(fresh, store)
    damages = index.catch_up(tell)
    index.close()
    _remove(path)
    fresh.rename(path)
    index = Index(path, store)
    index.catch_up()
    return index, damages


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _good(item: Line | Damage, damages: list[Damage]) -> Iterator[Line]:
    if isinstance(item, Damage):
        damages.append(item)
    else:
        yield item


def _content_of(record: Record) -> bytes | None:
    return (
        content_key(record.run, record.body) if record.kind == "run.block" and record.run else None
    )
