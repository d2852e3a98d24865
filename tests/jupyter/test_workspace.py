"""Opening a workspace through the Jupyter server, and what is passed on to its worker."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from tests.jupyter.conftest import PUBLISH, until, until_frozen
from tests.running_workers import kill_worker, worker_pid


async def refusal(awaited: Any) -> tuple[int, dict[str, Any]]:
    with pytest.raises(HTTPClientError) as refused:
        await awaited
    return refused.value.code, json.loads(refused.value.response.body)


async def test_a_notebooks_folder_becomes_a_workspace(workspace: Any, notebook: Path) -> None:
    assert workspace["path"] == os.fspath(notebook.parent)
    assert workspace["api_path"] == "project"
    assert worker_pid(notebook.parent / ".dotscience") is not None


async def test_looking_at_a_folder_makes_no_workspace(api: Any, notebook: Path) -> None:
    status, body = await refusal(api("workspace", path="project"))
    assert (status, body["code"]) == (404, "workspace-not-found")
    assert not (notebook.parent / ".dotscience").exists()


@pytest.mark.parametrize("path", ["../x.ipynb", "project/../../x.ipynb"])
async def test_paths_that_lead_out_are_refused(api: Any, notebook: Path, path: str) -> None:
    status, body = await refusal(api("workspace", path=path))
    assert (status, body["code"]) == (400, "path-refused")


async def test_a_folder_that_is_not_there(api: Any) -> None:
    status, body = await refusal(api("workspace", path="none/x.ipynb"))
    assert (status, body["code"]) == (404, "workspace-not-found")


async def test_a_leading_slash_is_the_root_of_jupyter(api: Any, notebook: Path) -> None:
    assert (await api("workspace", path="/project/train.ipynb"))["path"] == os.fspath(
        notebook.parent
    )


async def test_a_link_shows_the_workspace_it_leads_to(
    api: Any, notebook: Path, jp_root_dir: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "a.ipynb").write_bytes(notebook.read_bytes())
    (jp_root_dir / "link").symlink_to(elsewhere)
    opened = await api("workspace", path="link/a.ipynb")
    assert (opened["path"], opened["api_path"]) == (os.fspath(elsewhere), None)


async def test_a_workspace_not_opened_is_unknown(api: Any) -> None:
    status, body = await refusal(api("w/00000000-0000-0000-0000-000000000000/status"))
    assert (status, body["code"], body["retryable"]) == (404, "workspace-unknown", True)


async def test_what_is_not_there_is_no_warning_in_the_servers_log(
    api: Any, workspace: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Asking whether a folder is a workspace, or for a run that is gone, is all in a day's work."""
    caplog.set_level("DEBUG")
    for route in ("w/{id}/runs/ffff", "w/00000000-0000-0000-0000-000000000000/status"):
        assert (await refusal(api(route.format(**workspace))))[0] == 404
    assert (await refusal(api("workspace", path="none/x.ipynb")))[0] == 404
    assert (await refusal(api("none-such")))[0] == 404
    lines = [(r.levelname, r.getMessage()) for r in caplog.records if "404 GET" in r.getMessage()]
    assert [level for level, _ in lines] == ["DEBUG", "DEBUG", "DEBUG", "WARNING"]
    assert "none-such" in lines[-1][1]


async def test_status_passes_the_proxy(api: Any, workspace: Any) -> None:
    status = await api(f"w/{workspace['id']}/status")
    assert status["workspace"] == workspace["id"]


async def test_a_killed_worker_is_started_again(api: Any, workspace: Any, notebook: Path) -> None:
    store = notebook.parent / ".dotscience"
    killed = kill_worker(store)
    again = await api(f"w/{workspace['id']}/workspace")
    assert again["id"] == workspace["id"]
    assert worker_pid(store) not in (None, killed)


async def test_a_worker_that_cannot_start_is_told(api: Any, workspace: Any, notebook: Path) -> None:
    store = notebook.parent / ".dotscience"
    kill_worker(store)
    store.rename(store.with_name("away"))
    store.write_text("no folder")
    status, body = await refusal(api(f"w/{workspace['id']}/status"))
    assert status >= 500
    assert body["kept"] and body["next"]


async def test_a_snapshot_and_where_a_checkout_lies(
    api: Any, workspace: Any, notebook: Path, until_job: Any
) -> None:
    job = await api(f"w/{workspace['id']}/snapshots", "POST", {"message": "first"})
    done = await until_job(workspace["id"], job["id"])
    assert done["state"] == "done"
    (snapshot,) = (await api(f"w/{workspace['id']}/snapshots"))["snapshots"]
    assert snapshot["message"] == "first"


async def test_errors_of_the_worker_arrive_whole(api: Any, workspace: Any) -> None:
    status, body = await refusal(api(f"w/{workspace['id']}/runs/zzz"))
    assert (status, body["code"]) == (404, "run-not-found")
    status, body = await refusal(api(f"w/{workspace['id']}/jobs/zzz", "DELETE"))
    assert (status, body["code"]) == (404, "job-not-found")


async def test_the_browser_cannot_pass_for_a_program_of_the_user(
    jp_fetch: Any, api: Any, workspace: Any, execute: Any, tmp_path: Path
) -> None:
    """G7: a checkout that the browser asks for stays where the worker allows browsers."""
    await execute(PUBLISH)
    run = await until_frozen(api, workspace["id"])
    url = f"dotscience/api/w/{workspace['id']}/runs/{run['id']}/checkout"
    body = json.dumps({"into": os.fspath(tmp_path / "outside")})
    headers = {"X-Dotscience-Local": "1"}
    status, told = await refusal(jp_fetch(url, method="POST", body=body, headers=headers))
    assert (status, told["code"]) in ((400, "checkout-outside"), (400, "path-refused"))
    assert not (tmp_path / "outside").exists()


async def test_a_removed_store_is_a_new_workspace(api: Any, workspace: Any, notebook: Path) -> None:
    """The old id is unknown, so that the browser looks it up again; its path opens the new one."""
    store = notebook.parent / ".dotscience"
    await until(lambda: asyncio.to_thread(removed, store), "removed the store")
    again = await api("workspace", path="project/train.ipynb")
    assert again["id"] != workspace["id"]
    status, body = await refusal(api(f"w/{workspace['id']}/status"))
    assert (status, body["code"]) == (404, "workspace-unknown")
    assert (await api(f"w/{again['id']}/status"))["notices"] == []


def removed(store: Path) -> bool:
    """Whether the store is away; the worker may be making a file in it."""
    shutil.rmtree(store, ignore_errors=True)
    return not store.exists()
