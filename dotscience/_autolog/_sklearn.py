"""scikit-learn: the outermost ``fit`` of its estimators.

Its callbacks (since 1.9) reach the few estimators that take them, and scores that cost a prediction each step, so ``fit``
itself is wrapped, class by class as modules are loaded. A fit inside another's (a pipeline's step, a search's candidate,
also in threads of joblib) is part of the outer one.

Keys: label ``estimator``; parameters as `get_params` gives them (of a pipeline: its steps' too), ``samples``, ``features``;
metrics ``training_score`` (up to 100,000 rows), ``best_cv_score``, and what the fit left: ``loss`` (``loss_curve_``),
``validation_score`` (``validation_scores_``), ``train_score`` (boosting, a point an iteration), ``iterations`` (``n_iter_``);
``best_<parameter>`` of a search, its ``cv_results`` as a table. ``score`` called later inside the run is the metric ``score``.
"""

from __future__ import annotations

import threading

from dotscience._autolog._training import Training
from dotscience._autolog._wrapping import wrap
from dotscience._guard import guarded
from dotscience._on_import import on_import

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_MOST_SCORED_ROWS = 100_000
_FITS = ("fit", "fit_transform", "fit_predict")
_CURVES = {
    "loss_curve_": "loss",
    "validation_scores_": "validation_score",
    "train_score_": "train_score",
}
_lock = threading.Lock()
_depth = 0


def install() -> None:
    """Wrap the estimators of every module of scikit-learn that is or will be loaded."""
    on_import.when_any_loaded("sklearn", _wrap)


def _wrap(module: Any) -> None:
    import sys

    base = sys.modules.get("sklearn.base")
    estimator = getattr(base, "BaseEstimator", None)
    if estimator is None:
        return
    for kind in list(vars(module).values()):
        if (
            isinstance(kind, type)
            and issubclass(kind, estimator)
            and kind.__module__ == module.__name__
        ):
            for name in _FITS:
                if name in vars(kind):
                    wrap(kind, name, _fit)
    for name in ("ClassifierMixin", "RegressorMixin"):
        mixin = getattr(module, name, None)
        if mixin is not None and "score" in vars(mixin):
            wrap(mixin, "score", _score)


def _fit(fit: Any, estimator: Any, *args: Any, **kwargs: Any) -> Any:
    global _depth
    with _lock:
        outermost = _depth == 0
        _depth += 1
    try:
        if not outermost:
            return fit(estimator, *args, **kwargs)
        with Training(type(estimator).__name__) as training:
            _before(training, estimator, args)
            result = fit(estimator, *args, **kwargs)
            _after(training, estimator, args, kwargs)
        return result
    finally:
        with _lock:
            _depth -= 1


def _score(score: Any, estimator: Any, *args: Any, **kwargs: Any) -> Any:
    value = score(estimator, *args, **kwargs)
    if _depth == 0:
        _tell_score(value)
    return value


@guarded
def _tell_score(value: Any) -> None:
    import dotscience

    target = dotscience._current()
    if target._running_id() is not None:
        target.add_metric("score", value)


@guarded
def _before(training: Training, estimator: Any, args: Any) -> None:
    training.label("estimator", type(estimator).__name__)
    training.parameters(estimator.get_params(deep=hasattr(estimator, "steps")))
    shape = getattr(args[0], "shape", None) if args else None
    if shape is not None and len(shape) == 2:
        training.parameters({"samples": shape[0], "features": shape[1]})


@guarded
def _after(training: Training, estimator: Any, args: Any, kwargs: Any) -> None:
    for attribute, key in _CURVES.items():
        for step, value in enumerate(_list(getattr(estimator, attribute, None))):
            training.metrics({key: value}, step=step)
    iterations = getattr(estimator, "n_iter_", None)
    if iterations is not None and getattr(iterations, "size", 1) == 1:
        training.metrics({"iterations": int(iterations)})
    if hasattr(estimator, "best_params_"):
        training.parameters(estimator.best_params_, prefix="best_")
        training.metrics({"best_cv_score": estimator.best_score_})
        training.table("cv_results", _rows(estimator.cv_results_))
    _training_score(training, estimator, args, kwargs)


@guarded
def _training_score(training: Training, estimator: Any, args: Any, kwargs: Any) -> None:
    X, y = args[0] if args else kwargs.get("X"), args[1] if len(args) > 1 else kwargs.get("y")
    rows = getattr(X, "shape", (len(X),))[0]
    if y is None or rows > _MOST_SCORED_ROWS or not hasattr(estimator, "score"):
        return
    training.metrics({"training_score": estimator.score(X, y)})


def _list(values: Any) -> Any:
    return () if values is None or not hasattr(values, "__len__") else values


def _rows(results: Any) -> Any:
    keys = [key for key in results if key != "params"]
    return [{key: _plain(results[key][at]) for key in keys} for at in range(len(results["params"]))]


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") and getattr(value, "size", 1) == 1 else value
