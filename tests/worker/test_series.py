"""Curves for charts: down-sampled with extremes kept, of recorded and of running runs, of segments and children."""

from __future__ import annotations

import math
from array import array
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dotscience import _journal
from dotscience_server.client import WorkerClient
from dotscience_server.protocol.failure import ApiError
from dotscience_server.worker.sampling import sample
from tests.worker.schemas import check
from tests.worker.sessions import Session
from tests.worker.workspaces import Workspace, wait_for, wait_run

_NUMBERS = st.floats(-1e6, 1e6) | st.sampled_from([math.nan, math.inf, -math.inf, 0.0])
_STEPS = st.lists(st.floats(0, 1000, allow_nan=False), min_size=1, max_size=400)


@given(st.data(), _STEPS, st.integers(10, 60))
def test_sampling_keeps_what_the_eye_sees(data: Any, steps: list[float], points: int) -> None:
    xs = array("d", sorted(steps))
    told = data.draw(st.lists(_NUMBERS, min_size=len(xs), max_size=len(xs)))
    values = array("d", told)
    picked = sample(xs, values, points)
    assert picked == sorted(set(picked)) and len(picked) <= points + 4
    assert picked[0] == 0 and picked[-1] == len(xs) - 1
    finite = [value for value in values if math.isfinite(value)]
    kept = [values[at] for at in picked if math.isfinite(values[at])]
    if finite:
        assert min(kept) == min(finite) and max(kept) == max(finite)
    if not all(map(math.isfinite, values)):
        assert any(not math.isfinite(values[at]) for at in picked)


@given(st.integers(1, 2000), st.integers(10, 100))
def test_a_gap_stays_a_gap(length: int, points: int) -> None:
    values = array("d", [1.0] * length + [math.nan] * length + [2.0] * length)
    picked = sample(range(3 * length), values, points)
    gap = [at for at in picked if length <= at < 2 * length]
    assert gap and gap[0] == length


def _series(client: WorkerClient, run: str, **query: Any) -> dict[str, dict[str, Any]]:
    told = client.get(f"runs/{run}/series", query)
    check("series", told)
    return {one["key"]: one for one in told["series"]}


def test_a_running_and_a_published_run_answer_alike(
    workspace: Workspace, client: WorkerClient
) -> None:
    session = Session(workspace)
    run = session.start()
    values = [math.sin(at / 50) for at in range(5000)]
    values[100:200] = [math.nan] * 100
    session.points(run, "loss", values)
    session.points(run, "acc", [0.5, 0.75])
    wait_for(lambda: any(one["points"] == 5002 for one in client.get("status")["running"]))
    live = _series(client, run, points=200)
    assert live.keys() == {"loss", "acc"}
    assert live["loss"]["count"] == 5000 and live["loss"]["sampled"]
    assert len(live["loss"]["steps"]) <= 204 and "NaN" in live["loss"]["values"]
    assert live["acc"]["values"] == [0.5, 0.75] and live["acc"]["last_text"] == "0.75"
    session.publish(run)
    wait_for(lambda: wait_run(client, run)["curves"] == 2)
    assert _series(client, run, points=200) == live
    session.die()
    wait_for(lambda: not session.path.exists())
    assert _series(client, run, points=200) == live
    part = _series(client, run, **{"key": "loss", "from": 1000, "to": 1010})["loss"]
    assert part["steps"] == list(range(999, 1012))
    timed = _series(client, run, key="acc", axis="time")["acc"]
    assert timed["seconds"] == sorted(timed["seconds"]) and timed["seconds"][0] > 4


def test_steps_that_do_not_rise_are_put_in_order(
    workspace: Workspace, client: WorkerClient
) -> None:
    session = Session(workspace)
    run = session.start()
    session.points(run, "loss", [3.0, 2.0], first_step=10)
    session.points(run, "loss", [1.0], first_step=5)
    session.publish(run)
    session.die()
    wait_for(lambda: wait_run(client, run)["curves"] == 1)
    told = _series(client, run)["loss"]
    assert (told["steps"], told["values"], told["last"]) == ([5, 10, 11], [1.0, 3.0, 2.0], 1.0)


