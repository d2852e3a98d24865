"""DVCLive's plain folders: points, last values and parameters (https://dvc.org/doc/dvclive/how-it-works).

    <folder>/metrics.json          last values, nested by the parts of a name
    <folder>/params.yaml           parameters
    <folder>/plots/metrics/**.tsv  one table a metric: [timestamp,] step, value

Pure but for reading files, which may be torn: a last line without its end is left for the next time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_LARGEST_BYTES = 64 * 1024 * 1024


def is_summary(path: str) -> bool:
    """Whether a file says that its folder may be DVCLive's."""
    return os.path.basename(path) == "metrics.json"


def is_folder(folder: Path) -> bool:
    """Whether DVCLive wrote it: the name it has by default, or its plots."""
    return folder.name == "dvclive" or (folder / "plots" / "metrics").is_dir()


def tables(folder: Path) -> dict[str, Path]:
    """Metric → its table."""
    top = folder / "plots" / "metrics"
    return {
        path.relative_to(top).with_suffix("").as_posix(): path
        for path in sorted(top.rglob("*.tsv"))
    }


def read_table(path: Path, offset: int) -> tuple[list[tuple[float, float, int | None]], int]:
    """(step, value, time in ns or None) of the rows from ``offset`` on, and where to go on. Raises OSError."""
    with path.open("rb") as file:
        header = file.readline().decode("utf-8", "replace").rstrip("\r\n").split("\t")
        file.seek(max(offset, file.tell()))
        begun = file.tell()
        data = file.read(_LARGEST_BYTES)
    whole = data[: data.rfind(b"\n") + 1]
    return list(_rows(whole.decode("utf-8", "replace"), header)), begun + len(whole)


def read_last(folder: Path) -> dict[str, str]:
    """Metric → its last value as text; {} where the file is torn or missing."""
    told = _json(folder / "metrics.json")
    return {key: text for key, text in _flat(told, "/") if key != "step"}


def read_parameters(folder: Path) -> dict[str, str]:
    """Parameter → text, nested names joined by dots; {} where there are none."""
    import yaml

    try:
        told = yaml.safe_load(_text(folder / "params.yaml"))
    except (OSError, yaml.YAMLError):
        return {}
    return dict(_flat(told, "."))


def _rows(text: str, header: list[str]) -> Iterator[tuple[float, float, int | None]]:
    step_at = header.index("step") if "step" in header else None
    time_at = header.index("timestamp") if "timestamp" in header else None
    for line in text.splitlines():
        cells = line.split("\t")
        try:
            time_ns = None if time_at is None else int(cells[time_at]) * 1_000_000
            yield float(cells[step_at]) if step_at is not None else 0.0, float(cells[-1]), time_ns
        except (ValueError, IndexError):
            continue  # text as a value: it stands in metrics.json


def _flat(told: Any, joint: str, above: str = "") -> Iterator[tuple[str, str]]:
    if not isinstance(told, dict):
        return
    for key, value in told.items():
        name = f"{above}{joint}{key}" if above else str(key)
        if isinstance(value, dict):
            yield from _flat(value, joint, name)
        else:
            yield name, str(value)


def _json(path: Path) -> Any:
    try:
        return json.loads(_text(path))
    except (OSError, ValueError):
        return {}


def _text(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_LARGEST_BYTES).decode("utf-8", "replace")
