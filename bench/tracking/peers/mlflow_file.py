"""MLflow on its file store, which 3.x opens only when asked to."""

from .mlflow_sqlite import *  # noqa: F403
from .mlflow_sqlite import SETTINGS

SETTINGS.clear()
SETTINGS.update({"MLFLOW_TRACKING_URI": "./mlruns", "MLFLOW_ALLOW_FILE_STORE": "true"})
