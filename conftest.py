"""pytest takes plugins from here alone."""

pytest_plugins = ("pytest_jupyter.jupyter_server",)
