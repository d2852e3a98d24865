"""The local API: every route answers in its schema, refuses in the catalogue's words, leaks nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from dotscience_server.api.handlers import Api
from dotscience_server.api.ranges import wanted_piece
from dotscience_server.api.routes import ROUTES, SERVER_ROUTES
from dotscience_server.client import WorkerClient
from dotscience_server.protocol.errors import ERRORS
from dotscience_server.protocol.failure import ApiError
from tests.worker.schemas import PROTOCOL, check
from tests.worker.workspaces import (
    Workspace,
    block,
    read_file,
    runs_of,
    wait_for,
    wait_frozen,
    wait_job,
    wait_run,
)

RICH = """
import pathlib
pathlib.Path("data").mkdir()
pathlib.Path("data/train.csv").write_text("1,2\\n")
ds.start("a rich run")
ds.input("data/train.csv")
ds.input("missing.csv")
ds.input("/etc/hostname")
ds.parameter("lr", 1e-4)
ds.parameter("layers", [1, 2])
ds.metric("acc", 0.9)
ds.metric("loss", float("nan"))
ds.label("team", "vision")
pathlib.Path("model.bin").write_bytes(bytes(range(256)) * 4)
ds.output("model.bin")
ds.publish()
"""


@pytest.fixture
def rich(workspace: Workspace, client: WorkerClient) -> Iterator[str]:
    """A run with everything in it, frozen."""
    workspace.script(RICH)
    run = wait_for(lambda: runs_of(client))[0]["id"]
    wait_frozen(client, run)
    yield run


def test_every_route_has_a_permission_and_a_handler() -> None:
    """G7."""
    assert len({(route.method, route.pattern) for route in ROUTES}) == len(ROUTES)
    for route in ROUTES:
        assert route.permission in ("read", "write", "execute")
        assert (route.permission == "read") == (route.method == "GET"), route
        assert callable(getattr(Api, route.handler)), route


def test_every_route_stands_in_the_documentation() -> None:
    text = (PROTOCOL.parent / "docs" / "formats" / "local-api.md").read_text()
    for route in (*ROUTES, *SERVER_ROUTES):
        pattern = route.pattern.replace("{n}", "{n}")
        assert f"`{pattern}" in text, route
        assert route.method in text


def test_answers_are_as_their_schemas_say(
    workspace: Workspace, client: WorkerClient, rich: str
) -> None:
    check("workspace", client.info)
    check("workspace", client.get("workspace"))
    check("feed", client.get("runs", {"since": 0}))
    detail = client.get(f"runs/{rich[:8]}")
    check("run", detail)
    check("status", client.get("status"))
    snapshots = client.get("snapshots")["snapshots"]
    assert len(snapshots) == 1
    check("snapshot", snapshots[0])
    page = client.get(f"runs/{rich}/files", {"limit": 2})
    check("files", page)
    assert [one["path"] for one in page["files"]] == ["data", "data/train.csv"]
    rest = client.get(f"runs/{rich}/files", {"after": page["next"]})
    assert [(one["path"], one["pinned"]) for one in rest["files"]] == [("model.bin", True)]
    below = client.get(f"runs/{rich}/files", {"under": "data"})
    assert [one["path"] for one in below["files"]] == ["data/train.csv"]
    job = client.post("snapshots", {"message": "by hand"})
    check("job", job)
    check("job", wait_job(client, job))
    check("policy", client.put("policy", {**client.get("status")["policy"], "default": "keep"}))


def test_a_runs_files_say_what_became_of_them(client: WorkerClient, rich: str) -> None:
    detail = client.get(f"runs/{rich}")
    states = {
        one["path"]: (one["state"], one["outside"], one["pinned"]) for one in detail["inputs"]
    }
    assert states.pop("data/train.csv") == ("kept", False, False)
    assert states.pop("missing.csv") == ("missing", False, False)
    assert list(states.values()) == [("unknown", True, False)]
    (output,) = detail["outputs"]
    assert (output["state"], output["pinned"], output["size"]) == ("kept", True, 1024)
    assert detail["context"]["packages"]["pytest"]


def test_a_file_comes_back_whole_or_in_part(client: WorkerClient, rich: str) -> None:
    whole = bytes(range(256)) * 4
    assert read_file(client, rich, "model.bin") == whole
    for header, wanted in (
        ("bytes=0-9", whole[:10]),
        ("bytes=1000-", whole[1000:]),
        ("bytes=-24", whole[-24:]),
    ):
        with client.stream(f"runs/{rich}/file", {"path": "model.bin"}, {"Range": header}) as reply:
            assert (reply.status, b"".join(reply.chunks)) == (206, wanted)
    path = f"w/{client.id}/runs/{rich}/file"
    refused = client.request("GET", path, {"path": "model.bin"}, headers={"Range": "bytes=9999-"})
    assert refused.status == 416 and refused.headers["Content-Range"] == "bytes */1024"


def test_a_file_is_a_download_that_cannot_run(client: WorkerClient, rich: str) -> None:
    """G7: a stored page does not run in the server's origin."""
    with client.stream(f"runs/{rich}/file", {"path": "model.bin"}) as reply:
        assert reply.headers["Content-Disposition"].startswith("attachment")
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in reply.headers["Content-Security-Policy"]


