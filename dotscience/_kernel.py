"""IPython's extension ``dotscience._kernel``: what a kernel records though nobody calls ``ds``.

The Jupyter server has every Python kernel load it (``--ext=dotscience._kernel``) while the setting
`capture` is on. It puts nothing into the namespace, imports nothing that the library does not, and
writes nothing before the first cell runs. It also gives ``%ds`` and ``%%ds``.
"""

from __future__ import annotations

import re

import dotscience
from dotscience._cell_log import CellLog, is_on
from dotscience._cells import Cell, Listener, cells_of
from dotscience._guard import guarded
from dotscience._recorder import default_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LOG = "log"
_FOLDER = "folder"
_LEAVES_FIRST = re.compile(r"(?s)(chdir|%cd|^cd ).*dotscience", re.MULTILINE)


@guarded
def load_ipython_extension(ipython: Any) -> None:
    """Record the cells of this kernel from now on. May be called again."""
    from dotscience import _magics

    if not is_on():
        return
    cells = cells_of(ipython)
    if cells.listener(LOG) is None:
        cells.add(_FOLDER, FolderAtImport())
        cells.add(LOG, CellLog(ipython))
    _magics.load(ipython)


@guarded
def unload_ipython_extension(ipython: Any) -> None:
    """Record no more cells."""
    cells_of(ipython).remove(LOG)


class FolderAtImport(Listener):
    """Paths in blocks are relative to the folder in which the user's code imported the library. We
    imported it when the kernel began, so the folder is taken again until a cell names it."""

    def __init__(self) -> None:
        self._is_settled = False

    def began(self, cell: Cell) -> None:
        if not self._is_settled:
            dotscience._defaultDS._root = default_root()
            run = dotscience._defaultDS.currentRun
            self._is_settled = run is not None or "dotscience" in cell.source

    def ended(self, cell: Cell, result: Any, duration_ns: int) -> None:
        if dotscience._defaultDS.currentRun is None and _LEAVES_FIRST.search(cell.source):
            dotscience._defaultDS._root = default_root()
