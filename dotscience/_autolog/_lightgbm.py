"""LightGBM: a callback in every `lightgbm.train`, by which its scikit-learn estimators train too.

Keys: parameters as given to ``train`` and ``num_boost_round``; metrics ``<data>_<metric>`` with the boosting round as
step; ``best_iteration`` where it stopped early.
"""

from __future__ import annotations

from dotscience._autolog._training import Training
from dotscience._autolog._wrapping import wrap
from dotscience._guard import guarded
from dotscience._on_import import on_import

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def install() -> None:
    """Wrap ``train`` when LightGBM is loaded."""
    on_import.when_loaded("lightgbm", _wrap)


def _wrap(lightgbm: Any) -> None:
    for module in (lightgbm, lightgbm.engine, getattr(lightgbm, "sklearn", None)):
        if module is not None:
            wrap(module, "train", _train)


def _train(train: Any, params: Any, *args: Any, **kwargs: Any) -> Any:
    with Training("LightGBM") as training:
        rounds = args[1] if len(args) > 1 else kwargs.get("num_boost_round", 100)
        training.given(params, num_boost_round=rounds)
        kwargs["callbacks"] = [*(kwargs.get("callbacks") or ()), _callback(training)]
        booster = train(params, *args, **kwargs)
        if getattr(booster, "best_iteration", 0) > 0:
            training.metrics({"best_iteration": booster.best_iteration})
    return booster


def _callback(training: Training) -> Any:
    @guarded
    def record(environment: Any) -> None:
        told = environment.evaluation_result_list or ()
        training.metrics({f"{one[0]}_{one[1]}": one[2] for one in told}, environment.iteration)
        done = environment.iteration - environment.begin_iteration + 1
        total = environment.end_iteration - environment.begin_iteration
        training.progress(done, total, "rounds")

    # Before early stopping (30), whose exception ends the round's callbacks.
    record.order = 20  # type: ignore[attr-defined]
    record.before_iteration = False  # type: ignore[attr-defined]
    return record
