"""A real kernel that loads our extension, driven by messages as JupyterLab, VS Code or nbclient send them."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

from dotscience._journal import NAMES, read_records
from tests.library.programs import LIMIT_S, Place

EXTENSION = "--ext=dotscience._kernel"


class Kernel:
    """A kernel that runs in a place, and what its journals say."""

    def __init__(self, place: Place, manager: Any, client: BlockingKernelClient) -> None:
        self.place = place
        self.manager = manager
        self.client = client
        self.printed = ""

    def run(self, code: str, **metadata: object) -> dict[str, Any]:
        """Run a cell to its end; the reply. What it showed is in ``printed``."""
        return self.wait(self.send(code, **metadata))

    def send(
        self, code: str, *, silent: bool = False, stop_on_error: bool = True, **metadata: object
    ) -> str:
        """Ask for a cell's execution; the request's id. After an error of one that stops on errors
        the kernel refuses for a moment what comes next.
        """
        content = {
            "code": code,
            "silent": silent,
            "store_history": not silent,
            "user_expressions": {},
            "allow_stdin": False,
            "stop_on_error": stop_on_error,
        }
        message = self.client.session.msg("execute_request", content)
        message["header"]["subshell_id"] = metadata.pop("subshell", None)
        message["metadata"].update(metadata)
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def wait(self, request: str) -> dict[str, Any]:
        """The reply to a request, once everything it shows has come too."""
        self.printed = ""
        deadline = time.monotonic() + LIMIT_S
        while True:
            message = self.client.get_iopub_msg(timeout=deadline - time.monotonic())
            if message["parent_header"].get("msg_id") != request:
                continue
            content = message["content"]
            self.printed += content.get("text", "") + "\n".join(content.get("traceback", []))
            self.printed += content.get("data", {}).get("text/plain", "")
            if content.get("execution_state") == "idle":
                break
        while True:
            reply: dict[str, Any] = self.client.get_shell_msg(timeout=deadline - time.monotonic())
            if reply["parent_header"].get("msg_id") == request:
                return reply["content"]  # type: ignore[no-any-return]

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the kernel, by a silent request that is no cell."""
        self.wait(self.send(f"import json as _j; print(_j.dumps({expression}))", silent=True))
        return json.loads(self.printed)

    def ask(self, type: str, content: dict[str, Any]) -> dict[str, Any]:
        """A request on the control channel; its reply's content."""
        message = self.client.session.msg(type, content)
        self.client.control_channel.send(message)
        reply: dict[str, Any] = self.client.get_control_msg(timeout=LIMIT_S)
        return reply["content"]  # type: ignore[no-any-return]

    def until(self, name: str, count: int) -> None:
        """Wait until the journals hold ``count`` records of that name."""
        deadline = time.monotonic() + LIMIT_S
        while len(self.place.of(name)) < count:
            assert time.monotonic() < deadline, f"never {count} of {name}: {self.place.told()}"
            time.sleep(0.01)

    def kill(self) -> None:
        """``kill -9``, and wait until it is gone."""
        process = self.manager.provisioner.process
        os.kill(process.pid, signal.SIGKILL)
        process.wait(LIMIT_S)


@contextmanager
def kernel(
    place: Place, *options: str, folder: str | None = None, python: str = sys.executable, **env: str
) -> Iterator[Kernel]:
    """A kernel with our extension in ``folder`` (default: the place's root), ended afterwards."""
    argv = [python, "-m", "ipykernel_launcher", "-f", "{connection_file}", EXTENSION, *options]
    manager = KernelManager()
    manager._kernel_spec = KernelSpec(argv=argv, language="python", display_name="test")
    given = {"IPYTHONDIR": str(place.home / "ipython"), "DOTSCIENCE_OBSERVE": "0", **env}
    manager.start_kernel(cwd=folder or str(place.root), env=place.env(given), stderr=-3, stdout=-3)
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=LIMIT_S)
        yield Kernel(place, manager, client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=not manager.is_alive())
        manager.cleanup_resources()


def cells(place: Place) -> list[dict[str, Any]]:
    """Each cell's beginning with its end, in the order in which they began; no times."""
    found: list[dict[str, Any]] = []
    for path in place.journals():
        for record in read_records(path)[0]:
            told = {k: v for k, v in record.payload.items() if k not in ("t", "duration_ns")}
            if NAMES[record.type] == "cell":
                found.append({**told, "ended": False})
            elif NAMES[record.type] == "cell end":
                begun = next(one for one in found if one["n"] == told["n"])
                begun.update(told, ended=True)
    return found
