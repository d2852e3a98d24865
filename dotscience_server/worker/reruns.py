"""Running a run again: what it would do, the job that does it, the verdict that stays.

    side folder ─► environment ─► execution ─► the new runs are recorded ─► compared ─► [controlled repetitions] ─► run.verdict
Each job has a thread of its own; cancelled, its processes end with all that they started.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

from dotscience._facts import Run

from ..jupyter.kernel_library import ensure_library
from ..protocol.failure import ApiError
from ..rerun.causes import Evidence, candidates, failed
from ..rerun.differences import THREAD_VARIABLES, differences
from ..rerun.execution import SOURCE, Outcome, run_command, run_notebook
from ..rerun.notebook import Step, as_ran, language_of, read_notebook, top_to_bottom
from ..rerun.probe import environment_now
from ..rerun.processes import TooLong
from ..rerun.rebuild import plan_of, rebuild
from ..rerun.recipe import Recipe, placed, recipe_of
from ..rerun.results import Told, pairs, told_in, told_of
from ..rerun.start import (
    Factors,
    base_variables,
    held_still,
    recorded_variables,
    repeating,
    with_library,
)
from ..rerun.verdict import Judgement, Why, compare
from ..rerun.why import Recorded, by_facts, by_trials
from ..snapshots.failures import Cancelled
from ..store.failures import StoreFailure
from ..store.layout import Store
from ..store.objects import ObjectStore
from ..store.records import Draft
from ..store.stamps import rfc3339
from .environments import Environments, environment_shape
from .jobs import Job, JobResult
from .ledger import Ledger
from .loaded import Loaded, read_loaded
from .refs import Version
from .rerun_files import RerunFiles
from .sessions import Sessions
from .trees import Trees

Json = dict[str, Any]
_LOOKED_BACK = 500
_RECORDED_WITHIN_S = 20.0
_LOOK_S = 0.05
_TRIAL_TIMES = 10
_TRIAL_LEAST_S = 60.0


@dataclass(frozen=True)
class Wanted:
    """How a run is to be repeated. ``variables``: of the program that asks; None: the worker's own."""

    environment: Literal["current", "rebuild"] = "current"
    why: bool = False
    as_ran: bool = False
    tolerance: float | None = None
    timeout_s: float | None = None
    variables: Mapping[str, str] | None = None


