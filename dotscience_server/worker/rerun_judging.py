"""Judges a repetition: the same metrics or not, and if not, why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from dotscience._facts import Run

from ..rerun.causes import Evidence, candidates, failed
from ..rerun.differences import THREAD_VARIABLES, other_variables
from ..rerun.execution import Outcome
from ..rerun.results import Told, told_of
from ..rerun.start import Factors
from ..rerun.verdict import Judgement, Why, compare
from ..rerun.why import Recorded, by_facts, by_trials
from ..store.layout import Store
from ..store.stamps import nanoseconds
from .environments import Environments
from .loaded import Loaded
from .refs import Version
from .rerun_files import RerunFiles
from .rerun_performing import Performing
from .rerun_planning import Repetition

_TRIAL_TIMES = 10
_TRIAL_LEAST_S = 60.0


class Judging:
    """Any thread. Records nothing; with ``why`` it has controlled repetitions run."""

    def __init__(
        self, store: Store, files: RerunFiles, environments: Environments, performing: Performing
    ) -> None:
        self._store = store
        self._files = files
        self._environments = environments
        self._performing = performing

    def judge(
        self,
        again: Repetition,
        new: Run,
        outcome: Outcome,
        missing: list[str],
        loaded: Loaded,
        folder: Path,
        took_s: float,
    ) -> Judgement:
        """Whether the repetition gave the same, and why not. ``took_s``: how long it ran."""
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
        self, again: Repetition, before: Told, after: Told, evidence: Evidence, took_s: float
    ) -> tuple[Why, ...] | None:
        found = candidates(evidence)
        if not again.wanted.why:
            return by_facts(found)
        within_s = max(_TRIAL_LEAST_S, _TRIAL_TIMES * took_s)
        version = Version(again.run.id, again.run)

        def attempt(factors: Factors) -> Mapping[str, str] | None:
            told = self._performing.trial(again, version, factors, within_s)
            return None if told is None else told.metrics

        recorded = _recorded(again.run, evidence)
        return by_trials(
            before.metrics, after.metrics, found, recorded, attempt, again.wanted.tolerance
        )


def _recorded(run: Run, evidence: Evidence) -> Recorded:
    """What of the run's factors is another now."""
    then, now = evidence.then or {}, evidence.now or {}
    variables = then.get("variables") or {}, now.get("variables") or {}

    def changed(names: Iterable[str]) -> tuple[tuple[str, str | None], ...]:
        before, after = variables
        return tuple((one, before.get(one)) for one in names if before.get(one) != after.get(one))

    others = other_variables(sorted({*variables[0], *variables[1]}))
    cores = [(one.get("machine") or {}).get("cores") for one in (then, now)]
    seeds = [(one.get("seeds") or {}).get("PYTHONHASHSEED") for one in (then, now)]
    started = nanoseconds(run.started)
    return Recorded(
        None if started is None else started / 1e9,
        changed(THREAD_VARIABLES),
        cores[0] if cores[0] != cores[1] else None,
        seeds[0] if seeds[0] != seeds[1] else None,
        changed(others),
    )
