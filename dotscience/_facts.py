"""A run is the union of its facts: how records become one run (``docs/formats/store.md``).

Pure and standard library only: the worker's index and ``ds.runs()`` use the same functions. Invariants: the result
depends on the set of facts alone, not on when they were read; precedence is journal, notebook, stdout, then the order
of revisions; blocks of one id that say different things mark the run as a conflict and none is dropped.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
from typing import Any, Iterable, NamedTuple, Sequence

from ._numbers import read_value
from ._records import Record, canonical

#: The keys of a run block that say what the run was.
BLOCK_KEYS = (
    "description",
    "end",
    "error",
    "input",
    "labels",
    "output",
    "parameters",
    "start",
    "summary",
    "workload-file",
)
_PRECEDENCE = {"journal": 0, "notebook": 1, "stdout": 2, "tensorboard": 3, "dvclive": 3}


class Value(NamedTuple):
    """A parameter or metric; ``number`` as ``protocol/README.md`` says."""

    key: str
    kind: str
    number: Any
    text: str


class Model(NamedTuple):
    """From an ``artefact:`` label."""

    name: str
    kind: str
    version: str | None
    path: str | None


class DeclaredFile(NamedTuple):
    """A path that a run declared: workspace-relative, or where it lies outside, absolute or with ``..``."""

    path: str
    outside: bool


class Pin(NamedTuple):
    """What became of one output at publish: ``object`` when its bytes are kept, else ``reason``."""

    path: str
    object: str | None
    reason: str | None
    size: int | None
    mtime_ns: str | None
    mode: int | None


class SnapshotRef(NamedTuple):
    """``state``: pending, frozen (bytes safe), sealed (hashes known too) or failed; ``message`` says why it failed."""

    state: str
    id: str | None
    duration_s: float | None
    message: str | None = None


class PointsPart(NamedTuple):
    """Points of a run from one journal or event file: an object, or small ones in base64.

    ``started``: when this segment of the run began (RFC 3339), None for what a child or another rank told;
    ``system``: no metrics but what the machine did meanwhile.
    """

    source: str
    part: int
    object: str | None
    data: str | None
    series: tuple[dict[str, Any], ...]
    segment: bool
    started: str | None = None
    system: bool = False


class Media(NamedTuple):
    """One thing that ``ds.log`` kept; ``time`` RFC 3339."""

    key: str
    step: float | None
    kind: str
    mime: str
    object: str
    size: int
    caption: str | None
    shape: tuple[int, ...] | None
    time: str


class Overlay(NamedTuple):
    """One file of a run that is not (or not so) in its snapshot's tree."""

    path: str
    object: str
    mode: int
    mtime_ns: str | None


class Run(NamedTuple):
    """One run, put together. Times are RFC 3339; ``revision`` is its last fact's."""

    id: str
    seq: int
    revision: int
    state: str
    description: str | None
    error: str | None
    started: str | None
    ended: str | None
    duration_s: float | None
    recorded: str
    notebook: str | None
    workload: str | None
    parameters: tuple[Value, ...]
    metrics: tuple[Value, ...]
    labels: tuple[tuple[str, str], ...]
    models: tuple[Model, ...]
    inputs: tuple[DeclaredFile, ...]
    outputs: tuple[DeclaredFile, ...]
    snapshot: SnapshotRef
    conflict: bool
    sources: tuple[str, ...]
    block_text: str | None
    context: dict[str, Any] | None
    pins: tuple[Pin, ...]
    notebook_object: Overlay | None
    ending: str | None
    group: str | None
    draft: dict[str, Any] | None
    kept: bool
    points: tuple[PointsPart, ...]
    cells: dict[str, Any] | None
    observed: dict[str, Any] | None
    environment: dict[str, Any] | None
    media: tuple[Media, ...]
    log: dict[str, Any] | None
    claims: tuple[tuple[str, str], ...]
    stopped_at: float | None
    stopped_of: float | None
    repeats: str | None = None
    verdict: dict[str, Any] | None = None

    @property
    def curves(self) -> int:
        """How many metrics have more than one point."""
        counts: dict[str, int] = {}
        for part in self.points:
            for series in () if part.system else part.series:
                key = str(series.get("key"))
                counts[key] = counts.get(key, 0) + int(series.get("count") or 0)
        return sum(1 for count in counts.values() if count > 1)