@dataclass
class _Repetition:
    """One job's state."""

    job: Job
    run: Run
    recipe: Recipe
    wanted: Wanted
    interpreter: str
    env: dict[str, str]
    steps: list[Step] = field(default_factory=list)


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
        self._objects = objects
        self._trees = trees
        self._files = files
        self._environments = environments
        self._sessions = sessions
        self._threads: list[threading.Thread] = []

    def plan(self, run: Run) -> Json:
        """``rerun.schema.json``. Raises ``snapshot-pending``."""
        recipe, then = self._recipe(run), self._environments.shown(run)
        env = base_variables(os.environ, SOURCE)
        now = None
        if recipe.kind != "none":
            now = self._now(_interpreter(recipe), env, self._store.workspace)
        buildable = plan_of(then, recipe.executable) if recipe.kind != "none" else None
        return {
            "run": run.id,
            "kind": recipe.kind,
            "what": recipe.what or recipe.notebook,
            "reason": recipe.reason,
            "environment": [] if then is None or now is None else differences(then, now),
            "can_rebuild": None if buildable is None else buildable.tool,
            "not_kept": self._files.not_kept(run),
            "repetitions": self._repetitions(run),
        }

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
        recipe = self._recipe(run)
        if recipe.kind == "none":
            raise ApiError.of("nothing-to-run", run=run.id[:8], detail=recipe.reason)
        if wanted.environment == "rebuild" and self._plan_environment(run, recipe) is None:
            detail = "what it was is not recorded, or neither uv, conda nor its Python is here"
            raise ApiError.of("environment-not-rebuilt", detail=detail)

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
        again = self._begin(job, run, wanted)
        missing = self._files.make(job, run, version, folder)
        job.turn(f"Repeat run {run.id[:8]}", "cells" if again.recipe.notebook else "lines")
        token = str(uuid4())
        told = self._store.path / "tmp" / f"loaded-{token}"
        told.mkdir(parents=True, exist_ok=True)
        env = held_still(again.env, Factors(), told)
        began_s, before = time.monotonic(), self._ledger.index.count()
        outcome = self._execute(again, env, token, folder, self._store.path, wanted.timeout_s, True)
        took_s = time.monotonic() - began_s
        found = self._recorded(token, before, outcome, job.check)
        if not found and outcome.error is not None:
            found = [self._broken(again, token, outcome.error, took_s)]
        loaded = read_loaded(told)
        paired = pairs(self._siblings(run), [told_of(one) for one in found], run.id)
        new = next((one for one in found if run.id in paired and one.id == paired[run.id].id), None)
        if new is None:
            detail = f"its repetition told no run ({outcome.error or 'it ended in order'}); it is in {folder}"
            raise ApiError.of("nothing-to-run", run=run.id[:8], detail=detail)
        self._keep_notebook(again.recipe, folder, found)
        judged = self._judge(again, new, outcome, missing, loaded, folder, took_s)
        self._record(run, new, judged, folder, again, paired, found)
        job.succeed(JobResult(path=os.fspath(folder), run=new.id, message=judged.verdict))

    def trial(self, job: Job, run: Run, wanted: Wanted, version: Version) -> None:
        """Do the job: the run's code on the files of ``version``; recorded nowhere, its metrics are the result."""
        again = self._begin(job, run, wanted)
        if again.recipe.notebook is not None:
            again.steps = self._steps(run, again.recipe, wanted, version)
        told = self._trial(again, version, Factors(), wanted.timeout_s)
        job.succeed(
            JobResult(snapshot=version.snapshot_id, metrics=None if told is None else told.metrics)
        )

    def _begin(self, job: Job, run: Run, wanted: Wanted) -> _Repetition:
        recipe = self._recipe(run)
        env = base_variables(os.environ if wanted.variables is None else wanted.variables, SOURCE)
        interpreter = _interpreter(recipe)
        if wanted.environment == "rebuild":
            plan = self._plan_environment(run, recipe)
            assert plan is not None
            job.turn("Rebuild the environment", "lines")
            count = iter(range(1, 1 << 40))

            def say(line: str) -> None:
                job.say(line)
                job.update(next(count), None, None, None)

            interpreter = os.fspath(rebuild(plan, env, say, job.check))
            then = (self._environments.shown(run) or {}).get("variables") or {}
            env = recorded_variables(env, then)
            env["PATH"] = f"{os.path.dirname(interpreter)}{os.pathsep}{env.get('PATH', os.defpath)}"
            env["VIRTUAL_ENV"] = os.path.dirname(os.path.dirname(interpreter))
            job.turn(f"Files of run {run.id[:8]}", "files")
        again = _Repetition(job, run, recipe, wanted, interpreter, env)
        if recipe.notebook is not None:
            again.steps = self._steps(run, recipe, wanted, Version(run.id, run))
        return again

    def _execute(
        self,
        again: _Repetition,
        env: Mapping[str, str],
        token: str,
        folder: Path,
        store: Path,
        within_s: float | None,
        recorded: bool,
    ) -> Outcome:
        job, recipe = again.job, again.recipe
        told = repeating(env, again.run.id, token, folder, store, self._store.workspace)
        library = ensure_library()

        def progress(done: int, total: int | None) -> None:
            job.update(done, total, None, None)

        try:
            if recipe.notebook is not None:
                return run_notebook(
                    folder / recipe.notebook,
                    again.interpreter,
                    again.steps,
                    with_library(told, library),
                    progress,
                    job.check,
                    seeded=_is_seeded(env),
                    within_s=within_s,
                )
            argv = placed(
                recipe, again.interpreter, os.fspath(self._store.workspace), os.fspath(folder)
            )
            return run_command(
                argv,
                told if recorded else with_library(told, library),
                folder / recipe.cwd,
                progress,
                job.check,
                recorded=recorded,
                within_s=within_s,
                say=job.say,
            )
        except TooLong as error:
            return Outcome(str(error))
        except OSError as error:
            return Outcome(f"it could not be started: {error}")

    def _trial(
        self, again: _Repetition, version: Version, factors: Factors, within_s: float | None
    ) -> Told | None:
        """One repetition that is not recorded; None where it failed or told no run that fits."""
        with self._files.scratch(again.job, again.run, version) as scratch:
            again.job.turn(f"Repeat run {again.run.id[:8]}, {factors.name}", "lines")
            (scratch.store / "journal").mkdir(mode=0o700)
            env = held_still(again.env, factors, None)
            env["DOTSCIENCE_OBSERVE"] = "0"
            token = str(uuid4())
            outcome = self._execute(
                again, env, token, scratch.files, scratch.store, within_s, False
            )
            if outcome.error is not None:
                return None
            told = told_in(scratch.store / "journal", outcome.printed)
        return pairs(self._siblings(again.run), told, again.run.id).get(again.run.id)

    def _judge(
        self,
        again: _Repetition,
        new: Run,
        outcome: Outcome,
        missing: list[str],
        loaded: Loaded,
        folder: Path,
        took_s: float,
    ) -> Judgement:
        run, wanted = again.run, again.wanted
        before, after = told_of(run), told_of(new)
        metrics = compare(before.metrics, after.metrics, wanted.tolerance)
        same = all(one.same for one in metrics)
        error = outcome.error or new.error
        if same and metrics and (error is None or run.error is not None):
            return Judgement("same", metrics)
        changed = [
            *self._files.changed(run, new, folder),
            *loaded.changed(run, again.interpreter, folder, self._files, self._store.workspace),
        ]
        evidence = Evidence(
            self._environments.shown(run),
            self._environments.shown(new),
            list({one.path: one for one in changed}.values()),
            missing,
            loaded.distributions,
            loaded.known,
            error,
        )
        if error is not None and run.error is None:
            return Judgement("differs", metrics, failed(evidence))
        if same:
            return Judgement("unknown", metrics)
        causes = self._causes(again, before, after, evidence, took_s)
        if causes is not None:
            return Judgement("differs", metrics, causes)
        return Judgement("unknown", metrics)

    def _causes(
        self, again: _Repetition, before: Told, after: Told, evidence: Evidence, took_s: float
    ) -> tuple[Why, ...] | None:
        found = candidates(evidence)
        if not again.wanted.why:
            return by_facts(found)
        within_s = max(_TRIAL_LEAST_S, _TRIAL_TIMES * took_s)
        version = Version(again.run.id, again.run)

        def attempt(factors: Factors) -> Mapping[str, str] | None:
            told = self._trial(again, version, factors, within_s)
            return None if told is None else told.metrics

        recorded = _recorded(again.run, evidence)
        return by_trials(
            before.metrics, after.metrics, found, recorded, attempt, again.wanted.tolerance
        )

    def _record(
        self,
        run: Run,
        new: Run,
        judged: Judgement,
        folder: Path,
        again: _Repetition,
        paired: Mapping[str, Told],
        found: list[Run],
    ) -> None:
        """The verdict of the repetition, and of the other runs that the same program repeated."""
        then, now = self._environments.shown(run), self._environments.shown(new)
        differing = differences(then, now) if then is not None and now is not None else []
        drafts = [self._draft(run.id, new.id, judged, folder, differing)]
        known = {one.id: one for one in found}
        for original, told in paired.items():
            other = self._ledger.index.run(original)
            if original == run.id or other is None or told.id == new.id or told.id not in known:
                continue
            metrics = compare(told_of(other).metrics, told.metrics, again.wanted.tolerance)
            if metrics and all(one.same for one in metrics):
                sibling = Judgement("same", metrics)
            else:
                causes = judged.causes if judged.verdict == "differs" else ()
                sibling = Judgement("differs" if causes else "unknown", metrics, causes)
            drafts.append(self._draft(original, told.id, sibling, folder, differing))
        self._ledger.record(drafts)

    def _draft(
        self, of: str, new: str, judged: Judgement, folder: Path, differing: list[Json]
    ) -> Draft:
        body = {
            "of": of,
            "verdict": judged.verdict,
            "metrics": [vars(one) for one in judged.metrics],
            "causes": [vars(one) for one in judged.causes],
            "environment": differing,
            "folder": os.fspath(folder),
        }
        return Draft("run.verdict", "worker", body, new)

    def _recorded(
        self, token: str, before: int, outcome: Outcome, check: Callable[[], None]
    ) -> list[Run]:
        """The runs of the repetition, in order, when all that their sessions told is recorded; ``before``: so many runs
        there were when it began."""
        journals = self._store.path / "journal"
        until = time.monotonic() + _RECORDED_WITHIN_S
        while True:
            check()
            found = self._runs_of(token, before)
            names = {
                source.partition(":")[2]
                for one in found
                for source in one.sources
                if source.startswith("journal:")
            }
            open_ones = [name for name in names if (journals / f"{name}.dsj").exists()]
            patience_s = 0.0 if found else _RECORDED_WITHIN_S - 5
            if found and not open_ones:
                return self._runs_of(token, before)  # with what came until the journals went
            if time.monotonic() > until - (patience_s if outcome.error else 0):
                return found
            time.sleep(_LOOK_S)

    def _broken(self, again: _Repetition, token: str, error: str, took_s: float) -> Run:
        """A run for a repetition that broke off before its program had told anything."""
        run, id, began_ns = again.run, str(uuid4()), time.time_ns() - int(took_s * 1e9)
        context = run.context or {}
        kept = ("argv", "orig_argv", "cwd", "executable", "python", "notebook")
        facts: dict[str, Json] = {
            "run.interrupted": {
                "description": run.description,
                "error": error,
                "start": rfc3339(began_ns),
                "ending": "crashed",
                "base": "",
            },
            "run.context": {
                **{name: context.get(name) for name in kept},
                "duration_s": round(took_s, 6),
                "repeats": run.id,
                "repetition": token,
            },
        }
        self._ledger.record([Draft(kind, "worker", body, id) for kind, body in facts.items()])
        made = self._ledger.index.run(id)
        assert made is not None
        return made

    def _runs_of(self, token: str, before: int) -> list[Run]:
        index = self._ledger.index
        newest = index.summaries_before(index.count() + 1, index.count() - before)
        runs = (index.run(told["id"]) for told in newest)
        found = [one for one in runs if one and (one.context or {}).get("repetition") == token]
        return sorted(found, key=lambda one: one.seq)

    def _siblings(self, run: Run) -> list[Told]:
        """The runs of the run's own session, in order; itself among them."""
        source = next((one for one in run.sources if one.startswith("journal:")), None)
        index = self._ledger.index
        near = index.summaries_before(run.seq + _LOOKED_BACK, 2 * _LOOKED_BACK)
        alike = [told["id"] for told in near if _is_alike(told, run)]
        runs = [index.run(id) for id in alike] if source is not None else []
        found = [one for one in runs if one is not None and source in one.sources]
        if run.id not in {one.id for one in found}:
            found.append(run)
        return [told_of(one) for one in sorted(found, key=lambda one: one.seq)]

    def _keep_notebook(self, recipe: Recipe, folder: Path, found: list[Run]) -> None:
        """The notebook with the repetition's outputs is the new runs' notebook."""
        if recipe.notebook is None:
            return
        path = folder / recipe.notebook
        status = path.stat()
        body = {
            "path": recipe.notebook,
            "object": self._objects.add_bytes(path.read_bytes()),
            "size": status.st_size,
            "mode": status.st_mode & 0o7777,
            "mtime_ns": str(status.st_mtime_ns),
        }
        source = f"notebook:{recipe.notebook}"
        self._ledger.record([Draft("run.notebook", source, body, one.id) for one in found])

    def _recipe(self, run: Run) -> Recipe:
        recipe = recipe_of(run)
        if recipe.notebook is None:
            return recipe
        notebook = self._notebook(Version(run.id, run), recipe.notebook)
        if notebook is None:
            return Recipe("none", reason="its notebook is in no snapshot, or can't be read")
        if language_of(notebook) not in ("python", "ipython"):
            return Recipe("none", reason=f"its notebook is one of {language_of(notebook)}")
        return recipe

    def _notebook(self, version: Version, path: str) -> Json | None:
        try:
            stored = self._trees.file(version, os.fsencode(path))
            return read_notebook(self._objects.read(stored.object))
        except (ApiError, StoreFailure) as error:
            if isinstance(error, ApiError) and error.code == "snapshot-pending":
                raise
            return None

    def _steps(self, run: Run, recipe: Recipe, wanted: Wanted, version: Version) -> list[Step]:
        assert recipe.notebook is not None
        notebook = self._notebook(version, recipe.notebook)
        if notebook is None:
            detail = f"{recipe.notebook} is not in {version.what}"
            raise ApiError.of("nothing-to-run", run=run.id[:8], detail=detail)
        if not wanted.as_ran:
            return top_to_bottom(notebook, run)
        executions = self._sessions.cells(run)["executions"]
        sources = [
            (one["cell"], self._sessions.source(run, run.id, one["hash"])) for one in executions
        ]
        return as_ran(notebook, sources)

    def _plan_environment(self, run: Run, recipe: Recipe) -> Any:
        return plan_of(self._environments.shown(run), recipe.executable)

    def _now(self, interpreter: str, env: Mapping[str, str], folder: Path) -> Json | None:
        told = environment_now(interpreter, ensure_library(), env, folder)
        return None if told is None else {**environment_shape(told), "git": None}

    def _repetitions(self, run: Run) -> list[Json]:
        index = self._ledger.index
        found = []
        for told in index.summaries_before(index.count() + 1, _LOOKED_BACK):
            one = index.run(told["id"]) if _is_alike(told, run) else None
            if one is not None and one.verdict is not None and one.repeats == run.id:
                time_told = one.started or one.recorded
                found.append({"run": one.id, "verdict": one.verdict["verdict"], "time": time_told})
        return found


