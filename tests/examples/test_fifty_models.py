"""Issue's own test: 50 runs in one cell overwrite one model file, no browser: 50 models come back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from dotscience_server.client import WorkerClient, connect
from tests.running_workers import end_workers

pytestmark = pytest.mark.examples

RUNS = 50
_WITHIN_S = 60

_CELL = f"""
import dotscience as ds
for index in range({RUNS}):
    ds.start(f"model {{index}}")
    with open(ds.output("model.bin"), "wb") as file:
        file.write(bytes([index]) * 10_000)
    ds.publish()
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for variable in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        folder = tmp_path / variable.lower()
        folder.mkdir(mode=0o700)
        monkeypatch.setenv(variable, str(folder))
    path = tmp_path / "work"
    path.mkdir()
    yield path
    end_workers(tmp_path)


def _execute(workspace: Path) -> list[nbformat.NotebookNode]:
    """The outputs of the one cell, run by a real kernel whose folder is the workspace."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(_CELL)])
    NotebookClient(notebook, resources={"metadata": {"path": str(workspace)}}).execute()
    nbformat.write(notebook, workspace / "train.ipynb")
    outputs: list[nbformat.NotebookNode] = notebook.cells[0].outputs
    return outputs


def _complete(client: WorkerClient) -> dict[str, str]:
    """Description → id of all runs, once each is complete."""
    deadline = time.monotonic() + _WITHIN_S
    while True:
        runs = client.get("runs", {"since": 0})["runs"]
        if len(runs) >= RUNS and all(run["snapshot"]["state"] == "sealed" for run in runs):
            return {run["description"]: run["id"] for run in runs}
        assert time.monotonic() < deadline, len(runs)
        time.sleep(0.05)


@pytest.mark.parametrize("worker_runs", [True, False], ids=["worker runs", "no worker"])
def test_fifty_models_come_back(workspace: Path, worker_runs: bool) -> None:
    if worker_runs:
        connect(workspace)
    outputs = _execute(workspace)
    client = connect(workspace)
    runs = _complete(client)
    assert len(runs) == RUNS
    for index in range(RUNS):
        where = {"path": "model.bin"}
        with client.stream(f"runs/{runs[f'model {index}']}/file", where) as answer:
            assert b"".join(answer.chunks) == bytes([index]) * 10_000
    cards = [output for output in outputs if output.output_type == "display_data"]
    assert len(cards) == 1
    assert cards[0].data["text/plain"].count("[[DOTSCIENCE-RUN:") == RUNS
