"""A real kernel with our extension in a workspace, driven as JupyterLab drives it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from tests.worker.workspaces import Workspace

LIMIT_S = 60


@contextmanager
def kernel(workspace: Workspace, notebook: str) -> Iterator[Callable[..., None]]:
    """Gives ``run(source, **metadata)``, which returns when the cell has ended."""
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}",
            "--ext=dotscience._kernel"]  # fmt: skip
    manager = KernelManager()
    manager._kernel_spec = KernelSpec(argv=argv, language="python", display_name="test")
    env = {**workspace.env(), "JPY_SESSION_NAME": str(workspace.path / notebook)}
    manager.start_kernel(cwd=str(workspace.path), env=env, stderr=-3, stdout=-3)
    client = manager.client()
    client.start_channels()

    def run(source: str, **metadata: Any) -> None:
        content = {"code": source, "silent": False, "store_history": True,
                   "user_expressions": {}, "allow_stdin": False, "stop_on_error": True}  # fmt: skip
        message = client.session.msg("execute_request", content)
        message["metadata"].update(metadata)
        client.shell_channel.send(message)
        deadline = time.monotonic() + LIMIT_S
        while True:
            reply = client.get_shell_msg(timeout=deadline - time.monotonic())
            if reply["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                assert reply["content"]["status"] == "ok", reply["content"]
                return

    try:
        client.wait_for_ready(timeout=LIMIT_S)
        yield run
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=not manager.is_alive())
        manager.cleanup_resources()
