"""What a session did beside its runs: cells and files, as its journal tells them in order.

Invariants: taking the same records again gives the same state; lists only grow and their items never change but for
an execution's end (it is replaced), so another thread may copy them at any time. Fields of another shape are left out.
"""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass, field, replace
from typing import Any

from dotscience import _journal
from dotscience._journal import Record

TYPES = frozenset(
    {
        _journal.SESSION,
        _journal.START,
        _journal.VALUE,
        _journal.PUBLISH,
        _journal.DROP,
        _journal.END,
        _journal.SERIES,
        _journal.CELL,
        _journal.CELL_END,
        _journal.FILES,
    }
)
"""The records that `SessionLog.take` is given."""

ACCESSES_MOST = 50_000
_MODES = ("r", "w", "rw", "d", "m")
_MEANS = ("hook", "watch", "wrap", "child", "during")


@dataclass(frozen=True)
class Execution:
    """One execution of a cell. ``bound`` is None where it is not known: it has not ended."""

    n: int
    started_ns: int
    cell: str | None
    uri: str | None
    hash: str
    nested: bool = False
    deleted: tuple[str, ...] = ()
    ended: bool = False
    count: int | None = None
    duration_ns: int | None = None
    error: dict[str, Any] | None = None
    bound: tuple[str, ...] | None = None
    unbound: tuple[str, ...] = ()

    @property
    def key(self) -> str | None:
        """What is the same for every execution of one cell of a session."""
        return self.cell or self.uri


@dataclass(frozen=True)
class Access:
    """One file seen to be used. ``path`` is absolute; ``cell`` an execution's ``n``."""

    path: bytes
    mode: str
    by: str
    time_ns: int
    cell: int | None = None
    size: int | None = None
    mtime_ns: int | None = None
    moved_from: bytes | None = None
    many: int | None = None
    """It is a folder: so many files in it."""


@dataclass(frozen=True)
class SessionRun:
    """A run of this session. ``start_cell`` and ``cell`` are executions' ``n``: where it began, was published."""

    id: str
    started_ns: int | None
    start_cell: int | None
    published_ns: int
    cell: int | None


