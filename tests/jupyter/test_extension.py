"""The extension as a guest in the server: it can be off, it ends clean, it costs nothing at start."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_server.services.contents.manager import ContentsManager
from tornado.httpclient import HTTPClientError

from dotscience_server.jupyter.extension import Dotscience
from dotscience_server.jupyter.root import ContentsRoot
from dotscience_server.protocol.failure import ApiError


def extension(server: Any) -> Dotscience:
    (app,) = server.extension_manager.extension_apps["dotscience_server"]
    assert isinstance(app, Dotscience)
    return app


async def test_stopping_leaves_no_task_and_no_hook(
    jp_serverapp: Any, api: Any, workspace: Any
) -> None:
    create = KernelProvisionerFactory.create_provisioner_instance
    following = asyncio.all_tasks()
    await extension(jp_serverapp).stop_extension()
    ours = [
        task for task in asyncio.all_tasks() & following if "dotscience" in repr(task.get_coro())
    ]
    assert ours == []
    assert KernelProvisionerFactory.create_provisioner_instance is not create
    assert create.__module__ == "dotscience_server.jupyter.kernels"


class TestOff:
    @pytest.fixture
    def jp_server_config(self) -> dict[str, Any]:
        return {
            "ServerApp": {"jpserver_extensions": {"dotscience_server": True}},
            "Dotscience": {"enabled": False},
        }

    async def test_nothing_is_served(self, jp_fetch: Any, jp_serverapp: Any) -> None:
        with pytest.raises(HTTPClientError) as refused:
            await jp_fetch("dotscience/api/workspace", params={"path": "x.ipynb"})
        assert refused.value.code == 404
        assert extension(jp_serverapp).parts is None


class TestIdle:
    @pytest.fixture
    def jp_server_config(self) -> dict[str, Any]:
        return {
            "ServerApp": {"jpserver_extensions": {"dotscience_server": True}},
            "Dotscience": {"idle_s": 1234.0},
        }

    async def test_the_setting_arrives(self, jp_serverapp: Any) -> None:
        assert extension(jp_serverapp).idle_s == 1234.0


def test_a_contents_manager_without_files_says_so() -> None:
    root = ContentsRoot(ContentsManager())
    with pytest.raises(ApiError) as refused:
        root.os_path("x.ipynb")
    assert refused.value.code == "contents-elsewhere"
    assert "ContentsManager" in refused.value.message
    assert root.api_path("/anything") is None


async def test_a_store_that_cannot_be_made_is_told_clearly(jp_fetch: Any, notebook: Path) -> None:
    (notebook.parent / ".dotscience").write_text("in the way")
    with pytest.raises(HTTPClientError) as refused:
        await jp_fetch("dotscience/api/workspace", params={"path": "project/train.ipynb"})
    body = json.loads(refused.value.response.body)
    assert body["code"] == "store-unwritable"
    assert body["kept"] and body["next"]


def test_loading_the_package_loads_neither_jupyter_nor_the_worker() -> None:
    code = (
        "import sys, dotscience_server, dotscience_server.cli\n"
        "loaded = {name.split('.')[0] for name in sys.modules}\n"
        "print(sorted(loaded & {'tornado', 'jupyter_server', 'traitlets', 'pathspec', 'sqlite3'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