def _is_alike(told: Json, run: Run) -> bool:
    """Whether a run's summary is of the same notebook or script."""
    return (told["notebook"], told["workload"]) == (run.notebook, run.workload)


def _interpreter(recipe: Recipe) -> str:
    """The run's own, where it still stands and is a Python; else ours."""
    own = recipe.executable
    if own and recipe.is_python and os.access(own, os.X_OK) and not os.path.isdir(own):
        return own
    return sys.executable


def _is_seeded(env: Mapping[str, str]) -> bool:
    return '"seed"' in env.get("DOTSCIENCE_AGAIN", "") or '"clock"' in env.get(
        "DOTSCIENCE_AGAIN", ""
    )


def _recorded(run: Run, evidence: Evidence) -> Recorded:
    """What of the run's factors is another now."""
    then, now = evidence.then or {}, evidence.now or {}
    variables = then.get("variables") or {}, now.get("variables") or {}
    changed = tuple(
        (name, variables[0].get(name))
        for name in THREAD_VARIABLES
        if variables[0].get(name) != variables[1].get(name)
    )
    cores = [(one.get("machine") or {}).get("cores") for one in (then, now)]
    seeds = [(one.get("seeds") or {}).get("PYTHONHASHSEED") for one in (then, now)]
    started = None if run.started is None else datetime.fromisoformat(run.started[:-1] + "+00:00")
    return Recorded(
        None if started is None else started.timestamp(),
        changed,
        cores[0] if cores[0] != cores[1] else None,
        seeds[0] if seeds[0] != seeds[1] else None,
    )


__all__ = ["Cancelled", "Reruns", "Wanted"]
