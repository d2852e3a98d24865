"""One MLflow run of this process: what MLflow was told, and the Dotscience run that records it.

    begin ──► recording ── FINISHED, FAILED, KILLED ──► published ── RUNNING, or a late value ──► recording again
                                                           ▲ of_past

The values MLflow may ask for again are kept here; the truth is the journal, as for any run.
"""

from __future__ import annotations

import io
import os
import threading
import uuid
from array import array
from pathlib import Path
from typing import Any

from mlflow.entities import (
    LifecycleStage,
    Metric,
    Param,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunOutputs,
    RunStatus,
    RunTag,
)

from dotscience._dotscience import Dotscience

RUN_NAME = "mlflow.runName"
PARENT = "mlflow.parentRunId"
NOTE = "mlflow.note.content"
_ENDED = (RunStatus.FINISHED, RunStatus.FAILED, RunStatus.KILLED)


def run_id(id: str) -> str:
    """MLflow's form of a run's id: 32 hex digits."""
    return id.replace("-", "")


def dashed(id: str) -> str:
    """Our form of MLflow's id; what is none comes back as it is."""
    try:
        return str(uuid.UUID(id))
    except ValueError:
        return id


class Points:
    """One metric's points: value, time (ms), step. 24 bytes a point."""

    def __init__(self) -> None:
        self._rows = array("d")

    def add(self, value: float, time_ms: int, step: int) -> None:
        self._rows.extend((value, time_ms, step))

    def metrics(self, key: str) -> list[Metric]:
        rows = iter(self._rows)
        return [
            Metric(key, value, int(time), int(step))
            for value, time, step in zip(rows, rows, rows, strict=True)
        ]

    def latest(self, key: str) -> Metric:
        """As MLflow means it: the highest step, then the latest time."""
        return max(self.metrics(key), key=lambda metric: (metric.step, metric.timestamp))


