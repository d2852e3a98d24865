"""MLflow's tracking store over Dotscience's library. One object a process and URI.

- A call that MLflow makes while training never fails because of us: recording is guarded by the library.
- Runs of this process are answered from `TrackedRun`; all others from the workspace's records.
- Recorded runs are never deleted or renamed away: those calls raise with the reason.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

from mlflow.entities import Experiment, LoggedModelStatus, Metric, Run, ViewType
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, RESOURCE_DOES_NOT_EXIST
from mlflow.store.entities.paged_list import PagedList
from mlflow.store.tracking.abstract_store import AbstractStore
from mlflow.utils.name_utils import _generate_random_name
from mlflow.utils.search_utils import SearchExperimentsUtils, SearchLoggedModelsUtils, SearchUtils

from dotscience._recorder import current
from dotscience._session import current_folder
from dotscience._workspace import choose_workspace

from . import past
from .experiments import DEFAULT_NAME, Experiments
from .models import Models
from .tracked import PARENT, RUN_NAME, TrackedRun, dashed, run_id

_FOLDER = "mlartifacts"


class DotscienceStore(AbstractStore):
    """``MLFLOW_TRACKING_URI=dotscience://``: the workspace of the notebook, else of the current folder."""

    def __init__(self, store_uri: str = "dotscience://", artifact_uri: str | None = None) -> None:
        super().__init__()
        if store_uri.rstrip("/") != "dotscience:":
            raise MlflowException(
                f"{store_uri}: the workspace is chosen by where the program runs; say dotscience://",
                INVALID_PARAMETER_VALUE,
            )
        recorder = current()
        root = recorder.workspace if recorder else choose_workspace(current_folder()).root
        store = choose_workspace(root).store
        self._workspace = root
        self._artifacts = Path(root, _FOLDER)
        self._experiments = Experiments(Path(store, "mlflow", "experiments"), self._artifacts)
        self._models = Models(self._artifacts / "models")
        self._lock = threading.Lock()
        self._runs: dict[str, TrackedRun] = {}

    # --- experiments

    def search_experiments(
        self,
        view_type: int = ViewType.ACTIVE_ONLY,
        max_results: int = 1000,
        filter_string: str | None = None,
        order_by: list[str] | None = None,
        page_token: str | None = None,
    ) -> PagedList[Experiment]:
        found = SearchExperimentsUtils.filter(self._experiments.all(), filter_string)
        found = SearchExperimentsUtils.sort(found, order_by or ["creation_time DESC"])
        return PagedList(*SearchUtils.paginate(found, page_token, max_results))

    def create_experiment(
        self, name: str, artifact_location: str | None = None, tags: Any = None
    ) -> str:
        return self._experiments.create(name, tags)

    def get_experiment(self, experiment_id: str) -> Experiment:
        return self._experiments.get(experiment_id)

    def get_experiment_by_name(self, experiment_name: str) -> Experiment | None:
        return self._experiments.find(experiment_name)

    def set_experiment_tag(self, experiment_id: str, tag: Any) -> None:
        self._experiments.set_tag(experiment_id, tag.key, tag.value)

    def delete_experiment(self, experiment_id: str) -> None:
        raise _kept_for_ever("experiment")

    def restore_experiment(self, experiment_id: str) -> None:
        raise _kept_for_ever("experiment")

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        raise _kept_for_ever("experiment")

    # --- runs

    def create_run(
        self,
        experiment_id: str,
        user_id: str,
        start_time: int,
        tags: list[Any],
        run_name: str | None,
    ) -> Run:
        table = {tag.key: tag.value for tag in tags or []}
        name = run_name or table.get(RUN_NAME) or _generate_random_name()
        start_ms = start_time or int(time.time() * 1000)
        experiment = self._experiments.get(experiment_id)
        made = TrackedRun.begin(name, experiment_id, user_id, start_ms, self._artifacts)
        for key, value in self._labels(experiment.name, table.get(PARENT)).items():
            made.label(key, value)
        made.log([], [], [tag for tag in tags or [] if tag.key != RUN_NAME])
        with self._lock:
            self._runs[run_id(made.id)] = made
        return made.entity()

    def get_run(self, run_id: str) -> Run:
        tracked = self._runs.get(run_id)
        return tracked.entity() if tracked else past.entity(self._past(run_id), self._artifacts)

    def update_run_info(
        self, run_id: str, run_status: int | None, end_time: int | None, run_name: str | None
    ) -> Any:
        tracked = self._tracked(run_id)
        tracked.update(run_status, end_time, run_name)
        return tracked.info()

    def delete_run(self, run_id: str) -> None:
        raise _kept_for_ever("run")

    def restore_run(self, run_id: str) -> None:
        raise _kept_for_ever("run")

    def log_batch(
        self, run_id: str, metrics: list[Any], params: list[Any], tags: list[Any]
    ) -> None:
        self._tracked(run_id).log(metrics or [], params or [], tags or [])

    def log_inputs(self, run_id: str, datasets: Any = None, models: Any = None) -> None:
        self._tracked(run_id).log_inputs(datasets or [], models or [])

    def log_outputs(self, run_id: str, models: list[Any]) -> None:
        self._tracked(run_id).log_outputs(models)

    def get_metric_history(
        self,
        run_id: str,
        metric_key: str,
        max_results: int | None = None,
        page_token: str | None = None,
    ) -> PagedList[Metric]:
        tracked = self._runs.get(run_id)
        points = (
            tracked.history(metric_key) if tracked else past.history(self._past(run_id), metric_key)
        )
        if max_results is None:
            return PagedList(points, None)
        return PagedList(*SearchUtils.paginate(points, page_token, max_results))

    def _search_runs(
        self,
        experiment_ids: list[str],
        filter_string: str,
        run_view_type: int,
        max_results: int,
        order_by: list[str] | None,
        page_token: str | None,
    ) -> tuple[list[Run], str | None]:
        if run_view_type == ViewType.DELETED_ONLY:
            return [], None
        wanted = set(experiment_ids)
        runs = [run for run in self._all_runs() if run.info.experiment_id in wanted]
        found = SearchUtils.sort(SearchUtils.filter(runs, filter_string), order_by)
        page, token = SearchUtils.paginate(found, page_token, max_results)
        return page, token

    # --- logged models

    def create_logged_model(
        self,
        experiment_id: str,
        name: str | None = None,
        source_run_id: str | None = None,
        tags: list[Any] | None = None,
        params: list[Any] | None = None,
        model_type: str | None = None,
    ) -> Any:
        return self._models.create(experiment_id, name, source_run_id, tags, params, model_type)

    def get_logged_model(self, model_id: str, allow_deleted: bool = False) -> Any:
        return self._models.get(model_id)

    def finalize_logged_model(self, model_id: str, status: LoggedModelStatus) -> Any:
        model = self._models.set_status(model_id, status)
        tracked = self._runs.get(model.source_run_id or "")
        if tracked is not None and status == LoggedModelStatus.READY:
            flavour, version = self._models.flavour(model)
            tracked.log_model(model.name, flavour, version, model.artifact_location)
        return model

    def set_logged_model_tags(self, model_id: str, tags: list[Any]) -> None:
        self._models.set_tags(model_id, {tag.key: tag.value for tag in tags})

    def delete_logged_model_tag(self, model_id: str, key: str) -> None:
        self._models.remove_tag(model_id, key)

    def log_logged_model_params(self, model_id: str, params: list[Any]) -> None:
        self._models.add_params(model_id, {param.key: param.value for param in params})

    def record_logged_model(self, run_id: str, mlflow_model: Any) -> None:
        """MLflow 2's way to say that a model was logged: the run's artifacts hold it already."""

    def delete_logged_model(self, model_id: str) -> None:
        raise _kept_for_ever("model")

    def search_logged_models(
        self,
        experiment_ids: list[str],
        filter_string: str | None = None,
        datasets: Any = None,
        max_results: int | None = None,
        order_by: Any = None,
        page_token: str | None = None,
    ) -> PagedList[Any]:
        wanted = set(experiment_ids)
        models = [model for model in self._models.all() if model.experiment_id in wanted]
        models = SearchLoggedModelsUtils.filter_logged_models(models, filter_string, datasets)
        models = SearchLoggedModelsUtils.sort(models, order_by)
        return PagedList(*SearchUtils.paginate(models, page_token, max_results or 100))

    def link_traces_to_run(self, trace_ids: list[str], run_id: str) -> None:
        raise MlflowException("Traces are not kept by Dotscience.", INVALID_PARAMETER_VALUE)

    # --- inside

    def _labels(self, experiment: str, parent: str | None) -> dict[str, str]:
        """What our run says of MLflow's experiments and nesting: children are a group."""
        labels = {} if experiment == DEFAULT_NAME else {"experiment": experiment}
        if parent is not None:
            labels["parent"] = dashed(parent)
            above = self._runs.get(parent)
            labels["group"] = above.name if above is not None else parent[:8]
        return labels

    def _tracked(self, id: str) -> TrackedRun:
        """A run to log to. Raises MlflowException where another process is recording it."""
        with self._lock:
            if id not in self._runs:
                run = self._past(id)
                if run.state == "running":
                    raise MlflowException(
                        f"Run {id} is being recorded by another process.", INVALID_PARAMETER_VALUE
                    )
                histories = {key: past.history(run, key) for key in run.metrics}
                self._runs[id] = TrackedRun.of_past(past.entity(run, self._artifacts), histories)
            return self._runs[id]

    def _past(self, id: str) -> Any:
        for run in self._recorded():
            if run.id == dashed(id):
                return run
        raise MlflowException(f"No run {id} in {self._workspace}.", RESOURCE_DOES_NOT_EXIST)

    def _recorded(self) -> Any:
        from dotscience._query import runs

        return runs(self._workspace)

    def _all_runs(self) -> list[Run]:
        """Newest first, those of this process as it knows them."""
        with self._lock:
            own = dict(self._runs)
        others = [run for run in self._recorded() if run_id(run.id) not in own]
        entities = [tracked.entity() for tracked in own.values()]
        entities += [past.entity(run, self._artifacts) for run in others]
        return sorted(entities, key=lambda run: run.info.start_time or 0, reverse=True)


def _kept_for_ever(what: str) -> MlflowException:
    return MlflowException(
        f"Dotscience keeps every {what}: what was recorded is not deleted or renamed.",
        INVALID_PARAMETER_VALUE,
    )
