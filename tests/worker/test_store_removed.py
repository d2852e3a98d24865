"""A store removed under a living worker: it ends, and the next client has a new worker and a new store."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dotscience_server.client import WorkerClient
from dotscience_server.protocol.failure import ApiError
from dotscience_server.store.layout import locate
from tests.worker.workspaces import Workspace, is_worker, runs_of, wait_for, wait_frozen, wait_run


def remove_store(workspace: Workspace) -> None:
    """As ``git clean -fdx`` does; what a thread of the worker makes meanwhile is removed too."""
    store = locate(workspace.path).store

    def removed() -> bool:
        shutil.rmtree(store, ignore_errors=True)
        return not store.exists()

    wait_for(removed, "removal")


def test_the_worker_of_a_removed_store_ends_and_another_begins(
    workspace: Workspace, client: WorkerClient
) -> None:
    wait_frozen(client, workspace.publish("lost with the store"))
    pid = workspace.worker_pid()
    assert pid is not None
    remove_store(workspace)
    wait_for(lambda: not is_worker(pid), "end in order")
    assert not locate(workspace.path).socket.exists()

    again = workspace.connect()
    assert again.id != client.id and runs_of(again) == []
    run = workspace.publish("after")
    assert wait_run(again, run)["description"] == "after"
    wait_frozen(again, run)
    assert again.get("status")["notices"] == []
    with pytest.raises(ApiError) as caught:
        client.get("status")
    assert caught.value.code == "workspace-unknown"


def test_who_asks_at_once_gets_the_new_worker(workspace: Workspace, client: WorkerClient) -> None:
    """Before the old one has noticed; nobody writes into the other's store."""
    pid = workspace.worker_pid()
    remove_store(workspace)
    with ThreadPoolExecutor(4) as threads:
        clients = list(threads.map(lambda _: workspace.connect(), range(4)))
    assert {one.id for one in clients} == {clients[0].id} != {client.id}
    assert pid is not None and workspace.worker_pid() != pid
    wait_for(lambda: not is_worker(pid), "end of the old one")
    wait_run(clients[0], workspace.publish("after"))
    assert locate(workspace.path).socket.exists()


def test_a_worker_writes_nothing_into_the_store_of_another(
    workspace: Workspace, client: WorkerClient
) -> None:
    """A store put in the place of the removed one: the append is refused."""
    pid, store = workspace.worker_pid(), locate(workspace.path).store
    assert pid is not None
    shutil.move(store, workspace.path.parent / "away")
    (store / "records").mkdir(parents=True)
    with pytest.raises(ApiError) as caught:
        client.post("track", {"keep": True})
    assert caught.value.code in ("worker-unreachable", "workspace-unknown")
    wait_for(lambda: not is_worker(pid), "its end")
    for records in Path(store / "records").glob("*.jsonl"):
        assert b'"agreed"' not in records.read_bytes()