def unite(records: Sequence[Record], seq: int = 0) -> Run:
    """The run that these facts make. All are of one run and there is at least one; their order does not matter."""
    facts = sorted(records, key=lambda record: record.rev)
    ranked = sorted(facts, key=lambda record: (_rank(record.source), record.rev))
    blocks = [record for record in ranked if record.kind == "run.block"]
    told = _completed(_told(ranked), ranked)
    context = _merged(record.body for record in ranked if record.kind == "run.context")
    notebook = _first(ranked, "run.notebook")
    body = told.body
    labels = _amended(_pairs(body.get("labels")), facts)
    claims = _claims(facts)
    started = body.get("start")
    ended = body.get("end")
    return Run(
        id=facts[0].run or "",
        seq=seq,
        revision=facts[-1].rev,
        state=_state(told),
        description=body.get("description"),
        error=body.get("error"),
        started=started,
        ended=ended,
        duration_s=_duration(context, started, ended),
        recorded=facts[0].time,
        notebook=_notebook(context, notebook, ranked),
        workload=_workload(body),
        parameters=_values(body.get("parameters")),
        metrics=_values(body.get("summary")),
        labels=labels,
        models=tuple(_models(labels)),
        inputs=_with_claimed(_files(body, "input"), claims, "input"),
        outputs=_with_claimed(_files(body, "output"), claims, "output"),
        snapshot=_snapshot(facts),
        conflict=_conflict(blocks),
        sources=tuple(
            dict.fromkeys(record.source for record in ranked if record.source != "worker")
        ),
        block_text=body.get("text"),
        context=context or None,
        pins=tuple(_pins(ranked)),
        notebook_object=_notebook_overlay(notebook),
        ending=told.body.get("ending") if told.kind == "run.interrupted" else None,
        group=dict(labels).get("group"),
        draft=_last_body(facts, "run.draft"),
        kept=_first(facts, "run.kept") is not None,
        points=tuple(_points(facts)),
        cells=_last_body(facts, "run.cells"),
        observed=_last_body(facts, "run.files"),
        environment=_last_body(facts, "run.environment"),
        media=tuple(_media(facts)),
        log=_last_body(facts, "run.log"),
        claims=claims,
        repeats=_repeated(context, facts),
        verdict=_last_body(facts, "run.verdict"),
        **_stopped(context, _state(told)),
    )


def unite_all(records: Iterable[Record]) -> list[Run]:
    """Every run of a workspace, in the order in which they were first recorded."""
    by_run: dict[str, list[Record]] = {}
    for record in records:
        if record.run is not None and record.kind.startswith("run."):
            by_run.setdefault(record.run, []).append(record)
    visible = [(at, facts) for facts in by_run.values() if (at := shown_from(facts)) is not None]
    visible.sort(key=lambda pair: pair[0])
    return [unite(facts, seq) for seq, (_, facts) in enumerate(visible, 1)]


def shown_from(facts: Sequence[Record]) -> int | None:
    """The revision from which these facts of one run, by revision, are a run in lists; None: a draft nobody kept."""
    if facts[0].kind != "run.draft":
        return facts[0].rev
    return next((r.rev for r in facts if r.kind in ("run.kept", "run.block")), None)


def overlays(run: Run) -> list[Overlay]:
    """What a run's files have above its snapshot's tree: its notebook, its pinned outputs (docs/decisions/0002)."""
    found = {} if run.notebook_object is None else {run.notebook_object.path: run.notebook_object}
    for pin in run.pins:
        if pin.object is not None and not is_outside(pin.path):
            found[pin.path] = Overlay(pin.path, pin.object, pin.mode or 0o644, pin.mtime_ns)
    return list(found.values())


