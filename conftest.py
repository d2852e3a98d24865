"""What holds for every Python test of the repository."""

import os

from hypothesis import settings

# pytest takes plugins from a conftest at the root alone.
pytest_plugins = ("pytest_jupyter.jupyter_server",)

# How long an example takes says more about the machine than about the code.
settings.register_profile("full", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=20)
settings.load_profile("quick" if os.environ.get("DOTSCIENCE_QUICK") else "full")
