"""Branches: a folder with a run's files that goes on as a workspace of its own (G4)."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dotscience_server.client import WorkerClient
from dotscience_server.protocol.failure import ApiError
from tests.worker.schemas import check
from tests.worker.test_restores import snapshot
from tests.worker.workspaces import (
    Workspace,
    read_file,
    runs_of,
    wait_frozen,
    wait_job,
    wait_run,
)

Json = dict[str, Any]


def branch(client: WorkerClient, name: str, **more: object) -> Path:
    job = wait_job(client, client.post("branches", {"name": name, **more}))
    check("job", job)
    assert job["state"] == "done", job
    return Path(job["result"]["path"])


def refused(client: WorkerClient, name: object, **more: object) -> str:
    with pytest.raises(ApiError) as caught:
        client.post("branches", {"name": name, **more})
    return caught.value.code


@pytest.fixture
def base(workspace: Workspace, client: WorkerClient) -> str:
    """A run with a model and data; the workspace has gone on since."""
    (workspace.path / "data.bin").write_bytes(os.urandom(300_000))
    (workspace.path / "small").write_text("small")
    run = workspace.publish("the base", loss=1)
    wait_frozen(client, run)
    (workspace.path / "small").write_text("changed since")
    return run


@pytest.fixture
def made(client: WorkerClient, base: str) -> Iterator[Workspace]:
    other = Workspace(branch(client, "try/this one", run=base[:8]))
    yield other
    other.kill_worker()


def test_it_goes_on_from_the_run(
    workspace: Workspace, client: WorkerClient, base: str, made: Workspace
) -> None:
    parent = client.get(f"runs/{base}")["snapshot"]["id"]
    assert made.path == workspace.path / "branches" / "try-this-one"
    assert (made.path / "small").read_text() == "small"
    ours, theirs = client.get("workspace"), made.connect().get("workspace")
    assert theirs["lineage"] == ours["lineage"] and theirs["id"] != ours["id"]
    told = json.loads((made.path / ".dotscience" / "workspace.json").read_text())["branched"]
    assert (told["replica"], told["run"], told["snapshot"]) == (ours["id"], base, parent)
    inner = made.connect()
    assert runs_of(inner) == []
    taken = snapshot(inner)
    (only,) = inner.get("snapshots")["snapshots"]
    assert (only["id"], only["parent"]) == (taken, parent)


def test_its_runs_say_so(made: Workspace, client: WorkerClient, base: str) -> None:
    inner = made.connect()
    run = made.publish("in the branch", loss=0.5)
    wait_run(inner, run)
    assert inner.get(f"runs/{run}")["branch"] == "try/this one"
    assert client.get(f"runs/{base}")["branch"] is None
    assert [one["id"] for one in runs_of(client)] == [base]


def test_no_bytes_are_stored_twice(made: Workspace) -> None:
    inner = made.connect()
    job = wait_job(inner, inner.post("snapshots"))
    assert job["state"] == "done"
    (only,) = inner.get("snapshots")["snapshots"]
    assert only["bytes_new"] < 5_000, only
    stored = [path for path in (made.path / ".dotscience").rglob("*") if path.is_file()]
    large = [
        path
        for path in stored
        if path.stat().st_size > 100_000 and "objects" in str(path) + "chunks"
    ]
    assert all(path.stat().st_nlink > 1 for path in large if path.suffix in ("", ".xorb"))


def test_it_is_no_part_of_the_workspaces_snapshots(
    workspace: Workspace, client: WorkerClient, made: Workspace
) -> None:
    taken = snapshot(client)
    paths = [one["path"] for one in client.get(f"runs/@{taken}/files")["files"]]
    assert not [path for path in paths if path.startswith("branches/")], paths


def test_they_are_listed(
    workspace: Workspace, client: WorkerClient, base: str, made: Workspace
) -> None:
    listed = client.get("branches")
    check("branches", listed)
    (one,) = listed["branches"]
    assert (one["name"], one["path"], one["run"]) == ("try/this one", str(made.path), base)
    assert (one["state"], listed["parent"]) == ("there", None)
    parent = made.connect().get("branches")
    check("branches", parent)
    assert parent["parent"]["path"] == str(workspace.path)
    assert refused(client, "try/this one") == "branch-exists"
    made.kill_worker()
    made.path.rename(workspace.path / "moved")
    assert client.get("branches")["branches"][0]["state"] == "gone"
    (workspace.path / "moved").rename(made.path)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 101, 5, None, "\x1b[31m"])
def test_names_that_are_none(client: WorkerClient, base: str, name: object) -> None:
    assert refused(client, name) == "bad-request"


def test_anywhere_for_programs_and_never_over_anything(
    workspace: Workspace, client: WorkerClient, base: str, tmp_path: Path
) -> None:
    place = branch(client, "far", into=str(tmp_path / "far" / "away"))
    assert (place / "small").read_text() == "small"
    assert refused(client, "again", into=str(place)) == "checkout-exists"
    assert refused(client, "bad", into="../out") == "path-refused"
    assert refused(client, "none", run="nothing") == "run-not-found"


def test_runs_from_before_the_fork_are_there_uncopied(
    workspace: Workspace, client: WorkerClient, base: str, made: Workspace
) -> None:
    later = workspace.publish("after the fork")
    wait_frozen(client, later)
    inner = made.connect()
    own = made.publish("its own")
    wait_frozen(inner, own)
    (told,) = inner.get("inherited")["from"]
    assert (told["name"], told["path"], told["reason"]) == (
        "try/this one",
        os.fspath(workspace.path),
        None,
    )
    assert [run["id"] for run in told["runs"]] == [base]
    assert [run["id"] for run in inner.get("runs", {"since": 0})["runs"]] == [own]
    assert inner.get(f"runs/{base[:8]}")["inherited"] == os.fspath(workspace.path)
    listed = inner.get(f"runs/{base[:8]}/files")["files"]
    assert [one["path"] for one in listed] == ["data.bin", "small"]
    data = read_file(client, base, "data.bin")
    assert read_file(inner, base, "data.bin") == data and len(data) == 300_000
    with inner.stream(
        f"runs/{base}/file", {"path": "data.bin"}, {"Range": "bytes=100000-100009"}
    ) as reply:
        assert b"".join(reply.chunks) == data[100_000:100_010]
    (before,) = inner.get("inherited/versions", {"path": "small"})["from"]
    assert [one["runs"][0]["run"] for one in before["versions"]] == [base]
    with pytest.raises(ApiError) as caught:
        inner.get(f"runs/{later}")
    assert caught.value.code == "run-not-found"
    with pytest.raises(ApiError) as caught:
        inner.post(f"runs/{base}/restore", {"paths": ["small"]})
    assert f"ds -C {workspace.path}" in caught.value.next


def test_a_branch_of_a_branch_has_both_and_a_parent_that_is_gone_is_said(
    workspace: Workspace, client: WorkerClient, base: str, made: Workspace
) -> None:
    inner = made.connect()
    own = made.publish("its own")
    wait_frozen(inner, own)
    deeper = Workspace(branch(inner, "deeper", run=own))
    try:
        found = deeper.connect().get("inherited")["from"]
        assert [[run["id"] for run in one["runs"]] for one in found] == [[own], [base]]
        assert deeper.connect().get(f"runs/{base}")["id"] == base
        outside = workspace.path.parent / "moved"
        moved = Workspace(outside)
        made.kill_worker()
        deeper.path.rename(outside)
        deeper.kill_worker()
        made.path.rename(made.path.with_name("elsewhere"))
        (told,) = moved.connect().get("inherited")["from"]
        assert told["runs"] == [] and "No workspace" in told["reason"]
        moved.kill_worker()
    finally:
        deeper.kill_worker()
