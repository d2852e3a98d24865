"""What holds for every Python test of the repository."""

from hypothesis import settings

# pytest takes plugins from a conftest at the root alone.
pytest_plugins = ("pytest_jupyter.jupyter_server",)

# How long an example takes says more about the machine than about the code.
settings.register_profile("default", deadline=None)
settings.load_profile("default")
