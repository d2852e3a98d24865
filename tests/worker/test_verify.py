"""G6: one flipped bit anywhere in the store is found, and exactly the runs that need it are named."""

from __future__ import annotations

import hashlib
import json
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dotscience._records import Line, read_all
from dotscience._tree import decode_root
from dotscience_server.chunks.store import ChunkStore
from dotscience_server.client import WorkerClient
from dotscience_server.storage.checking import Checked, check_objects
from dotscience_server.store.layout import locate
from tests.worker.schemas import check
from tests.worker.test_gc import publish
from tests.worker.workspaces import Workspace, read_file, wait_for, wait_job

Json = dict[str, Any]
MAIN = "big.bin"


def verify(client: WorkerClient, repair: bool = False) -> Json:
    job = wait_job(client, client.post("verify", {"repair": repair}))
    check("job", job)
    assert job["state"] == "done", job
    report = client.get("verify")
    check("verify", report)
    return dict(report)


def flip(path: Path) -> None:
    """One bit in the middle."""
    path.chmod(0o600)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


def truncate(path: Path) -> None:
    path.chmod(0o600)
    os.truncate(path, path.stat().st_size - 1)


def delete(path: Path) -> None:
    path.unlink()


def swap(path: Path) -> None:
    """Another sound file of the kind in its place."""
    others = [
        other
        for other in path.parents[1].rglob(f"*{path.suffix}")
        if other.is_file() and other != path and other.read_bytes() != path.read_bytes()
    ]
    path.chmod(0o600)
    path.write_bytes(others[0].read_bytes() if others else b"something else")


HARMS: tuple[Callable[[Path], None], ...] = (flip, truncate, delete, swap)
EACH = [flip, *(pytest.param(harm, marks=pytest.mark.slow) for harm in HARMS[1:])]


