"""Comparing metrics, and reasoning about causes, without running anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dotscience_server.rerun.causes import Candidate, Changed, Evidence, candidates, failed
from dotscience_server.rerun.start import Factors
from dotscience_server.rerun.verdict import Why, agree, compare, is_time
from dotscience_server.rerun.why import Recorded, by_facts, by_trials

Told = Iterator[str] | str

BOTH = {"python": "3.11.7", "packages": {"numpy": "2.0"}, "machine": {"cores": 2, "cpu": "x"}}


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("0.5", "0.5", True),
        ("0.5", "0.50000000000001", True),
        ("0.5", "0.5000001", False),
        ("1e3", "1000.0", True),
        ("7", "8", False),
        ("7", "+7", True),
        ("1000000000", "1000000001", False),
        ("nan", "NaN", True),
        ("inf", "-inf", False),
        ("ok", "ok", True),
        ("ok", "OK", False),
        ("True", "1", False),
    ],
)
def test_values(before: str, after: str, same: bool) -> None:
    assert agree({"acc": before}, {"acc": after}) is same


def test_a_tolerance_is_for_all_numbers() -> None:
    assert agree({"n": "1000"}, {"n": "1001"}, 1e-2)
    assert not agree({"n": "1000"}, {"n": "1001"}, 1e-4)
    assert not agree({"n": "a"}, {"n": "b"}, 1.0)


def test_a_metric_that_is_missing_differs() -> None:
    (told,) = compare({"acc": "1"}, {})
    assert (told.same, told.after) == (False, None)


@pytest.mark.parametrize(
    "key",
    [
        "time",
        "fit_time",
        "train_time_s",
        "elapsed",
        "duration",
        "img_per_s",
        "epoch/time",
        "wallTime",
    ],
)
def test_times_are_not_compared(key: str) -> None:
    assert is_time(key)
    assert compare({key: "1"}, {key: "2"}) == ()


@pytest.mark.parametrize(
    "key", ["acc", "loss", "sentiment", "val_loss", "times2vec_f1x", "rmse", "loss_min"]
)
def test_other_names_are(key: str) -> None:
    assert not is_time(key)


@given(st.dictionaries(st.sampled_from("abc"), st.floats().map(repr)))
def test_everything_agrees_with_itself(metrics: Mapping[str, str]) -> None:
    assert agree(metrics, metrics)


def told(**changed: object) -> Evidence:
    return Evidence(BOTH, {**BOTH, **changed})


def causes(evidence: Evidence) -> list[str]:
    found = by_facts(candidates(evidence))
    return [one.cause for one in found or ()]


def test_facts_name_one_cause_or_none() -> None:
    assert causes(told()) == []
    assert causes(told(packages={"numpy": "2.1"})) == ["package"]
    assert causes(told(python="3.12.1")) == ["python"]
    assert causes(told(python="3.12.1", packages={"numpy": "2.1"})) == []
    assert causes(told(machine={"cores": 4, "cpu": "x"})) == ["threads"]
    assert causes(told(machine={"cores": 4, "cpu": "y"})) == []
    assert causes(told(packages={"numpy": "2.1"}, machine={"cores": 4})) == ["package"]


def test_a_package_that_is_not_loaded_is_no_cause() -> None:
    now = {**BOTH, "packages": {"numpy": "2.1"}}
    known = frozenset(("numpy", "pandas"))
    assert causes(Evidence(BOTH, now, loaded=frozenset(("pandas",)), known=known)) == []
    assert causes(Evidence(BOTH, now, loaded=frozenset(("numpy",)), known=known)) == ["package"]
    assert causes(Evidence(BOTH, now, loaded=frozenset(), known=frozenset(("pandas",)))) == [
        "package"
    ]


def test_files_are_data_or_code() -> None:
    assert causes(Evidence(changed=[Changed("a.csv", "other bytes")])) == ["data"]
    assert causes(Evidence(changed=[Changed("a.py", "other bytes", True)])) == ["code"]
    assert causes(Evidence(not_kept=["big.bin"])) == ["not_kept"]


def test_a_repetition_that_broke_off_says_why() -> None:
    evidence = Evidence(
        BOTH, {**BOTH, "packages": {}}, error="ModuleNotFoundError: No module named 'numpy'"
    )
    assert [one.cause for one in failed(evidence)] == ["package", "error"]


def results(**by_factor: Told) -> object:
    def attempt(factors: Factors) -> dict[str, str] | None:
        told = by_factor.get(_kind(factors), "other")
        return {"acc": told if isinstance(told, str) else next(told)}

    return attempt


def _kind(factors: Factors) -> str:
    if factors.seed is not None:
        return "seed"
    if factors.hash_seed is not None:
        return "hash_seed"
    if factors.clock is not None:
        return "clock"
    return "threads" if factors.threads or factors.variables or factors.cpus else "unchanged"


def numbers() -> Iterator[str]:
    return (str(n) for n in count(10))


def chance() -> dict[str, Told]:
    return {name: numbers() for name in ("unchanged", "seed", "hash_seed", "clock", "threads")}


WEAK = [Candidate(Why("hardware", "CPU was x, is y", "seen"), False)]


def decide(recorded: Recorded, found: list[Candidate], **by_factor: Told) -> list[str]:
    told = by_trials({"acc": "1"}, {"acc": "2"}, found, recorded, results(**by_factor))  # type: ignore[arg-type]
    return [one.cause for one in told or ()]


def test_the_factor_that_makes_repetitions_agree_is_the_cause() -> None:
    for factor, cause in (
        ("seed", "seed"),
        ("hash_seed", "seed"),
        ("clock", "clock"),
        ("threads", "threads"),
    ):
        assert decide(Recorded(), [], **{**chance(), factor: "5"}) == [cause]


def test_chance_that_nothing_holds_still_is_unknown() -> None:
    assert decide(Recorded(), WEAK, **chance()) == []


def test_two_factors_that_help_are_no_answer() -> None:
    assert decide(Recorded(), [], **{**chance(), "clock": "5", "seed": "5"}) == []


def test_agreement_by_chance_is_not_believed() -> None:
    coin: dict[str, Told] = {name: iter("2332233233" * 9) for name in chance()}
    coin["seed"] = iter("2223222222222222")
    assert decide(Recorded(), [], **coin) == []


def test_what_gives_the_runs_metrics_back_is_the_cause() -> None:
    then = Recorded(1.0, (("OMP_NUM_THREADS", "7"),), None, "3")
    assert decide(then, WEAK, unchanged="2", threads="1", clock="2", hash_seed="2") == ["threads"]
    assert decide(then, WEAK, unchanged="2", threads="2", clock="1", hash_seed="2") == ["clock"]
    assert decide(then, WEAK, unchanged="2", threads="1", clock="1", hash_seed="2") == []


def test_else_the_only_thing_that_differs_is() -> None:
    package = [Candidate(Why("package", "x", "seen"), True)]
    assert decide(Recorded(), package, unchanged="2") == ["package"]
    assert decide(Recorded(), package, **chance()) == []
    assert decide(Recorded(cpus=4), WEAK, unchanged="2", threads="2") == ["hardware"]


def test_a_repetition_that_fails_shows_nothing() -> None:
    package = [Candidate(Why("package", "x", "seen"), True)]
    assert by_trials({"acc": "1"}, {"acc": "2"}, package, Recorded(), lambda factors: None) is None
