"""One of the two Jupyter servers of the browser tests, chosen by ``UI_SERVER``.

``plain`` is what ``jupyter lab`` gives, without a token. ``hub`` stands as under JupyterHub:
a base URL, a login, and a page that never learns a token. XSRF checks stay on in both.
"""

import atexit
import os
import shutil
from pathlib import Path
from tempfile import mkdtemp

import jupyterlab
from jupyter_server.auth import passwd

c = get_config()  # noqa: F821

folder = Path(mkdtemp(prefix=f"dotscience-ui-{os.environ['UI_SERVER']}-"))
atexit.register(shutil.rmtree, folder, ignore_errors=True)
(folder / "root").mkdir()

c.ServerApp.port = int(os.environ["UI_SERVER_PORT"])
c.ServerApp.port_retries = 0
c.ServerApp.ip = "localhost"
c.ServerApp.open_browser = False
c.ServerApp.base_url = os.environ["UI_SERVER_BASE_URL"]
c.ServerApp.root_dir = str(folder / "root")
c.IdentityProvider.token = ""
c.PasswordIdentityProvider.hashed_password = (
    passwd(os.environ["UI_SERVER_PASSWORD"]) if os.environ["UI_SERVER_PASSWORD"] else ""
)
c.LabApp.workspaces_dir = str(folder / "workspaces")
c.LabApp.user_settings_dir = str(folder / "settings")
c.LabApp.expose_app_in_browser = True
c.LabApp.news_url = None
c.LabServerApp.extra_labextensions_path = str(Path(jupyterlab.__file__).parent / "galata")
