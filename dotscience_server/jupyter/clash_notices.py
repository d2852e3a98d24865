"""Brings a found clash to the panel of the workspace that the kernel works in, when somebody opens that workspace."""

from __future__ import annotations

import os

from ..protocol.failure import ApiError
from .background import Background
from .workspaces import Opened, Workspaces, is_below


class ClashNotices:
    """Keeps clashes until their workspace is open; each is told once."""

    def __init__(self, workspaces: Workspaces, background: Background) -> None:
        self._workspaces = workspaces
        self._background = background
        self._untold: list[tuple[str, str]] = []

    def found(self, where: str, folder: str) -> None:
        """A kernel in ``folder`` imports the package at ``where`` instead of ours."""
        folder = os.path.realpath(folder)
        self._untold.append((where, folder))
        opened = self._workspaces.of_path(folder)
        if opened is not None:
            self.tell(opened)

    def tell(self, opened: Opened) -> None:
        """Tell an open workspace's worker what concerns it, in the background."""
        due = [one for one in self._untold if is_below(one[1], opened.root)]
        for clash in due:
            self._untold.remove(clash)
            self._background.start(self._post(opened, clash))

    async def _post(self, opened: Opened, clash: tuple[str, str]) -> None:
        body = {"code": "library-clash", "fields": {"where": clash[0]}}
        try:
            await opened.upstream.json("POST", f"w/{opened.id}/notices", body)
        except ApiError:
            self._untold.append(clash)
            raise
