"""Watches folders (not what is below them) for changes and says which paths changed.

A watch is only for speed: where it is blind (NFS, full inotify tables) the polls of `worker/ingest.py`
find the same changes later. Invariant: one thread, ended by `stop`; a folder that vanished is skipped.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable

from watchfiles import watch

Changed = Callable[[set[str]], None]

_DEBOUNCE_MS = 30
_STEP_MS = 5
_RUST_TIMEOUT_MS = 1_000


class FolderWatch:
    """Calls ``changed`` from its own thread with absolute paths, a few ms after they changed."""

    def __init__(self, name: str, changed: Changed) -> None:
        self._changed = changed
        self._folders: tuple[str, ...] = ()
        self._again = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._run, name=f"watch-{name}", daemon=True)

    def start(self, folders: Iterable[str]) -> None:
        """Begin watching."""
        self._folders = tuple(sorted(folders))
        self._thread.start()

    def set_folders(self, folders: Iterable[str]) -> None:
        """Watch other folders from now on; no change is missed for longer than a poll."""
        wanted = tuple(sorted(folders))
        if wanted != self._folders:
            self._folders = wanted
            self._again.set()

    def stop(self) -> None:
        """End the thread; returns when it has ended."""
        self._ended = True
        self._again.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._ended:
            self._again.clear()
            folders = [folder for folder in self._folders if os.path.isdir(folder)]
            if not folders:
                self._again.wait(_RUST_TIMEOUT_MS / 1000)
                continue
            try:
                self._watch(folders)
            except (OSError, RuntimeError):
                self._again.wait(_RUST_TIMEOUT_MS / 1000)

    def _watch(self, folders: list[str]) -> None:
        for changes in watch(
            *folders,
            watch_filter=None,
            debounce=_DEBOUNCE_MS,
            step=_STEP_MS,
            rust_timeout=_RUST_TIMEOUT_MS,
            stop_event=self._again,
            recursive=False,
            raise_interrupt=False,
            ignore_permission_denied=True,
        ):
            self._changed({path for _, path in changes})
