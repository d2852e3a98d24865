"""The worker as a process: runs appear, files are pinned, workers are found, shared, ended."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from dotscience_server.client import VERSION_HEADER, WorkerClient, connect
from dotscience_server.protocol.failure import ApiError
from dotscience_server.store.layout import locate
from tests.worker.workspaces import (
    Workspace,
    is_worker,
    read_file,
    runs_of,
    wait_for,
    wait_frozen,
    wait_job,
    wait_run,
)

FIFTY = """
for number in range(50):
    ds.start()
    ds.parameter("number", number)
    with open(ds.output("model.bin"), "w") as file:
        file.write(f"model {number}" * 100)
    ds.publish(f"number {number}")
"""


def test_a_published_run_appears(workspace: Workspace, client: WorkerClient) -> None:
    run = workspace.publish("first", acc=0.5)
    told = wait_run(client, run)
    assert told["description"] == "first"
    assert told["state"] == "published"
    assert told["metrics"] == [{"key": "acc", "kind": "float", "number": 0.5, "text": "0.5"}]


def test_a_run_published_before_the_worker_is_found(workspace: Workspace) -> None:
    """G2: no worker, no browser, no save."""
    run = workspace.publish("alone")
    assert wait_run(workspace.connect(), run)["description"] == "alone"


def test_a_waiting_client_hears_of_a_run(workspace: Workspace, client: WorkerClient) -> None:
    since = client.get("changes")["revision"]
    with ThreadPoolExecutor() as threads:
        heard = threads.submit(client.get, "changes", {"since": since, "wait": 30})
        workspace.publish()
        assert heard.result()["revision"] > since


def test_fifty_runs_keep_fifty_models(workspace: Workspace) -> None:
    """Issue line 11: one process, one file overwritten fifty times, nobody there (G2)."""
    workspace.script(FIFTY)
    client = workspace.connect()
    wait_for(lambda: len(runs_of(client)) == 50)
    runs = runs_of(client)
    wait_frozen(client, *(run["id"] for run in runs))
    models = [read_file(client, run["id"], "model.bin").decode() for run in runs]
    assert models == [f"model {number}" * 100 for number in range(50)]
    pins = locate(workspace.path).store / "pins"
    wait_for(lambda: not list(pins.iterdir()), "pins to be removed")


def test_a_run_comes_back_byte_for_byte(workspace: Workspace, client: WorkerClient) -> None:
    """G3, G4: the model of the first run, though the second overwrote it."""
    (workspace.path / "data.csv").write_text("1,2\n")
    workspace.script(FIFTY.replace("50", "2"))
    wait_for(lambda: len(runs_of(client)) == 2)
    first, second = runs_of(client)
    wait_frozen(client, first["id"], second["id"])
    job = wait_job(client, client.post(f"runs/{first['id']}/checkout", {"into": None}))
    assert job["state"] == "done", job
    folder = Path(job["result"]["path"])
    assert folder == workspace.path / "restored" / f"number-0-{first['id'][:8]}"
    assert (folder / "model.bin").read_text() == "model 0" * 100
    assert (folder / "data.csv").read_text() == "1,2\n"
    assert (workspace.path / "model.bin").read_text() == "model 1" * 100

    # The checkout is no part of later snapshots.
    wait_job(client, client.post("snapshots", {"message": "after"}))
    last = client.get("snapshots", {"limit": 1})["snapshots"][0]
    assert (last["message"], last["reason"], last["files"]) == ("after", "user", 2)


def test_a_run_going_on_is_shown_and_drop_removes_it(
    workspace: Workspace, client: WorkerClient
) -> None:
    code = "import sys\nds.start('going')\nds.metric('loss', 1)\nsys.stdin.readline()\nds.start('next')\nsys.stdin.readline()"
    with workspace.begin(code) as process:
        assert process.stdin is not None
        live = wait_for(lambda: [one for one in client.get("status")["running"] if one["metrics"]])
        assert [(one["description"], one["metrics"][0]["text"]) for one in live] == [("going", "1")]
        detail = client.get(f"runs/{live[0]['id']}")
        assert (detail["state"], detail["description"]) == ("running", "going")
        process.stdin.write("\n")
        process.stdin.flush()
        wait_for(
            lambda: [one["description"] for one in client.get("status")["running"]] == ["next"]
        )
        process.stdin.close()
    wait_for(lambda: client.get("status")["running"] == [])
    assert runs_of(client) == []  # nothing but their start was told, or they were dropped


def test_a_killed_session_leaves_an_interrupted_run(
    workspace: Workspace, client: WorkerClient
) -> None:
    """G2: what was told is kept."""
    code = "import sys\nds.start('cut')\nds.parameter('lr', 0.1)\nprint(flush=True)\nsys.stdin.readline()"
    with workspace.begin(code) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
    wait_for(lambda: runs_of(client))
    (run,) = runs_of(client)
    assert (run["state"], run["description"]) == ("interrupted", "cut")
    assert run["parameters"][0]["text"] == "0.1"
    wait_frozen(client, run["id"])


def test_nothing_appears_twice_after_a_restart(workspace: Workspace, client: WorkerClient) -> None:
    """G2: journals are read again from their beginning, facts are not."""
    runs = {workspace.publish("a"), workspace.publish("b")}
    wait_frozen(client, *runs)
    before = runs_of(client)
    workspace.kill_worker()
    again = workspace.connect()
    assert runs_of(again) == before
    last = workspace.publish("c")
    wait_frozen(again, last)
    assert [one["id"] for one in runs_of(again)] == [*(one["id"] for one in before), last]


def test_racing_starts_share_one_worker(workspace: Workspace) -> None:
    with ThreadPoolExecutor(6) as threads:
        clients = list(threads.map(lambda _: connect(workspace.path), range(6)))
    assert len({client.id for client in clients}) == 1
    pid = workspace.worker_pid()
    assert pid is not None
    assert [pid] == [found for found in _workers_of(workspace.path) if is_worker(found)]


def test_a_second_worker_gives_way(workspace: Workspace, client: WorkerClient) -> None:
    command = [sys.executable, "-m", "dotscience_server.worker", "--workspace", str(workspace.path)]
    done = subprocess.run(command, env=workspace.env(), capture_output=True, check=False)
    assert done.returncode == 4
    assert client.get("changes")["revision"] >= 1


def test_an_idle_worker_ends_and_another_takes_over(workspace: Workspace) -> None:
    client = workspace.connect(idle_seconds=0.2)
    pid = workspace.worker_pid()
    assert pid is not None
    wait_for(lambda: not is_worker(pid), "idle end")
    assert not locate(workspace.path).socket.exists()
    assert client.get("runs", {"since": 0})["total"] == 0  # starts another by itself
    assert workspace.worker_pid() != pid


def test_a_living_session_keeps_the_worker(workspace: Workspace) -> None:
    with workspace.begin("ds.start('x')\nds.metric('a', 1)\nprint(flush=True)\ninput()") as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdout.readline()
        client = workspace.connect(idle_seconds=0.1)
        wait_for(lambda: client.get("status")["running"])
        pid = workspace.worker_pid()
        time.sleep(1)  # nothing to wait for: it must *not* end
        assert pid is not None and is_worker(pid)
        process.stdin.close()
    wait_for(lambda: not is_worker(pid), "end after the session")


def test_a_stale_socket_is_replaced(workspace: Workspace) -> None:
    path = locate(workspace.path).socket
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    assert workspace.connect().get("changes")["revision"] >= 1


def test_a_socket_in_a_folder_of_others_is_not_trusted(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G7: whoever can write there could answer for the worker."""
    with tempfile.TemporaryDirectory() as runtime:  # short: a socket's name has 107 bytes
        folder = Path(runtime) / "dotscience"
        folder.mkdir()
        folder.chmod(0o777)
        monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
        with pytest.raises(ApiError) as caught:
            workspace.connect(timeout=1)
        assert caught.value.code == "store-unwritable"
        folder.chmod(0o700)
        assert workspace.connect().id
        workspace.kill_worker()


