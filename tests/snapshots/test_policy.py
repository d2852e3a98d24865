"""Policy and what is held back: nothing large is read or stored before the user agreed."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from dotscience_server.snapshots.cost import cost, uncounted
from dotscience_server.snapshots.failures import PolicyRefused
from dotscience_server.snapshots.plan import TreePlan
from dotscience_server.snapshots.policy import Policy, PolicyRule

from .workspaces import KEEP, Workspace

SCHEMAS = Path(__file__).parents[2] / "protocol"
SMALL = Policy(limit_bytes=1000, floor_bytes=0)


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


def kept(plan: TreePlan) -> set[bytes]:
    return {file.path for file in plan.files if file.keep}


def rules(*pairs: tuple[str, str]) -> Policy:
    rules = [{"pattern": pattern, "policy": policy} for pattern, policy in pairs]
    return Policy.from_json({**KEEP.to_json(), "rules": rules})


def test_the_default_policy_fits_the_schema_and_survives() -> None:
    policy = Policy(rules=(PolicyRule("data/", "fingerprint"),))
    schema = json.loads((SCHEMAS / "policy.schema.json").read_text())
    jsonschema.validate(policy.to_json(), schema)
    assert Policy.from_json(policy.to_json()) == policy
    assert Policy.from_json({}) == Policy()


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"default": "all"},
        {"limit_bytes": -1},
        {"limit_bytes": "2 GB"},
        {"limit_bytes": True},
        {"floor_bytes": None},
        {"limit_share": 2},
        {"limit_share": "half"},
        {"limit_share": float("nan")},
        {"rules": {}},
        {"rules": ["a"]},
        {"rules": [{"pattern": "a"}]},
        {"rules": [{"pattern": "a", "policy": "auto"}]},
        {"rules": [{"pattern": "", "policy": "keep"}]},
        {"rules": [{"pattern": "!a", "policy": "keep"}]},
        {"rules": [{"pattern": "a\nb", "policy": "keep"}]},
    ],
)
def test_policies_that_cannot_be_read_are_refused(value: object) -> None:
    with pytest.raises(PolicyRefused):
        Policy.from_json(value)


def test_the_last_rule_that_matches_wins(space: Workspace) -> None:
    for path in ("data/raw/a.csv", "data/b.csv", "data/keep.csv", "tmp/x", "tmp/y.py", "n.py"):
        space.file(path, b"x")
    policy = rules(
        ("data/", "fingerprint"), ("data/keep.csv", "keep"), ("tmp/", "ignore"), ("*.py", "keep")
    )
    plan = space.plan(policy)
    assert kept(plan) == {b"data/keep.csv", b"tmp/y.py", b"n.py"}
    assert {file.path for file in plan.files if not file.keep} == {b"data/raw/a.csv", b"data/b.csv"}


def test_an_ignored_folder_is_not_entered(space: Workspace) -> None:
    space.file("keep/me", b"")
    space.file("huge/a/b", b"")
    plan = space.plan(rules(("*", "keep"), ("huge/", "ignore")))
    assert [node.path for node in plan.folders] == [b"keep"]
    assert plan.ignored == (b"huge",)


def test_fingerprints_are_in_the_tree_without_bytes(space: Workspace) -> None:
    space.file("data", b"secret" * 100)
    result = space.freeze(space.plan(rules(("data", "fingerprint"))))
    entry = space.entries(result.tree)[b"data"]
    assert (entry.hash, entry.not_kept, entry.size) == (None, "fingerprint", 600)
    assert result.not_kept == 1
    out = space.checkout(result.tree)
    assert out.not_kept == (b"data",)
    assert not (out.path / "data").exists()


def test_small_workspaces_are_kept_whole_unasked(space: Workspace) -> None:
    space.file("data.bin", b"x" * 999)
    plan = space.plan(SMALL)
    assert kept(plan) == {b"data.bin"}
    assert not plan.held_back


@pytest.mark.parametrize(
    ("policy", "free_bytes"),
    [(SMALL, 10**12), (Policy(floor_bytes=0), 10_000)],
    ids=["limit_bytes", "limit_share"],
)
def test_over_the_limit_only_notebooks_and_code_are_kept(
    space: Workspace, policy: Policy, free_bytes: int
) -> None:
    space.file("data.bin", b"x" * 2000)
    space.file("small.bin", b"x")
    space.file("n.ipynb", b"{}")
    space.file("train.py", b"x")
    space.file("Makefile", b"x")
    plan = space.plan(policy, free_bytes=free_bytes)
    assert kept(plan) == {b"n.ipynb", b"train.py", b"Makefile"}
    assert (plan.held_back, plan.held_back_files, plan.held_back_bytes) == (True, 2, 2001)
    agreed = space.plan(policy, free_bytes=free_bytes, agreed=True)
    assert len(kept(agreed)) == 5
    assert (agreed.held_back, agreed.held_back_files) == (False, 0)
    assert kept(space.plan(policy, free_bytes=free_bytes, agreed=False)) == kept(plan)


def test_even_code_stops_at_the_limit_the_smallest_first(space: Workspace) -> None:
    space.file("a.py", b"x" * 600)
    space.file("b.py", b"x" * 500)
    space.file("n.ipynb", b"x" * 450)
    assert kept(space.plan(SMALL)) == {b"n.ipynb", b"b.py"}


def test_what_is_stored_already_stays_kept(space: Workspace) -> None:
    space.file("first.bin", b"x" * 900)
    space.freeze(space.plan(SMALL))
    space.file("second.bin", b"y" * 900)
    plan = space.plan(SMALL)
    assert kept(plan) == {b"first.bin"}
    assert plan.held_back_files == 1


def test_keeping_a_folder_does_not_in_time_forbid_it(space: Workspace) -> None:
    policy = Policy(floor_bytes=0)
    space.file("data.bin", b"x" * 900)
    space.freeze(space.plan(policy, free_bytes=10_000))
    assert not space.plan(policy, free_bytes=5_000).held_back


def test_a_rule_has_the_first_word(space: Workspace) -> None:
    space.file("big.bin", b"x" * 2000)
    space.file("n.ipynb", b"{}")
    policy = Policy(
        limit_bytes=1000,
        floor_bytes=0,
        rules=(PolicyRule("big.bin", "keep"), PolicyRule("n.ipynb", "fingerprint")),
    )
    assert kept(space.plan(policy)) == {b"big.bin"}


def test_the_home_folder_keeps_notebooks_and_declared_files(space: Workspace) -> None:
    for path in ("n.ipynb", "script.py", "data/in.csv", "Documents/letter.txt"):
        space.file(path, b"{}")
    plan = space.plan(Policy(floor_bytes=0), home=True, declared=(b"data/in.csv",))
    assert kept(plan) == {b"n.ipynb", b"data/in.csv"}
    assert plan.held_back
    assert len(kept(space.plan(Policy(floor_bytes=0), home=True, agreed=True))) == 4


def test_default_fingerprint_keeps_code_and_asks_nothing(space: Workspace) -> None:
    space.file("data.bin", b"x")
    space.file("n.ipynb", b"{}")
    plan = space.plan(Policy(default="fingerprint", floor_bytes=0), agreed=True)
    assert kept(plan) == {b"n.ipynb"}
    assert not plan.held_back


def test_nothing_held_back_is_read(space: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    path = space.file("data.bin", b"x" * 2000)
    before = path.stat().st_atime_ns
    space.freeze(space.plan(SMALL))
    assert path.stat().st_atime_ns == before
    assert space.objects.disk_usage() < 20_000


def test_cost_fits_the_schema(space: Workspace) -> None:
    space.file("data/raw/big.bin", b"x" * 5000)
    space.file("data/notes.md", b"x" * 10)
    space.file("n.ipynb", b"{}")
    space.file(".env", b"S")
    space.file("a/__pycache__/x.pyc", b"S")
    space.file("b/__pycache__/x.pyc", b"S")
    found = cost(space.plan(SMALL), 123, 456)
    status = json.loads((SCHEMAS / "status.schema.json").read_text())
    schema = status["properties"]["cost"]
    jsonschema.validate(json.loads(json.dumps(found.to_json())), schema)
    jsonschema.validate(json.loads(json.dumps(uncounted(7, None).to_json())), schema)
    assert (found.files, found.bytes, found.kept_bytes) == (3, 5012, 12)
    assert (found.held_back_files, found.held_back_bytes) == (1, 5000)
    assert [(f.path, f.bytes, f.files) for f in found.largest] == [
        ("data/raw", 5000, 1),
        (".", 2, 1),
    ]
    assert found.ignored == (".env", "__pycache__")
