"""Named steps at which a fault test may stop the worker for good. Inert without the variable.

``DOTSCIENCE_TEST_BARRIER=name:path``: at the step ``name`` the file ``path`` is made, then the thread
waits until the process is killed.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path


def reach(name: str) -> None:
    """Stop here when the test says so."""
    wanted, _, path = os.environ.get("DOTSCIENCE_TEST_BARRIER", "").partition(":")
    if wanted == name:
        Path(path).touch()
        threading.Event().wait()
