"""Runs of other processes, as MLflow sees them: read from the workspace's records."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from mlflow.entities import LifecycleStage, Metric, Param, Run, RunData, RunInfo, RunStatus, RunTag

from .experiments import DEFAULT_NAME, id_of
from .tracked import PARENT, RUN_NAME, run_id

_STATES = {
    "running": RunStatus.RUNNING,
    "published": RunStatus.FINISHED,
    "failed": RunStatus.FAILED,
    "interrupted": RunStatus.KILLED,
}


def entity(run: Any, artifacts: Path) -> Run:
    """The MLflow form of one of ``ds.runs()``."""
    labels = dict(run.labels)
    info = RunInfo(
        run_id=run_id(run.id),
        experiment_id=id_of(labels.get("experiment", DEFAULT_NAME)),
        user_id="",
        status=RunStatus.to_string(_STATES[run.state]),
        start_time=_ms(run.started),
        end_time=_ms(run.ended),
        lifecycle_stage=LifecycleStage.ACTIVE,
        artifact_uri=os.fspath(artifacts / run_id(run.id) / "artifacts"),
        run_name=run.description or "",
    )
    tags = {RUN_NAME: run.description or "", **labels}
    if "parent" in labels:
        tags[PARENT] = run_id(labels["parent"])
    metrics = [
        Metric(key, float(value), _ms(run.ended) or 0, 0)
        for key, value in run.metrics.items()
        if isinstance(value, (int, float))
    ]
    data = RunData(
        metrics=metrics,
        params=[Param(key, text) for key, text in run.parameters.items()],
        tags=[RunTag(key, text) for key, text in tags.items()],
    )
    return Run(info, data)


def history(run: Any, key: str) -> list[Metric]:
    """All points of a metric of one of ``ds.runs()``; the last value where it has no points."""
    points = run.points(key)
    found = [
        Metric(
            key,
            value,
            int(time.timestamp() * 1000) if hasattr(time, "timestamp") else time // 1_000_000,
            int(step),
        )
        for step, value, time in zip(points.steps, points.values, points.times, strict=True)
    ]
    if found:
        return found
    value = run.metrics.get(key)
    return (
        [Metric(key, float(value), _ms(run.ended) or 0, 0)]
        if isinstance(value, (int, float))
        else []
    )


def _ms(moment: Any) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)
