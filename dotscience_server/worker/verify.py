"""``ds verify``: every stored byte is checked; what is damaged is told with the files and runs it breaks, and mended
from the workspace where that is possible and asked for.

Reads with bounded memory, a little pause after each piece. The last report is kept in the cache folder, its summary is
a record (``verified``).
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from dotscience import _facts
from dotscience._records import Record
from dotscience._tree import name_to_json

from ..protocol.failure import ApiError
from ..storage.checking import Checked, Fault, check_chunks, check_objects, check_records
from ..storage.mending import Mender
from ..storage.tracing import Named, State, Touched, Traced, Tracer, named_in
from ..store.copying import BUFFER
from ..store.failures import StoreFailure
from ..store.layout import Store
from ..store.objects import ObjectStore
from ..store.records import Draft
from ..store.stamps import now
from .jobs import Job, JobResult
from .ledger import Ledger
from .notices import Notices
from .storage import Storage, title_of
from .tree import Tree

Json = dict[str, Any]
log = logging.getLogger(__name__)

SHOWN_FILES = 100
_PAUSE_S = 0.001


class Verifier:
    """Any thread; one check at a time."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        objects: ObjectStore,
        tree: Tree,
        storage: Storage,
        notices: Notices,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._objects = objects
        self._tree = tree
        self._storage = storage
        self._notices = notices
        self._lock = threading.Lock()
        self._file = store.cache / "verify.json"

    def start(self) -> None:
        """Say again what the last check found."""
        last = self._ledger.index.last_of_workspace("verified")
        if last is not None and last.body.get("damaged"):
            self._say(len(last.body["damaged"]), len(last.body.get("runs") or ()), None)

    def report(self) -> Json:
        """``verify.schema.json``. Raises ``not-recorded``."""
        try:
            return dict(json.loads(self._file.read_bytes()))
        except (OSError, ValueError):
            raise ApiError.of("not-recorded", run="this workspace", what="check") from None

    def run(self, job: Job, repair: bool) -> None:
        """Do the job. Its result counts what is damaged now."""
        with self._lock:
            begun = time.monotonic()
            check = _Check(self._store, self._ledger, self._objects, self._storage, job)
            traced = check.run()
            mender = self._mender(traced)
            repaired = self._mend(check, traced, mender) if repair else 0
            if repaired:
                check = _Check(self._store, self._ledger, self._objects, self._storage, job)
                traced = check.run()
                mender = self._mender(traced)
            repairable = sum(self._could(mender, fault) for fault in traced.faults)
            report = self._reported(check, traced, time.monotonic() - begun)
            report |= {"repairable": repairable, "repaired": repaired}
            self._keep(report)
        damaged = len(report["damaged"])
        job.succeed(JobResult(message=f"{damaged} damaged" if damaged else None))

    def _mend(self, check: _Check, traced: Traced, mender: Mender) -> int:
        mended = 0
        if check.checked.orphans:
            mender.mend_orphans(check.checked.orphans)
        for fault in traced.faults:
            try:
                mended += mender.mend(fault, dry=False)
            except StoreFailure:
                log.exception("%s %s was not mended", fault.what, fault.name)
        self._objects.forget()
        return mended

    def _could(self, mender: Mender, fault: Fault) -> bool:
        return mender.mend(fault, dry=True)

    def _mender(self, traced: Traced) -> Mender:
        return Mender(
            self._store.workspace,
            self._store.path,
            self._objects.chunks,
            traced.places,
            self._known,
            self._add_chunked,
        )

    def _known(self, path: Path) -> str | None:
        known = self._tree.content(os.lstat(path))
        return None if known is None else known.hash

    def _add_chunked(self, path: Path) -> str | None:
        engine = self._objects.engine
        return None if engine is None else engine.add_file(path).hash

    def _reported(self, check: _Check, traced: Traced, duration_s: float) -> Json:
        titles = {run["id"]: title_of(run) for run in check.runs}
        by_run: dict[str, set[bytes]] = {}
        damaged = []
        for number, fault in enumerate(traced.faults):
            touched = list(dict.fromkeys(traced.touched.get(number, ())))
            for one in touched:
                if one.run is not None:
                    by_run.setdefault(one.run, set()).add(one.path)
            damaged.append(_damaged(fault, touched))
        return {
            "time": now(),
            "duration_s": round(duration_s, 3),
            "checked_bytes": check.done,
            "checked": check.checked.count,
            "damaged": damaged,
            "runs": [
                {"run": run, "title": titles.get(run, run[:8]), "files": len(paths)}
                for run, paths in by_run.items()
            ],
        }

    def _keep(self, report: Json) -> None:
        self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = self._file.with_suffix(".tmp")
        temporary.write_text(json.dumps(report))
        temporary.replace(self._file)
        body = {
            "checked_bytes": report["checked_bytes"],
            "damaged": [
                {key: one[key] for key in ("what", "name", "detail")} for one in report["damaged"]
            ],
            "runs": [one["run"] for one in report["runs"]],
            "duration_s": report["duration_s"],
        }
        self._ledger.record([Draft("verified", "worker", body)])
        files = sum(one["file_count"] for one in report["damaged"])
        self._say(len(report["damaged"]), len(report["runs"]), files)

    def _say(self, damaged: int, runs: int, files: int | None) -> None:
        if not damaged:
            self._notices.clear("store-damaged")
            return
        told = "some" if files is None else files
        error = ApiError.of("store-damaged", count=damaged, runs=runs, files=told)
        self._notices.post(error, severity="error")


