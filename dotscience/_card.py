"""The card: one display a cell that stands for all runs the cell publishes.

    first run of a cell ─► display_data ─► update_display_data, at most twice a second
                                            └─ at the cell's end what is still to be shown

- ``text/plain`` holds every block of the card in order, so a viewer without the extension shows them
  and the notebook file carries them.
- A display that fails falls back to plain text for every block not yet shown: nothing is lost.
- Large cards update more slowly and are followed by a new one, because the Jupyter server drops
  output above 1 MB a second.
"""

from __future__ import annotations

import threading
import time
import uuid

from dotscience._block import MIME, rfc3339
from dotscience._guard import guarded
from dotscience._session import parent_header

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

FORMAT = 1
_INTERVAL_S = 0.5
_BYTES_A_SECOND = 200_000
_CARD_BYTES = 500_000
_ENDS = 10  # runs in the data at each end of a long list


class Cards:
    """The cards of a kernel. ``plain`` writes a block as text."""

    def __init__(self, plain: Callable[[str], None]) -> None:
        self._plain = plain
        self._lock = threading.RLock()
        self._card: _Card | None = None
        self._publisher: Any = None
        self._ended: str | None = None

    def add(self, shell: Any, id: str, block: str, metadata: dict[str, Any]) -> None:
        """Show a published run. May raise where nothing of it has been shown."""
        with self._lock:
            self._listen(shell)
            cell = str(parent_header().get("header", {}).get("msg_id"))
            if self._card is None or self._card.cell != cell or self._card.size > _CARD_BYTES:
                self.flush()
                self._card = _Card(cell)
            self._card.add(block, run_data(id, metadata))
            # A thread may publish after its cell has ended: nothing would flush it later.
            if cell == self._ended or self._card.is_due():
                self._send(shell)

    def flush(self) -> None:
        """Show what is still to be shown."""
        from dotscience._session import kernel_shell

        with self._lock:
            if self._card is not None and self._card.unshown():
                self._send(kernel_shell())

    def after_cell(self, result: Any = None) -> None:
        """IPython's ``post_run_cell``; ``post_execute`` for silent cells."""
        self._end_of_cell()

    @guarded
    def _end_of_cell(self) -> None:
        self.flush()
        if self._card is not None:
            self._ended = self._card.cell
            self._card = None

    def _send(self, shell: Any) -> None:
        card = self._card
        assert card is not None
        try:
            card.send(self._display(shell))
        except Exception:
            for block in card.unshown():
                self._plain(block)
            self._card = None

    def _display(self, shell: Any) -> Any:
        """The kernel's own display, also where ``%%capture`` has put another in its place."""
        present = shell.display_pub
        if getattr(present, "pub_socket", None) is not None:
            self._publisher = present
        elif self._publisher is None:
            made = shell.display_pub_class(parent=shell, shell=shell)
            made.session = shell.kernel.session
            made.pub_socket = shell.kernel.iopub_socket
            made.set_parent(parent_header())
            self._publisher = made
        return self._publisher

    def _listen(self, shell: Any) -> None:
        for event in ("post_run_cell", "post_execute"):
            # Looked up each time: the user's code may have cleared the list.
            if self.after_cell not in shell.events.callbacks[event]:
                shell.events.register(event, self.after_cell)


class _Card:
    """One display: the runs of ``cell`` (its request's id) so far, and how many are shown."""

    def __init__(self, cell: str) -> None:
        self.cell = cell
        self.size = 0
        self._id = uuid.uuid4().hex
        self._blocks: list[str] = []
        self._runs: list[dict[str, Any]] = []
        self._shown = 0
        self._sent_at: float | None = None

    def add(self, block: str, run: dict[str, Any]) -> None:
        self._blocks.append(block)
        self._runs.append(run)
        self.size += len(block)

    def unshown(self) -> list[str]:
        return self._blocks[self._shown :]

    def is_due(self) -> bool:
        if self._sent_at is None:
            return True
        interval = max(_INTERVAL_S, self.size / _BYTES_A_SECOND)
        return time.monotonic() - self._sent_at >= interval

    def send(self, publisher: Any) -> None:
        data = {MIME: self._data(), "text/plain": "\n".join(self._blocks)}
        is_update = self._sent_at is not None
        publisher.publish(data, metadata={}, transient={"display_id": self._id}, update=is_update)
        self._sent_at = time.monotonic()
        self._shown = len(self._blocks)

    def _data(self) -> dict[str, Any]:
        runs = self._runs
        if len(runs) > 2 * _ENDS:
            runs = runs[:_ENDS] + runs[-_ENDS:]
        return {"format": FORMAT, "runs": runs, "total": len(self._runs)}


def run_data(id: str, metadata: dict[str, Any]) -> dict[str, Any]:
    """A run as the card's data holds it (``docs/formats/run-block.md``)."""
    return {
        "id": id,
        "description": metadata.get("description"),
        "error": metadata.get("error"),
        "started": rfc3339(metadata.get("start")),
        "ended": rfc3339(metadata.get("end")),
        "parameters": [list(item) for item in metadata["parameters"].items()],
        "metrics": [list(item) for item in metadata["summary"].items()],
        "labels": [list(item) for item in metadata["labels"].items()],
        "inputs": metadata["input"],
        "outputs": metadata["output"],
    }
