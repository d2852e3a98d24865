"""A real Jupyter server with the extension, in a workspace of its own; every XDG folder is the test's."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest

from tests.running_workers import end_workers

WITHIN_S = 30


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    return {
        "ServerApp": {
            "jpserver_extensions": {"dotscience_server": True},
            "allow_unauthenticated_access": False,
            "allow_root": True,
        }
    }


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("CACHE", "STATE", "CONFIG", "DATA"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / f"xdg-{name.lower()}"))
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    yield
    end_workers(tmp_path)


@pytest.fixture
def notebook(jp_root_dir: Path) -> Path:
    """An empty notebook in a folder that is no workspace yet."""
    path = jp_root_dir / "project" / "train.ipynb"
    path.parent.mkdir()
    nbformat.write(nbformat.v4.new_notebook(), path)
    return path


Api = Callable[..., Awaitable[Any]]
Execute = Callable[..., Awaitable[str]]


@pytest.fixture
def api(jp_fetch: Any) -> Api:
    """One JSON request to the local API."""

    async def call(route: str, method: str = "GET", body: Any = None, **params: object) -> Any:
        sent = {} if method in ("GET", "DELETE") else {"body": json.dumps(body or {})}
        answer = await jp_fetch("dotscience/api/" + route, method=method, params=params, **sent)
        return json.loads(answer.body) if answer.body else None

    return call


@pytest.fixture
def workspace(api: Api, notebook: Path, jp_asyncio_loop: Any) -> Any:
    """The notebook's workspace, opened through the API."""
    return jp_asyncio_loop.run_until_complete(api("workspace", path="project/train.ipynb"))


@pytest.fixture
def execute(
    jp_serverapp: Any, notebook: Path, jp_asyncio_loop: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Execute]:
    """Runs code in a new kernel of the server beside the notebook; what it printed."""
    monkeypatch.delenv("PYTHONPATH", raising=False)  # pytest-jupyter puts all of sys.path there
    manager = jp_serverapp.kernel_manager
    started: list[str] = []

    async def run(code: str, kernel_name: str | None = None) -> str:
        id = await manager.start_kernel(path="project", kernel_name=kernel_name)
        started.append(id)
        return await printed(manager.get_kernel(id), code)

    yield run
    for id in started:
        jp_asyncio_loop.run_until_complete(manager.shutdown_kernel(id, now=True))


async def printed(kernel: Any, code: str) -> str:
    """What ``code`` prints in a kernel. An exception there fails the test."""
    client = kernel.client()
    client.start_channels()
    texts: list[str] = []
    try:
        await client.wait_for_ready(timeout=WITHIN_S)
        reply = await client.execute_interactive(
            code, timeout=WITHIN_S, output_hook=lambda m: texts.append(m["content"].get("text", ""))
        )
    finally:
        client.stop_channels()
    assert reply["content"]["status"] == "ok", reply["content"]
    return "".join(texts)


PUBLISH = """
import dotscience as ds
ds.start("from a kernel")
ds.metric("accuracy", 0.94)
with open(ds.output("model.bin"), "wb") as file:
    file.write(b"0123456789")
ds.publish()
"""


async def until_run(api: Api, workspace: str) -> Any:
    """The only run of a workspace, once it is in the feed."""

    async def look() -> Any:
        runs = (await api(f"w/{workspace}/runs", since=0))["runs"]
        return runs[0] if runs else None

    return await until(look, "saw a run")


async def until_frozen(api: Api, workspace: str) -> Any:
    """The only run of a workspace, once its snapshot is taken."""

    async def look() -> Any:
        run = await until_run(api, workspace)
        return run if run["snapshot"]["state"] == "sealed" else None

    return await until(look, "saw the snapshot")


async def until(look: Callable[[], Awaitable[Any]], what: str) -> Any:
    """The first true value of ``look``; fails after `WITHIN_S`."""
    deadline = time.monotonic() + WITHIN_S
    while True:
        found = await look()
        if found:
            return found
        assert time.monotonic() < deadline, f"never {what}"
        await asyncio.sleep(0.02)


@pytest.fixture
def until_job(api: Api) -> Callable[[str, str], Awaitable[Any]]:
    """Waits for a job's end and returns it."""

    async def wait(workspace: str, job: str) -> Any:
        async def ended() -> Any:
            found = await api(f"w/{workspace}/jobs/{job}")
            return found if found["state"] in ("done", "failed", "cancelled") else None

        return await until(ended, f"ended job {job}")

    return wait