@dataclass
class SessionLog:
    """One journal's session."""

    session: dict[str, Any] = field(default_factory=dict)
    executions: list[Execution] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    accesses: list[Access] = field(default_factory=list)
    runs: list[SessionRun] = field(default_factory=list)
    begun: dict[str, tuple[int, int | None]] = field(default_factory=dict)
    """Runs that started and were not published: when, in which execution."""
    touched: set[str] = field(default_factory=set)
    """Runs of which something was told."""
    lost: bool = False
    """Not everything that happened to files is here."""
    last_ns: int = 0
    """Of the last cell's or run's record."""
    _at: dict[int, int] = field(default_factory=dict)
    _open: list[int] = field(default_factory=list)

    def take(self, record: Record) -> None:
        """One record of a type in `TYPES`, in the order of writing."""
        told = _TAKERS.get(record.type)
        if told is not None:
            told(self, record.payload)

    @property
    def is_running(self) -> bool:
        """Whether a cell runs."""
        return bool(self._open)

    @property
    def current(self) -> int | None:
        """The ``n`` of the cell that runs, of the notebook's own when they are nested."""
        return self._open[0] if self._open else None

    @property
    def has_runs(self) -> bool:
        """Whether the session has published a run, or told anything of one that it began."""
        return bool(self.runs) or any(run in self.touched for run in list(self.begun))

    def execution(self, n: int | None) -> Execution | None:
        """The execution with this number."""
        at = None if n is None else self._at.get(n)
        return None if at is None else self.executions[at]

    def run(self, run: str) -> SessionRun | None:
        """A published run; one that is going on, as if it were published now; None: not of this session."""
        found = next((one for one in reversed(self.runs) if one.id == run), None)
        if found is not None or run not in self.begun:
            return found
        started_ns, cell = self.begun[run]
        return SessionRun(run, started_ns, cell, self.last_ns, self.current)

    def _session(self, told: dict[str, Any]) -> None:
        self.session = told

    def _end(self, told: dict[str, Any]) -> None:
        self._open.clear()

    def _start(self, told: dict[str, Any]) -> None:
        self.begun[str(told.get("id"))] = (self._moment(told), self.current)

    def _value(self, told: dict[str, Any]) -> None:
        self.touched.add(str(told.get("id")))

    def _drop(self, told: dict[str, Any]) -> None:
        self.begun.pop(str(told.get("id")), None)

    def _publish(self, told: dict[str, Any]) -> None:
        run = str(told.get("id"))
        started_ns, start_cell = self.begun.pop(run, (None, None))
        n = _whole(told.get("n"))
        cell = n if n in self._at else self.current
        self.runs.append(SessionRun(run, started_ns, start_cell, self._moment(told), cell))

    def _cell(self, told: dict[str, Any]) -> None:
        n, digest, source = _whole(told.get("n")), told.get("hash"), told.get("source")
        if n is None or not isinstance(digest, str):
            return
        if isinstance(source, str):
            self.sources.setdefault(digest, source)
        nested = told.get("nested") is True
        if not nested:
            self._open.clear()
        execution = Execution(
            n=n,
            started_ns=self._moment(told),
            cell=_text(told.get("cell")),
            uri=_text(told.get("uri")),
            hash=digest,
            nested=nested,
            deleted=_texts(told.get("deleted")),
        )
        self._at[n] = len(self.executions)
        self.executions.append(execution)
        self._open.append(n)

    def _cell_end(self, told: dict[str, Any]) -> None:
        n = _whole(told.get("n"))
        self._moment(told)
        at = None if n is None else self._at.get(n)
        if n is None or at is None:
            return
        error, bound = told.get("error"), told.get("bound")
        self.executions[at] = replace(
            self.executions[at],
            ended=True,
            count=_whole(told.get("count")),
            duration_ns=_whole(told.get("duration_ns")),
            error=error if isinstance(error, dict) else None,
            bound=_texts(bound) if isinstance(bound, list) else None,
            unbound=_texts(told.get("unbound")),
        )
        if n in self._open:
            del self._open[self._open.index(n) :]

    def _files(self, told: dict[str, Any]) -> None:
        files = told.get("files")
        self.lost = self.lost or told.get("lost") is True
        time_ns, cell = _ns(told.get("t")), _whole(told.get("cell"))
        for file in files if isinstance(files, list) else ():
            if len(self.accesses) >= ACCESSES_MOST:
                self.lost = True
                return
            access = _access(file, time_ns, cell)
            if access is not None:
                self.accesses.append(access)

    def _moment(self, told: dict[str, Any]) -> int:
        moment = _ns(told.get("t"))
        self.last_ns = max(self.last_ns, moment)
        return moment


_TAKERS = {
    _journal.SESSION: SessionLog._session,
    _journal.START: SessionLog._start,
    _journal.VALUE: SessionLog._value,
    _journal.SERIES: SessionLog._value,
    _journal.DROP: SessionLog._drop,
    _journal.PUBLISH: SessionLog._publish,
    _journal.END: SessionLog._end,
    _journal.CELL: SessionLog._cell,
    _journal.CELL_END: SessionLog._cell_end,
    _journal.FILES: SessionLog._files,
}


def _access(told: Any, time_ns: int, cell: int | None) -> Access | None:
    if not isinstance(told, dict):
        return None
    path, mode = _path(told.get("p")), told.get("m")
    if path is None or mode not in _MODES:
        return None
    by = told.get("by")
    return Access(
        path=path,
        mode=mode,
        by=by if by in _MEANS else "hook",
        time_ns=time_ns,
        cell=cell,
        size=_whole(told.get("s")),
        mtime_ns=_ns(told.get("t")) or None,
        moved_from=_path(told.get("from")),
        many=_whole(told.get("many")),
    )


def _path(told: Any) -> bytes | None:
    """A normal absolute path; None for anything else."""
    try:
        if isinstance(told, dict):
            path = base64.b64decode(told["b64"], validate=True)
        else:
            path = os.fsencode(told)
    except (KeyError, TypeError, ValueError):
        return None
    if not path.startswith(b"/") or b"\0" in path:
        return None
    return b"/" + os.path.normpath(path).lstrip(b"/")


def _whole(value: Any) -> int | None:
    return value if type(value) is int and abs(value) < 1 << 62 else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def _ns(value: Any) -> int:
    try:
        found = int(value)
    except (TypeError, ValueError):
        return 0
    return found if 0 <= found < 1 << 62 else 0