@pytest.mark.parametrize("header", [None, "", "bytes=", "bytes=-", "lines=1-2", "bytes=0-1,3-4"])
def test_what_is_no_range_is_answered_whole(header: str | None) -> None:
    assert wanted_piece(header, 10).status == 200


def _code(client: WorkerClient, method: str, path: str, body: Any = None, query: Any = None) -> str:
    """The error's code, its body as the schema says."""
    data = (
        None if body is None else (body if isinstance(body, bytes) else json.dumps(body).encode())
    )
    reply = client.request(method, path, query, data)
    parsed = json.loads(reply.body)
    assert reply.status >= 400
    check("error", parsed)
    assert "?" not in parsed["message"], parsed
    assert reply.status == ERRORS[parsed["code"]].status
    return str(parsed["code"])


def test_mistakes_have_their_errors(client: WorkerClient, rich: str) -> None:
    own = f"w/{client.id}"
    other = f"w/{client.id[:-1]}{'0' if client.id[-1] != '0' else '1'}"
    assert _code(client, "GET", "nothing/here") == "route-not-found"
    assert _code(client, "GET", f"{other}/runs") == "workspace-unknown"
    assert _code(client, "DELETE", f"{own}/runs") == "bad-request"
    assert _code(client, "GET", f"{own}/runs", query={"since": "x"}) == "bad-request"
    assert _code(client, "GET", f"{own}/runs/zzz") == "run-not-found"
    assert _code(client, "GET", f"{own}/blocks/0") == "bad-request"
    assert _code(client, "GET", f"{own}/jobs/none") == "job-not-found"
    assert _code(client, "GET", f"{own}/runs/{rich}/file", query={"path": "no"}) == "file-not-found"
    assert (
        _code(client, "GET", f"{own}/runs/{rich}/file", query={"path": "data"}) == "file-not-found"
    )
    assert _code(client, "POST", f"{own}/snapshots", b"{") == "bad-request"
    assert _code(client, "POST", f"{own}/snapshots", []) == "bad-request"
    assert _code(client, "POST", f"{own}/snapshots", {"message": 1}) == "bad-request"
    assert _code(client, "POST", f"{own}/track", {"keep": 1}) == "bad-request"
    assert _code(client, "PUT", f"{own}/policy", {"default": "all"}) == "bad-request"
    assert _code(client, "POST", f"{own}/notices", {"code": "disk-full"}) == "bad-request"


def test_an_ambiguous_run_names_its_candidates(workspace: Workspace, client: WorkerClient) -> None:
    workspace.write_notebook("a.ipynb", block("aa1") + block("aa2"))
    client.post("notify", {"path": "a.ipynb"})
    wait_run(client, "aa2")
    with pytest.raises(ApiError, match="aa2, aa1") as caught:
        client.get("runs/aa")
    assert caught.value.code == "run-ambiguous"


@pytest.mark.parametrize(
    "into", ["../out", "/tmp/out", "a/../../out", "link/out", ".git/x", ".dotscience/x", "a//b", ""]
)
def test_a_browser_cannot_restore_outside(
    workspace: Workspace, client: WorkerClient, rich: str, tmp_path: Path, into: str
) -> None:
    """G7, G4."""
    (workspace.path / "link").symlink_to(tmp_path)
    body = json.dumps({"into": into}).encode()
    sock_headers = {"Content-Type": "application/json"}
    reply = _as_browser(client, f"w/{client.id}/runs/{rich}/checkout", body, sock_headers)
    assert reply["code"] in ("path-refused", "checkout-exists")
    assert not (tmp_path / "out").exists()


