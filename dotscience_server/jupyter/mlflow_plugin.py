"""The MLflow plugin for kernels whose user asked for it: the package ``dotscience_mlflow`` with its ``.dist-info``, by
whose entry points MLflow finds the scheme ``dotscience://``. Only then: ``pip list`` in that kernel shows the name.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from .kernel_library import ensure_copy

MLFLOW_VARIABLE = "MLFLOW_TRACKING_URI"
MLFLOW_SCHEME = "dotscience://"
_PACKAGE = "dotscience_mlflow"


def ensure_plugin() -> Path | None:
    """The folder to put on ``PYTHONPATH``; None where the plugin is not installed. Raises OSError."""
    folders = plugin_folders()
    return ensure_copy(*folders) if folders else None


def plugin_folders() -> list[Path]:
    """The package's folder and that of its metadata, which lies in it."""
    spec = find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        return []
    package = Path(spec.origin).parent
    return [package, *sorted(package.glob("*.dist-info"))]
