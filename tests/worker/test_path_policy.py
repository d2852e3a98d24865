"""What is kept of a path and why, by the API of a real worker and by `ds policy`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dotscience_server.cli import main
from dotscience_server.client import WorkerClient
from dotscience_server.protocol.failure import ApiError
from dotscience_server.snapshots.ignore import Ignore
from dotscience_server.snapshots.plan import plan_tree
from dotscience_server.snapshots.policy import Policy, PolicyRule
from dotscience_server.snapshots.reach import pattern_of, with_rule
from tests.worker.schemas import check
from tests.worker.workspaces import Workspace, wait_frozen, wait_run


def fill(root: Path, **sizes: int) -> None:
    for name, size in sizes.items():
        path = root / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)


def of(client: WorkerClient, path: str) -> dict[str, Any]:
    answer = client.get("policy/path", {"path": path})
    check("path-policy", answer)
    return dict(answer)


def said(answer: dict[str, Any]) -> tuple[Any, ...]:
    return answer["policy"], answer["because"], answer["rule"]


def put(client: WorkerClient, policy: str | None, *paths: str) -> list[dict[str, str]]:
    answer = client.put("policy/path", {"paths": list(paths), "policy": policy})
    check("policy", answer)
    return list(answer["rules"])


def limited(client: WorkerClient, limit: int, *rules: tuple[str, str]) -> None:
    listed = [{"pattern": pattern, "policy": policy} for pattern, policy in rules]
    client.put("policy", {"limit_bytes": limit, "limit_share": 1, "rules": listed})


def test_without_rules_all_is_kept(workspace: Workspace, client: WorkerClient) -> None:
    fill(workspace.path, data__a=10, data__b=20, c=5)
    found = of(client, "data")
    assert said(found) == ("keep", "default", None)
    assert (found["kind"], found["pattern"], found["own_rule"]) == ("folder", "/data/", False)
    assert (found["files"], found["bytes"], found["kept_files"]) == (2, 30, 2)
    assert of(client, "")["bytes"] == 35
    assert of(client, "nothing")["kind"] == "missing"


def test_a_rule_is_named_and_what_keeping_adds_is_counted(
    workspace: Workspace, client: WorkerClient
) -> None:
    fill(workspace.path, data__raw__a=10, data__raw__b=20, data__c=5)
    limited(client, 10**9, ("/data/raw/", "ignore"))
    raw, data = of(client, "data/raw"), of(client, "data")
    assert said(raw) == ("ignore", "rule", "/data/raw/")
    assert raw["own_rule"]
    assert (raw["files"], raw["bytes"], raw["kept_bytes"]) == (2, 30, 0)
    assert said(data) == ("mixed", "rule", None)
    assert (data["bytes"], data["kept_bytes"]) == (35, 5)
    assert said(of(client, "data/raw/a")) == ("ignore", "rule", "/data/raw/")
    assert not of(client, "data/raw/a")["own_rule"]


def test_what_waits_for_agreement_says_that_it_is_the_size(
    workspace: Workspace, client: WorkerClient
) -> None:
    fill(workspace.path, big__weights=900, code_py=0)
    limited(client, 100)
    assert said(of(client, "big")) == ("fingerprint", "size", None)
    assert of(client, "big/weights")["bytes"] == 900


@pytest.mark.parametrize(
    ("path", "because", "rule"),
    [
        ("left/out.bin", "ignore-file", "*.bin"),
        ("scratch/deep/file", "ignore-file", "scratch/"),
        (".env", "credentials", None),
        ("keys/id_rsa", "credentials", None),
        ("pkg/__pycache__", "cache", None),
        ("venv/lib/x.py", "environment", None),
        (".dotscience/records", "store", None),
    ],
)
def test_what_no_rule_reaches_says_what_keeps_it_out(
    workspace: Workspace, client: WorkerClient, path: str, because: str, rule: str | None
) -> None:
    fill(workspace.path, left__kept=1, scratch__deep__file=1, keys__id_rsa=1, venv__lib__x=1)
    for name in ("left/out.bin", ".env", "venv/pyvenv.cfg", "venv/lib/x.py", "pkg/__pycache__/a"):
        (workspace.path / name).parent.mkdir(parents=True, exist_ok=True)
        (workspace.path / name).write_text("x")
    (workspace.path / "left/.dotscienceignore").write_text("# big\n*.bin\n")
    (workspace.path / ".dotscienceignore").write_text("scratch/\n")
    limited(client, 10**9, ("*", "keep"))
    assert said(of(client, path)) == ("ignore", because, rule)
    assert of(client, path)["files"] == 0


def test_the_narrowest_rule_is_written_changed_and_taken_away(
    workspace: Workspace, client: WorkerClient
) -> None:
    fill(workspace.path, data__a=10, data__raw__b=10)
    assert put(client, "ignore", "data/a") == [{"pattern": "/data/a", "policy": "ignore"}]
    # The folder's rule leaves the one inside it in force.
    assert put(client, "fingerprint", "data") == [
        {"pattern": "/data/", "policy": "fingerprint"},
        {"pattern": "/data/a", "policy": "ignore"},
    ]
    assert said(of(client, "data/a")) == ("ignore", "rule", "/data/a")
    assert said(of(client, "data/raw")) == ("fingerprint", "rule", "/data/")
    assert put(client, None, "data", "data/a") == []
    assert said(of(client, "data/a")) == ("keep", "default", None)


def test_a_pattern_tells_what_it_would_name(workspace: Workspace, client: WorkerClient) -> None:
    fill(workspace.path, data__a=10, data__b=10, c=5)
    limited(client, 10**9, ("/data/", "ignore"))
    answer = client.get("policy/path", {"pattern": "data/"})
    check("path-policy", answer)
    assert (answer["files"], answer["bytes"], answer["kept_files"]) == (2, 20, 0)
    with pytest.raises(ApiError, match="pattern"):
        client.get("policy/path", {"pattern": "!x"})


@pytest.mark.parametrize("path", ["../x", "/etc", "a//b", "a/./b"])
def test_paths_outside_are_refused(client: WorkerClient, path: str) -> None:
    with pytest.raises(ApiError) as refused:
        of(client, path)
    assert refused.value.code == "path-refused"


def test_a_path_no_rule_can_name_is_refused(workspace: Workspace, client: WorkerClient) -> None:
    (workspace.path / "a\nb").write_text("x")
    assert of(client, "a\nb")["pattern"] is None
    with pytest.raises(ApiError) as refused:
        put(client, "keep", "a\nb")
    assert refused.value.code == "path-refused"
    with pytest.raises(ApiError):
        put(client, "ignore", "")


def test_names_like_patterns_are_named_alone(tmp_path: Path) -> None:
    names = ["a*b", "a?b", "[ab]", "x[1].txt", "back\\slash", "!not", "#no", " lead", "tail", "ü"]
    for name in names:
        (tmp_path / name).write_text("x")
    for name in names:
        pattern = pattern_of(name.encode(), False)
        assert pattern is not None
        policy = Policy(rules=(PolicyRule(pattern, "ignore"),))
        plan = plan_tree(tmp_path, policy, Ignore(), agreed=True, free_bytes=10**12)
        left = {file.path.decode() for file in plan.files}
        assert left == set(names) - {name}


def test_the_rule_of_a_folder_comes_before_those_inside_it() -> None:
    policy = Policy(rules=(PolicyRule("/d/a", "ignore"), PolicyRule("*.csv", "keep")))
    patterns = [rule.pattern for rule in with_rule(policy, "/d/", "fingerprint").rules]
    assert patterns == ["/d/a", "*.csv", "/d/"]
    patterns = [rule.pattern for rule in with_rule(policy, "/d/a", "keep").rules]
    assert patterns == ["*.csv", "/d/a"]


def test_what_is_kept_here_is_what_the_snapshot_keeps(
    workspace: Workspace, client: WorkerClient
) -> None:
    fill(workspace.path, data__a=10, data__b=20)
    put(client, "fingerprint", "data/a")
    run = workspace.publish()
    wait_run(client, run)
    wait_frozen(client, run)
    files = client.get(f"runs/{run}/files", {"under": "data"})["files"]
    states = {file["path"]: file["state"] for file in files if file["kind"] == "file"}
    assert states == {"data/a": "fingerprint", "data/b": "kept"}


def test_ds_policy(
    workspace: Workspace,
    client: WorkerClient,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fill(workspace.path, data__a=1000, data__b=2000)
    monkeypatch.chdir(workspace.path / "data")
    assert main(["policy", "a", "ignore"]) == 0
    assert "data/a: ignored, by the rule /data/a" in capsys.readouterr().out
    assert main(["policy", "."]) == 0
    out = capsys.readouterr().out
    assert "data: partly kept" in out
    assert "'keep' would add 1.00 kB in 1 file" in out
    assert main(["policy"]) == 0
    out = capsys.readouterr().out
    assert "/data/a" in out and "Default  keep automatically" in out
    assert main(["policy", "a", "--unset", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rules"] == []
    assert main(["policy", "../..", "keep"]) == 1
