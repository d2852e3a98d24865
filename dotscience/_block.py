"""The run block: writer and tolerant reader (``docs/formats/run-block.md``).

- The writer's bytes are those of the original 0.8.7.
- The reader never raises on hostile text. It yields blocks and, for what looks like one but can't be
  read, a `Broken` that keeps the text. Text inside a value never ends a block or begins one.
"""

from __future__ import annotations

import datetime
import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Iterable, Iterator, Mapping, Union

    Found = Union["Block", "Broken"]

MIME = "application/vnd.dotscience.run.v1+json"
VERSION = "1"

_OPEN = re.compile(r"\[\[DOTSCIENCE-RUN:([^\[\]\s]+)\]\]")
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(?:\.(\d{0,9}))?", re.ASCII)
_KNOWN = ("version", "start", "end", "input", "output", "labels", "parameters", "summary")
# Numbers keep their spelling; NaN and Infinity, which are no JSON, become text.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)
_BROKEN_TEXT_LIMIT = 1 << 20
_BROKEN_LIMIT = 100  # of one text: each costs a search to its end, and a text may be hostile


class Block:
    """One run block as read.

    ``id``; ``text`` from opening to closing mark, exactly; ``line``, from 1, where it begins in its
    source; ``version``; ``body``: description, error (str or None), start, end (RFC 3339, UTC,
    microseconds, ``Z``; or None), input, output (sorted lists), labels, parameters, summary (str to
    str), workload-file (str or None).
    """

    __slots__ = ("body", "id", "line", "text", "version")

    def __init__(self, id: str, text: str, line: int, version: str, body: dict[str, Any]) -> None:
        self.id = id
        self.text = text
        self.line = line
        self.version = version
        self.body = body

    def __repr__(self) -> str:
        return f"Block({self.id!r}, line {self.line})"


class Broken:
    """What looks like a block and can't be read: ``id``, ``text`` (kept), ``line``, ``reason``."""

    __slots__ = ("id", "line", "reason", "text")

    def __init__(self, id: str, text: str, line: int, reason: str) -> None:
        self.id = id
        self.text = text
        self.line = line
        self.reason = reason

    def __repr__(self) -> str:
        return f"Broken({self.id!r}, line {self.line}, {self.reason!r})"


def render(id: str | None, metadata: Mapping[str, object]) -> str:
    """The block of a run, without the newline that follows it."""
    data = json.dumps(metadata, sort_keys=True, indent=4)
    return f"[[DOTSCIENCE-RUN:{id}]]{data}[[/DOTSCIENCE-RUN:{id}]]"


def read_text(text: str) -> list[Found]:
    """The blocks in a text, in order of their opening marks."""
    found: list[Found] = []
    at, line, counted, broken = 0, 1, 0, 0
    while True:
        mark = _OPEN.search(text, at)
        if mark is None:
            return found
        line += text.count("\n", counted, mark.start())
        counted = mark.start()
        item, at = _read_at(text, mark, line, broken < _BROKEN_LIMIT)
        if item is not None:
            broken += isinstance(item, Broken)
            found.append(item)


def read_outputs(outputs: object) -> list[Found]:
    """The blocks in one cell's outputs (nbformat 4): stdout joined, stderr joined, each display.

    A stream split by another is read as one. Lines are counted within the joined stream.
    """
    found: list[Found] = []
    for text in _texts(outputs):
        found.extend(read_text(text))
    return found


def read_notebook(notebook: object) -> Iterator[tuple[int, str | None, Found]]:
    """(cell's index, cell's id or None, block) of a decoded notebook; nothing for what is none."""
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    for index, cell in enumerate(cells if isinstance(cells, list) else []):
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        id = cell.get("id")
        for item in read_outputs(cell.get("outputs")):
            yield index, id if isinstance(id, str) else None, item


