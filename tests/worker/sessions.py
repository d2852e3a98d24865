"""A session written by hand: its journal's records, its lock, its end. What the library would write, without its clock."""

from __future__ import annotations

import fcntl
import os
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import uuid4

from dotscience import _journal
from dotscience._journal import POINT
from tests.worker.workspaces import Workspace, block

SECOND_NS = 1_000_000_000
BEGAN_NS = 1_790_000_000 * SECOND_NS


class Session:
    """Alive until `die`. Times rise by themselves from `BEGAN_NS`."""

    def __init__(self, workspace: Workspace, name: str = "", **session: Any) -> None:
        folder = workspace.path / ".dotscience" / "journal"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder.parent / ".gitignore").write_text("*\n")
        name = name or f"20261121T000000-{os.getpid()}-{uuid4().hex[:8]}"
        self.source = f"journal:{name}"
        self.path = folder / f"{name}.dsj"
        self.lock = folder / f"{name}.lock"
        self._lock = os.open(self.lock, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._file = self.path.open("ab", buffering=0)
        self._names: dict[tuple[str, str], int] = {}
        self.now_ns = BEGAN_NS
        root = str(workspace.path)
        told = {"v": 2, "t": str(self.now_ns), "host": platform.node(), "cwd": root, "root": root}
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        self.write(
            _journal.SESSION,
            {**told, "boot": boot, "workspace": root, "argv": ["train.py"], **session},
        )

    def write(self, type: int, payload: dict[str, Any]) -> None:
        self._file.write(_journal.encode(type, payload))

    def start(self, run: str = "", **told: Any) -> str:
        run = run or str(uuid4())
        self.write(
            _journal.START, {"id": run, "t": str(self._tick()), "description": "by hand", **told}
        )
        return run

    def value(self, run: str, kind: str, key: str | None, text: str | None) -> None:
        told = {"id": run, "t": str(self._tick()), "kind": kind, "key": key, "text": text}
        self.write(_journal.VALUE, told)

    def points(
        self,
        run: str,
        key: str,
        values: Iterable[float],
        first_step: float = 0,
        kind: int = _journal.FLOAT64,
    ) -> None:
        """One record a point, a millisecond apart."""
        number = self._number(run, key)
        frames = [
            _journal.frame(
                _journal.POINTS,
                POINT.pack(number, kind, first_step + at, self._tick(1_000_000), value),
                1,
            )
            for at, value in enumerate(values)
        ]
        self._file.write(b"".join(frames))

    def publish(self, run: str, **told: Any) -> None:
        text = block(run, **told.pop("values", {})).rstrip("\n")
        self.write(
            _journal.PUBLISH,
            {"id": run, "t": str(self._tick()), "block": text, "mode": "script", **told},
        )

    def end(self) -> None:
        self.write(_journal.END, {"t": str(self._tick()), "error": None})

    def die(self) -> None:
        """The process is gone."""
        self._file.close()
        os.close(self._lock)

    def _tick(self, by_ns: int = 1_000_000) -> int:
        self.now_ns += by_ns
        return self.now_ns

    def _number(self, run: str, key: str) -> int:
        number = self._names.get((run, key))
        if number is None:
            number = self._names[run, key] = len(self._names)
            self.write(_journal.SERIES, {"n": number, "id": run, "key": key})
        return number
