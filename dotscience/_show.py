"""Showing a published block: on the stream the user gave, as a card in a kernel, else on stdout.

The default stream is bound at import, as in the original: blocks survive ``%%capture`` and
``redirect_stdout``. On it nothing raises (G1): the run is in the journal already. A stream that the
user passed raises what it raises.
"""

from __future__ import annotations

import os
import sys

from dotscience._guard import warn_once
from dotscience._session import is_forked, kernel_shell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DEFAULT_STREAM: Any = sys.stdout


class Shower:
    """Shows the blocks of one process."""

    def __init__(self) -> None:
        self._cards: Any = None

    def show(self, id: str, block: str, metadata: dict[str, Any], stream: Any) -> None:
        """Show one block; ``metadata`` is what it holds."""
        if stream is not DEFAULT_STREAM:
            stream.write(block + "\n")
            return
        shell = kernel_shell()
        if shell is not None and is_forked(shell):
            shell = None
        if shell is None or not wants_card() or not self._as_card(shell, id, block, metadata):
            write_plain(block, flush=shell is None)

    def _as_card(self, shell: Any, id: str, block: str, metadata: dict[str, Any]) -> bool:
        try:
            if self._cards is None:
                from dotscience._card import Cards

                self._cards = Cards(write_plain)
            self._cards.add(shell, id, block, metadata)
        except Exception:
            return False
        return True


#: Of this process: all objects share one card a cell.
shower = Shower()


def wants_card() -> bool:
    """False with ``DOTSCIENCE_CARD=0``: blocks are printed exactly as the original does."""
    return os.environ.get("DOTSCIENCE_CARD", "") != "0"


def write_plain(block: str, flush: bool = False) -> None:
    """Write a block to the default stream; where that is closed, to the present stdout.

    A process that is killed later, such as a pool's worker, has shown it when it is flushed.
    """
    for stream in (DEFAULT_STREAM, sys.stdout):
        try:
            stream.write(block + "\n")
            if flush:
                stream.flush()
            return
        except Exception:
            continue
    warn_once("a run could not be printed (stdout is closed); it is recorded all the same")
