"""Logged models (MLflow 3): kept as one small file each beside their artifacts."""

from __future__ import annotations

import json
import os
import time
import uuid
from pathlib import Path
from typing import Any

from mlflow.entities import LoggedModel, LoggedModelParameter, LoggedModelStatus, LoggedModelTag
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, RESOURCE_DOES_NOT_EXIST
from mlflow.utils.name_utils import _generate_random_name

_FILE = "logged-model.json"


class Models:
    """Those of one workspace, below ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def create(
        self,
        experiment: str,
        name: str | None,
        run: str | None,
        tags: list[LoggedModelTag] | None,
        params: list[LoggedModelParameter] | None,
        kind: str | None,
    ) -> LoggedModel:
        id = f"m-{uuid.uuid4().hex}"
        now = int(time.time() * 1000)
        model = LoggedModel(
            experiment_id=experiment,
            model_id=id,
            name=name or _generate_random_name(),
            artifact_location=os.fspath(self._folder / id / "artifacts"),
            creation_timestamp=now,
            last_updated_timestamp=now,
            model_type=kind,
            source_run_id=run,
            status=LoggedModelStatus.PENDING,
            tags=tags,
            params=params,
        )
        return self._save(model)

    def get(self, id: str) -> LoggedModel:
        """Raises MlflowException for an unknown id."""
        try:
            return _read(json.loads((self._place(id) / _FILE).read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError):
            raise MlflowException(f"No logged model {id}.", RESOURCE_DOES_NOT_EXIST) from None

    def all(self) -> list[LoggedModel]:
        return [self.get(path.parent.name) for path in self._folder.glob(f"m-*/{_FILE}")]

    def set_status(self, id: str, status: LoggedModelStatus) -> LoggedModel:
        return self._change(id, status=status)

    def set_tags(self, id: str, tags: dict[str, str]) -> LoggedModel:
        return self._change(id, tags={**self.get(id).tags, **tags})

    def remove_tag(self, id: str, key: str) -> LoggedModel:
        return self._change(id, tags={k: v for k, v in self.get(id).tags.items() if k != key})

    def add_params(self, id: str, params: dict[str, str]) -> LoggedModel:
        return self._change(id, params={**self.get(id).params, **params})

    def flavour(self, model: LoggedModel) -> tuple[str, str | None]:
        """(library, version) by its MLmodel file; ``mlflow`` where it says none."""
        import yaml

        try:
            text = (Path(model.artifact_location) / "MLmodel").read_text(encoding="utf-8")
            flavours = yaml.safe_load(text).get("flavors") or {}
        except (OSError, AttributeError, yaml.YAMLError):
            return "mlflow", None
        for name, told in flavours.items():
            if name != "python_function":
                versions = [v for k, v in (told or {}).items() if k.endswith("_version")]
                return str(name), str(versions[0]) if versions else None
        return "mlflow", None

    def _place(self, id: str) -> Path:
        if not id.startswith("m-") or not id[2:].isalnum():
            raise MlflowException(f"{id!r} is no id of a logged model.", INVALID_PARAMETER_VALUE)
        return self._folder / id

    def _change(self, id: str, **fields: Any) -> LoggedModel:
        model = self.get(id)
        for name, value in fields.items():
            setattr(model, f"_{name}", value)
        model._last_updated_timestamp = int(time.time() * 1000)
        return self._save(model)

    def _save(self, model: LoggedModel) -> LoggedModel:
        place = self._place(model.model_id)
        place.mkdir(parents=True, exist_ok=True)
        unfinished = place / f".{_FILE}-{uuid.uuid4().hex}"
        unfinished.write_text(json.dumps(_told(model)), encoding="utf-8")
        unfinished.replace(place / _FILE)
        return model


def _told(model: LoggedModel) -> dict[str, Any]:
    return {
        "experiment_id": model.experiment_id,
        "model_id": model.model_id,
        "name": model.name,
        "artifact_location": model.artifact_location,
        "creation_timestamp": model.creation_timestamp,
        "last_updated_timestamp": model.last_updated_timestamp,
        "model_type": model.model_type,
        "source_run_id": model.source_run_id,
        "status": model.status.value,
        "tags": model.tags,
        "params": model.params,
    }


def _read(told: dict[str, Any]) -> LoggedModel:
    return LoggedModel(**{**told, "status": LoggedModelStatus(told["status"])})
