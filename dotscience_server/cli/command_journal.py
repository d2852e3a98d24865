"""The journal of a command's own run, written by ``ds run`` as the library writes a program's.

It is used only where the command records no run itself: begun when the command has run for a while without one, dropped
where one comes after all, published at the end. Killing ``ds run`` leaves an interrupted run, as for any program.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from dotscience import __version__, _journal
from dotscience._block import VERSION, render
from dotscience._environment import at_once
from dotscience._session import session
from dotscience._workspace import Workspace, fallback_journal_dir
from dotscience._writer import Writer

Json = dict[str, Any]


class CommandJournal:
    """``id`` is the run's and the command's. Never raises for a disk that refuses."""

    def __init__(
        self,
        id: str,
        workspace: Workspace,
        argv: Sequence[str],
        description: str | None,
        labels: Mapping[str, str],
        parameters: Mapping[str, str],
    ) -> None:
        self.id = id
        self._workspace = workspace
        self._argv = list(argv)
        self._description = description or " ".join(argv)
        self._labels = dict(labels)
        self._parameters = dict(parameters)
        self._writer = Writer(workspace.store, self._session)
        self._began = datetime.now(timezone.utc)
        self._began_ns = time.monotonic_ns()
        self._begun_at = _now()
        self.has_begun = False

    def open(self) -> str | None:
        """Make the file, for the programs of the command to name as their parent; its name, None where it can't be."""
        self._writer.append(b"")
        path = self._writer.path
        return None if path is None else Path(path).stem

    def begin(self) -> None:
        """The command is a run of its own, as far as is known."""
        if not self.has_begun:
            self.has_begun = True
            told = {"id": self.id, "t": self._begun_at, "description": self._description}
            self._append(_journal.START, told)
            for kind, values in (("label", self._labels), ("parameter", self._parameters)):
                for key, text in values.items():
                    value = {"id": self.id, "kind": kind, "key": key, "text": text, "t": _now()}
                    self._append(_journal.VALUE, value)
            self._append(_journal.ENVIRONMENT, self._environment())

    def meter(self, sample: Json) -> None:
        """What the command uses."""
        if self.has_begun:
            self._append(_journal.METER, {"t": _now(), **sample})

    def drop(self) -> None:
        """The command records runs itself."""
        if self.has_begun:
            self._append(_journal.DROP, {"id": self.id, "t": _now()})
        self._append(_journal.END, {"t": _now(), "error": None})

    def publish(self, error: str | None) -> None:
        """The command has ended."""
        self.begin()
        metadata: Json = {
            "version": VERSION,
            "input": [],
            "output": [],
            "summary": {},
            "labels": self._labels,
            "parameters": self._parameters,
            "description": self._description,
            "start": _stamp(self._began),
            "end": _stamp(datetime.now(timezone.utc)),
        }
        if error is not None:
            metadata["error"] = error
        told = {
            **{"id": self.id, "t": _now(), "block": render(self.id, metadata), "mode": "script"},
            **{"cell": None, "count": None},
            "duration_ns": time.monotonic_ns() - self._began_ns,
        }
        self._append(_journal.PUBLISH, told)
        self._append(_journal.END, {"t": _now(), "error": None})

    def runs_of_others(self, since: float) -> set[str]:
        """Runs that programs below the command began, as far as their journals (changed since then) still stand."""
        return {run for path in self._journals(since) for run in _begun(path, self.id)}

    def _journals(self, since: float) -> Iterator[Path]:
        for folder in (os.path.join(self._workspace.store, "journal"), fallback_journal_dir()):
            try:
                for entry in os.scandir(folder):
                    if entry.name.endswith(_journal.SUFFIX) and entry.stat().st_mtime >= since:
                        yield Path(entry.path)
            except OSError:
                continue

    def _append(self, type: int, payload: Json) -> None:
        self._writer.append(_journal.encode(type, payload))

    def _session(self) -> bytes:
        root = self._workspace.root
        told = session(os.getcwd(), root, __version__)
        executable = shutil.which(self._argv[0])
        told.update(argv=self._argv, executable=executable, python=None, notebook=None, kernel=None)
        told["orig_argv"] = None
        return _journal.encode(_journal.SESSION, {**told, "parent": None, "rank": None})

    def _environment(self) -> Json:
        """Of the machine: what packages a command uses is not known."""
        return {**at_once(self._workspace.root), "packages": None, "origins": {}}


def _begun(path: Path, command: str) -> set[str]:
    try:
        records = _journal.read_records(path, 0, 1 << 20)[0]
    except OSError:
        return set()
    if not records or records[0].payload.get("command") != command:
        return set()
    return {str(one.payload["id"]) for one in records if one.type == _journal.START}


def _now() -> str:
    return str(time.time_ns())


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y%m%dT%H%M%S.%f")
