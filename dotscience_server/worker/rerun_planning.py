"""What running a run again would do: its recipe, the environment it would have, its notebook's cells."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from dotscience._facts import Run

from ..jupyter.kernel_library import ensure_library
from ..protocol.failure import ApiError
from ..rerun.differences import differences
from ..rerun.environment_plan import Plan, plan_of
from ..rerun.execution import SOURCE
from ..rerun.notebook import Step, as_ran, language_of, read_notebook, top_to_bottom
from ..rerun.probe import environment_now
from ..rerun.rebuild import rebuild
from ..rerun.recipe import Recipe, recipe_of
from ..rerun.start import base_variables, recorded_variables, variables_in
from ..store.failures import StoreFailure
from ..store.layout import Store
from ..store.objects import ObjectStore
from .environments import Environments, environment_shape
from .jobs import Job
from .ledger import Ledger
from .refs import Version
from .repetitions import repetitions_of
from .rerun_files import RerunFiles
from .sessions import Sessions
from .trees import Trees

Json = dict[str, Any]


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
class Repetition:
    """One job's state. ``steps``: of a notebook."""

    job: Job
    run: Run
    recipe: Recipe
    wanted: Wanted
    interpreter: str
    env: dict[str, str]
    steps: list[Step] = field(default_factory=list)


class Planning:
    """Any thread. Records nothing."""

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

    def plan(self, run: Run) -> Json:
        """``rerun.schema.json``. Raises ``snapshot-pending``."""
        recipe, then = self._recipe(run), self._environments.shown(run)
        env = base_variables(os.environ, SOURCE)
        now = None
        if recipe.kind != "none":
            now = self._now(_interpreter(recipe), env, self._store.workspace)
        return {
            "run": run.id,
            "kind": recipe.kind,
            "what": recipe.what or recipe.notebook,
            "reason": recipe.reason,
            "environment": [] if then is None or now is None else differences(then, now),
            "can_rebuild": self._tool(run, recipe),
            "not_kept": self._files.not_kept(run),
            "repetitions": repetitions_of(self._ledger, run),
        }

    def check(self, run: Run, wanted: Wanted) -> None:
        """Raise ``nothing-to-run``, ``environment-not-rebuilt`` where it can't be done, before a job is made."""
        recipe = self._recipe(run)
        if recipe.kind == "none":
            raise ApiError.of("nothing-to-run", run=run.id[:8], detail=recipe.reason)
        if wanted.environment == "rebuild":
            self._plan_environment(run, recipe, _variables(wanted))

    def begin(self, job: Job, run: Run, wanted: Wanted) -> Repetition:
        """The repetition that a job makes; its environment is rebuilt first where that is wanted."""
        recipe = self._recipe(run)
        env = _variables(wanted)
        interpreter = _interpreter(recipe)
        if wanted.environment == "rebuild":
            interpreter, env = self._rebuilt(job, run, recipe, env)
        again = Repetition(job, run, recipe, wanted, interpreter, env)
        if recipe.notebook is not None:
            again.steps = self.steps(run, recipe, wanted, Version(run.id, run))
        return again

    def _rebuilt(
        self, job: Job, run: Run, recipe: Recipe, env: dict[str, str]
    ) -> tuple[str, dict[str, str]]:
        """The interpreter of the run's own environment, made where it does not stand, and its variables."""
        plan = self._plan_environment(run, recipe, env)
        job.turn(plan.title, "lines")
        count = iter(range(1, 1 << 40))

        def say(line: str) -> None:
            job.say(line)
            job.update(next(count), None, None, None)

        interpreter = os.fspath(rebuild(plan, env, say, job.check))
        then = (self._environments.shown(run) or {}).get("variables") or {}
        job.turn(f"Files of run {run.id[:8]}", "files")
        return interpreter, variables_in(interpreter, plan.tool, recorded_variables(env, then))

    def steps(self, run: Run, recipe: Recipe, wanted: Wanted, version: Version) -> list[Step]:
        """What the notebook of a version would execute, in order. Raises ``nothing-to-run``."""
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

    def _plan_environment(self, run: Run, recipe: Recipe, env: Mapping[str, str]) -> Plan:
        return plan_of(self._environments.shown(run), recipe.executable, env)

    def _tool(self, run: Run, recipe: Recipe) -> str | None:
        if recipe.kind == "none":
            return None
        try:
            return self._plan_environment(run, recipe, os.environ).tool
        except ApiError:
            return None

    def _now(self, interpreter: str, env: Mapping[str, str], folder: Path) -> Json | None:
        told = environment_now(interpreter, ensure_library(), env, folder)
        return None if told is None else {**environment_shape(told), "git": None}


def _variables(wanted: Wanted) -> dict[str, str]:
    return base_variables(os.environ if wanted.variables is None else wanted.variables, SOURCE)


def _interpreter(recipe: Recipe) -> str:
    """The run's own, where it still stands and is a Python; else ours."""
    own = recipe.executable
    if own and recipe.is_python and os.access(own, os.X_OK) and not os.path.isdir(own):
        return own
    return sys.executable
