"""A process that executes a notebook in a kernel, cell by cell, and saves it with its outputs.

    stdin: one line of JSON (`Task`), then open as long as the result is wanted: at its end the kernel is killed
    stdout: lines of JSON: {"total"}, {"done"}, {"text"} (what cells print), {"error"} (the cell that failed)
Exit codes: 0 done, 1 a cell failed, 2 the kernel did not start or died.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

Json = dict[str, Any]
_READY_S = 120
_LOOK_S = 1.0
_TEXT = 10_000
_SILENT = {"silent": True, "store_history": False, "user_expressions": {}, "allow_stdin": False}
_LOUD = {**_SILENT, "silent": False, "store_history": True, "stop_on_error": True}


class Manager(KernelManager):
    """A kernel of an interpreter, whatever kernels are installed."""

    argv: list[str] = []  # noqa: RUF012 - traitlets makes the instance

    @property
    def kernel_spec(self) -> KernelSpec:
        """The interpreter's own ipykernel."""
        return KernelSpec(argv=self.argv, language="python", display_name="again")


def main() -> int:
    task = json.loads(sys.stdin.readline())
    manager = Manager()
    manager.argv = task["argv"]
    _end_with_stdin(manager)
    try:
        manager.start_kernel(cwd=task["cwd"], env=task["env"])
        client = manager.client()
        client.start_channels()
        client.wait_for_ready(timeout=_READY_S)
    except Exception as error:
        _tell({"error": f"the kernel did not start: {error}"})
        _shut_down(manager, now=True)
        return 2
    path = Path(task["path"])
    notebook = json.loads(path.read_bytes())
    _clear(notebook)
    try:
        return _Execution(manager, client, notebook, task).run()
    finally:
        _save(path, notebook)
        client.stop_channels()
        _shut_down(manager, now=False)


class _Execution:
    def __init__(self, manager: Manager, client: Any, notebook: Json, task: Json) -> None:
        self._manager = manager
        self._client = client
        self._notebook = notebook
        self._task = task

    def run(self) -> int:
        """In order, up to the first that fails."""
        steps = self._task["steps"]
        _tell({"total": len(steps)})
        if self._task.get("prelude"):
            self._execute(self._task["prelude"], _SILENT, None, {})
        for done, step in enumerate(steps, 1):
            at = step.get("at")
            cell = self._notebook["cells"][at] if at is not None else {"outputs": []}
            source = step.get("source")
            text = source if source is not None else _joined(cell.get("source"))
            error = self._execute(text, _LOUD, step.get("id"), cell) if text.strip() else None
            if error is not None:
                _tell({"error": error, "cell": done})
                return 2 if not self._manager.is_alive() else 1
            _tell({"done": done})
        return 0

    def _execute(self, code: str, how: Json, id: str | None, cell: Json) -> str | None:
        """Its error's text, None where it ended well."""
        message = self._client.session.msg("execute_request", {**how, "code": code})
        if id is not None:
            message["metadata"]["cellId"] = id
        self._client.shell_channel.send(message)
        request = message["header"]["msg_id"]
        outputs = _Outputs(cell)
        while True:
            try:
                heard = self._client.get_iopub_msg(timeout=_LOOK_S)
            except queue.Empty:
                if not self._manager.is_alive():
                    return "the kernel died"
                continue
            if heard["parent_header"].get("msg_id") != request:
                continue
            if heard["msg_type"] == "status" and heard["content"]["execution_state"] == "idle":
                break
            outputs.take(heard)
        reply = self._reply(request)
        if reply is None:
            return "the kernel died"
        cell["execution_count"] = reply.get("execution_count")
        if reply["status"] == "ok":
            return None
        return f"{reply.get('ename', 'error')}: {reply.get('evalue', '')}"[:_TEXT]

    def _reply(self, request: str) -> Json | None:
        while True:
            try:
                heard = self._client.get_shell_msg(timeout=_LOOK_S)
            except queue.Empty:
                if not self._manager.is_alive():
                    return None
                continue
            if heard["parent_header"].get("msg_id") == request:
                return heard["content"]  # type: ignore[no-any-return]


class _Outputs:
    """The outputs of a cell, as a notebook keeps them."""

    def __init__(self, cell: Json) -> None:
        self._cell = cell
        self._clear_first = False
        cell["outputs"] = []

    def take(self, message: Json) -> None:
        """One message of the kernel."""
        kind, content = message["msg_type"], message["content"]
        if kind == "clear_output":
            self._clear_first = bool(content.get("wait"))
            if not self._clear_first:
                self._cell["outputs"] = []
        elif kind == "stream":
            self._stream(content)
        elif kind in ("display_data", "execute_result", "error"):
            self._add({"output_type": kind, **_kept(kind, content)})

    def _stream(self, content: Json) -> None:
        _tell({"text": content["text"][-_TEXT:]})
        outputs = self._cell["outputs"]
        last = outputs[-1] if outputs and not self._clear_first else None
        if last and last["output_type"] == "stream" and last["name"] == content["name"]:
            last["text"] += content["text"]
        else:
            self._add({"output_type": "stream", "name": content["name"], "text": content["text"]})

    def _add(self, output: Json) -> None:
        if self._clear_first:
            self._cell["outputs"] = []
            self._clear_first = False
        self._cell["outputs"].append(output)


def _kept(kind: str, content: Json) -> Json:
    if kind == "error":
        return {name: content[name] for name in ("ename", "evalue", "traceback")}
    told = {"data": content["data"], "metadata": content.get("metadata") or {}}
    if kind == "execute_result":
        told["execution_count"] = content.get("execution_count")
    return told


def _clear(notebook: Json) -> None:
    for cell in notebook["cells"]:
        if cell.get("cell_type") == "code":
            cell["outputs"], cell["execution_count"] = [], None


def _joined(source: Any) -> str:
    return "".join(source) if isinstance(source, list) else str(source or "")


def _save(path: Path, notebook: Json) -> None:
    text = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
    unfinished = path.with_name(f".~{path.name}")
    unfinished.write_text(text, encoding="utf-8", errors="surrogatepass")
    os.replace(unfinished, path)


def _tell(told: Json) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()


def _end_with_stdin(manager: Manager) -> None:
    """Nobody wants the result any more: the kernel is killed, and we end."""

    def watch() -> None:
        sys.stdin.read()
        _shut_down(manager, now=True)
        os._exit(2)

    threading.Thread(target=watch, name="stdin", daemon=True).start()


def _shut_down(manager: Manager, *, now: bool) -> None:
    try:
        if manager.has_kernel:
            manager.shutdown_kernel(now=now)
        manager.cleanup_resources()
    except Exception as error:
        _tell({"text": f"the kernel did not end in order: {error}"})


if __name__ == "__main__":
    sys.exit(main())
