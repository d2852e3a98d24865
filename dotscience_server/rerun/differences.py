"""How the environment of now differs from a run's, as ``rerun.schema.json`` tells it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Json = dict[str, Any]

THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMEXPR_MAX_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "POLARS_MAX_THREADS",
    "LOKY_MAX_CPU_COUNT",
    "NUMBA_NUM_THREADS",
    "RAYON_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
)
_NAMED_APART = frozenset((*THREAD_VARIABLES, "PYTHONHASHSEED"))
"""They are causes of their own: threads, seed."""
_OF_A_PLACE = frozenset(("VIRTUAL_ENV", "CONDA_PREFIX", "CONDA_DEFAULT_ENV", "MPLBACKEND"))
"""They follow the interpreter or the notebook, which is told by itself."""


def differences(then: Json, now: Json) -> list[Json]:
    """``then`` and ``now`` have the shape of ``environment.schema.json``."""
    machines = then.get("machine") or {}, now.get("machine") or {}
    found = _one("python", "Python", then.get("python"), now.get("python"))
    found += _tables("package", then.get("packages"), now.get("packages"))
    found += _tables("conda", _conda(then), _conda(now))
    found += _tables("editable", _editable(then), _editable(now))
    found += _one("image", "container image", _image(then), _image(now))
    found += _one("gpu", "GPUs", *map(_gpus, machines))
    for name in ("driver", "cuda"):
        found += _one("gpu", name, machines[0].get(name), machines[1].get(name))
    found += _one("cpu", "CPU count", *(_number(one.get("cores")) for one in machines))
    found += _one("cpu", "CPU", *(one.get("cpu") for one in machines))
    variables = [
        {
            name: text
            for name, text in (one.get("variables") or {}).items()
            if name not in _OF_A_PLACE
        }
        for one in (then, now)
    ]
    return found + _tables("variable", *variables)


def other_variables(names: Iterable[str]) -> list[str]:
    """Those of recorded variables that are no threads, seed, or place of an environment."""
    return [name for name in names if name not in _NAMED_APART and name not in _OF_A_PLACE]


def _tables(what: str, then: Json | None, now: Json | None) -> list[Json]:
    if then is None or now is None:
        return []
    names = sorted(then.keys() | now.keys(), key=str.lower)
    return [one for name in names for one in _one(what, name, then.get(name), now.get(name))]


def _one(what: str, name: str, then: Any, now: Any) -> list[Json]:
    if then == now or (what != "variable" and then is None and now is None):
        return []
    return [{"what": what, "name": name, "then": then, "now": now}]


def _conda(told: Json) -> dict[str, str] | None:
    lines = told.get("conda")
    if not lines:
        return None
    names = (line.rpartition("/")[2].partition("#")[0] for line in lines)
    return {name.rsplit("-", 2)[0]: name for name in names}


def _editable(told: Json) -> dict[str, str] | None:
    return {
        name: f"{str(origin['commit'])[:12]}{' with changes' if origin.get('dirty') else ''}"
        for name, origin in (told.get("origins") or {}).items()
        if origin.get("kind") == "editable" and origin.get("commit")
    } or None


def _image(told: Json) -> str | None:
    container = told.get("container") or {}
    return container.get("digest") or container.get("image")


def _gpus(machine: Json) -> str | None:
    return ", ".join(gpu["name"] for gpu in machine.get("gpus") or ()) or None


def _number(value: Any) -> str | None:
    return None if value is None else str(value)
