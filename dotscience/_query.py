"""``ds.runs()`` and ``ds.open()``: recorded runs and their files, read from the workspace's store.

Works with no worker and no server: the records are the truth, and what a journal holds that no worker has read yet is
added to it. Reads all records at each `runs` call (measured: about 5,000 runs a second). Nothing here writes.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from datetime import datetime

from dotscience._facts import Media, Run, Value
from dotscience._query_facts import Facts
from dotscience._workspace import choose_workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any, Iterator

    from dotscience._query_points import Points

_CANDIDATES = 6


class PastRun:
    """A recorded run. ``parameters`` and ``labels``: key → text; ``metrics``: key → number, or text where it is none;
    ``inputs``, ``outputs``: workspace paths; ``started``, ``ended``: aware datetimes or None; ``state``: running,
    published, failed or interrupted; ``snapshot``: id or None; ``media``: what ``ds.log`` kept.
    """

    def __init__(self, facts: Facts, run: Run) -> None:
        self._facts = facts
        self._run = run
        self.id = run.id
        self.description = run.description
        self.error = run.error
        self.state = run.state
        self.started = _datetime(run.started)
        self.ended = _datetime(run.ended)
        self.duration_s = run.duration_s
        self.notebook = run.notebook
        self.workload = run.workload
        self.snapshot = run.snapshot.id
        self.parameters = {value.key: value.text for value in run.parameters}
        self.metrics = {value.key: _number_or_text(value) for value in run.metrics}
        self.labels = dict(run.labels)
        self.inputs = [file.path for file in run.inputs]
        self.outputs = [file.path for file in run.outputs]
        self.media = [PastMedia(facts, item) for item in run.media]

    def points(self, key: str) -> Points:
        """A metric's points: ``steps``, ``values``, ``times`` (ns since the epoch), arrays of one length. Raises
        KeyError for a metric that the run has not, OSError where its bytes are lost or damaged.
        """
        from dotscience._query_points import points

        return points(self._facts, self._run, key)

    def open(self, path: Any, mode: str = "rb", encoding: str = "utf-8") -> IO[Any]:
        """As `open` for this run."""
        return _open_file(self._facts, self._run, path, mode, encoding)

    def __repr__(self) -> str:
        metrics = "".join(f", {key}={value!r}" for key, value in self.metrics.items())
        return f"<run {self.id[:8]} {self.state}: {self.description!r}{metrics}>"


class PastMedia:
    """What ``ds.log`` kept: ``key``, ``step`` (or None), ``kind``, ``mime``, ``caption`` (or None), ``size`` in bytes."""

    def __init__(self, facts: Facts, item: Media) -> None:
        self._facts = facts
        self._object = item.object
        self.key = item.key
        self.step = item.step
        self.kind = item.kind
        self.mime = item.mime
        self.caption = item.caption
        self.size = item.size

    def read(self) -> bytes:
        """Its bytes, checked. Raises OSError where they are lost or damaged."""
        from dotscience._query_files import read_object

        return read_object(self._facts, self._object, self.key)

    def __repr__(self) -> str:
        at = "" if self.step is None else f" at step {self.step:g}"
        return f"<{self.kind} {self.key!r}{at}, {self.size:,} bytes of {self.mime}>"


class Runs(Sequence):  # type: ignore[type-arg] # Sequence[PastRun] is no class on Python 3.8
    """Recorded runs, the newest first. A slice is again one of these."""

    def __init__(self, runs: list[PastRun]) -> None:
        self._runs = runs

    def __len__(self) -> int:
        return len(self._runs)

    def __iter__(self) -> Iterator[PastRun]:
        return iter(self._runs)

    def __getitem__(self, index: Any) -> Any:
        found = self._runs[index]
        return Runs(found) if isinstance(found, list) else found

    def __repr__(self) -> str:
        shown = [f"  {run!r}" for run in self._runs[:20]]
        more = [f"  and {len(self) - 20:,} older"] if len(self) > 20 else []
        return "\n".join([f"{len(self):,} runs", *shown, *more])

    def to_pandas(self) -> Any:
        """A DataFrame, one row a run: its fields, ``param.KEY``, ``metric.KEY``, ``label.KEY``.

        A parameter or metric is a column of numbers where every run that has it has a number. Needs pandas.
        """
        import pandas  # type: ignore[import-untyped]

        return pandas.DataFrame(_columns([run._run for run in self._runs], pandas))


def runs(path: Any = None) -> Runs:
    """The runs of the workspace that ``path`` (default: the current folder) belongs to, the newest first."""
    facts = _facts(path)
    return Runs([PastRun(facts, run) for run in reversed(facts.runs)])


def open(path: Any, run: Any, mode: str = "rb", encoding: str = "utf-8") -> IO[Any]:
    """The file at ``path`` as ``run`` (an id, its first digits, or a run of `runs`) left it; for reading alone.

    ``path`` as one would open it now, relative to the current folder, or else relative to the workspace. ``mode`` is
    "rb" (bytes, seekable) or "r" (text). Nothing is written; the bytes are checked by their hash. Raises LookupError for
    an unknown or ambiguous run, FileNotFoundError with the reason when there are no bytes, OSError when they are damaged.
    """
    if isinstance(run, PastRun):
        return run.open(path, mode, encoding)
    facts = _facts(None)
    return _open_file(facts, _resolve(facts, str(run)), path, mode, encoding)


def _facts(path: Any) -> Facts:
    return Facts(choose_workspace(os.getcwd() if path is None else path))


def _resolve(facts: Facts, named: str) -> Run:
    found = [run for run in facts.runs if run.id == named]
    found = found or [run for run in facts.runs if named and run.id.startswith(named)]
    if len(found) == 1:
        return found[0]
    where = facts.workspace.root
    if not found:
        raise LookupError(f"no run {named!r} in the workspace {where}")
    names = ", ".join(run.id for run in found[:_CANDIDATES])
    raise LookupError(f"{named!r} fits {len(found)} runs: {names}. Give more digits.")


def _open_file(facts: Facts, run: Run, path: Any, mode: str, encoding: str) -> IO[Any]:
    from dotscience._query_files import open_bytes

    if mode not in ("rb", "r", "rt"):
        raise ValueError(f"mode {mode!r}: a run's files can only be read, 'rb' or 'r'")
    file = open_bytes(facts, run, _workspace_path(facts, run, os.fsdecode(path)))
    return file if mode == "rb" else io.TextIOWrapper(file, encoding=encoding)


def _workspace_path(facts: Facts, run: Run, path: str) -> str:
    """What the user calls ``path``: seen from the current folder, or else from the workspace's top."""
    from dotscience._query_files import has_file

    root = facts.workspace.root
    folder, name = os.path.split(os.path.abspath(path))
    from_here = os.path.relpath(os.path.join(os.path.realpath(folder), name), root)
    from_top = os.path.normpath(path)
    if from_here != from_top and not os.path.isabs(path) and not has_file(facts, run, from_here):
        return from_top if has_file(facts, run, from_top) else from_here
    return from_here


