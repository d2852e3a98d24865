"""Transformers: a `TrainerCallback` among the default callbacks of every `Trainer`.

Keys: parameters of `_SETTINGS` and ``model_type``, ``model_name``; metrics as the trainer logs them (``loss``,
``eval_loss``, ``learning_rate``, ``grad_norm``, ``train_runtime`` …), the global step as step. Only rank 0 tells.
"""

from __future__ import annotations

from dotscience._autolog._training import Training
from dotscience._autolog._wrapping import wrap
from dotscience._guard import guarded
from dotscience._on_import import on_import

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SETTINGS = (
    "bf16",
    "fp16",
    "gradient_accumulation_steps",
    "learning_rate",
    "lr_scheduler_type",
    "max_steps",
    "num_train_epochs",
    "optim",
    "per_device_eval_batch_size",
    "per_device_train_batch_size",
    "seed",
    "warmup_ratio",
    "warmup_steps",
    "weight_decay",
)


def install() -> None:
    """Join the default callbacks when the trainer is loaded."""
    on_import.when_loaded("transformers.trainer", _wrap)


def _wrap(module: Any) -> None:
    class Recorder(module.TrainerCallback):  # type: ignore[misc]
        """Tells what the trainer logs to the training that `train` began."""

        training: Any = None

        @guarded
        def on_train_begin(
            self, args: Any, state: Any, control: Any, model: Any = None, **rest: Any
        ) -> None:
            if state.is_world_process_zero and self.training is not None:
                self.training.parameters({**_settings(args), **_of_model(model)})

        @guarded
        def on_log(
            self, args: Any, state: Any, control: Any, logs: Any = None, **rest: Any
        ) -> None:
            if state.is_world_process_zero and self.training is not None:
                self.training.metrics(dict(logs or {}), step=state.global_step)
                self.training.progress(state.global_step, state.max_steps, "steps")

    module.DEFAULT_CALLBACKS.append(Recorder)
    wrap(
        module.Trainer,
        "train",
        lambda train, *args, **kwargs: _train(Recorder, train, *args, **kwargs),
    )


def _train(kind: type, train: Any, trainer: Any, *args: Any, **kwargs: Any) -> Any:
    callback = _found(kind, trainer)
    if callback is None:
        return train(trainer, *args, **kwargs)
    with Training(f"Transformers {_name(trainer)}") as training:
        callback.training = training
        try:
            return train(trainer, *args, **kwargs)
        finally:
            callback.training = None


@guarded
def _found(kind: type, trainer: Any) -> Any:
    if not trainer.is_world_process_zero():
        return None
    callbacks = trainer.callback_handler.callbacks
    return next((one for one in callbacks if isinstance(one, kind)), None)


@guarded
def _name(trainer: Any) -> str:
    return type(trainer.model).__name__


def _settings(args: Any) -> dict[str, Any]:
    found = {name: getattr(args, name, None) for name in _SETTINGS}
    return {
        name: getattr(value, "value", value) for name, value in found.items() if value is not None
    }


def _of_model(model: Any) -> dict[str, Any]:
    config = getattr(model, "config", None)
    told = {
        "model_type": getattr(config, "model_type", None),
        "model_name": getattr(config, "_name_or_path", None),
    }
    return {name: value for name, value in told.items() if value}
