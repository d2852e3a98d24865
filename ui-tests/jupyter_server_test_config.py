"""One of the Jupyter servers of the browser tests, chosen by ``UI_SERVER`` (see servers.js).

``plain`` is what ``jupyter lab`` gives, without a token. ``hub`` stands as under JupyterHub:
a base URL, a login, a page that never learns a token, and no handler without authentication.
``bare`` has the front end of the extension but not its server part. XSRF checks stay on in all.

Everything a server starts (kernels, workers) has its home, caches and sockets in the server's
own folder, and carries that folder in its environment: so it is found and ended with the server.
"""

import atexit
import os
import shutil
import signal
from pathlib import Path

import jupyterlab
from jupyter_server.auth import passwd

c = get_config()  # noqa: F821

folder = Path(os.environ["UI_SERVER_FOLDER"])
if "UI_SERVER_KEEP" not in os.environ:
    shutil.rmtree(folder, ignore_errors=True)
for name in ("root", "home", "cache", "state", "config", "data", "run"):
    (folder / name).mkdir(parents=True, mode=0o700, exist_ok=True)

os.environ.update(
    HOME=str(folder / "home"),
    XDG_CACHE_HOME=str(folder / "cache"),
    XDG_STATE_HOME=str(folder / "state"),
    XDG_CONFIG_HOME=str(folder / "config"),
    XDG_DATA_HOME=str(folder / "data"),
    XDG_RUNTIME_DIR=str(folder / "run"),
    JUPYTER_PLATFORM_DIRS="0",
    IPYTHONDIR=str(folder / "home" / "ipython"),
)


def _started_by_us(pid: str) -> bool:
    try:
        environment = Path("/proc", pid, "environ").read_bytes().split(b"\0")
    except OSError:
        return False
    return f"XDG_RUNTIME_DIR={folder / 'run'}".encode() in environment


def end_all() -> None:
    """End the workers this server started, then remove its folder."""
    pids = [p for p in os.listdir("/proc") if p.isdigit() and int(p) != os.getpid()]
    for pid in filter(_started_by_us, pids):
        try:
            os.kill(int(pid), signal.SIGTERM)
        except ProcessLookupError:
            pass
    shutil.rmtree(folder, ignore_errors=True)


atexit.register(end_all)

c.ServerApp.port = int(os.environ["UI_SERVER_PORT"])
c.ServerApp.port_retries = 0
c.ServerApp.ip = "localhost"
c.ServerApp.open_browser = False
c.ServerApp.base_url = os.environ["UI_SERVER_BASE_URL"]
c.ServerApp.root_dir = str(folder / "root")
c.ServerApp.allow_unauthenticated_access = not os.environ["UI_SERVER_PASSWORD"]
c.ServerApp.jpserver_extensions = {"dotscience_server": os.environ["UI_SERVER_EXTENSION"] == "yes"}
c.IdentityProvider.token = ""
c.PasswordIdentityProvider.hashed_password = (
    passwd(os.environ["UI_SERVER_PASSWORD"]) if os.environ["UI_SERVER_PASSWORD"] else ""
)
c.LabApp.workspaces_dir = str(folder / "workspaces")
c.LabApp.user_settings_dir = str(folder / "settings")
c.LabApp.expose_app_in_browser = True
c.LabApp.news_url = None
c.LabServerApp.extra_labextensions_path = str(Path(jupyterlab.__file__).parent / "galata")