class _Check:
    """One look at everything."""

    def __init__(
        self, store: Store, ledger: Ledger, objects: ObjectStore, storage: Storage, job: Job
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._objects = objects
        self._storage = storage
        self._job = job
        self.done = 0
        self.checked = Checked()
        self._total = 0
        self._named: list[Named] = []
        self.runs: list[Json] = []

    def run(self) -> Traced:
        """Check, then find out what is touched."""
        self._total = self._objects.disk_usage() + _records_bytes(self._store.path)
        check_records(self._store.path, self.checked, self._tick, self._take)
        check_objects(self._store.path, self.checked, self._tick)
        chunks = self._objects.chunks
        if chunks is not None:
            check_chunks(chunks, self.checked, self._tick)
        held = self._objects.held_contents
        if held is not None:
            from ..storage.held_checking import check_held

            check_held(held, chunks, self.checked, self._tick)
        return self._trace()

    def _trace(self) -> Traced:
        self.runs, _, holders = self._storage.holders()
        runs = {holder.run for holder in holders}
        given_up = self._storage.given_up
        state = State(
            self._broken(), self._storage.source.has, lambda key: key in given_up.contents
        )
        snapshots = {one.tree: one.id for one in self._storage.needs().snapshots.values()}
        named: Iterable[Named] = (one for one in self._named if one.run in runs)
        tracer = Tracer(self.checked.faults, state, self._objects.read)
        return tracer.trace(holders, snapshots, named, self._over(), self._job.check)

    def _broken(self) -> dict[str, list[Fault]]:
        broken = {key: list(faults) for key, faults in self.checked.broken.items()}
        for fault in self.checked.faults:
            if fault.what in ("object", "held"):
                broken.setdefault(fault.name, []).append(fault)
        joined = {}
        if self.checked.orphans and self._objects.chunks is not None:
            joined = self._objects.chunks.sha256s()
        for key in self.checked.orphans:
            for name in filter(None, (key, joined.get(key))):
                broken.setdefault(name, []).extend(self.checked.orphaned_by)
        return broken

    def _over(self) -> Callable[[str], set[bytes]]:
        @lru_cache(10_000)
        def over(run: str) -> set[bytes]:
            found = self._ledger.index.run(run)
            overlays = [] if found is None else _facts.overlays(found)
            return {os.fsencode(one.path) for one in overlays}

        return over

    def _take(self, record: Record) -> None:
        self._named.extend(named_in(record))

    def _tick(self, count: int) -> None:
        self.done += count
        self._job.check()
        total = max(self._total, self.done)
        self._job.update(self.done, total, self.done, total)
        if count >= BUFFER // 2:
            time.sleep(_PAUSE_S)


def _damaged(fault: Fault, touched: list[Touched]) -> Json:
    return {
        "what": fault.what,
        "name": fault.name,
        "detail": fault.detail,
        "files": [
            {"path": name_to_json(one.path), "run": one.run, "snapshot": one.snapshot}
            for one in touched[:SHOWN_FILES]
        ],
        "file_count": len(touched),
    }


def _records_bytes(store: Path) -> int:
    return sum(file.stat().st_size for file in (store / "records").iterdir())