class TrackedRun:
    """Thread-safe: autologging logs from threads of its own."""

    def __init__(self, info: RunInfo, recording: Dotscience, artifacts: Path) -> None:
        self._lock = threading.RLock()
        self._recording = recording
        self.id = dashed(info.run_id)
        self.name = info.run_name
        self._experiment = info.experiment_id
        self._user = info.user_id
        self._start_ms = info.start_time
        self._end_ms = info.end_time
        self._status = RunStatus.from_string(info.status)
        self._artifacts = artifacts
        self._params: dict[str, str] = {}
        self._tags: dict[str, str] = {}
        self._points: dict[str, Points] = {}
        self._inputs: list[Any] = []
        self._models_in: list[Any] = []
        self._models_out: list[Any] = []

    @classmethod
    def begin(
        cls, name: str, experiment: str, user: str, start_ms: int, artifacts: Path
    ) -> TrackedRun:
        """A new run; ``artifacts`` is the folder of all runs' artifacts."""
        recording = Dotscience()
        recording.start(name)
        assert recording.currentRun is not None
        id = run_id(str(recording.currentRun._id))
        folder = artifacts / id / "artifacts"
        running = RunStatus.to_string(RunStatus.RUNNING)
        info = RunInfo(
            run_id=id,
            experiment_id=experiment,
            user_id=user,
            status=running,
            start_time=start_ms,
            end_time=None,
            lifecycle_stage=LifecycleStage.ACTIVE,
            artifact_uri=os.fspath(folder),
            run_name=name,
        )
        return cls(info, recording, folder)

    @classmethod
    def of_past(cls, run: Run, histories: dict[str, list[Metric]]) -> TrackedRun:
        """A run that another process recorded and ended; the first thing logged to it resumes it."""
        made = cls(run.info, Dotscience(), Path(run.info.artifact_uri))
        made._params.update(run.data.params)
        made._tags.update(run.data.tags)
        for key, metrics in histories.items():
            points = made._points.setdefault(key, Points())
            for metric in metrics:
                points.add(metric.value, metric.timestamp, metric.step)
        return made

    def label(self, key: str, value: str) -> None:
        """Say something about the run that MLflow need not know."""
        with self._lock:
            self._again()
            self._recording.add_label(key, value)

    def log(self, metrics: list[Metric], params: list[Param], tags: list[RunTag]) -> None:
        """Keep a batch."""
        with self._lock:
            self._again()
            for param in params:
                self._params[param.key] = param.value
                self._recording.add_parameter(param.key, param.value)
            for tag in tags:
                self._tag(tag.key, tag.value)
            for metric in metrics:
                points = self._points.setdefault(metric.key, Points())
                points.add(metric.value, metric.timestamp, metric.step)
                self._recording.add_metric(metric.key, metric.value, step=metric.step)

    def log_inputs(self, datasets: list[Any], models: list[Any]) -> None:
        """Data sets that lie in files are inputs; others are labels."""
        with self._lock:
            self._again()
            self._inputs += datasets
            self._models_in += models
            for one in datasets:
                path = _local_path(one.dataset.source)
                if path is not None:
                    self._recording.add_input(path)
                else:
                    told = f"{one.dataset.source_type} {one.dataset.digest}"
                    self._recording.add_label(f"dataset:{one.dataset.name}", told)

    def log_outputs(self, models: list[Any]) -> None:
        with self._lock:
            self._models_out += models

    def log_model(self, name: str, flavour: str, version: str | None, folder: str) -> None:
        """A logged model becomes a model of the run."""
        with self._lock:
            self._again()
            module = type("Flavour", (), {"__name__": flavour, "__version__": version})()
            self._recording.model(module, name, folder)

    def update(self, status: int | None, end_ms: int | None, name: str | None) -> None:
        """A new status, end or name; an ending publishes the run."""
        with self._lock:
            if name:
                self._again()
                self.name = name
                self._recording.set_description(name)
            if status == RunStatus.RUNNING:
                self._again()
            elif status is not None and status in _ENDED:
                self._end_ms = end_ms
                self._publish(status)

    def info(self) -> RunInfo:
        return RunInfo(
            run_id=run_id(self.id),
            experiment_id=self._experiment,
            user_id=self._user,
            status=RunStatus.to_string(self._status),
            start_time=self._start_ms,
            end_time=self._end_ms,
            lifecycle_stage=LifecycleStage.ACTIVE,
            artifact_uri=os.fspath(self._artifacts),
            run_name=self.name,
        )

    def entity(self) -> Run:
        with self._lock:
            data = RunData(
                metrics=[points.latest(key) for key, points in self._points.items()],
                params=[Param(key, value) for key, value in self._params.items()],
                tags=[
                    RunTag(key, value) for key, value in {RUN_NAME: self.name, **self._tags}.items()
                ],
            )
            inputs = RunInputs(self._inputs, self._models_in)
            return Run(self.info(), data, inputs, RunOutputs(self._models_out))

    def history(self, key: str) -> list[Metric]:
        """All points of a metric, as they were logged."""
        with self._lock:
            points = self._points.get(key)
            return [] if points is None else points.metrics(key)

    def _tag(self, key: str, value: str) -> None:
        self._tags[key] = value
        if key == RUN_NAME:
            self.name = value
            self._recording.set_description(value)
        elif key == NOTE:
            self._recording.add_label("note", value)
        elif not key.startswith("mlflow."):
            self._recording.add_label(key, value)

    def _again(self) -> None:
        """Go on recording a run that was published."""
        if self._status in _ENDED:
            self._status, self._end_ms = RunStatus.RUNNING, None
            self._recording.start(resume=self.id)

    def _publish(self, status: int) -> None:
        if self._status in _ENDED:
            return
        self._status = status
        if status == RunStatus.FAILED:
            self._recording.set_error("The MLflow run failed.")
        elif status == RunStatus.KILLED:
            self._recording.set_error("The MLflow run was killed.")
        if self._artifacts.is_dir():
            self._recording.add_output(os.fspath(self._artifacts))
        # Nothing is shown: the program's output stays what it was.
        self._recording.publish(stream=io.StringIO())


def _local_path(source: str | None) -> str | None:
    """The file or folder that a data set's source names, None where it is no local one."""
    import json

    try:
        told = json.loads(source or "")
    except ValueError:
        return None
    uri = told.get("uri") or told.get("url") if isinstance(told, dict) else None
    if not isinstance(uri, str):
        return None
    path = uri[7:] if uri.startswith("file://") else uri
    return path if os.path.exists(path) else None
