"""XGBoost: a `TrainingCallback` in every `xgboost.train`, by which its scikit-learn estimators train too.

Keys: parameters as given to ``train`` (of an estimator: its own) and ``num_boost_round``; metrics
``<data>_<metric>`` with the boosting round as step; ``best_iteration``, ``best_score`` where it stopped early.
"""

from __future__ import annotations

import sys

from dotscience._autolog._training import Training
from dotscience._autolog._wrapping import wrap
from dotscience._guard import guarded
from dotscience._on_import import on_import

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def install() -> None:
    """Wrap ``train`` when XGBoost is loaded."""
    on_import.when_loaded("xgboost", _wrap)


def _wrap(xgboost: Any) -> None:
    for module in (xgboost, xgboost.training, getattr(xgboost, "sklearn", None)):
        if module is not None:
            wrap(module, "train", _train)


def _train(train: Any, params: Any, *args: Any, **kwargs: Any) -> Any:
    with Training("XGBoost") as training:
        rounds = args[1] if len(args) > 1 else kwargs.get("num_boost_round", 10)
        training.given(params, num_boost_round=rounds)
        callback = _callback(training, rounds)
        if callback is not None:
            kwargs["callbacks"] = [*(kwargs.get("callbacks") or ()), callback]
        booster = train(params, *args, **kwargs)
        _best(training, booster)
    return booster


@guarded
def _best(training: Training, booster: Any) -> None:
    told = booster.attributes()
    found = {key: float(told[key]) for key in ("best_iteration", "best_score") if key in told}
    training.metrics(found)


@guarded
def _callback(training: Training, rounds: Any) -> Any:
    base = sys.modules["xgboost"].callback.TrainingCallback

    class Recorder(base):  # type: ignore[misc, valid-type]
        """Tells each round's evaluation."""

        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            found = {
                f"{data}_{metric}": values[-1][0] if isinstance(values[-1], tuple) else values[-1]
                for data, told in evals_log.items()
                for metric, values in told.items()
                if values
            }
            training.metrics(found, step=epoch)
            training.progress(epoch + 1, rounds, "rounds")
            return False

    return Recorder()
