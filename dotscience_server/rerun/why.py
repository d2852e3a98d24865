"""Why a repetition differs: facts first, then controlled repetitions. Pure: repetitions are made by who calls.

    the repetition again, as it is ─┬─ differs from itself ─► hold one factor still, three times: those that then agree ─► cause
                                    └─ agrees ─► put one factor back as it was: gives the run's metrics ─► cause
                                                  └─ none does ─► the only thing that facts say differs, else unknown
Nothing is claimed that was not seen: two factors that both help, or several differences, are no answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .causes import Candidate
from .start import Factors
from .verdict import Cause, Why, agree, all_agree

Metrics = Mapping[str, str]
Attempt = Callable[[Factors], Metrics | None]
"""A repetition with these factors held still; its metrics, None where it failed or gave none."""

UNCHANGED = 3
HELD = 3
HELD_WHERE_FEW = 7
SINGLY = 6
"""So many variables are put back one by one; more of them all together."""
"""Repetitions that must agree, where results were seen to repeat by chance."""


@dataclass(frozen=True)
class Recorded:
    """What factors were in the run. ``variables``: thread variables; None: not set then."""

    started: float | None = None
    variables: tuple[tuple[str, str | None], ...] = ()
    cpus: int | None = None
    hash_seed: str | None = None
    others: tuple[tuple[str, str | None], ...] = ()
    """Variables of the environment that are neither threads nor seed."""


@dataclass(frozen=True)
class _Trial:
    factors: Factors
    cause: Cause
    detail: str


def by_facts(found: Sequence[Candidate]) -> tuple[Why, ...] | None:
    """The one cause that facts allow; None: none, or several."""
    strong = [one.why for one in found if one.strong]
    if strong:
        return tuple(strong) if len(strong) == 1 else None
    return (found[0].why,) if len(found) == 1 else None


def by_trials(
    original: Metrics,
    first: Metrics,
    found: Sequence[Candidate],
    recorded: Recorded,
    attempt: Attempt,
    tolerance: float | None = None,
) -> tuple[Why, ...] | None:
    """The cause that controlled repetitions show; None: unknown."""
    results = [first]
    for _ in range(UNCHANGED - 1):
        told = attempt(Factors())
        if told is None:
            return None
        results.append(told)
        if not agree(first, told, tolerance):
            break
    if all_agree(results, tolerance):
        return _put_back(original, found, recorded, attempt, tolerance)
    return _held_still(results, recorded, attempt, tolerance)


def _held_still(
    results: list[Metrics], recorded: Recorded, attempt: Attempt, tolerance: float | None
) -> tuple[Why, ...] | None:
    while len(results) < UNCHANGED:
        told = attempt(Factors())
        if told is None:
            return None
        results.append(told)
    distinct = all(
        not agree(one, other, tolerance)
        for at, one in enumerate(results)
        for other in results[at + 1 :]
    )
    times = HELD if distinct else HELD_WHERE_FEW
    helping = [
        trial for trial in _held(recorded) if _agrees(trial.factors, times, attempt, tolerance)
    ]
    if len(helping) != 1:
        return None
    trial = helping[0]
    said = f"{len(results)} repetitions as it is gave different metrics, {times} with {trial.factors.name} the same"
    return (Why(trial.cause, trial.detail, said),)


def _agrees(factors: Factors, times: int, attempt: Attempt, tolerance: float | None) -> bool:
    held: list[Metrics] = []
    for _ in range(times):
        told = attempt(factors)
        if told is None:
            return False
        held.append(told)
        if not all_agree(held, tolerance):
            return False
    return True


def _held(recorded: Recorded) -> list[_Trial]:
    clock = recorded.started if recorded.started is not None else 1_000_000_000.0
    return [
        _Trial(
            Factors("fixed seeds", seed=0),
            "seed",
            "random numbers are drawn without a fixed seed: it is not deterministic",
        ),
        _Trial(
            Factors("PYTHONHASHSEED=0", hash_seed="0"),
            "seed",
            "the order of sets changes with PYTHONHASHSEED, which is not fixed",
        ),
        _Trial(
            Factors("a standing clock", clock=clock),
            "clock",
            "it depends on the time at which it runs",
        ),
        _Trial(
            Factors("one thread", threads=1),
            "threads",
            "threads that run at once change the result",
        ),
    ]


def _put_back(
    original: Metrics,
    found: Sequence[Candidate],
    recorded: Recorded,
    attempt: Attempt,
    tolerance: float | None,
) -> tuple[Why, ...] | None:
    helping = []
    for trial in _as_then(recorded):
        told = attempt(trial.factors)
        if told is not None and agree(original, told, tolerance):
            again = attempt(trial.factors)
            if again is not None and agree(original, again, tolerance):
                helping.append(trial)
    if len(helping) == 1:
        trial = helping[0]
        said = f"with {trial.factors.name} it gives the run's metrics again; as it is, {UNCHANGED} repetitions agree on others"
        return (Why(trial.cause, trial.detail, said),)
    if helping:
        return None
    excluded = {trial.cause for trial in _as_then(recorded)} - {"seed"}
    left = [one for one in found if one.why.cause not in excluded]
    known = by_facts(left)
    if known is None:
        return None
    said = f"{UNCHANGED} repetitions agree with each other, so chance is not it; nothing else was seen to differ"
    return tuple(Why(one.cause, one.detail, f"{one.evidence}; {said}") for one in known)


def _as_then(recorded: Recorded) -> list[_Trial]:
    found = []
    if recorded.variables or recorded.cpus is not None:
        named = [
            f"{name}={text if text is not None else '(not set)'}"
            for name, text in recorded.variables
        ]
        if recorded.cpus is not None:
            named.append(f"{recorded.cpus} CPUs")
        said = ", ".join(named)
        factors = Factors(
            f"as many threads as then ({said})", variables=recorded.variables, cpus=recorded.cpus
        )
        found.append(
            _Trial(factors, "threads", f"the number of threads changes the result: then {said}")
        )
    if recorded.hash_seed is not None:
        factors = Factors(
            f"PYTHONHASHSEED={recorded.hash_seed}, as then", hash_seed=recorded.hash_seed
        )
        found.append(_Trial(factors, "seed", f"PYTHONHASHSEED was {recorded.hash_seed} then"))
    found += _variables(recorded.others)
    if recorded.started is not None:
        factors = Factors("the clock at the run's start", clock=recorded.started)
        found.append(_Trial(factors, "clock", "it depends on the time at which it runs"))
    return found


def _variables(changed: tuple[tuple[str, str | None], ...]) -> list[_Trial]:
    groups = [(one,) for one in changed] if len(changed) <= SINGLY else [changed]
    found = []
    for group in groups:
        said = ", ".join(
            f"{name}={text if text is not None else '(not set)'}" for name, text in group
        )
        factors = Factors(f"{said}, as then", variables=group)
        found.append(
            _Trial(factors, "variable", f"an environment variable changes the result: then {said}")
        )
    return found
