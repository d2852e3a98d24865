"""The example tells its story: its notebooks run in a real kernel and leave the runs they promise."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from dotscience_server.client import WorkerClient, connect
from tests.running_workers import end_workers

pytestmark = pytest.mark.examples

_SOURCE = Path(__file__).parents[2] / "examples" / "digits"
_NOTEBOOKS = ("01-prepare", "02-train", "03-evaluate")
_WITHIN_S = 60


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the example with every notebook run, top to bottom, and saved."""
    top = tmp_path_factory.mktemp("examples")
    with pytest.MonkeyPatch.context() as patch:
        for variable in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
            folder = top / variable.lower()
            folder.mkdir(mode=0o700)
            patch.setenv(variable, str(folder))
        workspace = top / "digits"
        workspace.mkdir()
        for name in _NOTEBOOKS:
            shutil.copy(_SOURCE / f"{name}.ipynb", workspace)
        for name in _NOTEBOOKS:
            path = workspace / f"{name}.ipynb"
            notebook = nbformat.read(path, as_version=4)
            NotebookClient(notebook, resources={"metadata": {"path": str(workspace)}}).execute()
            nbformat.write(notebook, path)
        yield workspace
        end_workers(top)


@pytest.fixture(scope="module")
def client(executed: Path) -> WorkerClient:
    return connect(executed)


def _runs(client: WorkerClient) -> list[dict[str, Any]]:
    """All runs, oldest first, once each has its snapshot."""
    deadline = time.monotonic() + _WITHIN_S
    while True:
        runs = client.get("runs", {"since": 0})["runs"]
        if len(runs) >= 13 and all(run["snapshot"]["state"] == "sealed" for run in runs):
            return sorted(runs, key=lambda run: run["seq"])
        assert time.monotonic() < deadline, [run["description"] for run in runs]
        time.sleep(0.05)


def test_every_step_is_a_run(client: WorkerClient) -> None:
    runs = _runs(client)
    assert [run["state"] for run in runs].count("failed") == 1
    assert len(runs) == 13
    assert runs[0]["description"] == "Raw scans from scikit-learn"
    assert runs[-1]["description"] == "Evaluate on the test set"
    trained = [run for run in runs if run["models"]]
    assert {model["name"] for run in trained for model in run["models"]} == {"digits-mlp"}
    best = max(m["number"] for run in trained for m in run["metrics"] if m["key"] == "val_accuracy")
    assert best > 0.9


def test_each_training_run_kept_its_own_model(client: WorkerClient) -> None:
    models = set()
    for run in (run for run in _runs(client) if run["models"]):
        where = {"path": "models/digits.joblib"}
        with client.stream(f"runs/{run['id']}/file", where) as answer:
            models.add(hashlib.sha256(b"".join(answer.chunks)).hexdigest())
    assert len(models) == 9


def test_outputs_of_one_step_are_inputs_of_the_next(client: WorkerClient) -> None:
    runs = [client.get(f"runs/{run['id']}") for run in _runs(client)]
    written = {file["path"] for run in runs for file in run["outputs"]}
    read = {file["path"] for run in runs for file in run["inputs"]}
    assert {"data/train.csv", "data/val.csv", "raw/optdigits.csv", "models/digits.joblib"} <= read
    assert read <= written


def test_the_notebooks_in_the_repository_carry_no_output() -> None:
    for name in _NOTEBOOKS:
        cells = json.loads((_SOURCE / f"{name}.ipynb").read_text())["cells"]
        assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)