def _columns(found: list[Run], pandas: Any) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "id": [run.id for run in found],
        "state": [run.state for run in found],
        "description": [run.description for run in found],
        "started": pandas.to_datetime([run.started for run in found], utc=True),
        "ended": pandas.to_datetime([run.ended for run in found], utc=True),
        "duration_s": pandas.Series([run.duration_s for run in found], dtype="float64"),
        "notebook": [run.notebook for run in found],
        "snapshot": [run.snapshot.id for run in found],
        "error": [run.error for run in found],
    }
    for prefix, field in (("param", "parameters"), ("metric", "metrics")):
        columns.update(_value_columns(found, prefix, field))
    for key in dict.fromkeys(key for run in found for key, _ in run.labels):
        columns[f"label.{key}"] = [dict(run.labels).get(key) for run in found]
    return columns


def _value_columns(found: list[Run], prefix: str, field: str) -> dict[str, list[Any]]:
    rows: list[dict[str, Value]] = [
        {value.key: value for value in getattr(run, field)} for run in found
    ]
    columns = {}
    for key in dict.fromkeys(key for row in rows for key in row):
        values = [row.get(key) for row in rows]
        numeric = all(value.kind in ("int", "float") for value in values if value is not None)
        read = _number_or_text if numeric else _text
        columns[f"{prefix}.{key}"] = [None if value is None else read(value) for value in values]
    return columns


def _text(value: Value) -> str:
    return value.text


def _number_or_text(value: Value) -> Any:
    try:
        if value.kind == "int":
            return int(value.text)
        if value.kind == "float":
            return float(value.text)
    except ValueError:  # an integer of more digits than Python reads
        pass
    return value.text


def _datetime(text: str | None) -> datetime | None:
    if text is None:
        return None
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")