def test_sigterm_ends_in_order(workspace: Workspace, client: WorkerClient) -> None:
    workspace.kill_worker(signal.SIGTERM)
    assert not locate(workspace.path).socket.exists()
    assert client.get("status")["state"] in ("idle", "working")


def test_sigterm_answers_who_waits(workspace: Workspace, client: WorkerClient) -> None:
    since = client.get("changes")["revision"]
    answers: list[object] = []

    def wait() -> None:
        try:
            answers.append(client.get("changes", {"since": since, "wait": 30}))
        except ApiError as error:
            answers.append(error.code)

    thread = threading.Thread(target=wait)
    thread.start()
    workspace.kill_worker(signal.SIGTERM)
    thread.join(20)
    assert len(answers) == 1


def test_a_worker_of_another_version_leaves(workspace: Workspace, client: WorkerClient) -> None:
    pid = workspace.worker_pid()
    assert pid is not None
    reply = client.request("GET", "workspace", headers={VERSION_HEADER: "99.0"})
    assert reply.status == 503 and json.loads(reply.body)["code"] == "worker-version"
    wait_for(lambda: not is_worker(pid), "it to leave")
    client.shake_hands()
    assert workspace.worker_pid() != pid


def test_a_missing_folder_is_an_error(workspace: Workspace) -> None:
    with pytest.raises(ApiError) as caught:
        connect(workspace.path / "nowhere")
    assert caught.value.code == "workspace-not-found"


