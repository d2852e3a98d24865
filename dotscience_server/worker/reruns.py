"""Running a run again: what it would do, the job that does it, the verdict that stays.

    side folder ─► environment ─► execution ─► the new runs are recorded ─► compared ─► [controlled repetitions] ─► run.verdict
Each job has a thread of its own; cancelled, its processes end with all that they started. The steps are
`rerun_planning`, `rerun_performing`, `rerun_judging` and `rerun_recording`.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from dotscience._facts import Run

from ..protocol.failure import ApiError
from ..rerun.results import pairs, told_of
from ..rerun.start import Factors, held_still
from ..store.layout import Store
from ..store.objects import ObjectStore
from .environments import Environments
from .jobs import Job, JobResult
from .ledger import Ledger
from .loaded import read_loaded
from .refs import Version
from .rerun_files import RerunFiles
from .rerun_judging import Judging
from .rerun_performing import Performing
from .rerun_planning import Json, Planning, Wanted
from .rerun_recording import Recording
from .sessions import Sessions
from .trees import Trees


class Reruns:
    """Any thread."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        objects: ObjectStore,
        trees: Trees,
        files: RerunFiles,
        environments: Environments,
        sessions: Sessions,
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._files = files
        self._planning = Planning(store, ledger, objects, trees, files, environments, sessions)
        self._recording = Recording(store, ledger, objects, environments)
        self._performing = Performing(store, files, self._recording)
        self._judging = Judging(store, files, environments, self._performing)
        self._threads: list[threading.Thread] = []

    def plan(self, run: Run) -> Json:
        """``rerun.schema.json``. Raises ``snapshot-pending``."""
        return self._planning.plan(run)

    def verdict(self, run: Run) -> Json:
        """``verdict.schema.json``. Raises ``not-recorded``."""
        facts = self._ledger.index.facts(run.id, "run.verdict")
        if not facts:
            raise ApiError.of("not-recorded", run=run.id[:8], what="verdict")
        body = facts[-1].body
        told = {name: body.get(name) for name in ("of", "verdict", "metrics", "causes", "folder")}
        return {"run": run.id, **told, "time": facts[-1].time}

    def check(self, run: Run, wanted: Wanted) -> None:
        """Raise ``nothing-to-run``, ``environment-not-rebuilt`` where it can't be done, before a job is made."""
        self._planning.check(run, wanted)

    def begin(self, work: Callable[[], None]) -> None:
        """Run a job's work in a thread of its own."""
        self._threads = [one for one in self._threads if one.is_alive()]
        thread = threading.Thread(target=work, name="rerun", daemon=True)
        self._threads.append(thread)
        thread.start()

    def stop(self) -> None:
        """The worker ends; its jobs are cancelled."""
        for thread in self._threads:
            thread.join()

    def run(self, job: Job, run: Run, wanted: Wanted, folder: Path) -> None:
        """Do the job: repeat, compare, record the verdict."""
        version = Version(run.id, run)
        again = self._planning.begin(job, run, wanted)
        missing = self._files.make(job, run, version, folder)
        job.turn(f"Repeat run {run.id[:8]}", "cells" if again.recipe.notebook else "lines")
        token = str(uuid4())
        told = self._store.path / "tmp" / f"loaded-{token}"
        told.mkdir(parents=True, exist_ok=True)
        env = held_still(again.env, Factors(), told)
        began_s, before = time.monotonic(), self._ledger.index.count()
        outcome = self._performing.execute(
            again, env, token, folder, self._store.path, wanted.timeout_s, True
        )
        took_s = time.monotonic() - began_s
        found = self._recording.found(token, before, outcome, job.check)
        if not found and outcome.error is not None:
            found = [self._recording.broken(again, token, outcome.error, took_s)]
        loaded = read_loaded(told)
        paired = pairs(self._recording.siblings(run), [told_of(one) for one in found], run.id)
        new = next((one for one in found if run.id in paired and one.id == paired[run.id].id), None)
        if new is None:
            detail = f"its repetition told no run ({outcome.error or 'it ended in order'}); it is in {folder}"
            raise ApiError.of("nothing-to-run", run=run.id[:8], detail=detail)
        self._recording.keep_notebook(again.recipe, folder, found)
        judged = self._judging.judge(again, new, outcome, missing, loaded, folder, took_s)
        self._recording.record(run, new, judged, folder, again, paired, found)
        job.succeed(JobResult(path=os.fspath(folder), run=new.id, message=judged.verdict))

    def trial(self, job: Job, run: Run, wanted: Wanted, version: Version) -> None:
        """Do the job: the run's code on the files of ``version``; recorded nowhere, its metrics are the result."""
        again = self._planning.begin(job, run, wanted)
        if again.recipe.notebook is not None:
            again.steps = self._planning.steps(run, again.recipe, wanted, version)
        told = self._performing.trial(again, version, Factors(), wanted.timeout_s)
        job.succeed(
            JobResult(snapshot=version.snapshot_id, metrics=None if told is None else told.metrics)
        )


__all__ = ["Reruns", "Wanted"]
