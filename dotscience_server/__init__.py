"""What runs beside the workspace: the worker, the Jupyter server extension, ``ds``.

Importing this package loads nothing: each of the three pays only for what it uses.
"""

from __future__ import annotations

import sys
from typing import Any

if sys.version_info < (3, 10):  # noqa: UP036 - the distribution installs on 3.8 for the library
    raise ImportError(
        "dotscience_server needs Python 3.10 or newer; `import dotscience` works here."
    )


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from .jupyter.extension import Dotscience

    return [{"module": "dotscience_server", "app": Dotscience}]
