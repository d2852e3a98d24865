"""A record of another shape is left out and said; what decodes can always be put together as a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dotscience._facts import unite
from dotscience._records import (
    Damage,
    DamagedRecord,
    Record,
    body_hash,
    decode,
    encode,
    read_all,
)
from dotscience._run_json import summary
from dotscience_server.store.index import open_index
from tests.worker.test_facts import BLOCK

TIME = "2026-11-21T10:11:12.000000Z"
BODIES: dict[str, dict[str, Any]] = {
    "run.block": {**BLOCK, "base": "", "text": "t"},
    "run.context": {"host": "h", "notebook": "n.ipynb", "duration_s": 1.5, "argv": ["a"]},
    "run.snapshot": {"snapshot": "a" * 64, "duration_s": 0.1},
    "run.pins": {"files": [{"path": "a", "object": "b" * 64, "size": 1, "mtime_ns": "1"}]},
    "run.notebook": {"path": "n.ipynb", "object": "b" * 64, "size": 1, "mtime_ns": "1"},
    "run.interrupted": {**BLOCK, "base": ""},
}
ODD = (None, 1, -1, 1.5, "", "x", "2026-13-45T99:99:99.000000Z", [], {}, [1], {"a": 1}, True)


def _record(rev: int, kind: str, body: dict[str, Any]) -> Record:
    return Record(rev, kind, TIME, "r", "journal:x", body_hash(body), body)


@pytest.mark.parametrize("kind", BODIES)
def test_what_decodes_makes_a_run(kind: str) -> None:
    for field in (*BODIES[kind], "unknown"):
        for odd in ODD:
            bodies = {**BODIES, kind: {**BODIES[kind], field: odd}}
            records = [_record(rev, *item) for rev, item in enumerate(bodies.items(), 1)]
            try:
                read = [decode(encode(record)) for record in records]
            except DamagedRecord:
                continue
            summary(unite(read))


def test_one_odd_record_stops_no_index(tmp_path: Path) -> None:
    odd = _record(2, "run.block", {**BLOCK, "start": "yesterday"})
    good = [_record(1, "run.block", dict(BLOCK)), _record(3, "run.snapshot", {"snapshot": "a"})]
    (tmp_path / "records").mkdir()
    lines = [encode(record) for record in (good[0], odd, good[1])]
    (tmp_path / "records" / "00000001.jsonl").write_bytes(b"".join(lines))
    index, damages = open_index(tmp_path / "cache", tmp_path)
    assert index.count() == 1
    assert [damage.reason for damage in damages] == ["run.block: start has another shape"]
    assert not damages[0].torn
    index.close()


def test_an_odd_last_record_is_no_torn_one(tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    line = encode(_record(1, "run.pins", {"files": None}))
    (tmp_path / "records" / "00000001.jsonl").write_bytes(line)
    (found,) = read_all(str(tmp_path))
    assert isinstance(found, Damage)
    assert not found.torn
