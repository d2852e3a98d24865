"""From a real kernel, or a notebook saved through the contents API, to the browser."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from tornado.httpclient import HTTPClientError

from dotscience import _block
from dotscience_server.jupyter.events import SCHEMA_ID
from tests.jupyter.conftest import PUBLISH, until, until_frozen, until_run

META = {
    "version": "1",
    "input": [],
    "output": [],
    "labels": {},
    "parameters": {},
    "summary": {"accuracy": "0.5"},
    "start": "20261121T120000.000000",
    "end": "20261121T120001.000000",
}


async def test_a_publish_in_a_kernel_is_told_on_the_event_stream(
    api: Any, workspace: Any, execute: Any, jp_ws_fetch: Any
) -> None:
    socket = await jp_ws_fetch("api", "events", "subscribe")
    await execute(PUBLISH)
    run = await until_run(api, workspace["id"])
    while True:
        event = json.loads(await socket.read_message())
        if event["schema_id"] == SCHEMA_ID and event["revision"] >= run["revision"]:
            break
    assert event["workspace"] == workspace["id"]
    socket.close()


async def test_bytes_of_a_run_come_as_an_attachment_and_in_ranges(
    api: Any, workspace: Any, execute: Any, jp_fetch: Any
) -> None:
    await execute(PUBLISH)
    run = await until_run(api, workspace["id"])
    url = f"dotscience/api/w/{workspace['id']}/runs/{run['id']}/file"

    async def look() -> Any:
        try:
            return await jp_fetch(url, params={"path": "model.bin"})
        except HTTPClientError as error:
            assert error.code == 409, "pending is the one answer before the bytes are there"
            return None

    whole = await until(look, "kept the output")
    assert whole.body == b"0123456789"
    assert whole.headers["Content-Disposition"].startswith("attachment")
    assert whole.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in whole.headers["Content-Security-Policy"]
    part = await jp_fetch(url, params={"path": "model.bin"}, headers={"Range": "bytes=2-4"})
    assert (part.code, part.body) == (206, b"234")
    with pytest.raises(HTTPClientError) as missing:
        await jp_fetch(url, params={"path": "nothing.bin"})
    assert json.loads(missing.value.response.body)["code"] in ("file-not-found", "snapshot-pending")


def notebook_with_block() -> dict[str, Any]:
    block = _block.render("11111111-2222-4333-8444-555555555555", META)
    cell = nbformat.v4.new_code_cell("ds.publish()")
    cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=block + "\n")]
    cell.execution_count = 1
    return nbformat.v4.new_notebook(cells=[cell])  # type: ignore[no-any-return]


async def test_a_saved_notebook_is_looked_at(
    api: Any, workspace: Any, jp_fetch: Any, notebook: Path
) -> None:
    model = {"type": "notebook", "content": notebook_with_block()}
    await jp_fetch("api/contents/project/train.ipynb", method="PUT", body=json.dumps(model))
    run = await until_run(api, workspace["id"])
    assert run["notebook"] == "train.ipynb"
    assert run["metrics"][0]["number"] == 0.5


async def test_saving_where_nothing_is_tracked_makes_no_workspace(
    jp_fetch: Any, notebook: Path, jp_serverapp: Any
) -> None:
    model = {"type": "notebook", "content": notebook_with_block()}
    await jp_fetch("api/contents/project/train.ipynb", method="PUT", body=json.dumps(model))
    parts = next(iter(jp_serverapp.extension_manager.extension_apps["dotscience_server"])).parts
    await until(lambda: idle(parts.background), "looked at the save")
    assert not (notebook.parent / ".dotscience").exists()


async def idle(background: Any) -> bool:
    return not background.busy


async def test_checkout_gives_the_browser_a_path(
    api: Any, workspace: Any, execute: Any, until_job: Any, jp_root_dir: Path
) -> None:
    await execute(PUBLISH)
    run = await until_frozen(api, workspace["id"])
    job = await api(f"w/{workspace['id']}/runs/{run['id']}/checkout", "POST", {"into": None})
    done = await until_job(workspace["id"], job["id"])
    assert done["state"] == "done", done
    if done["result"]["api_path"] is not None:
        assert (
            jp_root_dir / done["result"]["api_path"] / "model.bin"
        ).read_bytes() == b"0123456789"
