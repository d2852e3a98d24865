"""The protocol's schemas, to hold answers against."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

PROTOCOL = Path(__file__).resolve().parents[2] / "protocol"


@cache
def _registry() -> Registry[Any]:
    resources = []
    for path in sorted(PROTOCOL.glob("*.schema.json")):
        resource: Resource[Any] = Resource.from_contents(json.loads(path.read_text()))
        resources += [(path.name, resource), (resource.id() or path.name, resource)]
    return Registry().with_resources(resources)


def check(name: str, value: Any) -> None:
    """Raise when ``value`` is not as ``<name>.schema.json`` says, formats included."""
    schema = json.loads((PROTOCOL / f"{name}.schema.json").read_text())
    validator = Draft202012Validator(
        schema, registry=_registry(), format_checker=Draft202012Validator.FORMAT_CHECKER
    )
    validator.validate(value)


def record(name: str, value: Any) -> None:
    """Keep an answer as a fixture that TypeScript reads too (``protocol/vectors/responses``)."""
    folder = PROTOCOL / "vectors" / "responses"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