def rfc3339(text: object) -> str | None:
    """A block's time (0 to 9 fractional digits) as RFC 3339 with microseconds; None if it is none."""
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        return None
    *parts, fraction = match.groups("")
    try:
        moment = datetime.datetime(*map(int, parts))  # type: ignore[arg-type]
    except ValueError:
        return None
    return f"{moment.isoformat()}.{fraction.ljust(6, '0')[:6]}Z"


def _read_at(text: str, mark: re.Match[str], line: int, report: bool) -> tuple[Found | None, int]:
    """What the opening mark begins, and where to go on looking."""
    id, closing = mark.group(1), f"[[/DOTSCIENCE-RUN:{mark.group(1)}]]"
    reason = "not JSON"
    try:
        # The JSON reader, not a search for the mark, finds the end: a value may hold the mark.
        data, end = _DECODER.raw_decode(text, mark.end())
        while text[end : end + 1].isspace():
            end += 1
        if text.startswith(closing, end) and isinstance(data, dict):
            end += len(closing)
            if any(key in data for key in _KNOWN):
                return _block(id, text[mark.start() : end], line, data), end
            return Broken(id, text[mark.start() : end], line, "no key of a run"), end
    except RecursionError:
        reason = "nested too deeply"
    except ValueError:
        pass
    return _broken(text, mark, line, closing, reason) if report else None, mark.end()


def _broken(text: str, mark: re.Match[str], line: int, closing: str, reason: str) -> Broken | None:
    end = text.find(closing, mark.end())
    if end >= 0:
        return Broken(mark.group(1), text[mark.start() : end + len(closing)], line, reason)
    if not text.startswith("{", mark.end()):
        return None  # somebody wrote about blocks
    cut = mark.start() + _BROKEN_TEXT_LIMIT
    return Broken(mark.group(1), text[mark.start() : cut], line, "no closing mark")


def _block(id: str, text: str, line: int, data: dict[str, Any]) -> Block:
    version = data.get("version")
    body = {
        "description": _optional(data, "description"),
        "error": _optional(data, "error"),
        "start": rfc3339(data.get("start")),
        "end": rfc3339(data.get("end")),
        "input": _paths(data.get("input")),
        "output": _paths(data.get("output")),
        "labels": _values(data.get("labels")),
        "parameters": _values(data.get("parameters")),
        "summary": _values(data.get("summary")),
        "workload-file": _optional(data, "workload-file"),
    }
    return Block(id, text, line, VERSION if version is None else _text(version), body)


def _optional(data: dict[str, Any], key: str) -> str | None:
    return None if data.get(key) is None else _text(data[key])


def _paths(value: object) -> list[str]:
    items = value if isinstance(value, list) else [] if value is None else [value]
    return sorted({_text(item) for item in items})


def _values(value: object) -> dict[str, str]:
    return {key: _text(value[key]) for key in value} if isinstance(value, dict) else {}


def _text(value: object) -> str:
    if isinstance(value, (dict, list)):
        return json.dumps(value, sort_keys=True)
    return value if isinstance(value, str) else str(value)


def _texts(outputs: object) -> Iterator[str]:
    streams: dict[str, list[str]] = {"stdout": [], "stderr": []}
    displays: list[str] = []
    for output in outputs if isinstance(outputs, list) else []:
        if not isinstance(output, dict):
            continue
        if output.get("output_type") == "stream":
            streams.setdefault(str(output.get("name", "stdout")), []).append(
                _joined(output.get("text"))
            )
        elif output.get("output_type") == "display_data" and isinstance(output.get("data"), dict):
            displays.append(_joined(output["data"].get("text/plain")))
    for parts in streams.values():
        yield "".join(parts)
    yield from displays


def _joined(text: object) -> str:
    """nbformat's multi-line text: a string, or a list of lines that keep their ends."""
    if isinstance(text, list):
        parts: Iterable[object] = text
        return "".join(part for part in parts if isinstance(part, str))
    return text if isinstance(text, str) else ""
