"""The versions of a file, and who made, read or has them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from dotscience._tree import Entry, write_tree
from dotscience_server.client import WorkerClient
from dotscience_server.protocol.failure import ApiError
from dotscience_server.snapshots.lookup import Lookup, find_line
from dotscience_server.store.objects import ObjectStore
from tests.worker.schemas import check
from tests.worker.test_restores import snapshot
from tests.worker.workspaces import (
    Workspace,
    block,
    read_file,
    wait_for,
    wait_frozen,
    wait_job,
)

Json = dict[str, Any]

TWO = """
import sys
for number in range(2):
    ds.start(f"run {number}")
    open(ds.input("data/in.csv")).read()
    with open(ds.output("model.bin"), "w") as file:
        file.write(f"model {number}")
    ds.publish()
"""


def versions(client: WorkerClient, path: object) -> Json:
    told = path if isinstance(path, str) else json.dumps(path)
    found = client.get("versions", {"path": told})
    check("versions", found)
    return found


@pytest.fixture
def runs(workspace: Workspace, client: WorkerClient) -> list[str]:
    """Two runs of one script, and one more snapshot with another model."""
    (workspace.path / "data").mkdir()
    (workspace.path / "data" / "in.csv").write_text("1,2")
    workspace.script(TWO)
    found = wait_for(lambda: len(f := client.get("runs", {"since": 0})["runs"]) == 2 and f)
    ids = [run["id"] for run in sorted(found, key=lambda run: str(run["description"]))]
    wait_frozen(client, *ids)
    (workspace.path / "model.bin").write_text("by hand")
    snapshot(client)
    return ids


def test_each_content_is_a_version_with_the_runs_that_made_it(
    workspace: Workspace, client: WorkerClient, runs: list[str]
) -> None:
    """Decision 0002: what runs pinned counts, not only what snapshots saw."""
    found = versions(client, "model.bin")
    assert (found["kind"], found["cut"]) == ("file", False)
    hand = found["versions"][0]
    made = [one for one in found["versions"] if one["run_count"]]
    second, first = (one for one in made if one["runs"][0]["role"] == "output")
    assert found["now"]["version"] == 0
    assert (hand["run_count"], hand["ref"][0]) == (0, "@")
    for version, run, number in ((second, runs[1], 1), (first, runs[0], 0)):
        assert [(one["run"], one["role"]) for one in version["runs"]] == [(run, "output")]
        assert version["runs"][0]["title"] == f"run {number}"
        assert read_file(client, version["ref"], "model.bin") == b"model %d" % number
    (workspace.path / "model.bin").write_text("model 0")
    assert versions(client, "model.bin")["now"]["version"] == found["versions"].index(first)
    snapshot(client)
    again = versions(client, "model.bin")["versions"]
    assert len(again) == len(found["versions"]), "a pin and a file of a snapshot may have two keys"
    (workspace.path / "model.bin").unlink()
    gone = versions(client, "model.bin")
    assert (gone["now"], gone["kind"], gone["versions"]) == (None, "file", again)


def test_what_is_pinned_and_in_the_snapshot_is_one_version(
    workspace: Workspace, client: WorkerClient, runs: list[str]
) -> None:
    """Pins are objects and snapshots are in chunks: two names for the same bytes."""
    workspace.script(
        'ds.start("alone"); open(ds.output("alone.bin"), "w").write("x"); ds.publish()'
    )
    found = wait_for(lambda: len(f := client.get("runs", {"since": 0})["runs"]) == 3 and f)
    run = next(run["id"] for run in found if run["description"] == "alone")
    wait_frozen(client, run)
    told = versions(client, "alone.bin")
    assert [one["runs"][0]["role"] for one in told["versions"]] == ["output"]
    assert told["now"]["version"] == 0


def test_who_read_it(client: WorkerClient, runs: list[str]) -> None:
    (version,) = versions(client, "data/in.csv")["versions"]
    assert [(one["run"], one["role"]) for one in version["runs"]] == [
        (run, "input") for run in reversed(runs)
    ]


def test_claims_count(client: WorkerClient, runs: list[str]) -> None:
    client.post(f"runs/{runs[0]}/claims", {"path": "data/in.csv", "as": "output"})
    (version,) = versions(client, "data/in.csv")["versions"]
    assert [(one["run"], one["role"]) for one in version["runs"]] == [
        (runs[0], "output"),
        (runs[1], "input"),
    ]


def test_a_notebook_as_saved_after_its_run_is_newer_than_the_runs_snapshot(
    workspace: Workspace, client: WorkerClient
) -> None:
    workspace.write_notebook("a.ipynb", "before")
    workspace.script("ds.start('one')\nds.publish()")
    (run,) = wait_for(lambda: client.get("runs", {"since": 0})["runs"])
    wait_frozen(client, run["id"])
    workspace.write_notebook("a.ipynb", block(run["id"]))
    client.post("notify", {"path": "a.ipynb"})
    told = wait_for(lambda: len((v := versions(client, "a.ipynb"))["versions"]) == 2 and v)
    newest, oldest = told["versions"]
    assert (newest["ref"], oldest["ref"]) == (run["id"], f"@{newest['snapshot']}")
    assert told["now"]["version"] == 0


def test_folders_and_what_never_was(client: WorkerClient, runs: list[str]) -> None:
    assert versions(client, "data")["kind"] == "folder"
    missing = versions(client, "never")
    assert (missing["kind"], missing["versions"], missing["now"]) == ("missing", [], None)
    with pytest.raises(ApiError) as caught:
        client.get("versions", {"path": "../x"})
    assert caught.value.code == "path-refused"


def test_hard_names(workspace: Workspace, client: WorkerClient) -> None:
    for name in (b"\xff", b'quote"\\', "é".encode(), b"a\nb"):
        Path(os.fsdecode(os.path.join(os.fsencode(workspace.path), name))).write_bytes(name)
    snapshot(client)
    for told in ({"b64": "/w=="}, 'quote"\\', "é", "a\nb"):
        assert len(versions(client, told)["versions"]) == 1, told


def test_a_page_is_searched_as_all_of_it_would_be(tmp_path: Path) -> None:
    objects = ObjectStore(tmp_path)
    names = [b"a", b"a/b", b'p":"a', b"\xff", b"x\\", 'ü","p":"b'.encode()]
    entries = [Entry(name, "f", 0o644, 0, 1, "ab" * 32) for name in sorted(names)]
    tree = write_tree(entries, objects.add_bytes)
    lookup = Lookup(objects.read)
    for entry in entries:
        assert lookup.find(tree, entry.path) == lookup.find(tree, entry.path) == entry
    for name in (b"b", b'","p":"b', b"a/"):
        assert lookup.find(tree, name) is None
    assert find_line(b"", b"a") is None


QUICK = """
import os, time
for number in range(3):
    ds.start(f"quick {number}")
    with open("data.csv", "w") as file:
        file.write(f"row {number}")
    open(ds.input("data.csv")).read()
    ds.publish()
    time.sleep(0.02)  # file times are as coarse as the kernel's tick
