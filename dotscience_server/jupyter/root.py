"""Jupyter's API paths and the paths of the file system, both ways.

Symbolic links below the root are followed, as Jupyter's own contents API follows them: a link to a folder elsewhere shows
that folder's workspace. A workspace may be larger than the root (a Git repository whose subfolder is served); reading it
needs the permission ``read`` on the resource ``dotscience`` (docs/decisions/0030-jupyter-root-and-workspaces.md).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from jupyter_server.services.contents.fileio import FileManagerMixin
from tornado.web import HTTPError

from ..protocol.failure import ApiError


class ContentsRoot:
    """The folder that a contents manager serves. Holds no state but the manager."""

    def __init__(self, contents_manager: Any) -> None:
        self._manager = contents_manager

    def os_path(self, api_path: str) -> str:
        """The absolute path of an API path; it need not exist, but its folder must.

        Raises ``ApiError``: ``contents-elsewhere``, ``path-refused``, ``workspace-not-found``.
        """
        if not isinstance(self._manager, FileManagerMixin):
            raise ApiError.of("contents-elsewhere", manager=type(self._manager).__name__)
        relative = api_path.strip("/")
        if ".." in relative.split("/") or "\0" in relative:
            raise ApiError.of("path-refused", path=api_path, detail="it leads out of its folder")
        try:
            path = str(self._manager._get_os_path(relative))  # type: ignore[no-untyped-call]
        except HTTPError as error:
            raise ApiError.of("workspace-not-found", path=api_path or "/") from error
        if not Path(path).is_dir() and not Path(path).parent.is_dir():
            raise ApiError.of("workspace-not-found", path=api_path or "/")
        return path

    def api_path(self, os_path: str) -> str | None:
        """The API path of an absolute path; None when it does not lie under the root."""
        if not isinstance(self._manager, FileManagerMixin):
            return None
        root = os.path.realpath(str(self._manager.root_dir))  # type: ignore[attr-defined]
        relative = os.path.relpath(os.path.realpath(os_path), root)
        if relative == ".":
            return ""
        outside = relative == ".." or relative.startswith("../")
        return None if outside else relative.replace(os.sep, "/")
