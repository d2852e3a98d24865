"""Lightning: a `Callback` in every `Trainer`, of ``lightning`` and of ``pytorch_lightning``.

Keys: parameters are the module's hyperparameters (``save_hyperparameters``), ``max_epochs``, ``precision``; metrics as the
module logs them, the global step as step; ``epoch`` beside them. Only the process of rank 0 tells.
"""

from __future__ import annotations

from dotscience._autolog._training import Training
from dotscience._autolog._wrapping import wrap
from dotscience._guard import guarded
from dotscience._on_import import on_import

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PACKAGES = ("lightning.pytorch", "pytorch_lightning")


def install() -> None:
    """Wrap ``Trainer.__init__`` when Lightning is loaded."""
    for package in _PACKAGES:
        on_import.when_loaded(f"{package}.trainer.trainer", _wrap)


def _wrap(module: Any) -> None:
    package = module.__name__.rpartition(".trainer.trainer")[0]

    def init(original: Any, trainer: Any, *args: Any, **kwargs: Any) -> None:
        original(trainer, *args, **kwargs)
        _add(package, trainer)

    wrap(module.Trainer, "__init__", init)


@guarded
def _add(package: str, trainer: Any) -> None:
    trainer.callbacks.append(_callback(package))


def _callback(package: str) -> Any:
    import importlib

    base = importlib.import_module(f"{package}.callbacks").Callback

    class Recorder(base):  # type: ignore[misc, valid-type]
        """Tells what the trainer has logged whenever that has changed."""

        _training: Any = None
        _told: Any = None
        _validated: Any = None

        @guarded
        def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
            if not trainer.is_global_zero:
                return
            self._told = {}
            self._validated = set()
            self._training = Training(f"Lightning {type(pl_module).__name__}")
            settings = {"max_epochs": trainer.max_epochs, "precision": str(trainer.precision)}
            self._training.parameters({**dict(pl_module.hparams), **settings})

        @guarded
        def on_train_batch_end(self, trainer: Any, *args: Any) -> None:
            if trainer.global_step % max(1, trainer.log_every_n_steps) == 0:
                now = dict(trainer.logged_metrics)
                self._tell(trainer, {key: now[key] for key in now if key not in self._validated})

        @guarded
        def on_train_epoch_end(self, trainer: Any, pl_module: Any) -> None:
            self._tell(trainer, trainer.callback_metrics)
            if self._training is not None:
                self._training.progress(trainer.current_epoch + 1, trainer.max_epochs, "epochs")

        @guarded
        def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
            if not trainer.sanity_checking:
                # The trainer goes on giving these with each batch, though they are new once an epoch.
                self._validated.update(set(trainer.callback_metrics) - set(self._told))
                self._tell(trainer, trainer.callback_metrics)

        @guarded
        def on_fit_end(self, trainer: Any, pl_module: Any) -> None:
            self._end(None)

        @guarded
        def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
            self._end(exception)

        def _tell(self, trainer: Any, values: Any) -> None:
            """Values that are new since the last time, each once a step."""
            if self._training is None:
                return
            now = {key: float(value) for key, value in dict(values).items()}
            step = trainer.global_step
            new = {key: one for key, one in now.items() if self._told.get(key) != (step, one)}
            self._told.update((key, (step, one)) for key, one in new.items())
            if new:
                self._training.metrics({**new, "epoch": trainer.current_epoch}, step=step)

        def _end(self, error: BaseException | None) -> None:
            training, self._training = self._training, None
            if training is not None:
                training.end(error)

    return Recorder()