"""


def test_runs_that_share_a_snapshot_hold_what_was_there_when_they_ended(
    workspace: Workspace, client: WorkerClient
) -> None:
    workspace.script(QUICK)
    found = wait_for(lambda: len(f := client.get("runs", {"since": 0})["runs"]) == 3 and f)
    ids = [run["id"] for run in sorted(found, key=lambda run: str(run["description"]))]
    wait_frozen(client, *ids)
    shared = [client.get(f"runs/{run}")["snapshot"]["id"] for run in ids]
    if shared[0] != shared[2]:
        pytest.skip("a snapshot fell between the runs")
    inputs = [client.get(f"runs/{run}")["inputs"][0] for run in ids]
    assert [ref["state"] for ref in inputs] == ["changed", "changed", "kept"]
    assert inputs[0]["object"] is None
    (version,) = versions(client, "data.csv")["versions"]
    assert [run["run"] for run in version["runs"]] == [ids[2]]
    _no_way_gives_later_bytes(workspace, client, ids)


def _no_way_gives_later_bytes(workspace: Workspace, client: WorkerClient, ids: list[str]) -> None:
    """Lists, single bytes, checkout, restore and differences treat such a file alike."""
    states = [
        client.get(f"runs/{run}/files", {"at": "data.csv"})["files"][0]["state"] for run in ids
    ]
    assert states == ["changed", "changed", "kept"]
    with pytest.raises(ApiError) as caught:
        client.get(f"runs/{ids[0]}/file", {"path": "data.csv"})
    assert caught.value.code == "file-changed"
    wanted = [{"path": "data.csv", "why": "changed"}]
    job = wait_job(client, client.post(f"runs/{ids[0]}/checkout", {"into": "then"}))
    assert (job["state"], job["result"]["lacking"]) == ("done", wanted)
    assert not (workspace.path / "then" / "data.csv").exists()
    (workspace.path / "data.csv").write_text("mine")
    asked = {"paths": ["data.csv"]}
    job = wait_job(client, client.post(f"runs/{ids[0]}/restore", asked))
    assert (job["result"]["restored"], job["result"]["lacking"]) == (0, wanted)
    assert (workspace.path / "data.csv").read_text() == "mine"
    job = wait_job(client, client.post(f"runs/{ids[2]}/restore", asked))
    assert (workspace.path / "data.csv").read_text() == "row 2"
    assert client.get(f"runs/{ids[0]}/rerun")["not_kept"] == 1
