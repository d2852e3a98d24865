"""Keras: a `keras.callbacks.Callback` in every `Model.fit`, with any backend.

Keys: parameters ``optimizer``, ``learning_rate``, ``epochs``, ``batch_size``, ``loss``, ``model``, ``model_parameters``;
metrics as Keras calls them (``loss``, ``val_loss``, …), the epoch as step, from 0.
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
    """Wrap ``Model.fit`` when Keras is loaded."""
    on_import.when_loaded("keras", lambda keras: wrap(keras.Model, "fit", _fit))


def _fit(fit: Any, model: Any, *args: Any, **kwargs: Any) -> Any:
    with Training(f"Keras {getattr(model, 'name', '')}".strip()) as training:
        callback = _callback(training, kwargs.get("batch_size", args[2] if len(args) > 2 else None))
        # Its seventh argument is seldom given by position; then it is left alone.
        if callback is not None and len(args) < 6:
            kwargs["callbacks"] = _with(kwargs.get("callbacks"), callback)
        return fit(model, *args, **kwargs)


def _with(given: Any, callback: Any) -> Any:
    if given is None:
        return [callback]
    if isinstance(given, (list, tuple)):
        return [*given, callback]
    if hasattr(given, "append"):  # a CallbackList
        given.append(callback)
        return given
    return [given, callback]


@guarded
def _settings(model: Any) -> dict[str, Any]:
    optimizer, loss = model.optimizer, model.loss
    rate = getattr(optimizer, "learning_rate", None)
    return {
        "model": model.name,
        "model_parameters": model.count_params() if model.built else None,
        "optimizer": getattr(optimizer, "name", None),
        "learning_rate": None if rate is None else float(rate),
        "loss": loss if isinstance(loss, str) else getattr(loss, "name", None),
    }


@guarded
def _callback(training: Training, batch_size: Any) -> Any:
    base = sys.modules["keras"].callbacks.Callback

    class Recorder(base):  # type: ignore[misc, valid-type]
        """Tells settings at the beginning and each epoch's values."""

        def on_train_begin(self, logs: Any = None) -> None:
            told = {**(_settings(self.model) or {}), "epochs": self.params.get("epochs")}
            told["batch_size"] = batch_size
            training.parameters({key: one for key, one in told.items() if one is not None})

        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            training.metrics(dict(logs or {}), step=epoch)
            training.progress(epoch + 1, self.params.get("epochs"), "epochs")

    return Recorder()
