"""What ``ds run`` tells at the end of a command: blocks that no journal has, its log, labels for its runs.

The runs come by their own journals; their facts are added when they are known, at most `_PATIENCE_S` later, in a thread
of its own: ``ds run`` has ended by then. What it tells again gives the same facts.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dotscience import _block
from dotscience._block import Block
from dotscience._paths import place_of

from ..detect.told import block_draft
from ..protocol.failure import ApiError
from ..store.layout import Store
from ..store.objects import ObjectStore
from ..store.records import Draft
from .ledger import Ledger

log = logging.getLogger(__name__)

Json = dict[str, Any]
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PATIENCE_S = 15.0
_LOOK_S = 0.05
_RUNS = 10_000


class Commands:
    """Any thread. ``failed`` hears what goes wrong."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        objects: ObjectStore,
        failed: Callable[[BaseException], object],
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._objects = objects
        self._failed = failed

    def ended(self, told: Json) -> None:
        """A command has ended. Raises ``bad-request``; returns at once."""
        command = told.get("id")
        runs, blocks = told.get("runs"), told.get("blocks")
        if not isinstance(command, str) or not _ID.fullmatch(command):
            raise ApiError.of("bad-request", detail="a command has an id")
        if not _texts(runs) or not _texts(blocks) or len(runs) > _RUNS:  # type: ignore[arg-type]
            raise ApiError.of("bad-request", detail="runs and blocks are lists of texts")
        work = threading.Thread(target=self._work, args=(told,), name="command", daemon=True)
        work.start()

    def log_path(self, command: str) -> Path:
        """Where ``ds run`` writes the output of a command that goes on."""
        return self._store.path / "pins" / command / "log"

    def _work(self, told: Json) -> None:
        try:
            self._take(told)
        except Exception as error:
            self._failed(error)

    def _take(self, told: Json) -> None:
        source = f"stdout:{_name(told, self._store.workspace)}"
        self._record_blocks(told, source)
        known = self._known(told["runs"])
        drafts = [draft for run in known for draft in _amendments(told, run, source)]
        path = self.log_path(told["id"])
        if isinstance(told.get("log"), dict) and path.is_file() and not path.is_symlink():
            body = {"object": self._objects.add_file(path).hash, **_counts(told["log"])}
            drafts += [Draft("run.log", "worker", body, run) for run in known]
        self._ledger.record(drafts)
        path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            path.parent.rmdir()

    def _record_blocks(self, told: Json, source: str) -> None:
        """Blocks of programs that have no journal; the others come by theirs, first."""
        waiting = {b.id: b for text in told["blocks"] for b in _blocks(text)}
        place = place_of(_cwd(told), os.fspath(self._store.workspace))
        index = self._ledger.index
        journaled = told.get("journaled")
        by_journal = set(journaled) if isinstance(journaled, list) and _texts(journaled) else set()
        drafts = []
        for run, block in waiting.items():
            if run not in by_journal and not index.has_kind(run, "run.block"):
                drafts.append(block_draft(run, source, block.text, place))
                body = {"argv": told.get("argv"), "mode": "script"}
                drafts.append(Draft("run.context", source, body, run))
        self._ledger.record(drafts)

    def _known(self, runs: list[str]) -> list[str]:
        """Those of the runs that are recorded, once all are or patience ends."""
        index, deadline = self._ledger.index, time.monotonic() + _PATIENCE_S
        while True:
            known = [run for run in runs if index.run(run) is not None]
            if len(known) == len(runs) or time.monotonic() >= deadline:
                return known
            time.sleep(_LOOK_S)


def _amendments(told: Json, run: str, source: str) -> list[Draft]:
    """What the user said on the command line, beside what the run says itself."""
    if run == told["id"]:
        return []
    drafts = []
    if isinstance(told.get("group"), str):
        body = {"key": "group", "value": told["group"]}
        drafts.append(Draft("run.label", "user", body, run))
    description, parameters = told.get("description"), told.get("parameters")
    values: Json = {}
    if isinstance(description, str):
        values["description"] = description
    if isinstance(parameters, dict) and parameters:
        values["parameters"] = {str(key): str(text) for key, text in parameters.items()}
    if values:
        drafts.append(Draft("run.values", source, values, run))
    return drafts


def _blocks(text: str) -> list[Block]:
    return [item for item in _block.read_text(text) if isinstance(item, Block)]


def _name(told: Json, workspace: Path) -> str:
    """What the blocks were printed by: the script, else the program."""
    argv = told.get("argv")
    words = argv if isinstance(argv, list) and _texts(argv) and argv else ["?"]
    script = next((word for word in words[1:] if word.endswith((".py", ".sh"))), words[0])
    path = os.path.normpath(os.path.join(_cwd(told), script))
    inside = os.path.exists(path) and path.startswith(f"{workspace}/")
    return os.path.relpath(path, workspace) if inside else script


def _cwd(told: Json) -> str:
    cwd = told.get("cwd")
    return cwd if isinstance(cwd, str) and os.path.isabs(cwd) else "/"


def _counts(told: Json) -> Json:
    counts: Json = {
        name: told[name] for name in ("lines", "bytes") if isinstance(told.get(name), int)
    }
    return {**counts, "cut": told.get("cut") is True}


def _texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)
