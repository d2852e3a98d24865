"""How two environments differ. Pure."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
_SHORT = 12


def changes(before: Json, after: Json) -> Json:
    """``python``, ``packages``, ``other`` of a ``Comparison`` of two answers of ``environment.schema.json``."""
    python = _changed("Python", before["python"], after["python"])
    known = before["packages"] is not None and after["packages"] is not None
    return {
        "python": python[0] if python else None,
        "packages": _tables(_versions(before), _versions(after)) if known else [],
        "other": _tables(_others(before), _others(after)),
    }


def _versions(told: Json) -> dict[str, str]:
    """Versions, with the source state of packages that have one."""
    versions = dict(told["packages"] or {})
    for name, origin in told["origins"].items():
        if origin["commit"] and name in versions:
            versions[name] += f" @ {_state(origin)}"
    return versions


def _others(told: Json) -> dict[str, str]:
    machine, container, git = told["machine"] or {}, told["container"] or {}, told["git"] or {}
    found = {
        "executable": told["executable"],
        "host": told["host"],
        "platform": told["platform"],
        "operating system": machine.get("os"),
        "CPU": machine.get("cpu"),
        "cores": _number(machine.get("cores")),
        "memory": _number(machine.get("memory_bytes")),
        "GPUs": ", ".join(gpu["name"] for gpu in machine.get("gpus") or ()),
        "GPU driver": machine.get("driver"),
        "CUDA": machine.get("cuda"),
        "container image": container.get("digest") or container.get("image"),
        "Git commit": _state(git) if git.get("commit") else None,
        "Git branch": git.get("branch"),
        **{f"seed {name}": text for name, text in told["seeds"].items()},
        **told["variables"],
    }
    return {name: text for name, text in found.items() if text}


def _state(told: Json) -> str:
    return str(told["commit"])[:_SHORT] + (" with changes" if told["dirty"] else "")


def _number(value: Any) -> str | None:
    return None if value is None else str(value)


def _tables(before: dict[str, str], after: dict[str, str]) -> list[Json]:
    names = sorted(before.keys() | after.keys(), key=str.lower)
    return [one for name in names for one in _changed(name, before.get(name), after.get(name))]


def _changed(name: str, before: str | None, after: str | None) -> list[Json]:
    return [] if before == after else [{"name": name, "before": before, "after": after}]