def _as_browser(client: WorkerClient, path: str, body: bytes, headers: dict[str, str]) -> Any:
    """A POST without the header of local programs, as the server extension sends it."""
    import http.client

    from dotscience_server.client import _open

    sock = _open(client._located.socket, 30)
    assert sock is not None
    connection = http.client.HTTPConnection("worker")
    connection.sock = sock
    try:
        connection.request("POST", f"/v1/{path}", body, headers)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def test_a_checkout_never_overwrites(
    workspace: Workspace, client: WorkerClient, rich: str, tmp_path: Path
) -> None:
    """G4."""
    with pytest.raises(ApiError) as caught:
        client.post(f"runs/{rich}/checkout", {"into": "data"})
    assert caught.value.code == "checkout-exists"
    outside = tmp_path / "elsewhere"
    job = wait_job(client, client.post(f"runs/{rich}/checkout", {"into": str(outside)}))
    assert job["result"]["path"] == str(outside) and (outside / "data/train.csv").exists()
    names = {wait_job(client, client.post(f"runs/{rich}/checkout"))["result"]["path"] for _ in "ab"}
    assert len(names) == 2


def test_the_users_agreement_is_kept(workspace: Workspace, client: WorkerClient) -> None:
    policy = {**client.get("status")["policy"], "limit_bytes": 1_000, "floor_bytes": 0}
    client.put("policy", policy)
    (workspace.path / "big.bin").write_bytes(b"x" * 50_000)
    job = wait_job(client, client.post("snapshots", {"message": None}))
    assert job["state"] == "done"
    assert client.get("snapshots")["snapshots"][0]["not_kept"] == 1
    cost = wait_for(lambda: (c := client.get("status")["cost"])["held_back_files"] == 1 and c)
    assert cost["agreed"] is None and cost["largest"]
    client.post("track", {"keep": True})
    wait_for(lambda: client.get("status")["cost"]["agreed"] is True)
    wait_job(client, client.post("snapshots"))
    assert client.get("snapshots")["snapshots"][0]["not_kept"] == 0
    workspace.kill_worker()
    assert workspace.connect().get("status")["policy"] == policy


def test_changes_since_the_last_snapshot(workspace: Workspace, client: WorkerClient) -> None:
    (workspace.path / "a.txt").write_text("a")
    wait_job(client, client.post("snapshots"))
    (workspace.path / "a.txt").write_text("changed")
    (workspace.path / "b.txt").write_text("b")
    changes = wait_for(lambda: (c := client.get("status")["changes"])["total"] == 2 and c)
    assert [(one["path"], one["kind"]) for one in changes["files"]] == [
        ("a.txt", "modified"),
        ("b.txt", "added"),
    ]


def test_a_fresh_status_counts_what_just_changed(
    workspace: Workspace, client: WorkerClient
) -> None:
    wait_job(client, client.post("snapshots"))
    for number in range(1, 6):
        (workspace.path / f"{number}.txt").write_text("new")
        assert client.get("status", {"fresh": 1})["changes"]["total"] == number


def test_waiting_for_a_count_keeps_nobody_else_waiting(client: WorkerClient) -> None:
    with ThreadPoolExecutor(4) as threads:
        counts = [threads.submit(client.get, "status", {"fresh": 1}) for _ in range(4)]
        assert client.get("changes")["revision"] >= 1
        assert all(count.result()["changes"]["counted"] for count in counts)


def test_a_bad_ignore_rule_is_a_notice_until_it_is_corrected(
    workspace: Workspace, client: WorkerClient
) -> None:
    ignore = workspace.path / ".dotscienceignore"
    ignore.write_text("*.bin\n!\n")
    (notice,) = client.get("status", {"fresh": 1})["notices"]
    check("notice", notice)
    assert (notice["code"], notice["severity"]) == ("files-unreadable", "info")
    assert ".dotscienceignore line 2" in notice["detail"]
    ignore.write_text("*.bin\n")
    assert client.get("status", {"fresh": 1})["notices"] == []


def test_a_reported_clash_is_one_notice(client: WorkerClient) -> None:
    for _ in range(2):
        client.post("notices", {"code": "library-clash", "fields": {"where": "/x"}})
    (notice,) = client.get("status")["notices"]
    check("notice", notice)
    assert "/x" in notice["text"]
    client.post(f"notices/{notice['id']}/dismiss")
    assert client.get("status")["notices"] == []


def test_rebuild_is_a_job_and_changes_nothing(client: WorkerClient, rich: str) -> None:
    wait_for(lambda: client.get("status")["state"] == "idle", "the last snapshot")
    before = client.get("runs", {"since": 0})
    assert wait_job(client, client.post("rebuild"))["state"] == "done"
    assert client.get("runs", {"since": 0}) == before


def test_recorded_answers_are_as_their_schemas_say() -> None:
    """The fixtures that TypeScript reads; ``python -m tests.worker.record_responses`` writes them."""
    files = sorted((PROTOCOL / "vectors" / "responses").glob("*.json"))
    assert files
    for file in files:
        schema = re.sub(r"\..*", "", file.stem)
        check(schema, json.loads(file.read_text()))