def test_damaged_records_are_said_and_the_rest_stays(
    workspace: Workspace, client: WorkerClient
) -> None:
    """G2, G6: a torn tail is set aside, a damaged line in the middle is skipped."""
    runs = [workspace.publish(name) for name in "abc"]
    wait_frozen(client, *runs)
    workspace.kill_worker()
    path = locate(workspace.path).store / "records" / "00000001.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + b"00000000 {torn")
    again = workspace.connect()
    assert {run["id"] for run in runs_of(again)} == set(runs)
    assert len(list(path.parent.glob("torn-*"))) == 1
    assert path.read_bytes().startswith(whole)

    workspace.kill_worker()
    lines = path.read_bytes().splitlines(keepends=True)
    damaged = next(n for n, line in enumerate(lines) if b'"run.snapshot"' in line)
    lines[damaged] = lines[damaged].replace(b"worker", b"wicked")
    path.write_bytes(b"".join(lines))
    for file in locate(workspace.path).store.parents[1].rglob("index.sqlite*"):
        file.unlink()
    again = workspace.connect()
    assert {run["id"] for run in runs_of(again)} == set(runs)
    notices = wait_for(lambda: again.get("status")["notices"])
    assert [one["code"] for one in notices] == ["record-damaged"]
    wait_frozen(again, *runs)  # the run that lost its snapshot gets another


AS_NOBODY = """
import os, sys, hashlib
from dotscience_server.worker.__main__ import _parser, main
_parser().parse_args(["--workspace", "/"])  # loads what nobody may not read
os.setgid(65534)
os.setuid(65534)
sys.exit(main(["--workspace", sys.argv[1], "--detach"]))
"""


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to become nobody")
def test_a_folder_that_cannot_be_written_is_said(home: Path) -> None:
    """As ``nobody``: root may write everywhere."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        command = [sys.executable, "-c", AS_NOBODY, folder]
        done = subprocess.run(
            command, env=Workspace(Path(folder)).env(), capture_output=True, check=False
        )
        assert done.returncode == 3, done.stderr
        assert json.loads(done.stdout)["code"] == "store-unwritable"
        assert list(Path(folder).iterdir()) == []


def test_a_store_that_cannot_be_made_is_said(workspace: Workspace) -> None:
    (workspace.path / ".dotscience").write_text("in the way")
    with pytest.raises(ApiError) as caught:
        workspace.connect()
    assert caught.value.code == "store-unwritable"
    assert (workspace.path / ".dotscience").read_text() == "in the way"


def test_a_moved_workspace_stays_itself_and_a_copy_becomes_another(
    workspace: Workspace, tmp_path: Path
) -> None:
    run = workspace.publish("before")
    client = workspace.connect()
    wait_frozen(client, run)
    workspace.kill_worker(signal.SIGTERM)
    moved = Workspace(tmp_path / "moved")
    workspace.path.rename(moved.path)
    copied = Workspace(tmp_path / "copied")
    subprocess.run(["cp", "-a", str(moved.path), str(copied.path)], check=True)
    try:
        again, copy = moved.connect(), copied.connect()
        assert again.id == client.id
        assert copy.id != client.id and copy.info["lineage"] == client.info["lineage"]
        assert [one["id"] for one in runs_of(copy)] == [run]
    finally:
        moved.kill_worker()
        copied.kill_worker()


def _workers_of(path: Path) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                arguments = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"dotscience_server.worker" in arguments and os.fsencode(path) in arguments:
                found.append(int(entry.name))
    return found