def test_a_resumed_run_is_one_curve(workspace: Workspace, client: WorkerClient) -> None:
    first = Session(workspace)
    run = first.start()
    first.value(run, "parameter", "lr", "0.1")
    first.points(run, "loss", [9.0, 8.0, 7.0, 6.0])
    first.die()
    assert wait_run(client, run)["state"] == "interrupted"
    second = Session(workspace)
    second.now_ns = first.now_ns + 10**10
    second.start(run, resume=True)
    second.points(run, "loss", [5.0, 4.0, 3.0], first_step=2)
    wait_for(lambda: [one["points"] for one in client.get("status")["running"]] == [3])
    live = _series(client, run)["loss"]
    assert live["values"] == [9.0, 8.0, 5.0, 4.0, 3.0]
    second.publish(run, resumed=True, values={"summary": {"loss": "3.0"}})
    second.die()
    told = wait_for(lambda: (one := wait_run(client, run))["state"] == "published" and one)
    assert not told["conflict"]
    assert {one["key"]: one["text"] for one in told["parameters"]} == {"lr": "0.1"}
    assert {one["key"]: one["text"] for one in told["metrics"]} == {"loss": "3.0"}
    wait_for(lambda: not second.path.exists())
    loss = _series(client, run)["loss"]
    assert (loss["steps"], loss["values"]) == ([0, 1, 2, 3, 4], [9.0, 8.0, 5.0, 4.0, 3.0])
    assert loss["overlaps"] == [[2, 3]]
    detail = client.get(f"runs/{run}")
    check("run", detail)
    assert detail["overlapping"]
    assert [(one["first_step"], one["last_step"]) for one in detail["segments"]] == [(0, 3), (2, 4)]


def test_another_ranks_points_are_merged_by_time(
    workspace: Workspace, client: WorkerClient
) -> None:
    main = Session(workspace)
    run = main.start()
    other = Session(workspace, rank=1)
    other.now_ns = main.now_ns + 500_000
    main.points(run, "loss", [1.0, 2.0])
    other.points(run, "loss", [1.5, 2.5])
    main.publish(run, values={"summary": {"loss": "2.0"}})
    other.die()
    main.die()
    wait_for(lambda: not main.path.exists() and not other.path.exists())
    assert _series(client, run, axis="time")["loss"]["values"] == [1.0, 1.5, 2.0, 2.5]
    assert client.get(f"runs/{run}")["segments"] == []


def test_what_the_machine_did_is_asked_for_by_name(
    workspace: Workspace, client: WorkerClient
) -> None:
    session = Session(workspace)
    run = session.start()
    for second in range(4):
        gpu = {"index": 0, "util_percent": 10.0 * second, "memory_used_bytes": 5, "power_w": None}
        told = {
            "t": str(session.now_ns + second * 10**9),
            "cpu_s": 0.5 * second,
            "rss_bytes": 1000 + second,
            "read_bytes": 100 * second,
            "machine": {"memory_used_bytes": 7, "cpu_percent": None},
            "gpus": [gpu],
        }
        session.write(_journal.METER, told)
    session.points(run, "loss", [1.0, 2.0])
    wait_for(lambda: any(one["points"] == 2 for one in client.get("status")["running"]))
    live = _series(client, run, key="system/*")
    session.publish(run)
    session.die()
    wait_for(lambda: not session.path.exists())
    assert _series(client, run).keys() == {"loss"}
    assert wait_run(client, run)["curves"] == 1
    told = _series(client, run, key="system/*")
    assert told == live
    assert told["system/cpu_percent"]["values"] == [50.0, 50.0, 50.0]
    assert told["system/read_bytes_per_s"]["values"] == [100.0] * 3
    assert told["system/memory_bytes"]["steps"] == [0, 1, 2, 3]
    assert told["system/gpu0_percent"]["last"] == 30.0
    assert told.keys() >= {"system/machine_memory_bytes", "system/gpu0_memory_bytes"}


@pytest.mark.parametrize("query", [{"axis": "x"}, {"from": "nan"}, {"points": "many"}])
def test_wrong_questions_are_refused(
    workspace: Workspace, client: WorkerClient, query: dict[str, str]
) -> None:
    session = Session(workspace)
    run = session.start()
    wait_for(lambda: client.get("status")["running"])
    with pytest.raises(ApiError) as caught:
        client.get(f"runs/{run}/series", query)
    assert caught.value.code == "bad-request"
    session.die()


def test_a_run_that_is_not_there(client: WorkerClient) -> None:
    with pytest.raises(ApiError) as caught:
        client.get("runs/nowhere/series")
    assert caught.value.code == "run-not-found"
