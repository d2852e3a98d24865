"""Which runs keep their large files, and what records hold."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from dotscience._records import Record
from dotscience_server.storage import direction
from dotscience_server.storage.keeping import NEWEST, kept_for
from dotscience_server.storage.needs import Needs, Ranked
from dotscience_server.storage.spans import EVER
from dotscience_server.storage.thinning import default_budget
from tests.storage.stores import key_of

TYPESCRIPT = Path(__file__).resolve().parents[2] / "packages/core/src/metrics/direction.ts"


def run(number: int, labels: tuple[str, ...] = (), **metrics: Any) -> dict[str, Any]:
    return {
        "id": f"run{number}",
        "state": "published",
        "notebook": "a.ipynb",
        "workload": None,
        "labels": [{"key": key, "value": ""} for key in labels],
        "metrics": [{"key": key, "number": value} for key, value in metrics.items()],
    }


def test_the_newest_the_labelled_and_the_best_are_kept() -> None:
    runs = [
        run(0, loss=0.5),
        run(1, ("pinned",), loss=0.6),
        run(2, ("note",), loss=0.7),
        run(3, ("artefact:model", "group"), loss=0.6),
        run(4, loss=0.1, accuracy=0.2, speed=1000),
        run(5, loss=float("nan"), accuracy="0.9"),
        run(6, accuracy=0.8),
        {**run(7, accuracy=0.99), "state": "failed"},
        *(run(10 + n, loss=0.9) for n in range(NEWEST)),
    ]
    kept = kept_for(runs)
    assert kept["run1"] == ["pinned"]
    assert kept["run2"] == ["label"]
    assert kept["run4"] == ["best"]
    assert kept["run6"] == ["best"]
    assert not {"run0", "run3", "run5", "run7"} & set(kept)
    assert all(kept[f"run{10 + n}"] == ["newest"] for n in range(NEWEST))


def test_each_notebook_has_its_best_and_ties_keep_the_first_and_the_last() -> None:
    other = [{**run(n, loss=1), "notebook": "b.ipynb"} for n in range(4)]
    kept = kept_for([*other, run(5, loss=0.5), *(run(10 + n) for n in range(NEWEST))])
    assert [one for one, why in kept.items() if why == ["best"]] == ["run0", "run3", "run5"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("val_loss", "min"),
        ("valAccuracy", "max"),
        ("neg_mean_squared_error", "max"),
        ("log_loss", "min"),
        ("log likelihood", "max"),
        ("top5", "unknown"),
        ("f1", "max"),
        ("epoch", "unknown"),
        ("train/seconds", "min"),
    ],
)
def test_directions(name: str, expected: str) -> None:
    assert direction.direction_of(name) == expected


def test_directions_have_the_words_of_the_panel() -> None:
    text = TYPESCRIPT.read_text()
    for name in ("LOWER", "HIGHER", "COSTS"):
        (found,) = re.findall(rf"const {name} = new Set\(\s*\((.*?)\)\.split", text, re.S)
        words = "".join(re.findall(r"'([^']*)'", found)).split()
        assert set(words) == getattr(direction, name)


def test_the_default_budget() -> None:
    assert default_budget(10**9) == 20 * 10**9
    assert default_budget(10**12) == 2 * 10**11


def _record(rev: int, kind: str, run: str | None, body: dict[str, Any]) -> Record:
    return Record(rev, kind, "2026-11-21T10:11:12.000000Z", run, "worker", "", body)


def _snapshot(number: int, reason: str = "run") -> dict[str, Any]:
    time = "2026-11-21T10:11:12.000000Z"
    return {
        "id": key_of(("s", number)),
        "tree": key_of(("t", number)),
        "time": time,
        "reason": reason,
    }


def test_what_records_hold() -> None:
    needs = Needs()
    rows: list[tuple[str, str | None, dict[str, Any]]] = [
        ("snapshot", None, _snapshot(1)),
        ("snapshot", None, _snapshot(2)),
        ("snapshot", None, _snapshot(3, "user")),
        ("snapshot", None, _snapshot(4)),
        ("snapshot", None, _snapshot(5)),
        ("snapshot", None, _snapshot(6)),
        ("run.snapshot", "a", {"snapshot": key_of(("s", 1))}),
        ("run.pins", "a", {"files": [{"path": "m", "object": "x" + key_of("pin")}]}),
        ("run.cells", "a", {"object": key_of("cells")}),
        ("run.log", "a", {"object": key_of("log")}),
        ("run.snapshot", "draft", {"snapshot": key_of(("s", 2))}),
        ("run.log", "draft", {"object": key_of("draft log")}),
        ("checkout", None, {"snapshot": key_of(("s", 4)), "path": "in use"}),
        ("checkout", None, {"snapshot": key_of(("s", 5)), "path": "gone"}),
        ("gc.thinned", None, {"contents": [key_of("thinned")]}),
        ("later.kind", None, {"object": key_of("later")}),
        ("run.later", "b", {"object": key_of("later fact")}),
    ]
    for rev, (kind, of, body) in enumerate(rows, 1):
        needs.add(_record(rev, kind, of, body))
    holders = needs.holders(
        [Ranked("a", key_of(("s", 1)), 7)], {"draft"}, lambda body: body["path"] == "in use"
    )
    by_run = {one.run: one for one in holders}
    assert by_run.keys() == {None, "a", "b"}
    mine = by_run["a"]
    assert (mine.rank, mine.trees, mine.files) == (7, {key_of(("t", 1))}, {"x" + key_of("pin")})
    assert (mine.facts, mine.listings) == ({key_of("log")}, {key_of("cells")})
    assert (by_run["b"].rank, by_run["b"].listings) == (EVER, {key_of("later fact")})
    assert by_run[None].trees == {key_of(("t", n)) for n in (3, 4, 6)}
    assert by_run[None].listings == {key_of("later")}
    assert [one.id for one in needs.unneeded(holders)] == [key_of(("s", n)) for n in (2, 5)]
