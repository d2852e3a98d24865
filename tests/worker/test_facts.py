"""A run is the union of its facts: laws of the union."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dotscience._facts import is_outside, overlays, unite, unite_all, workspace_path
from dotscience._records import Record, body_hash
from dotscience._run_json import summary

BLOCK: dict[str, Any] = {
    "description": "first",
    "error": None,
    "start": "2026-11-21T10:11:12.000001Z",
    "end": "2026-11-21T10:11:14.500001Z",
    "input": ["data.csv"],
    "output": ["model.bin"],
    "labels": {
        "artefact:m": '{"files":{"model":"model.bin"},"type":"sklearn-model","version":"1"}'
    },
    "parameters": {"lr": "1e-4", "depth": "3"},
    "summary": {"acc": "0.9"},
    "workload-file": None,
}


def fact(rev: int, kind: str, source: str, body: dict[str, Any], run: str = "r") -> Record:
    time = f"2026-11-21T10:00:{rev % 60:02d}.000000Z"
    return Record(rev, kind, time, run, source, body_hash(body), body)


def block(rev: int, source: str, **changed: Any) -> Record:
    return fact(rev, "run.block", source, {**BLOCK, "text": "…", "base": "", **changed})


KINDS = [
    lambda rev: block(rev, "journal:a"),
    lambda rev: block(rev, "notebook:n.ipynb"),
    lambda rev: block(rev, "notebook:m.ipynb", description="other"),
    lambda rev: fact(
        rev, "run.context", "journal:a", {"duration_s": 2.0, "host": "h", "git": None}
    ),
    lambda rev: fact(rev, "run.context", "journal:a", {"git": {"commit": "c"}, "environment": "e"}),
    lambda rev: fact(rev, "run.interrupted", "journal:b", {"description": "cut", "parameters": {}}),
    lambda rev: fact(rev, "run.snapshot", "worker", {"snapshot": "s", "duration_s": 0.1}),
    lambda rev: fact(rev, "run.snapshot_failed", "worker", {"code": "disk-full", "message": "m"}),
    lambda rev: fact(
        rev, "run.pins", "journal:a", {"files": [{"path": "model.bin", "object": "o", "size": 1}]}
    ),
    lambda rev: fact(rev, "run.notebook", "notebook:n.ipynb", {"path": "n.ipynb", "object": "o"}),
    lambda rev: fact(rev, "run.unknown", "later", {"x": 1}),
]
facts = st.lists(st.sampled_from(KINDS), min_size=1, max_size=8).map(
    lambda makers: [make(rev) for rev, make in enumerate(makers, 1)]
)


@given(facts, st.randoms(use_true_random=False))
def test_the_union_does_not_depend_on_order(records: list[Record], random: Any) -> None:
    shuffled = records[:]
    random.shuffle(shuffled)
    assert unite(shuffled) == unite(records)


@given(facts)
def test_every_run_can_be_shown(records: list[Record]) -> None:
    told = summary(unite(records, 1))
    assert told["revision"] == max(record.rev for record in records)
    assert told["state"] in ("running", "published", "failed", "interrupted")


def test_the_journal_outranks_the_notebook() -> None:
    run = unite(
        [block(1, "notebook:n.ipynb", description="n"), block(2, "journal:a", description="j")]
    )
    assert (run.description, run.conflict) == ("j", True)


def test_equal_blocks_are_no_conflict() -> None:
    run = unite([block(1, "journal:a", text="a", base="x"), block(2, "notebook:n.ipynb", text="b")])
    assert not run.conflict and run.sources == ("journal:a", "notebook:n.ipynb")


def test_states() -> None:
    assert unite([block(1, "journal:a")]).state == "published"
    assert unite([block(1, "journal:a", error="")]).state == "failed"  # set_error("") is a failure
    cut = fact(1, "run.interrupted", "journal:a", {"description": "cut"})
    assert unite([cut]).state == "interrupted"
    assert unite([cut, block(2, "notebook:n.ipynb")]).state == "published"


def test_a_snapshot_heals_a_failed_one() -> None:
    failed = fact(2, "run.snapshot_failed", "worker", {"code": "disk-full", "message": "m"})
    taken = fact(3, "run.snapshot", "worker", {"snapshot": "s", "duration_s": 0.1})
    assert unite([block(1, "journal:a")]).snapshot.state == "pending"
    assert unite([block(1, "journal:a"), failed]).snapshot.state == "failed"
    assert unite([block(1, "journal:a"), failed, taken]).snapshot.id == "s"


def test_a_snapshot_is_sealed_unless_its_record_says_frozen_and_none_after_it() -> None:
    body = {"snapshot": "s", "duration_s": 0.1}
    frozen = fact(2, "run.snapshot", "worker", {**body, "state": "frozen"})
    sealed = fact(3, "run.snapshot", "worker", body)
    assert unite([block(1, "journal:a"), sealed]).snapshot.state == "sealed"
    assert unite([block(1, "journal:a"), frozen]).snapshot.state == "frozen"
    assert unite([block(1, "journal:a"), frozen, sealed]).snapshot.state == "sealed"


def test_values_models_times() -> None:
    run = unite([block(1, "journal:a")])
    assert [(v.key, v.kind, v.number, v.text) for v in run.parameters] == [
        ("depth", "int", 3, "3"),
        ("lr", "float", 0.0001, "1e-4"),
    ]
    assert run.models[0] == ("m", "sklearn-model", "1", "model.bin")
    assert run.duration_s == 2.5


def test_a_clock_that_steps_back_gives_no_negative_duration() -> None:
    run = unite([block(1, "journal:a", end="2026-11-21T10:11:11.000000Z")])
    assert run.duration_s is None


def test_paths_start_at_the_base() -> None:
    assert workspace_path("nb", "../data/x") == "data/x"
    assert workspace_path("", "a/./b") == "a/b"
    assert is_outside(workspace_path("nb", "../../x"))
    assert workspace_path("/elsewhere", "../home/ws/x", "/home/ws") == "x"
    assert is_outside(workspace_path("/elsewhere", "x", "/home/ws"))


def test_overlays_are_the_notebook_and_the_pins_inside() -> None:
    files = [
        {"path": "model.bin", "object": "o1", "size": 1, "mode": 0o600, "mtime_ns": "5"},
        {"path": "/data/x", "object": "o2", "size": 1},
        {"path": "big", "reason": "too large", "size": 9},
    ]
    run = unite(
        [
            block(1, "journal:a"),
            fact(2, "run.pins", "journal:a", {"files": files}),
            fact(3, "run.notebook", "notebook:n.ipynb", {"path": "n.ipynb", "object": "o3"}),
        ]
    )
    assert {one.path: one.object for one in overlays(run)} == {"model.bin": "o1", "n.ipynb": "o3"}


def test_runs_are_numbered_as_first_recorded() -> None:
    records = [
        block(1, "journal:a"),
        block(2, "journal:a")._replace(run="q"),
        block(3, "notebook:n"),
    ]
    assert [(run.id, run.seq) for run in unite_all(records)] == [("r", 1), ("q", 2)]
