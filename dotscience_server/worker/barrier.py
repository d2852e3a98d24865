"""Named steps at which a fault test may stop the worker. Inert without the variable.

``DOTSCIENCE_TEST_BARRIER=name:path``: at the step ``name`` the file ``path`` is made, then the thread
waits until the process is killed, or until the test writes something into the file: the step is then free.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

_LOOK_S = 0.01


def reach(name: str) -> None:
    """Stop here when the test says so."""
    wanted, _, path = os.environ.get("DOTSCIENCE_TEST_BARRIER", "").partition(":")
    if wanted == name:
        file = Path(path)
        file.touch()
        while not file.stat().st_size:
            time.sleep(_LOOK_S)
