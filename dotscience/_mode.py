"""The mode a process records in, and the file it names as its workload.

unset ── interactive() | script() | remote() ──► that mode; another raises
  └───── connect() ──► remote, from any mode
  └───── publish() reads DOTSCIENCE_WORKLOAD_TYPE; what it finds stays
"""

from __future__ import annotations

import os
import sys

from dotscience._paths import relative

INTERACTIVE = "interactive"
SCRIPT = "script"
REMOTE = "remote"

_WORKLOAD_TYPES = {"jupyter": INTERACTIVE, "command": SCRIPT}


class Mode:
    """``name``: None while unset. ``workload_file``: set in script mode, relative to the root."""

    __slots__ = ("name", "workload_file")

    def __init__(self) -> None:
        self.name: str | None = None
        self.workload_file: str | None = None

    def choose(self, name: str) -> None:
        """Raises RuntimeError when another mode was chosen."""
        if self.name not in (None, name):
            raise RuntimeError(
                # The original's words, and its slip: users' tests compare them.
                f"An attempt was mode to select {name} mode for the Dotscience Python Library "
                f"when it was in {self.name} mode"
            )
        self.name = name

    def choose_script(self, workload_file: object, root: str) -> None:
        """Raises RuntimeError as `choose`, ValueError for an empty path."""
        self.choose(SCRIPT)
        self.workload_file = relative(sys.argv[0] if workload_file is None else workload_file, root)

    def detect(self, root: str) -> None:
        """Take the mode from the environment where none was chosen."""
        if self.name is not None:
            return
        found = _WORKLOAD_TYPES.get(os.environ.get("DOTSCIENCE_WORKLOAD_TYPE", ""))
        if found == SCRIPT:
            self.choose_script(None, root)
        else:
            self.name = found
