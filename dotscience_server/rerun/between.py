"""What lies between two runs: code, inputs, parameters, packages, environment. Pure but for reading what it is given."""

from __future__ import annotations

import difflib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
Read = Callable[[str], bytes | None]
"""A file's bytes on one side; None where they are not kept."""

_TEXT_MOST = 1 << 20
_CODE = (
    *(".py", ".ipynb", ".r", ".jl", ".sh", ".sql", ".toml", ".yaml", ".yml", ".cfg", ".ini"),
    *(".json", ".txt", ".md"),
)


@dataclass(frozen=True)
class FileChange:
    """``kind``: added, deleted, modified. ``role``: code, input, output, other. ``diff``: unified, of texts."""

    path: str
    kind: str
    role: str
    diff: str | None = None


def file_changes(
    before: Mapping[str, str],
    after: Mapping[str, str],
    read_before: Read,
    read_after: Read,
    inputs: Iterable[str],
    outputs: Iterable[str],
) -> list[FileChange]:
    """``before`` and ``after``: path to what identifies the content; the role of inputs and outputs comes first."""
    read, written = set(inputs), set(outputs)
    found = []
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) == after.get(path):
            continue
        kind = "added" if path not in before else "deleted" if path not in after else "modified"
        is_code = path.lower().endswith(_CODE)
        role = (
            "output"
            if path in written
            else "code"
            if is_code and path.endswith((".py", ".ipynb"))
            else ("input" if path in read else "code" if is_code else "other")
        )
        diff = None
        if role in ("code", "input"):
            old = read_before(path) if path in before else b""
            new = read_after(path) if path in after else b""
            diff = None if old is None or new is None else text_diff(path, old, new)
            if diff == "" and path.endswith(".ipynb"):
                continue  # its outputs changed, its cells did not
        found.append(FileChange(path, kind, role, diff))
    order = {"code": 0, "input": 1, "other": 2, "output": 3}
    return sorted(found, key=lambda one: (order[one.role], one.path))


def text_diff(path: str, before: bytes, after: bytes) -> str | None:
    """Unified, without the head; None where one is no text. Of notebooks the cells' sources are compared."""
    old, new = _text(path, before), _text(path, after)
    if old is None or new is None:
        return None
    told = difflib.unified_diff(old.splitlines(), new.splitlines(), lineterm="", n=2)
    return "\n".join(list(told)[2:])


def value_changes(
    before: Iterable[Json], after: Iterable[Json]
) -> list[tuple[str, str | None, str | None]]:
    """Parameters that differ: key, before, after."""
    old = {one["key"]: one["text"] for one in before}
    new = {one["key"]: one["text"] for one in after}
    keys = sorted(old.keys() | new.keys())
    return [(key, old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)]


def _text(path: str, content: bytes) -> str | None:
    if len(content) > _TEXT_MOST or b"\0" in content:
        return None
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return _sources(text) if path.endswith(".ipynb") and text else text


def _sources(text: str) -> str | None:
    try:
        cells = json.loads(text)["cells"]
        sources = [cell.get("source") or "" for cell in cells if cell.get("cell_type") == "code"]
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    joined = ("".join(one) if isinstance(one, list) else str(one) for one in sources)
    return "\n\n".join(joined)
