"""All runs of a workspace, put together from its records and from journals that no worker has read yet.

Reads, never writes; needs no worker and no server. What is damaged is passed over: the worker reports it.
"""

from __future__ import annotations

import os

from dotscience import _block, _journal
from dotscience._curves import Names, by_run, last_points, text_of
from dotscience._facts import Run, unite_all, workspace_path
from dotscience._paths import inside, place_of
from dotscience._records import Line, Record, read_all
from dotscience._workspace import Workspace, fallback_journal_dir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterator

    from dotscience._merge import Piece

_CONTEXT = ("host", "user", "library", "python", "executable", "argv", "platform")
_PUBLISH = ("mode", "cell", "count")
_KEYS = {"parameter": "parameters", "metric": "summary", "label": "labels"}


class Facts:
    """``runs`` in the order in which they were first known; ``trees``: snapshot id → manifest root;
    ``pins``: (run, workspace path) → pin, and ``pin_objects``: pin → object, of what became of pins.
    """

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.trees: dict[str, str] = {}
        self.pins: dict[tuple[str, str], str] = {}
        self.pin_objects: dict[str, str] = {}
        self._told_in: dict[str, list[str]] = {}
        # Journals first: one that goes meanwhile stands in the records.
        waiting = list(self._waiting())
        records = [item.record for item in read_all(workspace.store) if isinstance(item, Line)]
        for record in records:
            self._note(record)
        # By source, too: a resumed run has a journal for each segment.
        told = {
            (record.run, record.source)
            for record in records
            if record.kind in ("run.block", "run.interrupted")
        }
        waiting = [fact for fact in waiting if (fact.run, fact.source) not in told]
        rev = records[-1].rev if records else 0
        numbered = [fact._replace(rev=rev + at) for at, fact in enumerate(waiting, 1)]
        self.runs: list[Run] = unite_all([*records, *numbered])

    def unread_points(self, run: str, recorded: set[str]) -> Iterator[Piece]:
        """Points of a run in journals that are no source of its recorded ones."""
        from dotscience._query_points import of_journal

        for path in self._told_in.get(run, ()):
            source = source_of(path)
            if source not in recorded:
                try:
                    yield from of_journal(path, run, source)
                except FileNotFoundError:
                    continue  # it was taken over since: the next `runs` call has it

    def _note(self, record: Record) -> None:
        if record.kind == "snapshot":
            self.trees[str(record.body.get("id"))] = str(record.body.get("tree"))
        elif record.kind == "run.pins":
            for file in record.body.get("files", ()):
                if file.get("pin") and file.get("object"):
                    self.pin_objects[file["pin"]] = file["object"]

    def _waiting(self) -> list[Record]:
        """Facts of the journals, the oldest first. Which are recorded already, `__init__` knows."""
        found: list[Record] = []
        for path in self._journals():
            try:
                found.extend(self._of_journal(path))
            except OSError:
                continue
        return sorted(found, key=lambda fact: fact.time)

    def _journals(self) -> Iterator[str]:
        for folder in (os.path.join(self.workspace.store, "journal"), fallback_journal_dir()):
            try:
                names = sorted(os.listdir(folder))
            except OSError:
                continue
            for name in names:
                if name.endswith(_journal.SUFFIX):
                    yield os.path.join(folder, name)

    def _of_journal(self, path: str) -> Iterator[Record]:
        alive = _journal.is_alive(path)
        session = _Session(path, self.workspace.root)
        for record in _journal.read_records(path)[0]:
            if record.type == _journal.SESSION:
                session.began(record.payload)
                if not session.is_ours:
                    return
            elif record.type == _journal.POINTS:
                session.take_points(record.data)
            elif record.type == _journal.PUBLISH:
                yield from session.published(record.payload)
            elif record.type == _journal.PIN:
                self.pins.update(session.pinned(record.payload))
            else:
                session.take(record)
        for run in session.with_points:
            self._told_in.setdefault(run, []).append(path)
        yield from session.unpublished(alive)


