"""Bringing files back into the workspace: only those, whole, after a snapshot of what was there (G3, G4, G6, G7)."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from dotscience._tree import Entry, write_tree
from dotscience_server.client import WorkerClient
from dotscience_server.protocol.failure import ApiError
from dotscience_server.store.layout import locate, open_store
from dotscience_server.store.objects import ObjectStore
from dotscience_server.store.records import Draft, RecordWriter
from tests.worker.schemas import check
from tests.worker.workspaces import Workspace, read_file, wait_for, wait_job

Json = dict[str, Any]


def snapshot(client: WorkerClient) -> str:
    job = wait_job(client, client.post("snapshots"))
    assert job["state"] == "done", job
    return str(job["result"]["snapshot"])


def restore(client: WorkerClient, ref: str, *paths: object, **more: object) -> Json:
    job = wait_job(client, client.post(f"runs/{ref}/restore", {"paths": list(paths), **more}))
    check("job", job)
    return job


def done(client: WorkerClient, ref: str, *paths: object, **more: object) -> Json:
    job = restore(client, ref, *paths, **more)
    assert job["state"] == "done", job
    return dict(job["result"])


def refused(client: WorkerClient, ref: str, *paths: object) -> str:
    job = restore(client, ref, *paths)
    assert job["state"] == "failed", job
    return str(job["error"]["code"])


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".dotscience"}


@pytest.fixture
def old(workspace: Workspace, client: WorkerClient) -> str:
    """A snapshot; since then all has changed."""
    root = workspace.path
    (root / "d" / "e").mkdir(parents=True)
    (root / "d" / "a").write_text("old a")
    (root / "d" / "e" / "b").write_text("old b")
    (root / "d" / "e" / "b").chmod(0o640)
    (root / "d" / "gone").write_text("old gone")
    (root / "same").write_text("same")
    (root / "link").symlink_to("d/a")
    taken = snapshot(client)
    (root / "d" / "a").write_text("new a")
    (root / "d" / "e" / "b").write_text("new b")
    (root / "d" / "gone").unlink()
    (root / "d" / "mine").write_text("mine")
    (root / "link").unlink()
    (root / "link").write_text("no link")
    return f"@{taken[:12]}"


def test_g4_only_the_named_files_are_written_after_a_snapshot_of_what_was_there(
    workspace: Workspace, client: WorkerClient, old: str
) -> None:
    root = workspace.path
    same = (root / "same").stat()
    result = done(client, old, "d/a", "same")
    assert (result["restored"], result["unchanged"], result["paths"]) == (1, 1, ["d/a"])
    assert (root / "d" / "a").read_text() == "old a"
    assert (root / "d" / "e" / "b").read_text() == "new b"
    assert (root / "same").stat() == same
    assert read_file(client, f"@{result['snapshot']}", "d/a") == b"new a"
    newest = client.get("snapshots")["snapshots"][0]
    assert (newest["id"], newest["reason"]) == (result["snapshot"], "restore")
    assert names(root) == {"d", "same", "link"}


def test_a_folder_means_the_files_below_it_and_nothing_is_removed(
    workspace: Workspace, client: WorkerClient, old: str
) -> None:
    root = workspace.path
    result = done(client, old, "d")
    assert result["paths"] == ["d/a", "d/e/b", "d/gone"]
    assert (root / "d" / "e" / "b").stat().st_mode & 0o777 == 0o640
    assert names(root / "d") == {"a", "e", "gone", "mine"}
    assert (root / "link").read_text() == "no link"


def test_everything_and_folders_that_are_gone(
    workspace: Workspace, client: WorkerClient, old: str
) -> None:
    import shutil

    shutil.rmtree(workspace.path / "d")
    assert done(client, old, "")["restored"] == 4
    assert os.readlink(workspace.path / "link") == "d/a"
    assert (workspace.path / "d" / "e" / "b").read_text() == "old b"


def test_a_dry_run_says_and_changes_nothing(
    workspace: Workspace, client: WorkerClient, old: str
) -> None:
    result = done(client, old, "d", dry_run=True)
    assert result["paths"] == ["d/a", "d/e/b", "d/gone"]
    assert result["snapshot"] is None
    assert (workspace.path / "d" / "a").read_text() == "new a"
    assert len(client.get("snapshots")["snapshots"]) == 1


def test_what_is_so_already_takes_no_snapshot(client: WorkerClient, old: str) -> None:
    result = done(client, old, "same")
    assert (result["restored"], result["unchanged"], result["snapshot"]) == (0, 1, None)


def test_a_run_gives_its_own_files(workspace: Workspace, client: WorkerClient) -> None:
    """Decision 0002: what it pinned at publish, though the snapshot has another."""
    code = "for n in 'ab':\n ds.start(n)\n open(ds.output('m'), 'w').write(n)\n ds.publish()"
    workspace.script(code)
    runs = wait_for(lambda: len(found := client.get("runs", {"since": 0})["runs"]) == 2 and found)
    first = next(run["id"] for run in runs if run["description"] == "a")
    wait_for(lambda: client.get(f"runs/{first}")["snapshot"]["state"] == "sealed")
    done(client, first[:8], "m")
    assert (workspace.path / "m").read_text() == "a"


def test_g7_nothing_is_written_through_links(
    workspace: Workspace, client: WorkerClient, old: str, tmp_path: Path
) -> None:
    root, outside = workspace.path, tmp_path / "outside"
    outside.mkdir()
    (outside / "a").write_text("theirs")
    (root / "d" / "a").unlink()
    (root / "d" / "a").symlink_to(outside / "a")
    done(client, old, "d/a")
    assert not (root / "d" / "a").is_symlink() and (root / "d" / "a").read_text() == "old a"
    (root / "d" / "e").rename(root / "elsewhere")
    (root / "d" / "e").symlink_to(outside)
    assert refused(client, old, "d/e/b") == "restore-refused"
    assert names(outside) == {"a"} and (outside / "a").read_text() == "theirs"


def test_another_name_of_a_hard_link_keeps_what_it_had(
    workspace: Workspace, client: WorkerClient, old: str, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    os.link(workspace.path / "d" / "a", other)
    os.link(workspace.path / "d" / "a", workspace.path / "d" / "third")
    done(client, old, "d/a")
    assert other.read_text() == "new a"
    assert (workspace.path / "d" / "third").read_text() == "new a"


@pytest.mark.parametrize("kind", ["full folder", "empty folder", "pipe", "socket"])
def test_what_may_not_give_way_refuses_the_whole(
    workspace: Workspace, client: WorkerClient, old: str, kind: str
) -> None:
    place = workspace.path / "d" / "gone"
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as made:
            os.chdir(place.parent)
            made.bind(place.name)
    else:
        place.mkdir()
        if kind == "full folder":
            (place / "mine").write_text("")
    if kind == "empty folder":
        done(client, old, "d/gone")
        assert place.read_text() == "old gone"
        return
    assert refused(client, old, "d") == "restore-refused"
    assert (workspace.path / "d" / "a").read_text() == "new a"
    assert len(client.get("snapshots")["snapshots"]) == 1


def test_g4_what_no_snapshot_holds_is_not_replaced(
    workspace: Workspace, client: WorkerClient, old: str
) -> None:
    (workspace.path / ".dotscienceignore").write_text("a\n")
    assert refused(client, old, "d") == "restore-refused"
    assert (workspace.path / "d" / "a").read_text() == "new a"
    assert (workspace.path / "d" / "e" / "b").read_text() == "new b"


def test_g4_what_the_policy_would_not_keep_is_kept_before_it_is_replaced(
    workspace: Workspace, client: WorkerClient, old: str
) -> None:
    policy = client.get("status")["policy"]
    rules = [{"pattern": "d/", "policy": "fingerprint"}]
    client.put("policy", {**policy, "rules": rules})
    result = done(client, old, "d/a")
    assert read_file(client, f"@{result['snapshot']}", "d/a") == b"new a"


def test_what_was_not_kept_is_listed(workspace: Workspace, client: WorkerClient) -> None:
    policy = client.get("status")["policy"]
    rules = [{"pattern": "big", "policy": "fingerprint"}]
    client.put("policy", {**policy, "rules": rules})
    (workspace.path / "big").write_text("x")
    (workspace.path / "small").write_text("x")
    taken = snapshot(client)
    for name in ("big", "small"):
        (workspace.path / name).unlink()
    result = done(client, f"@{taken}", "")
    assert (result["not_kept"], result["paths"]) == (["big"], ["small"])


def test_what_was_given_up_is_listed_and_said(workspace: Workspace, client: WorkerClient) -> None:
    (workspace.path / "large").write_text("large")
    snapshot(client)
    store = open_store(locate(workspace.path)).path
    chunks = [path for path in (store / "chunks").rglob("*") if path.is_file()]
    (workspace.path / "small").write_text("small")
    old = f"@{snapshot(client)}"
    content = client.get(f"runs/{old}/files")["files"][0]["object"]
    workspace.kill_worker()
    for file in chunks if content.startswith("x") else [ObjectStore(store).path(content)]:
        file.unlink()
    body = {"contents": [content], "runs": [], "bytes": 5, "announced": None}
    append(store, Draft("gc.thinned", "worker", body))
    client = workspace.connect()
    for name in ("large", "small"):
        (workspace.path / name).unlink()
    result = done(client, old, "")
    assert (result["not_kept"], result["paths"]) == (["large"], ["small"])
    states = [one["state"] for one in client.get(f"runs/{old}/files")["files"]]
    assert states == ["thinned", "kept"]
    with pytest.raises(ApiError) as caught:
        read_file(client, old, "large")
    assert caught.value.code == "content-thinned"
    job = wait_job(client, client.post(f"runs/{old}/checkout", {"into": "back"}))
    assert job["result"]["not_kept"] == ["large"], job
    assert names(workspace.path / "back") == {"small"}


def append(store: Path, draft: Draft) -> None:
    """A record, written while no worker runs."""
    last = sum(len(file.read_bytes().splitlines()) for file in (store / "records").glob("*.jsonl"))
    writer = RecordWriter(store, last)
    writer.append([draft])
    writer.close()


@pytest.mark.parametrize("path", [b".git/hooks/evil", b"d/.dotscience/config.toml", b"../evil"])
def test_g7_a_hostile_snapshot_writes_nothing(
    workspace: Workspace, client: WorkerClient, tmp_path: Path, path: bytes
) -> None:
    workspace.kill_worker()
    store = open_store(locate(workspace.path)).path
    objects = ObjectStore(store)
    above = [b"/".join(path.split(b"/")[:n]) for n in range(1, path.count(b"/") + 1)]
    entries = [Entry(one, "d", 0o755, 0) for one in above]
    evil = Entry(path, "f", 0o755, 0, 4, objects.add_bytes(b"evil"))
    tree = write_tree([*entries, evil], objects.add_bytes)
    body = {"id": "ab" * 32, "tree": tree, "parent": None, "message": None, "reason": "user"}
    more = {"files": 1, "bytes": 4, "bytes_new": 4, "unstable": [], "not_kept": 0}
    times = {"time": "2026-11-21T00:00:00.000000Z", "duration_s": 0.1}
    append(store, Draft("snapshot", "worker", {**body, **more, **times}))
    before = {*names(workspace.path), *names(tmp_path)}
    client = workspace.connect()
    assert refused(client, "@abab", "") in ("path-refused", "object-damaged")
    job = wait_job(client, client.post("runs/@abab/checkout", {"into": "back"}))
    assert job["error"]["code"] in ("path-refused", "object-damaged")
    assert {*names(workspace.path), *names(tmp_path)} == before


@pytest.mark.parametrize("body", [{}, {"paths": []}, {"paths": "a"}, {"paths": [1]}])
def test_what_is_no_list_of_paths_is_refused(client: WorkerClient, old: str, body: Json) -> None:
    with pytest.raises(ApiError) as caught:
        client.post(f"runs/{old}/restore", body)
    assert caught.value.code == "bad-request"


def test_paths_that_are_not_there_or_lead_out_are_refused(client: WorkerClient, old: str) -> None:
    assert refused(client, old, "nothing") == "file-not-found"
    for path in ("../x", "/etc/passwd", "a//b"):
        with pytest.raises(ApiError) as caught:
            client.post(f"runs/{old}/restore", {"paths": [path]})
        assert caught.value.code == "path-refused"


def test_names_that_are_no_utf8(workspace: Workspace, client: WorkerClient) -> None:
    path = os.path.join(os.fsencode(workspace.path), b"\xff\n")
    Path(os.fsdecode(path)).write_text("old")
    taken = snapshot(client)
    os.unlink(path)
    told = {"b64": "/wo="}
    assert done(client, f"@{taken}", told)["paths"] == [told]
    assert Path(os.fsdecode(path)).read_text() == "old"
    query = {"path": json.dumps(told)}
    with client.stream(f"runs/@{taken}/file", query, {"Range": "bytes=1-"}) as reply:
        assert b"".join(reply.chunks) == b"ld"


def test_a_file_that_changes_meanwhile_is_left(
    workspace: Workspace, client: WorkerClient, old: str, tmp_path: Path
) -> None:
    """G4: between the snapshot and its rename."""
    workspace.kill_worker()
    reached = tmp_path / "reached"
    os.environ["DOTSCIENCE_TEST_BARRIER"] = f"restore-noted:{reached}"
    try:
        client = workspace.connect()
        job = client.post(f"runs/{old}/restore", {"paths": ["d"]})
        wait_for(reached.exists)
        (workspace.path / "d" / "a").write_text("newest")
        reached.write_text("go on")
        ended = wait_job(client, job)
    finally:
        del os.environ["DOTSCIENCE_TEST_BARRIER"]
    assert ended["error"]["code"] == "restore-partial"
    assert (workspace.path / "d" / "a").read_text() == "newest"
    assert (workspace.path / "d" / "e" / "b").read_text() == "old b"
    assert names(workspace.path) == {"d", "same", "link"}


@pytest.mark.parametrize("step", ["restore-planned", "restore-kept", "restore-noted"])
def test_cancelled_before_the_renames_changes_nothing(
    workspace: Workspace,
    client: WorkerClient,
    old: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
) -> None:
    workspace.kill_worker()
    reached = tmp_path / "reached"
    monkeypatch.setenv("DOTSCIENCE_TEST_BARRIER", f"{step}:{reached}")
    client = workspace.connect()
    job = client.post(f"runs/{old}/restore", {"paths": ["d"]})
    wait_for(reached.exists)
    client.delete(f"jobs/{job['id']}")
    reached.write_text("go on")
    assert wait_job(client, job)["state"] == "cancelled"
    assert (workspace.path / "d" / "a").read_text() == "new a"
    assert names(workspace.path) == {"d", "same", "link"}
    assert list((locate(workspace.path).store / "unfinished").glob("*")) == []


@pytest.mark.slow
def test_a_file_of_a_tebibyte_of_holes_comes_back_at_once(
    workspace: Workspace, client: WorkerClient
) -> None:
    """Its holes are neither stored nor read nor written."""
    if os.statvfs(workspace.path).f_bsize < 4096:
        pytest.skip("this disk takes no such file")
    policy = client.get("status")["policy"]
    client.put("policy", {**policy, "default": "keep", "floor_bytes": 0})
    sparse = workspace.path / "sparse"
    with sparse.open("wb") as file:
        file.truncate(1 << 40)
        os.pwrite(file.fileno(), b"far", 1 << 39)
    taken = snapshot(client)
    if not client.get(f"runs/@{taken}/files")["files"][0]["object"].startswith("x"):
        pytest.skip("stored without chunks")
    sparse.unlink()
    done(client, f"@{taken}", "sparse")
    status = sparse.stat()
    assert (status.st_size, status.st_blocks * 512 < 1 << 20) == (1 << 40, True)
    with sparse.open("rb") as file:
        assert os.pread(file.fileno(), 5, (1 << 39) - 1) == b"\0far\0"
    header = {"Range": f"bytes={1 << 39}-{(1 << 39) + 2}"}
    with client.stream(f"runs/@{taken}/file", {"path": "sparse"}, header) as reply:
        assert b"".join(reply.chunks) == b"far"


def test_what_stands_there_as_it_was_needs_no_stored_bytes(
    workspace: Workspace, client: WorkerClient
) -> None:
    """Damage of a file is no hindrance where the workspace has the bytes; its times say nothing here."""
    (workspace.path / "big.bin").write_bytes(os.urandom(300_000))
    taken = snapshot(client)
    for xorb in (workspace.path / ".dotscience" / "chunks" / "xorbs").rglob("*.xorb"):
        xorb.chmod(0o600)
        data = bytearray(xorb.read_bytes())
        data[len(data) // 2] ^= 1
        xorb.write_bytes(data)
    os.utime(workspace.path / "big.bin", (1, 1))
    told = client.get("diff", {"a": f"@{taken}", "b": "now"})
    assert [one["kind"] for one in told["files"] if one["path"] == "big.bin"] == []
    job = wait_job(client, client.post(f"runs/@{taken}/restore", {"paths": ["big.bin"]}))
    assert (job["state"], job["result"]["unchanged"]) == ("done", 1), job
