"""Has repetitions run: in a folder that is there, or in one of their own that is taken away again."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from uuid import uuid4

from ..jupyter.kernel_library import ensure_library
from ..rerun.execution import Outcome, run_command, run_notebook
from ..rerun.processes import TooLong
from ..rerun.recipe import placed
from ..rerun.results import Told, pairs, told_in
from ..rerun.start import Factors, held_still, repeating, with_library
from ..store.layout import Store
from .refs import Version
from .rerun_files import RerunFiles
from .rerun_planning import Repetition
from .rerun_recording import Recording


class Performing:
    """Any thread."""

    def __init__(self, store: Store, files: RerunFiles, recording: Recording) -> None:
        self._store = store
        self._files = files
        self._recording = recording

    def execute(
        self,
        again: Repetition,
        env: Mapping[str, str],
        token: str,
        folder: Path,
        store: Path,
        within_s: float | None,
        recorded: bool,
    ) -> Outcome:
        """Have the program run, or the notebook's cells, in ``folder``; a failure is an outcome."""
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

    def trial(
        self, again: Repetition, version: Version, factors: Factors, within_s: float | None
    ) -> Told | None:
        """One repetition that is not recorded; None where it failed or told no run that fits."""
        with self._files.scratch(again.job, again.run, version) as scratch:
            again.job.turn(f"Repeat run {again.run.id[:8]}, {factors.name}", "lines")
            (scratch.store / "journal").mkdir(mode=0o700)
            env = held_still(again.env, factors, None)
            env["DOTSCIENCE_OBSERVE"] = "0"
            token = str(uuid4())
            outcome = self.execute(again, env, token, scratch.files, scratch.store, within_s, False)
            if outcome.error is not None:
                return None
            told = told_in(scratch.store / "journal", outcome.printed)
        return pairs(self._recording.siblings(again.run), told, again.run.id).get(again.run.id)


def _is_seeded(env: Mapping[str, str]) -> bool:
    return '"seed"' in env.get("DOTSCIENCE_AGAIN", "") or '"clock"' in env.get(
        "DOTSCIENCE_AGAIN", ""
    )