def workspace_path(base: str, path: str, workspace: str = "") -> str:
    """A path of a block as workspace-relative; with a leading ``..`` or ``/`` when it lies outside.

    ``base`` is workspace-relative, or absolute where it lies outside; then ``workspace`` is needed to come back in.
    """
    joined = posixpath.normpath(posixpath.join(base, path))
    if workspace and joined.startswith(workspace + "/"):
        return joined[len(workspace) + 1 :]
    return joined


def declared(body: dict[str, Any], kind: str) -> tuple[DeclaredFile, ...]:
    """The files that a block, or what an interrupted run left, names as ``input`` or ``output``."""
    return _files(body, kind)


def claimed_path(body: dict[str, Any]) -> str:
    """The path of a ``run.claim``."""
    return _path(body.get("path"))


def is_outside(path: str) -> bool:
    """Whether a normal path of `workspace_path` leaves the workspace."""
    return path.startswith("/") or path == ".." or path.startswith("../")


def same_content(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two ``run.block`` bodies say the same, wherever they were found."""
    return _block_content(one) == _block_content(other)


def _amended(
    labels: tuple[tuple[str, str], ...], facts: Sequence[Record]
) -> tuple[tuple[str, str], ...]:
    """With the labels that were put beside the run later."""
    table = dict(labels)
    for record in facts:
        key, value = record.body.get("key"), record.body.get("value")
        if record.kind == "run.label" and isinstance(key, str):
            if isinstance(value, str):
                table[key] = value
            else:
                table.pop(key, None)
    return tuple(sorted(table.items()))


def _last_body(facts: Sequence[Record], kind: str) -> dict[str, Any] | None:
    found = [record.body for record in facts if record.kind == kind]
    return found[-1] if found else None


def _repeated(context: dict[str, Any], facts: Sequence[Record]) -> str | None:
    """The run that this one repeats: as the verdict says (one program may repeat many runs), else as its session."""
    judged = (_last_body(facts, "run.verdict") or {}).get("of")
    return _text(judged or context.get("repeats"))


def _stopped(context: dict[str, Any], state: str) -> dict[str, Any]:
    """How far a run was that did not come to its end, by what ``ds.steps`` told."""
    told = context.get("progress") if state in ("failed", "interrupted") else None
    place = told if isinstance(told, dict) else {}
    return {"stopped_at": _amount(place.get("done")), "stopped_of": _amount(place.get("total"))}


def _amount(value: Any) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _claims(facts: Sequence[Record]) -> tuple[tuple[str, str], ...]:
    claims = {
        _path(record.body.get("path")): str(record.body.get("as"))
        for record in facts
        if record.kind == "run.claim"
    }
    return tuple(sorted(claims.items()))


def _path(told: Any) -> str:
    """A path as JSON holds it: bytes that are no UTF-8 become surrogates."""
    if isinstance(told, dict):
        from ._tree import TreeError, name_from_json

        try:
            return os.fsdecode(name_from_json(told))
        except TreeError:
            return ""
    return str(told)


def _with_claimed(
    files: tuple[DeclaredFile, ...], claims: tuple[tuple[str, str], ...], kind: str
) -> tuple[DeclaredFile, ...]:
    """Files with those that were claimed as such, and without those claimed as something else."""
    claimed = dict(claims)
    kept = [file for file in files if claimed.get(file.path, kind) in (kind, "none")]
    known = {file.path for file in kept}
    added = [path for path, told in claims if told == kind and path not in known]
    return (*kept, *(DeclaredFile(path, is_outside(path)) for path in added))


def _points(facts: Sequence[Record]) -> Iterable[PointsPart]:
    seen = set()  # another zlib may have packed the same part anew: a part counts once
    for record in facts:
        body = record.body
        key = (record.source, body.get("part") or 0, bool(body.get("system")))
        if record.kind == "run.points" and key not in seen:
            seen.add(key)
            series = tuple(one for one in body.get("series") or () if isinstance(one, dict))
            yield PointsPart(
                record.source,
                int(body.get("part") or 0),
                body.get("object"),
                body.get("data"),
                series,
                bool(body.get("segment")),
                body.get("started"),
                bool(body.get("system")),
            )


def _media(facts: Sequence[Record]) -> Iterable[Media]:
    for record in facts:
        for item in record.body.get("items", ()) if record.kind == "run.media" else ():
            shape = item.get("shape")
            told: Any = {**item, "shape": None if shape is None else tuple(shape)}
            yield Media(*(told.get(name) for name in Media._fields))


def _rank(source: str) -> int:
    return _PRECEDENCE.get(source.split(":", 1)[0], len(_PRECEDENCE))


def _first(ranked: Sequence[Record], kind: str) -> Record | None:
    return next((record for record in ranked if record.kind == kind), None)


def _told(ranked: Sequence[Record]) -> Record:
    """The fact that says what the run did: a block, else what an interrupted or started run left."""
    told = [record for record in ranked if record.kind in ("run.block", "run.interrupted")]
    resumed = [record for record in told if record.body.get("resumed")]
    if resumed:  # of a run that was resumed, what it said last
        return max(resumed, key=lambda record: record.rev)
    for kind in ("run.block", "run.interrupted", "run.started"):
        found = _first(ranked, kind)
        if found is not None:
            return found
    drafts = [record for record in ranked if record.kind == "run.draft"]
    if drafts:
        kept = _first(ranked, "run.kept")
        described = None if kept is None else kept.body.get("description")
        last = max(drafts, key=lambda record: record.rev)
        return last._replace(body={**last.body, "description": described})
    return ranked[0]._replace(kind="run.interrupted", body={})


def _completed(told: Record, ranked: Sequence[Record]) -> Record:
    """With what other journals told of the run (forked children; what a resumed run had told before): what is
    missing in the first is added."""
    kinds = ["run.values", "run.interrupted"]
    resumed = told.body.get("resumed")
    if resumed:
        kinds.append("run.block")
        ranked = sorted(ranked, key=lambda record: -record.rev)
    others = [record.body for record in ranked if record.kind in kinds]
    others = [body for body in others if body is not told.body]
    if not others:
        return told
    body = dict(told.body)
    if resumed:
        starts = [other["start"] for other in (body, *others) if other.get("start")]
        body["start"] = min(starts) if starts else None
        described = (other.get("description") for other in (body, *others))
        body["description"] = next((text for text in described if text is not None), None)
    for key in ("parameters", "summary", "labels"):
        tables = [
            table
            for other in (*reversed(others), body)
            if isinstance(table := other.get(key), dict)
        ]
        body[key] = {name: text for table in tables for name, text in table.items()}
    for key in ("input", "output"):
        lists = [other.get(key) or [] for other in (body, *others)]
        body[key] = list(dict.fromkeys(path for paths in lists for path in paths))
    return told._replace(body=body)


def _state(told: Record) -> str:
    if told.kind in ("run.block", "run.draft"):
        return "failed" if told.body.get("error") is not None else "published"
    return "running" if told.kind == "run.started" else "interrupted"


def _conflict(blocks: Sequence[Record]) -> bool:
    """Whether blocks of one id say different things; a resumed run's blocks follow each other."""
    if len(blocks) < 2 or any(record.body.get("resumed") for record in blocks):
        return False
    return len({_content(record) for record in blocks}) > 1


def _merged(bodies: Iterable[dict[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for body in bodies:
        for key, value in body.items():
            if merged.get(key) is None:
                merged[key] = value
    return merged


def _content(record: Record) -> bytes:
    return _block_content(record.body)


def _block_content(body: dict[str, Any]) -> bytes:
    return canonical({key: body[key] for key in BLOCK_KEYS if body.get(key) is not None})


def _duration(context: dict[str, Any], started: str | None, ended: str | None) -> float | None:
    measured = context.get("duration_s")
    if isinstance(measured, (int, float)):
        return float(measured)
    if started is None or ended is None:
        return None
    seconds = _seconds(ended) - _seconds(started)
    return seconds if seconds >= 0 else None


def _seconds(time: str) -> float:
    from calendar import timegm

    whole = timegm(tuple(int(part) for part in re.split(r"[-T:.]", time[:19])))
    return whole + int(time[20:26]) / 1e6


def _notebook(
    context: dict[str, Any], saved: Record | None, ranked: Sequence[Record]
) -> str | None:
    named = context.get("notebook")
    if isinstance(named, str):
        return named
    if saved is not None and isinstance(saved.body.get("path"), str):
        return str(saved.body["path"])
    sources = (record.source for record in ranked if record.source.startswith("notebook:"))
    found = next(sources, None)
    return None if found is None else found.split(":", 1)[1]


def _place(body: dict[str, Any], path: str) -> str:
    return workspace_path(body.get("base") or "", path, body.get("workspace") or "")


def _workload(body: dict[str, Any]) -> str | None:
    named = body.get("workload-file")
    return _place(body, named) if isinstance(named, str) and named else None


def _pairs(table: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(table, dict):
        return ()
    return tuple(
        (key, value if isinstance(value, str) else str(value))
        for key, value in sorted(table.items())
    )


def _values(table: Any) -> tuple[Value, ...]:
    return tuple(Value(key, *read_value(text), text) for key, text in _pairs(table))


def _models(labels: Iterable[tuple[str, str]]) -> Iterable[Model]:
    for key, text in labels:
        if not key.startswith("artefact:"):
            continue
        try:
            told = json.loads(text)
        except ValueError:
            continue
        if isinstance(told, dict):
            files = told.get("files")
            path = files.get("model") if isinstance(files, dict) else None
            yield Model(key[9:], str(told.get("type", "")), _text(told.get("version")), _text(path))


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _files(body: dict[str, Any], key: str) -> tuple[DeclaredFile, ...]:
    told = body.get(key)
    paths = told if isinstance(told, list) else []
    resolved = dict.fromkeys(_place(body, path) for path in paths if isinstance(path, str) and path)
    return tuple(DeclaredFile(path, is_outside(path)) for path in resolved)


def _snapshot(facts: Sequence[Record]) -> SnapshotRef:
    facts = _since_last_work(facts)
    taken = _first(facts, "run.snapshot")
    if taken is not None:
        named = taken.body.get("snapshot")
        told = (one.body for one in facts if one.kind == "run.snapshot")
        sealed = any(one.get("snapshot") == named and one.get("state") != "frozen" for one in told)
        return SnapshotRef("sealed" if sealed else "frozen", named, taken.body.get("duration_s"))
    failed = [record for record in facts if record.kind == "run.snapshot_failed"]
    if failed:
        return SnapshotRef("failed", None, None, failed[-1].body.get("message"))
    return SnapshotRef("pending", None, None)


def _since_last_work(facts: Sequence[Record]) -> Sequence[Record]:
    """Of a draft that went on after a pause: what was recorded since its last cell."""
    drafts = [record for record in facts if record.kind == "run.draft"]
    if not drafts:
        return facts
    same = [record for record in drafts if record.body.get("last") == drafts[-1].body.get("last")]
    return [record for record in facts if record.rev > same[0].rev]


def _pins(ranked: Sequence[Record]) -> Iterable[Pin]:
    seen = set()
    for record in ranked:
        if record.kind != "run.pins":
            continue
        for file in record.body.get("files", ()):
            if file.get("path") not in seen:
                seen.add(file.get("path"))
                yield Pin(*(file.get(name) for name in Pin._fields))


def _notebook_overlay(saved: Record | None) -> Overlay | None:
    if saved is None or not isinstance(saved.body.get("object"), str):
        return None
    body = saved.body
    return Overlay(body["path"], body["object"], body.get("mode") or 0o644, body.get("mtime_ns"))
