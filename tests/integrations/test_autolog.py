"""``ds.autolog()`` with the real libraries: the keys that each records are listed here and in ``docs/ds.md``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integrations.environments import run

pytestmark = pytest.mark.integrations


def recorded(
    name: str, program: str, folder: Path, *metrics: str, **variables: str
) -> list[dict[str, Any]]:
    run(name, program, folder, **variables)
    told = run(name, "list_runs.py", folder, *metrics).stdout.strip().splitlines()[-1]
    return list(json.loads(told))


@pytest.fixture(scope="module")
def sklearn(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("sklearn")
    return recorded("autolog", "autolog_sklearn.py", folder, "loss", "train_score")


def test_a_pipeline_is_one_run_with_its_steps_parameters(sklearn: list[dict[str, Any]]) -> None:
    one = sklearn[0]
    assert (one["description"], one["labels"]["estimator"]) == ("Pipeline", "Pipeline")
    assert one["parameters"]["logisticregression__C"] == "0.5"
    assert (one["parameters"]["samples"], one["parameters"]["features"]) == ("150", "4")
    assert float(one["metrics"]["training_score"]) > 0.9


def test_a_fit_inside_a_run_is_its(sklearn: list[dict[str, Any]]) -> None:
    one = sklearn[1]
    assert one["description"] == "inside"
    assert one["parameters"]["hidden_layer_sizes"] == "(4,)"
    losses = one["points"]["loss"]
    assert [step for step, _ in losses] == list(range(len(losses)))
    assert len(losses) == int(one["metrics"]["iterations"]) > 10
    assert {"score", "training_score", "loss"} <= set(one["metrics"])


def test_a_search_is_one_run(sklearn: list[dict[str, Any]]) -> None:
    one = sklearn[2]
    assert one["description"] == "GridSearchCV"
    assert one["parameters"]["best_C"] in ("0.1", "1", "10")
    assert float(one["metrics"]["best_cv_score"]) > 0.8


def test_boosting_has_a_curve_and_a_broken_fit_its_error(sklearn: list[dict[str, Any]]) -> None:
    assert [step for step, _ in sklearn[3]["points"]["train_score"]] == list(range(5))
    assert sklearn[4]["state"] == "failed"
    assert "InvalidParameterError" in sklearn[4]["error"]
    assert len(sklearn) == 5


def test_xgboost_and_lightgbm(tmp_path: Path) -> None:
    keys = (
        "train_logloss",
        "validation_0_logloss",
        "train_binary_logloss",
        "valid_0_binary_logloss",
    )
    runs = {
        one["description"]: one
        for one in recorded("autolog", "autolog_boosting.py", tmp_path, *keys)
    }
    plain, estimator = runs["xgboost"], runs["xgboost estimator"]
    assert [step for step, _ in plain["points"]["train_logloss"]] == list(range(7))
    assert set(plain["metrics"]) == {"train_logloss", "train_auc"}
    assert plain["parameters"]["eta"] == "0.3"
    assert plain["parameters"]["num_boost_round"] == "7"
    assert {"validation_0_logloss", "best_iteration", "best_score"} <= set(estimator["metrics"])
    light, estimator = runs["lightgbm"], runs["lightgbm estimator"]
    assert [step for step, _ in light["points"]["train_binary_logloss"]] == list(range(6))
    assert light["parameters"]["learning_rate"] == "0.2"
    assert {"valid_0_binary_logloss", "best_iteration"} <= set(estimator["metrics"])
    assert runs["XGBoost"]["parameters"]["eta"] == "0.1"


def test_keras_on_jax(tmp_path: Path) -> None:
    (one,) = recorded("autolog", "autolog_keras.py", tmp_path, "val_loss", KERAS_BACKEND="jax")
    assert set(one["metrics"]) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert [step for step, _ in one["points"]["val_loss"]] == [0, 1, 2]
    assert one["parameters"]["optimizer"] == "adam"
    assert float(one["parameters"]["learning_rate"]) == pytest.approx(0.01)
    assert (one["parameters"]["epochs"], one["parameters"]["batch_size"]) == ("3", "16")
    assert one["parameters"]["loss"] == "binary_crossentropy"


def test_lightning_and_transformers(tmp_path: Path) -> None:
    lightning, transformers = recorded(
        "torch", "autolog_torch.py", tmp_path, "train_loss", "val_loss", "loss", "eval_loss"
    )
    assert lightning["description"] == "Lightning Net"
    assert lightning["parameters"]["hidden"] == "3"
    assert lightning["parameters"]["max_epochs"] == "3"
    assert set(lightning["metrics"]) == {"train_loss", "val_loss", "epoch"}
    assert [step for step, _ in lightning["points"]["val_loss"]] == [5, 10, 15]
    assert len(lightning["points"]["train_loss"]) >= 7
    assert transformers["description"] == "Transformers BertForSequenceClassification"
    assert [step for step, _ in transformers["points"]["loss"]] == [2, 4, 6, 8]
    assert [step for step, _ in transformers["points"]["eval_loss"]] == [4, 8]
    assert transformers["parameters"]["model_type"] == "bert"
    assert transformers["parameters"]["num_train_epochs"] == "2"


def test_a_program_that_trains_nothing_imports_none_of_them(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import sys, dotscience as ds\nds.autolog()\n"
        "print([name for name in ('sklearn', 'xgboost', 'lightgbm', 'keras', 'numpy') if name in sys.modules])\n"
    )
    assert run("autolog", str(program), tmp_path).stdout.strip() == "[]"
