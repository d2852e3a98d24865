"""The Jupyter server extension's composition root: builds the parts, hands them on, stops them.

Loading it starts no process, opens no workspace and reads nothing of the user's: the first request or tracked kernel does.
"""

from __future__ import annotations

from typing import Any

from jupyter_server.extension.application import ExtensionApp
from traitlets import Bool, Float

from ..settings import UserSettings
from .background import Background
from .clash import ClashCheck
from .clash_notices import ClashNotices
from .contents import SaveHints
from .events import ChangeEvents
from .follow import Followers
from .forwarding import Host
from .handlers import handlers
from .kernels import KernelLibrary, kernels_work
from .proxy import Proxy
from .root import ContentsRoot
from .workspaces import Opened, Workspaces


class Dotscience(ExtensionApp):
    """Tracks runs of notebooks beside the workspace (settings of the server, section ``Dotscience``)."""

    name = "dotscience"
    load_other_extensions = True

    enabled = Bool(True, config=True, help="Serve the local API, follow workspaces, track saves.")
    library_for_kernels = Bool(
        True,
        config=True,
        help="Let Python kernels of any environment import the tracking library (by PYTHONPATH), and record what the "
        "user's settings say.",
    )
    idle_s = Float(
        900.0,
        min=1.0,
        config=True,
        help="Seconds after the last request or work of a kernel until a workspace is followed no more.",
    )

    parts: Parts | None = None

    def initialize_handlers(self) -> None:
        """Build everything, once the server's web application stands."""
        if not self.enabled:
            return
        server: Any = self.serverapp
        self.parts = Parts(server, self)
        server.web_app.add_handlers(".*$", handlers(server.base_url, self.parts.host))

    async def stop_extension(self) -> None:
        """No task and no listener of ours is left; workers go on by themselves."""
        if self.parts is not None:
            await self.parts.stop()
            self.parts = None


class Parts:
    """The extension's parts, started. `stop` once."""

    def __init__(self, server: Any, settings: Dotscience) -> None:
        log = settings.log
        self.root = ContentsRoot(server.contents_manager)
        self.workspaces = Workspaces(self._on_asked)
        self.followers = Followers(
            ChangeEvents(server.event_logger),
            self.workspaces,
            lambda: kernels_work(server.kernel_manager, settings.idle_s),
            settings.idle_s,
            log,
        )
        self.background = Background(log)
        self.hints = SaveHints(server.event_logger, self.root, self.workspaces, self.background)
        self.notices = ClashNotices(self.workspaces, self.background)
        self.clash = ClashCheck(self.notices.found, self.background, log)
        user = UserSettings()
        self.kernels = KernelLibrary(self._on_kernel, user.read, log)
        proxy = Proxy(self.workspaces, self.root.api_path)
        self.host = Host(self.root, self.workspaces, proxy, user)
        self.hints.start()
        if settings.library_for_kernels:
            self.kernels.install()

    async def stop(self) -> None:
        """End tasks, give back what was hooked."""
        self.hints.stop()
        self.kernels.uninstall()
        await self.background.stop()
        await self.followers.stop()

    def _on_asked(self, opened: Opened) -> None:
        self.followers.follow(opened)
        self.notices.tell(opened)

    def _on_kernel(self, command: list[str], env: dict[str, str], cwd: str | None) -> None:
        self.clash.check(command, env, cwd)
        if cwd is not None:
            self.background.start(self._open_tracked(cwd))

    async def _open_tracked(self, folder: str) -> None:
        """A kernel in a tracked folder: have its worker, so that runs get their snapshots with no browser open."""
        await self.workspaces.open_if_tracked(folder)
