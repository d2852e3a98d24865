"""Cleaning up: what is needed stays whole, what is given up is recorded first and said to be gone."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from dotscience_server.client import WorkerClient
from dotscience_server.protocol.failure import ApiError
from dotscience_server.store.layout import locate
from tests.sessions.logs import Told
from tests.worker.schemas import check
from tests.worker.workspaces import (
    Workspace,
    read_file,
    runs_of,
    wait_for,
    wait_frozen,
    wait_job,
)

Json = dict[str, Any]
LARGE = 5 << 20
RUNS = """
import os, sys
for number in range(int(sys.argv[1])):
    ds.start(str(number))
    size = int(sys.argv[2]) if number < int(sys.argv[3]) else 10
    with open(ds.output("model.bin"), "wb") as file:
        file.write(b"%d" % number + os.urandom(size))
    ds.publish()
"""


@pytest.fixture
def client(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> WorkerClient:
    monkeypatch.setenv("DOTSCIENCE_TEST_GC_YOUNG_S", "0")
    return workspace.connect(idle_seconds=60)


def publish(workspace: Workspace, client: WorkerClient, count: int, large: int) -> list[str]:
    """So many runs, the first ``large`` of them with a large output; their ids in order."""
    before = len(runs_of(client))
    workspace.script(RUNS, str(count), str(LARGE), str(large))
    wait_for(lambda: len(runs_of(client)) == before + count)
    runs = [run["id"] for run in runs_of(client)][before:]
    wait_frozen(client, *runs)
    return runs


def storage(client: WorkerClient) -> Json:
    told = client.get("storage", {"fresh": 1})
    check("storage", told)
    return dict(told)


def gc(client: WorkerClient, apply: bool = True) -> Json:
    job = wait_job(client, client.post("gc", {"apply": apply}))
    check("job", job)
    assert job["state"] == "done", job
    return dict(job["result"])


def set_budget(client: WorkerClient, budget: int | None) -> None:
    client.put("storage/budget", {"budget_bytes": budget})


def content(client: WorkerClient, run: str) -> str:
    return hashlib.sha256(read_file(client, run, "model.bin")).hexdigest()


def store_bytes(workspace: Workspace) -> int:
    store = locate(workspace.path).store
    return sum(
        f.stat().st_size for f in store.rglob("*") if f.is_file() and "journal" not in str(f)
    )


def test_old_large_outputs_go_and_nothing_else(workspace: Workspace, client: WorkerClient) -> None:
    runs = publish(workspace, client, 25, 5)
    client.post(f"runs/{runs[1]}/labels", {"key": "pinned", "value": "yes"})
    client.post(f"runs/{runs[2]}/labels", {"key": "note", "value": "the good one"})
    before = {run: content(client, run) for run in runs}
    told = storage(client)
    assert told["plan"] is None and told["budget_default"]
    kept = {one["run"]: one["kept_for"] for one in told["runs"]}
    assert (kept[runs[0]], kept[runs[1]], kept[runs[2]]) == ([], ["pinned"], ["label"])
    assert kept[runs[24]] == ["newest"]
    assert client.get(f"runs/{runs[0]}")["alone_bytes"] >= LARGE

    set_budget(client, 1)
    plan = storage(client)["plan"]
    assert [one["run"] for one in plan["runs"]] == [runs[0], runs[3], runs[4]]
    assert 3 * LARGE <= plan["bytes"] < 3 * LARGE + 1_000_000
    assert gc(client, apply=False)["bytes"] >= plan["bytes"]
    assert {run: content(client, run) for run in runs} == before

    used = store_bytes(workspace)
    assert gc(client)["bytes"] >= 3 * LARGE
    assert used - store_bytes(workspace) >= 3 * LARGE
    for run in (runs[0], runs[3], runs[4]):
        with pytest.raises(ApiError) as gone:
            content(client, run)
        assert (gone.value.code, gone.value.status) == ("content-thinned", 410)
        files = client.get(f"runs/{run}/files")["files"]
        assert [one["state"] for one in files if one["path"] == "model.bin"] == ["thinned"]
        assert client.get(f"runs/{run}")["description"]
    rest = [run for run in runs if run not in (runs[0], runs[3], runs[4])]
    assert {run: content(client, run) for run in rest} == {run: before[run] for run in rest}
    assert [one["thinned"] for one in storage(client)["runs"] if one["run"] == runs[0]] == [True]
    job = wait_job(client, client.post(f"runs/{runs[0]}/checkout", {"into": None}))
    assert job["state"] == "done" and job["result"]["not_kept"] == ["model.bin"]


def test_what_was_given_up_is_taken_back(workspace: Workspace, client: WorkerClient) -> None:
    """The next snapshot that has it stores it anew, in chunks whose xorbs were removed."""
    data = os.urandom(LARGE)
    (workspace.path / "data.bin").write_bytes(data)
    (first, *_) = publish(workspace, client, 1, 0)
    (workspace.path / "data.bin").unlink()
    publish(workspace, client, 21, 0)
    set_budget(client, 1)
    gc(client)
    with pytest.raises(ApiError, match="given up"):
        read_file(client, first, "data.bin")
    (workspace.path / "data.bin").write_bytes(data)
    wait_job(client, client.post("snapshots"))
    assert read_file(client, first, "data.bin") == data
    gc(client)
    assert read_file(client, first, "data.bin") == data


def test_what_nothing_needs_goes(workspace: Workspace, client: WorkerClient) -> None:
    (run,) = publish(workspace, client, 1, 0)
    store = locate(workspace.path).store
    odd = hashlib.sha256(b"odd").hexdigest()
    (store / "objects" / odd[:2]).mkdir(exist_ok=True)
    (store / "objects" / odd[:2] / odd[2:]).write_bytes(b"odd")
    assert storage(client)["unused_bytes"] >= 4096
    gc(client)
    assert not (store / "objects" / odd[:2] / odd[2:]).exists()
    assert storage(client)["unused_bytes"] == 0
    assert read_file(client, run, "model.bin").startswith(b"0")
    assert gc(client)["bytes"] == 0


def test_a_snapshot_that_nothing_needs_goes(workspace: Workspace, client: WorkerClient) -> None:
    """Of a session that nobody kept; its snapshot is listed no more, also after a rebuild."""
    told = Told().session(workspace.path)
    told.cell("a", "x = 1; open('a', 'w')")
    told.write(locate(workspace.path).store / "journal", "20261121T101112-1-0000abcd")
    (draft,) = wait_for(lambda: client.get("drafts")["drafts"])
    wait_for(lambda: client.get("drafts")["drafts"][0]["snapshot"] == "sealed")
    publish(workspace, client, 1, 0)
    client.delete(f"drafts/{draft['id']}")
    before = [one["id"] for one in client.get("snapshots")["snapshots"]]
    gc(client)
    after = [one["id"] for one in client.get("snapshots")["snapshots"]]
    assert after == before[:1]
    wait_job(client, client.post("rebuild"))
    assert [one["id"] for one in client.get("snapshots")["snapshots"]] == after
    with pytest.raises(ApiError) as gone:
        client.get(f"runs/@{before[-1]}/files")
    assert gone.value.code == "snapshot-not-found"


def test_young_things_stay(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    client = workspace.connect(idle_seconds=60)
    publish(workspace, client, 1, 0)
    store = locate(workspace.path).store
    odd = hashlib.sha256(b"odd").hexdigest()
    (store / "objects" / odd[:2]).mkdir(exist_ok=True)
    (store / "objects" / odd[:2] / odd[2:]).write_bytes(b"odd")
    gc(client)
    assert (store / "objects" / odd[:2] / odd[2:]).exists()


def test_over_the_budget_it_is_announced_first(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOTSCIENCE_TEST_GC_YOUNG_S", "0")
    client = workspace.connect(idle_seconds=60)
    runs = publish(workspace, client, 23, 3)
    set_budget(client, 1)
    plan = storage(client)["plan"]
    assert plan["due"] is not None and len(plan["runs"]) == 3
    (notice,) = (one for one in client.get("status")["notices"] if one["code"] == "storage-budget")
    check("notice", notice)
    assert "3 older runs" in notice["text"] and plan["due"][:10] in notice["text"]
    assert content(client, runs[0])

    client.post("storage/keep")
    told = storage(client)
    assert told["plan"] is None
    assert not [one for one in client.get("status")["notices"] if one["code"] == "storage-budget"]
    assert client.get(f"runs/{runs[0]}")["labels"] == [{"key": "pinned", "value": "yes"}]


def test_on_the_day_it_is_done(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOTSCIENCE_TEST_GC_YOUNG_S", "0")
    monkeypatch.setenv("DOTSCIENCE_GC_DAYS", "0")
    client = workspace.connect(idle_seconds=60)
    runs = publish(workspace, client, 22, 2)
    wait_for(lambda: client.get("status")["state"] == "idle")
    set_budget(client, 1)

    def gone() -> bool:
        storage(client)
        try:
            content(client, runs[1])
        except ApiError as error:
            return error.code == "content-thinned"
        return False

    wait_for(gone, "given up on the day")
    records = "".join(f.read_text() for f in (locate(workspace.path).store / "records").iterdir())
    kinds = [json.loads(line[9:])["kind"] for line in records.splitlines()]
    assert kinds.index("gc.announced") < kinds.index("gc.thinned")
    assert content(client, runs[2])


STEPS = (
    "gc-recorded",
    "gc-object-removed",
    "gc-objects-removed",
    "gc-chunks-planned",
    "gc-xorb-written",
    "gc-xorbs-written",
    "gc-shards-written",
    "gc-shard-removed",
    "gc-shards-removed",
    "gc-xorb-removed",
    "gc-forgotten",
)


@pytest.mark.fault
@pytest.mark.parametrize("step", STEPS)
def test_killed_while_it_cleans_up(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.setenv("DOTSCIENCE_TEST_GC_YOUNG_S", "0")
    client = workspace.connect(idle_seconds=60)
    chosen = bytearray(os.urandom(LARGE))
    (workspace.path / "data.bin").write_bytes(chosen)
    runs = publish(workspace, client, 1, 1)
    (workspace.path / "data.bin").write_bytes(chosen[: LARGE // 3])  # a part of its xorb stays live
    runs += publish(workspace, client, 21, 0)
    odd = hashlib.sha256(b"odd").hexdigest()
    store = locate(workspace.path).store
    (store / "objects" / odd[:2]).mkdir(exist_ok=True)
    (store / "objects" / odd[:2] / odd[2:]).write_bytes(b"odd")
    before = {run: content(client, run) for run in runs[2:]}
    set_budget(client, 1)
    workspace.kill_worker()

    reached = tmp_path / "reached"
    monkeypatch.setenv("DOTSCIENCE_TEST_BARRIER", f"{step}:{reached}")
    client = workspace.connect(idle_seconds=60)
    client.post("gc", {"apply": True})
    wait_for(reached.exists, step)
    workspace.kill_worker()
    monkeypatch.delenv("DOTSCIENCE_TEST_BARRIER")

    client = workspace.connect(idle_seconds=60)
    assert {run: content(client, run) for run in before} == before
    gc(client)
    assert {run: content(client, run) for run in before} == before
    assert read_file(client, runs[-1], "data.bin") == bytes(chosen[: LARGE // 3])
    with pytest.raises(ApiError, match="given up"):
        read_file(client, runs[0], "data.bin")
    assert storage(client)["unused_bytes"] == 0
    assert gc(client)["bytes"] == 0


@pytest.mark.fault
def test_runs_go_on_while_it_cleans_up(workspace: Workspace, client: WorkerClient) -> None:
    """Drafts of clean-ups and publishes in any order; nothing that a record names is ever missing."""
    (workspace.path / "shared.bin").write_bytes(os.urandom(LARGE))
    set_budget(client, 1)
    scripts = [
        workspace.begin(
            RUNS.replace("ds.publish()", "ds.publish()\n    sys.stdout.flush()"), "8", "100000", "8"
        )
        for _ in range(3)
    ]
    rounds = 0
    while any(script.poll() is None for script in scripts) or rounds < 5:
        gc(client)
        wait_job(client, client.post("snapshots"))
        rounds += 1
    for script in scripts:
        script.communicate()
    wait_for(lambda: len(runs_of(client)) == 24)
    wait_frozen(client, *(run["id"] for run in runs_of(client)))
    gc(client)
    wait_job(client, client.post("verify", {"repair": False}))
    report = client.get("verify")
    assert (report["damaged"], report["runs"]) == ([], [])
    for run in runs_of(client)[-20:]:
        assert content(client, run["id"])
