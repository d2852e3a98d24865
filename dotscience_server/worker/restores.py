"""Bringing single files back into the workspace, over what is there (docs/formats/store.md, "Bringing back").

    plan ─► snapshot of what is there ─► staged aside, checked, durable ─► `restore` begun ─► renames ─► done
       └───────────── whatever fails or is cancelled until here changes nothing ─┘      └─ killed: the next worker
                                                                                           goes on, or says `partial`

Invariants: nothing is replaced whose bytes that snapshot does not hold, or that changed since it was looked at; each
file is as it was or as it is in the run, never half of either (G3, G4, G6).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from dotscience._tree import (
    FROZEN,
    Entry,
    TreePath,
    check_path,
    name_from_json,
    name_to_json,
    read_entries,
)

from ..protocol.failure import ApiError
from ..snapshots.comparing import holds
from ..snapshots.contract import Progress
from ..snapshots.failures import RestoreRefused
from ..snapshots.folders import opened
from ..snapshots.ignore import UNFINISHED
from ..snapshots.replacing import Mover, Plan, Stand, Step, plan_restore, selected
from ..snapshots.restore import check_room
from ..snapshots.safe_entries import is_forbidden
from ..snapshots.writing import TreeWriter
from ..store.durability import Durability
from ..store.layout import Store
from ..store.objects import ObjectStore
from ..store.records import Draft
from ..store.stamps import new_id
from .barrier import reach
from .jobs import Job, JobResult
from .ledger import Ledger
from .refs import Version
from .tree import Tree
from .trees import Trees
from .unfinished import Unfinished

log = logging.getLogger(__name__)
Json = dict[str, Any]


@dataclass(frozen=True)
class Around:
    """What a restore asks of the rest of the worker."""

    before: Callable[[Progress, Collection[bytes]], str]
    """Takes a snapshot that holds these files; its id."""
    written: Callable[[], None]
    """The workspace has changed."""
    told: Callable[[ApiError, str], None]
    """Something to say to the user, and its cause."""


class Wanted(NamedTuple):
    """``dry_run``: only say what would be written. ``skip_damaged``: go on without files whose bytes are damaged."""

    dry_run: bool = False
    skip_damaged: bool = False


@dataclass(frozen=True)
class Moved:
    """What became of the steps: the paths moved, and why the others were not."""

    moved: tuple[TreePath, ...]
    left: tuple[tuple[TreePath, str], ...]


class Restores:
    """One at a time is enough: jobs call `run` in their threads, `recover` comes before all of them."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        objects: ObjectStore,
        trees: Trees,
        tree: Tree,
        unfinished: Unfinished,
        around: Around,
    ) -> None:
        self._root = store.workspace
        self._ledger = ledger
        self._objects = objects
        self._trees = trees
        self._tree = tree
        self._unfinished = unfinished
        self._around = around
        self._leftovers: dict[str, Json] = {}

    def run(self, job: Job, version: Version, asked: Sequence[bytes], wanted: Wanted) -> None:
        """Do the job. Raises ``ApiError``, ``StoreFailure``, ``SnapshotFailure``: then nothing is changed, but
        where it is ``restore-partial``."""
        plan = self._plan(job, version, asked)
        reach("restore-planned")
        if wanted.dry_run or not (plan.steps or plan.folders):
            job.succeed(_result(plan, None, [step.path for step in plan.steps]))
            return
        before = self._kept(job, plan)
        reach("restore-kept")
        identity, note, damaged = self._staged(
            job, version, asked, plan, before, wanted.skip_damaged
        )
        moved = self._moved(identity, note)
        if moved.left:
            raise _incomplete(moved, before)
        job.succeed(_result(plan, before, moved.moved, damaged))

    def recover(self) -> None:
        """Go on with the restores that a killed worker left. Before anything else is written."""
        states: dict[str, set[str]] = {}
        for record in self._ledger.index.all_of_workspace("restore"):
            states.setdefault(str(record.body.get("id")), set()).add(str(record.body.get("state")))
        self._leftovers = self._unfinished.notes()
        for identity, note in self._leftovers.items():
            try:
                if states.get(identity) == {"begun"} and "steps" in note:
                    self._go_on(identity, note)
            except Exception:  # one that cannot be read must not keep the worker from starting
                log.exception("unfinished work %s was given up", identity)

    def clear_leftovers(self) -> None:
        """Remove the folders that were never whole; after `recover`, which may take long."""
        for identity, note in self._leftovers.items():
            self._unfinished.clear(identity, note)

    def _go_on(self, identity: str, note: Json) -> None:
        """The note may be anybody's, in a store that was copied: it moves nothing but from our folder here."""
        note = {**note, "folder": os.fspath(self._stage_of(identity))}
        total = len(note["steps"])
        try:
            moved = self._moved(identity, note)
        except FileNotFoundError:  # somebody removed what was staged
            self._record(identity, note, "partial", 0)
            self._around.told(_partial(0, total, str(note["before"])), identity)
            return
        log.info(
            "an interrupted restore: %d more files, %d left", len(moved.moved), len(moved.left)
        )
        if moved.left:
            done = total - len(moved.left)
            self._around.told(_partial(done, total, str(note["before"])), identity)

    def _stage_of(self, identity: str) -> Path:
        return self._root / (os.fsdecode(UNFINISHED) + identity)

    def _plan(self, job: Job, version: Version, asked: Sequence[bytes]) -> Plan:
        entries = self._trees.entries(version)
        wanted, missing = selected(entries, asked)
        if missing:
            name = missing[0].decode("utf-8", "replace")
            raise ApiError.of("file-not-found", path=name, what=version.what)
        folders = {entry.path: entry for entry in entries if entry.kind == "d"}

        def lacks(entry: Entry) -> str | None:
            state = self._trees.state(entry)
            return None if state == "kept" else state

        def is_same(folder: int, name: bytes, status: os.stat_result, entry: Entry) -> bool:
            job.check()
            known = self._tree.content(status)
            if known is not None and (known.hash, known.ranges) == (entry.hash, entry.ranges):
                return True
            return holds(self._objects, entry, folder, name, job.check)

        with opened(self._root) as root:
            return plan_restore(root, wanted, folders, lacks, is_same)

    def _kept(self, job: Job, plan: Plan) -> str:
        """The id of a snapshot that holds all that will be replaced."""
        replaced = {step.path: step.stands for step in plan.steps if step.stands is not None}
        before = self._around.before(job, frozenset(replaced))
        snapshot = self._ledger.index.snapshot(before)
        assert snapshot is not None
        entries = read_entries(self._objects.read, snapshot["tree"]) if replaced else ()
        found = {entry.path: entry for entry in entries if entry.path in replaced}
        for path, stands in replaced.items():
            if not _is_kept(found.get(path), stands):
                raise RestoreRefused(
                    path, "what stands there is in no snapshot: move it away first"
                )
        return before

    def _staged(
        self,
        job: Job,
        version: Version,
        asked: Sequence[bytes],
        plan: Plan,
        before: str,
        skip_damaged: bool,
    ) -> tuple[str, Json, frozenset[TreePath]]:
        """Everything made aside but the damaged, and the begin recorded: from here on it is only moved."""
        identity = new_id()
        stage = self._stage_of(identity)
        note: Json = {"folder": os.fspath(stage)}
        self._unfinished.write(identity, note)
        try:
            stage.mkdir(mode=0o700)
            damaged = self._stage(job, stage, plan, skip_damaged)
            plan = plan.without(damaged)
            reach("restore-staged")
            note = {**note, **_told(version, asked, plan, before)}
            self._unfinished.write(identity, note)
            reach("restore-noted")
            job.check()
            self._record(identity, note, "begun", len(plan.steps))
            return identity, note, damaged
        except BaseException:
            self._unfinished.clear(identity, note)
            raise

    def _stage(self, job: Job, stage: Path, plan: Plan, skip_damaged: bool) -> frozenset[TreePath]:
        check_room(stage, plan.entries, "the files were")
        with opened(stage) as top:
            writer = TreeWriter(self._objects, top, self._root, job, skip_damaged)
            writer.write(plan.staged())
        files = [e.path for e in plan.entries if e.kind == "f" and e.path not in writer.damaged]
        Durability(stage).sync([os.fspath(stage / os.fsdecode(path)) for path in files])
        return frozenset(writer.damaged)

    def _moved(self, identity: str, note: Json) -> Moved:
        """Move in what is staged, and record what became of it; may be called again after a kill."""
        try:
            moved = self._move(Path(note["folder"]), note)
            count = len(note["steps"]) - len(moved.left)
            state = "done" if not moved.left else "partial" if count else "undone"
            self._record(identity, note, state, count)
        finally:
            self._around.written()
        self._unfinished.clear(identity, note)
        return moved

    def _move(self, stage: Path, note: Json) -> Moved:
        steps = [_step(told) for told in note["steps"]]
        folders = [(_safe(path), mode, time) for path, mode, time in note["folders"]]
        moved: list[bytes] = []
        left: list[tuple[bytes, str]] = []
        with opened(stage) as aside, opened(self._root) as root, Mover(aside, root) as mover:
            mover.make_folders([path for path, _, _ in folders])
            for step in steps:
                why = _moved_in(mover, step)
                if why is None:
                    moved.append(step.path)
                    reach("restore-moved")
                else:
                    left.append((step.path, why))
            mover.finish_folders(folders)
        above = {os.path.dirname(os.path.join(os.fsencode(self._root), path)) for path in moved}
        Durability(self._root).sync([os.fsdecode(folder) for folder in above])
        return Moved(tuple(moved), tuple(left))

    def _record(self, identity: str, note: Json, state: str, files: int) -> None:
        told = {name: note[name] for name in ("run", "snapshot", "paths", "before")}
        body = {**told, "id": identity, "state": state, "files": files}
        self._ledger.record([Draft("restore", "user", body)])


