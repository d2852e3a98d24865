"""What runs beside the workspace: the worker, the Jupyter server extension, ``ds``."""

from __future__ import annotations

import sys
from typing import Any

if sys.version_info < (3, 10):  # noqa: UP036 - the distribution installs on 3.8 for the library
    raise ImportError(
        "dotscience_server needs Python 3.10 or newer; `import dotscience` works here."
    )


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    return [{"module": "dotscience_server"}]


def _load_jupyter_server_extension(server_app: Any) -> None:
    server_app.log.info("Dotscience loaded")
