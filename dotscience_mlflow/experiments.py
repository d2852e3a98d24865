"""Experiments: names that runs carry as the label ``experiment``. Kept as one small file each.

An experiment's id comes from its name, so that processes which create it at once agree without asking each other.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path
from typing import Any

from mlflow.entities import Experiment, ExperimentTag, LifecycleStage
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_ALREADY_EXISTS, RESOURCE_DOES_NOT_EXIST

DEFAULT_ID = "0"
DEFAULT_NAME = "Default"


def id_of(name: str) -> str:
    """The id of the experiment with this name."""
    if name == DEFAULT_NAME:
        return DEFAULT_ID
    return str(int(hashlib.sha256(name.encode()).hexdigest()[:15], 16))


class Experiments:
    """Those of one workspace; ``folder`` holds their files, ``artifacts`` is where artifacts of new runs go."""

    def __init__(self, folder: Path, artifacts: Path) -> None:
        self._folder = folder
        self._artifacts = artifacts

    def create(self, name: str, tags: list[ExperimentTag]) -> str:
        """Raises MlflowException when there is one of this name."""
        told = {"name": name, "created_ms": int(time.time() * 1000), "tags": _table(tags)}
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with open(self._folder / f"{id_of(name)}.json", "x", encoding="utf-8") as file:
                json.dump(told, file)
        except FileExistsError:
            raise MlflowException(
                f"Experiment '{name}' already exists.", RESOURCE_ALREADY_EXISTS
            ) from None
        return id_of(name)

    def get(self, id: str) -> Experiment:
        """Raises MlflowException for an unknown id."""
        told = self._read(id)
        if told is None:
            raise MlflowException(f"No experiment with id {id}.", RESOURCE_DOES_NOT_EXIST)
        return self._entity(id, told)

    def find(self, name: str) -> Experiment | None:
        told = self._read(id_of(name))
        return None if told is None else self._entity(id_of(name), told)

    def all(self) -> list[Experiment]:
        """The default one first, then by time of creation."""
        ids = {DEFAULT_ID, *(path.stem for path in self._folder.glob("*.json"))}
        found = [self._entity(id, told) for id in ids if (told := self._read(id)) is not None]
        return sorted(found, key=lambda one: (one.experiment_id != DEFAULT_ID, one.creation_time))

    def set_tag(self, id: str, key: str, value: str) -> None:
        """Keep a tag of an experiment. Raises MlflowException for an unknown id."""
        experiment = self.get(id)
        told = {
            "name": experiment.name,
            "created_ms": experiment.creation_time,
            "tags": {**experiment.tags, key: value},
        }
        self._folder.mkdir(parents=True, exist_ok=True)
        unfinished = self._folder / f".{id}-{os.getpid()}"
        unfinished.write_text(json.dumps(told), encoding="utf-8")
        unfinished.replace(self._folder / f"{id}.json")

    def _read(self, id: str) -> dict[str, Any] | None:
        try:
            told = json.loads((self._folder / f"{int(id)}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            default = {"name": DEFAULT_NAME, "created_ms": 0, "tags": {}}
            return default if id == DEFAULT_ID else None
        return told if isinstance(told, dict) and isinstance(told.get("name"), str) else None

    def _entity(self, id: str, told: dict[str, Any]) -> Experiment:
        return Experiment(
            experiment_id=id,
            name=told["name"],
            artifact_location=os.fspath(self._artifacts),
            lifecycle_stage=LifecycleStage.ACTIVE,
            tags=[ExperimentTag(key, value) for key, value in (told.get("tags") or {}).items()],
            creation_time=int(told.get("created_ms") or 0),
            last_update_time=int(told.get("created_ms") or 0),
        )


def _table(tags: list[ExperimentTag] | None) -> dict[str, str]:
    return {tag.key: tag.value for tag in tags or []}