def _moved_in(mover: Mover, step: Step) -> str | None:
    """None when the step is done now, or was before; else why not."""
    if is_forbidden(step.path):
        return "no snapshot holds such a name"
    try:
        if not mover.is_waiting(step) or mover.move(step):
            return None
        return "it changed meanwhile"
    except OSError as error:
        return error.strerror or str(error)


def _is_kept(entry: Entry | None, stands: Stand) -> bool:
    if entry is None:
        return False
    if entry.kind == "f":
        seen = entry.size, entry.mtime_ns
        kept = entry.hash is not None or entry.not_kept == FROZEN
        return kept and not entry.unstable and seen == (stands.size, stands.mtime_ns)
    return True


def _told(version: Version, asked: Sequence[bytes], plan: Plan, before: str) -> Json:
    """The plan as a note holds it."""
    return {
        "run": version.run_id,
        "snapshot": version.snapshot_id,
        "paths": [name_to_json(path) for path in asked],
        "before": before,
        "folders": [[name_to_json(e.path), e.mode, e.mtime_ns] for e in plan.folders],
        "steps": [[name_to_json(step.path), step.stands] for step in plan.steps],
    }


def _step(told: Any) -> Step:
    path, stands = told
    return Step(_safe(path), None if stands is None else Stand(*stands))


def _safe(told: Any) -> TreePath:
    path = name_from_json(told)
    check_path(path)
    return path


def _result(
    plan: Plan,
    before: str | None,
    paths: Sequence[TreePath],
    damaged: Collection[TreePath] = (),
) -> JobResult:
    written = set(paths)
    size = sum(entry.size or 0 for entry in plan.entries if entry.path in written)
    return JobResult(
        snapshot=before,
        restored=len(paths),
        unchanged=plan.unchanged,
        not_kept=plan.not_kept,
        paths=paths,
        created=[s.path for s in plan.steps if s.stands is None and s.path in written],
        bytes=size,
        lacking=sorted((*plan.lacking, *((path, "damaged") for path in damaged))),
        incomplete=bool(damaged),
    )


def _incomplete(moved: Moved, before: str) -> ApiError:
    path, why = moved.left[0]
    if not moved.moved:
        return ApiError.of("restore-refused", path=path.decode("utf-8", "replace"), detail=why)
    return _partial(len(moved.moved), len(moved.moved) + len(moved.left), before)


def _partial(done: int, total: int, before: str) -> ApiError:
    return ApiError.of("restore-partial", done=done, total=total, snapshot=before[:7])