class Stored:
    """Three runs: one has `big.bin` as it was, two as it is; each has a model of its own."""

    def __init__(self, workspace: Workspace, client: WorkerClient) -> None:
        self.workspace = workspace
        self.store = locate(workspace.path).store
        self.old = os.urandom(300_000)
        self.new = os.urandom(300_000)
        (workspace.path / "code.py").write_text("print(1)")
        (workspace.path / MAIN).write_bytes(self.old)
        self.runs = publish(workspace, client, 1, 0)
        (workspace.path / MAIN).write_bytes(self.new)
        self.runs += publish(workspace, client, 2, 0)
        self.client = client

    def key(self, run: str, path: str) -> str:
        files = self.client.get(f"runs/{run}/files")["files"]
        return str(next(one["object"] for one in files if one["path"] == path))

    def object(self, name: str) -> Path:
        return self.store / "objects" / name[:2] / name[2:]

    def xorb(self, run: str, path: str) -> Path:
        """Where a chunk from the middle of a file lies."""
        chunks = ChunkStore(self.store / "chunks")
        those = chunks.chunks_of(self.key(run, path))
        return Path(chunks.folder.xorb_path(those[len(those) // 2].xorb))

    def tree(self, run: str) -> str:
        return str(self.client.get(f"runs/{run}")["snapshot_detail"]["tree"])

    def page(self, run: str) -> str:
        return decode_root(self.object(self.tree(run)).read_bytes()).pages[0].hash

    def named(self, report: Json) -> set[str]:
        return {run["run"] for run in report["runs"]}


@pytest.fixture
def stored(workspace: Workspace, client: WorkerClient) -> Stored:
    made = Stored(workspace, client)
    report = verify(client)
    assert (report["damaged"], report["runs"], report["repairable"]) == ([], [], 0)
    assert report["checked"] >= 8 and report["checked_bytes"] > 600_000
    return made


def paths(report: Json) -> set[str]:
    return {str(file["path"]) for one in report["damaged"] for file in one["files"]}


@pytest.mark.parametrize("harm", EACH)
def test_chunks(stored: Stored, harm: Callable[[Path], None]) -> None:
    """The old file's bytes: only the first run is touched."""
    harm(stored.xorb(stored.runs[0], MAIN))
    report = verify(stored.client)
    assert stored.named(report) == {stored.runs[0]}
    assert paths(report) == {MAIN}
    assert report["repairable"] == 0
    (notice,) = stored.client.get("status")["notices"]
    assert notice["code"] == "store-damaged"


@pytest.mark.parametrize("harm", [delete, swap])
def test_chunks_that_all_runs_share(stored: Stored, harm: Callable[[Path], None]) -> None:
    harm(stored.xorb(stored.runs[0], "code.py"))
    report = verify(stored.client)
    assert stored.named(report) == set(stored.runs)
    assert "code.py" in paths(report)


@pytest.mark.parametrize("harm", EACH)
def test_chunks_are_mended(stored: Stored, harm: Callable[[Path], None]) -> None:
    damaged = stored.xorb(stored.runs[1], MAIN)
    harm(damaged)
    report = verify(stored.client)
    assert stored.named(report) <= set(stored.runs[1:]) and paths(report) <= {MAIN, "model.bin"}
    assert report["repairable"] == 1
    mended = verify(stored.client, repair=True)
    assert (mended["damaged"], mended["repaired"]) == ([], 1)
    assert stored.client.get("status")["notices"] == []
    assert read_file(stored.client, stored.runs[1], MAIN) == stored.new


@pytest.mark.parametrize("harm", EACH)
def test_manifests(stored: Stored, harm: Callable[[Path], None]) -> None:
    for name in (stored.page(stored.runs[0]), stored.tree(stored.runs[0])):
        path = stored.object(name)
        sound = path.read_bytes()
        harm(path)
        report = verify(stored.client)
        (damaged,) = report["damaged"]
        assert damaged["what"] == ("missing" if harm is delete else "manifest")
        assert damaged["name"] == name
        assert stored.named(report) == {stored.runs[0]}
        path.unlink(missing_ok=True)
        path.write_bytes(sound)
    assert verify(stored.client)["damaged"] == []


@pytest.mark.parametrize("harm", EACH)
def test_objects_beside_the_files(stored: Stored, harm: Callable[[Path], None]) -> None:
    """What a record names: here the environment, which runs share."""
    records = [item.record for item in read_all(str(stored.store)) if isinstance(item, Line)]
    named = [(str(r.run), r.body["object"]) for r in records if r.kind == "run.environment"]
    name = named[0][1]
    harm(stored.object(name))
    report = verify(stored.client)
    assert [one["name"] for one in report["damaged"]] == [name]
    assert stored.named(report) == {run for run, one in named if one == name}
    assert paths(report) == {"(environment)"}


@pytest.mark.parametrize("harm", EACH)
def test_shards(stored: Stored, harm: Callable[[Path], None]) -> None:
    """While the index remembers, a shard is written anew from it."""
    shards = sorted((stored.store / "chunks" / "shards").iterdir(), key=lambda p: p.stat().st_mtime)
    harm(shards[0])
    report = verify(stored.client)
    assert stored.named(report) >= {stored.runs[0]}
    assert report["damaged"]
    if harm is delete:
        return
    assert [one["what"] for one in report["damaged"]] == ["shard"]
    assert verify(stored.client, repair=True)["damaged"] == []
    stored.workspace.kill_worker()
    client = stored.workspace.connect(idle_seconds=60)
    assert read_file(client, stored.runs[0], MAIN) == stored.old
    assert verify(client)["damaged"] == []


@pytest.mark.parametrize("harm", EACH[:2])
def test_records(stored: Stored, harm: Callable[[Path], None]) -> None:
    (file,) = (stored.store / "records").glob("*.jsonl")
    harm(file)
    report = verify(stored.client)
    assert {one["what"] for one in report["damaged"]} == {"record"}
    assert report["damaged"][0]["name"] == file.name


def test_an_object_is_mended(workspace: Workspace, client: WorkerClient) -> None:
    """A small output was pinned as an object; the file still stands."""
    (run,) = publish(workspace, client, 1, 0)
    data = (workspace.path / "model.bin").read_bytes()
    name = hashlib.sha256(data).hexdigest()
    path = locate(workspace.path).store / "objects" / name[:2] / name[2:]
    assert path.exists()
    for harm in HARMS:
        harm(path)
        report = verify(client)
        assert [one["name"] for one in report["damaged"]] == [name]
        assert report["repairable"] == 1
        assert verify(client, repair=True)["damaged"] == []
        assert path.read_bytes() == data
    (workspace.path / "model.bin").write_bytes(b"another")
    flip(path)
    damaged = path.read_bytes()
    report = verify(client, repair=True)
    assert report["repairable"] == 0 and path.read_bytes() == damaged
    assert [one["run"] for one in report["runs"]] == [run]


def test_it_is_recorded_and_a_command_says_it(workspace: Workspace, client: WorkerClient) -> None:
    publish(workspace, client, 1, 0)
    verify(client)
    store = str(locate(workspace.path).store)
    records = [item.record for item in read_all(store) if isinstance(item, Line)]
    (told,) = (one.body for one in records if one.kind == "verified")
    assert told["damaged"] == [] and told["checked_bytes"] > 0
    assert json.dumps(told)


def test_a_check_is_cancelled(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last report stays, and gc does not wait for it any longer."""
    client = workspace.connect(idle_seconds=60)
    publish(workspace, client, 1, 0)
    before = verify(client)
    workspace.kill_worker()
    reached = tmp_path / "reached"
    monkeypatch.setenv("DOTSCIENCE_TEST_BARRIER", f"verify-progress:{reached}")
    client = workspace.connect(idle_seconds=60)
    job = client.post("verify", {"repair": False})
    wait_for(reached.exists)
    assert client.get(f"jobs/{job['id']}")["done"] > 0
    client.delete(f"jobs/{job['id']}")
    reached.write_text("go on")
    assert wait_job(client, job)["state"] == "cancelled"
    assert client.get("verify") == before


def test_memory_is_bounded(tmp_path: Path) -> None:
    """Of an object of 200 MB no more than a piece is in memory."""
    data = os.urandom(1 << 20)
    digest = hashlib.sha256()
    name = tmp_path / "big"
    with name.open("wb") as file:
        for _ in range(200):
            digest.update(data)
            file.write(data)
    target = tmp_path / "objects" / digest.hexdigest()[:2] / digest.hexdigest()[2:]
    target.parent.mkdir(parents=True)
    name.rename(target)
    checked = Checked()
    tracemalloc.start()
    try:
        check_objects(tmp_path, checked, lambda count: None)
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()
    assert (checked.count, checked.faults) == (1, [])
