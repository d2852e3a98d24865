"""``MLFLOW_TRACKING_URI=dotscience://``: programs that know MLflow alone, unchanged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integrations.environments import run

pytestmark = pytest.mark.integrations

URI = {"MLFLOW_TRACKING_URI": "dotscience://"}


def last_line(text: str) -> Any:
    return json.loads(text.strip().splitlines()[-1])


def recorded(folder: Path, *metrics: str) -> dict[str, Any]:
    """Runs by description."""
    told = last_line(run("trackers", "list_runs.py", folder, *metrics).stdout)
    return {one["description"]: one for one in told}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("mlflow")
    return folder, last_line(run("trackers", "mlflow_runs.py", folder, **URI).stdout)


def test_the_program_sees_what_it_logged(told: tuple[Path, dict[str, Any]]) -> None:
    _, seen = told
    assert seen["history"] == [[step * 10, 1 / (step + 1)] for step in range(5)]
    assert seen["found"] == ["plain"]
    assert seen["artifacts"] == ["conf", "note.txt"]
    assert seen["model"] == "LogisticRegression"


def test_its_runs_are_ours(told: tuple[Path, dict[str, Any]]) -> None:
    folder, seen = told
    runs = recorded(folder, "loss")
    plain, child, broken = runs["plain"], runs["child"], runs["broken"]
    assert plain["id"].replace("-", "") == seen["id"]
    assert plain["parameters"] == {"lr": "0.1", "layers": "[1, 2]"}
    assert plain["points"]["loss"] == [[step * 10, 1 / (step + 1)] for step in range(5)]
    assert plain["metrics"]["score"] == "nan"
    assert plain["labels"] == {"experiment": "irises", "team": "red", "note": "a note"}
    assert sorted(path.rpartition("/")[2] for path in plain["outputs"]) == ["note.txt", "x.json"]
    assert child["labels"]["parent"] == plain["id"]
    assert child["labels"]["group"] == "plain"
    assert broken["state"] == "failed"


def test_autologging_keeps_training_metrics_and_children(told: tuple[Path, dict[str, Any]]) -> None:
    folder, _ = told
    runs = recorded(folder).values()
    search = next(one for one in runs if "best_cv_score" in one["metrics"])
    children = [one for one in runs if one["labels"].get("parent") == search["id"]]
    assert len(children) == 3
    assert {one["parameters"]["C"] for one in children} == {"0.1", "1", "10"}
    assert {"training_accuracy_score", "training_f1_score"} <= set(search["metrics"])
    assert any(key.startswith("artefact:") for key in search["labels"])


def test_another_process_reads_and_goes_on(told: tuple[Path, dict[str, Any]]) -> None:
    folder, seen = told
    again = last_line(run("trackers", "mlflow_again.py", folder, seen["id"], **URI).stdout)
    assert again["name"] == "plain"
    assert again["status"] == "FINISHED"
    assert again["params"] == {"lr": "0.1", "layers": "[1, 2]"}
    assert again["history"] == [[step * 10, 1 / (step + 1)] for step in range(5)]
    assert again["experiments"] == ["Default", "irises"]
    plain = recorded(folder)["plain"]
    assert plain["metrics"]["later"] == "7.0"  # MLflow makes it a float
    assert plain["parameters"] == {"lr": "0.1", "layers": "[1, 2]"}


def test_optunas_callback(tmp_path: Path) -> None:
    run("trackers", "optuna_study.py", tmp_path, **URI)
    runs = recorded(tmp_path)
    assert len(runs) == 4
    for one in runs.values():
        x = float(one["parameters"]["x"])
        assert float(one["metrics"]["score"]) == pytest.approx(-(x**2))
        assert one["labels"]["experiment"] == "hills"


def test_nothing_is_shown_and_nothing_is_imported_without_the_variable(tmp_path: Path) -> None:
    shown = run("trackers", "optuna_study.py", tmp_path, **URI)
    assert "DOTSCIENCE_" not in shown.stdout + shown.stderr


def test_a_place_in_the_uri_is_refused_with_the_reason(tmp_path: Path) -> None:
    done = run(
        "trackers",
        "mlflow_again.py",
        tmp_path,
        "x",
        fails=True,
        MLFLOW_TRACKING_URI="dotscience://elsewhere",
    )
    assert done.returncode != 0
    assert "say dotscience://" in done.stderr
