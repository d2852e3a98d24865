"""What was logged beside the metrics: kept as objects, served so that nothing of it runs (G2, G7)."""

from __future__ import annotations

from typing import Any

import pytest

from dotscience import _journal
from dotscience_server.client import WorkerClient
from dotscience_server.protocol.failure import ApiError
from tests.worker.schemas import check
from tests.worker.sessions import Session
from tests.worker.workspaces import Workspace, wait_for

PICTURE = b"\x89PNG\r\n\x1a\n picture"
PAGE = b"<script>alert(1)</script>"


def _log(session: Session, run: str, n: int, data: bytes, **told: Any) -> None:
    folder = session.path.parent.parent / "pins" / run
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"m{n}").write_bytes(data)
    payload = {"id": run, "t": str(session.now_ns), "pin": f"{run}/m{n}", "size": len(data)}
    session.write(
        _journal.MEDIA,
        {**payload, "key": "sample", "step": n, "caption": None, "shape": None, **told},
    )


def _bytes(client: WorkerClient, run: str, n: int) -> tuple[bytes, dict[str, str]]:
    with client.stream(f"runs/{run}/media/{n}") as reply:
        return b"".join(reply.chunks), {
            name.lower(): value for name, value in reply.headers.items()
        }


def _two(session: Session) -> str:
    run = session.start()
    _log(session, run, 0, PICTURE, kind="image", mime="image/png", shape=[2, 3], caption="a cat")
    _log(session, run, 1, PAGE, kind="html", mime="text/html")
    return run


def _check_served(client: WorkerClient, run: str) -> None:
    picture, headers = _bytes(client, run, 0)
    assert picture == PICTURE
    assert headers["content-type"] == "image/png"
    assert headers["content-disposition"].startswith("inline")
    page, headers = _bytes(client, run, 1)
    assert page == PAGE
    assert headers["content-type"] == "application/octet-stream"
    assert headers["content-disposition"].startswith("attachment")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"].startswith("sandbox")
    with pytest.raises(ApiError) as caught:
        _bytes(client, run, 2)
    assert caught.value.code == "file-not-found"


def test_media_become_objects(workspace: Workspace, client: WorkerClient) -> None:
    session = Session(workspace)
    run = _two(session)
    wait_for(lambda: len(client.get("status")["running"]) == 1)
    wait_for(lambda: len(client.get(f"runs/{run}")["media"]) == 2)
    _check_served(client, run)
    session.publish(run)
    wait_for(lambda: not (session.path.parent.parent / "pins" / run).exists())
    detail = client.get(f"runs/{run}")
    check("run", detail)
    told = [(one["n"], one["kind"], one["step"], one["caption"]) for one in detail["media"]]
    assert told == [(0, "image", 0, "a cat"), (1, "html", 1, None)]
    assert detail["media"][0]["shape"] == [2, 3]
    _check_served(client, run)
    session.die()
    wait_for(lambda: not session.path.exists())


def test_a_killed_run_keeps_its_media(workspace: Workspace) -> None:
    session = Session(workspace)
    run = _two(session)
    session.die()
    client = workspace.connect()
    wait_for(lambda: not session.path.exists())
    _check_served(client, run)


@pytest.mark.parametrize("pin", ["../workspace.json", "/etc/passwd", "a/../../x", ""])
def test_a_pin_leads_nowhere_else(workspace: Workspace, client: WorkerClient, pin: str) -> None:
    session = Session(workspace)
    run = session.start()
    told = {"id": run, "t": "1", "key": "k", "kind": "image", "mime": "image/png", "size": 1}
    session.write(_journal.MEDIA, {**told, "pin": pin})
    wait_for(lambda: client.get("status")["running"])
    wait_for(lambda: client.get(f"runs/{run}")["media"])
    with pytest.raises(ApiError):
        _bytes(client, run, 0)
    session.publish(run)
    session.die()
    wait_for(lambda: not session.path.exists())
    assert client.get(f"runs/{run}")["media"] == []
    assert (session.path.parent.parent / "workspace.json").exists()