class _Session:
    """One journal's session while it is read."""

    def __init__(self, path: str, workspace: str) -> None:
        self._source = source_of(path)
        self._workspace = workspace
        self._payload: dict[str, Any] = {}
        self._place: dict[str, str] = {"base": ""}
        self._live: dict[str, dict[str, Any]] = {}
        self._names: Names = {}
        self.with_points: set[str] = set()
        self.is_ours = True

    def began(self, payload: dict[str, Any]) -> None:
        self._payload = payload
        self.is_ours = payload.get("workspace") in (None, self._workspace)
        root = payload.get("root")
        self._place = place_of(root if isinstance(root, str) else self._workspace, self._workspace)

    def published(self, payload: dict[str, Any]) -> Iterator[Record]:
        run, text = str(payload.get("id")), str(payload.get("block", ""))
        self._live.pop(run, None)
        found = next((b for b in _block.read_text(text) if isinstance(b, _block.Block)), None)
        body = {} if found is None else dict(found.body)
        body.update(self._place, text=text)
        if payload.get("resumed"):
            body["resumed"] = True
        context = {name: self._payload.get(name) for name in _CONTEXT}
        context.update({name: payload.get(name) for name in _PUBLISH})
        duration = payload.get("duration_ns")
        context["duration_s"] = duration / 1e9 if isinstance(duration, int) else None
        context["notebook"] = inside(self._payload.get("notebook"), self._workspace)
        time = _rfc3339(payload.get("t"))
        yield Record(0, "run.block", time, run, self._source, "", body)
        yield Record(0, "run.context", time, run, self._source, "", context)

    def pinned(self, payload: dict[str, Any]) -> Iterator[tuple[tuple[str, str], str]]:
        base, top = self._place["base"], self._place.get("workspace", "")
        for file in payload.get("files") or ():
            pin = file.get("pin") or file.get("same")
            if pin:
                path = workspace_path(base, str(file.get("path")), top)
                yield (str(payload.get("id")), path), str(pin)

    def take(self, record: _journal.Record) -> None:
        """Apply a record to the runs not yet published."""
        payload = record.payload
        run = str(payload.get("id"))
        if record.type == _journal.START:
            self._live[run] = dict(_new_run(payload), description=payload.get("description"))
        elif record.type == _journal.VALUE:
            _apply(self._live.setdefault(run, _new_run(payload)), payload)
        elif record.type == _journal.DROP:
            self._live.pop(run, None)
        elif record.type == _journal.SERIES and isinstance(payload.get("n"), int):
            self._names[payload["n"]] = (run, str(payload.get("key")))

    def take_points(self, data: bytes) -> None:
        """The last point of each metric is its value."""
        for run, ours in by_run(self._names, data).items():
            self.with_points.add(run)
            body = self._live.setdefault(run, _new_run({}))
            body["told"] = True
            for series, (kind, value) in last_points(ours).items():
                body["summary"][self._names[series][1]] = text_of(kind, value)

    def unpublished(self, alive: bool) -> Iterator[Record]:
        for run, body in self._live.items():
            told = body.pop("told")
            if alive or told:
                kind = "run.started" if alive else "run.interrupted"
                body.update(self._place)
                yield Record(0, kind, body["start"] or "", run, self._source, "", body)


def source_of(path: str) -> str:
    """The source of facts from a journal."""
    return "journal:" + os.path.basename(path)[: -len(_journal.SUFFIX)]


def _new_run(payload: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {"start": _rfc3339(payload.get("t")), "told": False}
    told.update({name: {} for name in _KEYS.values()})
    told.update(input=[], output=[])
    return told


def _apply(body: dict[str, Any], value: dict[str, Any]) -> None:
    body["told"] = True
    kind, key, text = value.get("kind"), value.get("key"), value.get("text")
    if kind in ("description", "error"):
        body[kind] = text
    elif kind in _KEYS:
        body[_KEYS[kind]][str(key)] = str(text)
    elif kind in ("input", "output"):
        body[kind].append(str(key))


def _rfc3339(nanoseconds: object) -> str:
    from datetime import datetime, timezone

    try:
        seconds, rest = divmod(int(str(nanoseconds)), 10**9)
        moment = datetime.fromtimestamp(seconds, timezone.utc)
    except (ValueError, OverflowError, OSError):
        seconds, rest, moment = 0, 0, datetime(1970, 1, 1, tzinfo=timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest // 1000:06d}Z"
