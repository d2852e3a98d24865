"""Column blocks: 4,096 runs by columns, as ``protocol/block.schema.json`` describes them.

Columns that say nothing are left out: all null, counts that are all 0, and ``seq``, which follows from the row.
Encoded once from run summaries, gzipped, immutable for (index, revision). Equal summaries give equal
bytes (no time stamp in the gzip header), so that a rebuilt index is equal too.
"""

from __future__ import annotations

import base64
import gzip
import json
import math
import struct
from collections.abc import Iterable, Sequence
from typing import Any

BLOCK_RUNS = 4096
_NULL = 0xFFFFFFFF
_TEXT_FIELDS = (
    "id",
    "state",
    "description",
    "error",
    "started",
    "ended",
    "recorded",
    "notebook",
    "workload",
    "ending",
    "group",
    "repeats",
)
_NUMBER_FIELDS = ("revision", "duration_s", "stopped_at", "stopped_of")
_COUNT_FIELDS = ("inputs", "outputs", "curves", "conflict")
_INFINITIES = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}

Summary = dict[str, Any]
Column = dict[str, Any] | None


def encode_block(number: int, revision: int, runs: Sequence[Summary]) -> bytes:
    """The gzipped JSON of block ``number`` (0-based) as of ``revision``."""
    columns = [*_fields(runs), *_values(runs), *_labels(runs)]
    block = {
        "format": 1,
        "index": number,
        "revision": revision,
        "count": len(runs),
        "columns": [column for column in columns if column is not None],
    }
    return gzip.compress(
        json.dumps(block, separators=(",", ":")).encode(), compresslevel=6, mtime=0
    )


def _fields(runs: Sequence[Summary]) -> Iterable[Column]:
    for name in _TEXT_FIELDS:
        yield _text_column(name, [run[name] for run in runs])
    for name in _NUMBER_FIELDS:
        yield _number_column(name, [run[name] for run in runs])
    for name in _COUNT_FIELDS:
        yield _number_column(name, [int(run[name]) or None for run in runs], none=0.0)
    yield _text_column("snapshot.state", [run["snapshot"]["state"] for run in runs])
    yield _text_column("snapshot.id", [run["snapshot"]["id"] for run in runs])
    yield _number_column("snapshot.duration_s", [run["snapshot"]["duration_s"] for run in runs])
    models = [json.dumps(run["models"], sort_keys=True) if run["models"] else None for run in runs]
    yield _text_column("models", models)


def _values(runs: Sequence[Summary]) -> Iterable[Column]:
    for field, prefix in (("parameters", "parameter:"), ("metrics", "metric:")):
        numbers: dict[str, list[float | None]] = {}
        texts: dict[str, list[str | None]] = {}
        for row, run in enumerate(runs):
            for value in run[field]:
                key = value["key"]
                number, text = _split(value)
                if number is not None:
                    if key not in numbers:
                        numbers[key] = [None] * len(runs)
                    numbers[key][row] = number
                if text is not None:
                    if key not in texts:
                        texts[key] = [None] * len(runs)
                    texts[key][row] = text
        for key in sorted({*numbers, *texts}):
            yield _number_column(prefix + key, numbers.get(key, []))
            if key in texts:
                yield _text_column(f"{prefix}{key}#text", texts[key])


def _split(value: dict[str, Any]) -> tuple[float | None, str | None]:
    """A value's number column and text column; no text where JavaScript's String(number) gives it."""
    number, text = value["number"], value["text"]
    if isinstance(number, str):
        special = _INFINITIES.get(number)
        return special, text
    if number is None:
        return None, text
    as_float = float(number)
    return as_float, None if _is_plain(value["kind"], as_float, text) else text


def _is_plain(kind: str, number: float, text: str) -> bool:
    if kind == "int":
        return text == str(int(number))
    plain_range = 1e-4 <= abs(number) < 1e15 and not number.is_integer()
    return plain_range and text == repr(number)


def _labels(runs: Sequence[Summary]) -> Iterable[Column]:
    texts: dict[str, list[str | None]] = {}
    for row, run in enumerate(runs):
        for label in run["labels"]:
            if label["key"] not in texts:
                texts[label["key"]] = [None] * len(runs)
            texts[label["key"]][row] = label["value"]
    for key in sorted(texts):
        yield _text_column(f"label:{key}", texts[key])


def _number_column(name: str, values: Sequence[float | None], none: float | None = None) -> Column:
    """None where all are null; with ``none`` null stands for that number."""
    if all(value is None for value in values):
        return None
    nulls = bytearray((len(values) + 7) // 8)
    for row, value in enumerate(values):
        if value is None and none is None:
            nulls[row // 8] |= 1 << row % 8
    data = struct.pack(f"<{len(values)}d", *(none or 0.0 if one is None else one for one in values))
    return {"name": name, "type": "f64", "data": _base64(data), "nulls": _base64(bytes(nulls))}


def _text_column(name: str, values: Sequence[str | None]) -> Column:
    codes: dict[str, int] = {}
    packed = [_NULL if value is None else codes.setdefault(value, len(codes)) for value in values]
    if not codes:
        return None
    data = struct.pack(f"<{len(values)}I", *packed)
    return {"name": name, "type": "text", "data": _base64(data), "dictionary": list(codes)}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
