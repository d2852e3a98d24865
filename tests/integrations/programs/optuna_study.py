"""Optuna's own MLflow callback."""

import optuna
from optuna_integration import MLflowCallback

callback = MLflowCallback(
    tracking_uri="dotscience://", metric_name="score", mlflow_kwargs={"nested": True}
)
study = optuna.create_study(study_name="hills", direction="maximize")
study.optimize(
    lambda trial: -(trial.suggest_float("x", -3, 3) ** 2), n_trials=4, callbacks=[callback]
)
