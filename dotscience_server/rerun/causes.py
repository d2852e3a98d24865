"""What is different between a run and its repetition, as facts say it: candidates for why metrics differ. Pure.

A candidate is *strong* where it was seen in what the program used (a version of a package that it loaded, bytes of a file
that it read), else weak (another CPU). One alone is taken as the cause; of several nothing is claimed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .differences import THREAD_VARIABLES, differences, other_variables
from .verdict import Cause, Why

Json = dict[str, Any]

_NEVER = frozenset(
    re.findall(
        r"\S+",
        """
    dotscience jupyterlab-dotscience pip setuptools wheel uv ipykernel ipython jupyter-client jupyter-core traitlets
    pyzmq tornado comm debugpy jedi parso prompt-toolkit matplotlib-inline psutil nest-asyncio stack-data executing
    asttokens pure-eval pexpect ptyprocess platformdirs pygments decorator wcwidth
    """,
    )
)
"""What kernels and installers are made of: no program's result depends on it."""
_MISSING = re.compile(r"(ModuleNotFoundError|ImportError|No module named)")


@dataclass(frozen=True)
class Changed:
    """A file that the program used in another state: ``how`` says what was seen."""

    path: str
    how: str
    is_code: bool = False


@dataclass(frozen=True)
class Evidence:
    """``then``, ``now``: answers in the shape of ``environment.schema.json``. ``loaded``, ``known``: distributions that the
    program loaded, and those whose modules are known."""

    then: Json | None = None
    now: Json | None = None
    changed: Sequence[Changed] = ()
    not_kept: Sequence[str] = ()
    loaded: frozenset[str] = frozenset()
    known: frozenset[str] = frozenset()
    error: str | None = None


@dataclass(frozen=True)
class Candidate:
    """A cause that facts allow."""

    why: Why
    strong: bool


def candidates(evidence: Evidence) -> list[Candidate]:
    """All that differs and may matter, the strong ones first."""
    found = [*_files(evidence), *_environments(evidence)]
    return sorted(found, key=lambda one: not one.strong)


def failed(evidence: Evidence) -> tuple[Why, ...]:
    """Why a repetition that broke off did."""
    assert evidence.error is not None
    told = Why("error", evidence.error[:500], "the repetition ended with this error")
    missing = [one.why for one in _files(evidence) if one.why.cause == "not_kept"]
    if _MISSING.search(evidence.error):
        missing += [one.why for one in _environments(evidence) if one.why.cause == "package"]
    return (*missing, told)


def _files(evidence: Evidence) -> list[Candidate]:
    found = []
    causes: tuple[tuple[bool, Cause], ...] = ((False, "data"), (True, "code"))
    for is_code, cause in causes:
        files = [one for one in evidence.changed if one.is_code == is_code]
        if files:
            named = _listed([one.path for one in files])
            verb = "loaded" if is_code else "read"
            detail = (
                f"{named} is not as the run {verb} it"
                if len(files) == 1
                else f"{named} are not as the run {verb} them"
            )
            found.append(
                Candidate(
                    Why(cause, detail, _listed([f"{one.path}: {one.how}" for one in files])), True
                )
            )
    if evidence.not_kept:
        named = _listed(evidence.not_kept)
        detail = f"{named}: the bytes that the run read were not kept"
        found.append(
            Candidate(
                Why("not_kept", detail, "the run read it, and it is not in the side folder"), True
            )
        )
    return found


def _environments(evidence: Evidence) -> list[Candidate]:
    if evidence.then is None or evidence.now is None:
        return []
    told = differences(evidence.then, evidence.now)
    found = [*_packages(told, evidence), *_python(told), *_seeds(evidence)]
    return [*found, *_threads(told), *_variables(told), *_hardware(told)]


def _packages(told: Sequence[Json], evidence: Evidence) -> list[Candidate]:
    changed = [one for one in told if one["what"] in ("package", "editable")]
    used = [one for one in changed if _is_used(one, evidence)]
    found = []
    causes: tuple[tuple[str, Cause], ...] = (("package", "package"), ("editable", "code"))
    for what, cause in causes:
        some = [one for one in used if one["what"] == what]
        if some:
            detail = _listed([_change(one) for one in some])
            evidence_text = (
                "the program loads it" if evidence.known else "the environments differ in it"
            )
            found.append(Candidate(Why(cause, detail, evidence_text), True))
    return found


def _is_used(one: Json, evidence: Evidence) -> bool:
    name = one["name"]
    if name in _NEVER:
        return False
    if one["now"] is None:  # it is gone: a program that needed it has failed
        return evidence.error is not None
    if name in evidence.loaded or not evidence.known:
        return True
    return name not in evidence.known


def _python(told: Sequence[Json]) -> list[Candidate]:
    return [
        Candidate(Why("python", _change(one), "the interpreters differ"), True)
        for one in told
        if one["what"] == "python"
    ]


def _seeds(evidence: Evidence) -> list[Candidate]:
    assert evidence.then is not None and evidence.now is not None
    then, now = evidence.then.get("seeds") or {}, evidence.now.get("seeds") or {}
    changed = [
        _change({"name": name, "then": then.get(name), "now": now.get(name)})
        for name in sorted(then.keys() | now.keys())
        if then.get(name) != now.get(name)
    ]
    if not changed:
        return []
    return [Candidate(Why("seed", _listed(changed), "seeds as both programs set them"), True)]


def _threads(told: Sequence[Json]) -> list[Candidate]:
    changed = [
        _change(one)
        for one in told
        if one["name"] in THREAD_VARIABLES or (one["what"], one["name"]) == ("cpu", "CPU count")
    ]
    return (
        [Candidate(Why("threads", _listed(changed), "as recorded then and now"), False)]
        if changed
        else []
    )


def _variables(told: Sequence[Json]) -> list[Candidate]:
    names = other_variables(one["name"] for one in told if one["what"] == "variable")
    changed = [_change(one) for one in told if one["what"] == "variable" and one["name"] in names]
    return (
        [Candidate(Why("variable", _listed(changed), "as recorded then and now"), False)]
        if changed
        else []
    )


def _hardware(told: Sequence[Json]) -> list[Candidate]:
    changed = [
        _change(one)
        for one in told
        if one["what"] == "gpu" or (one["what"], one["name"]) == ("cpu", "CPU")
    ]
    return (
        [Candidate(Why("hardware", _listed(changed), "as recorded then and now"), False)]
        if changed
        else []
    )


def _change(one: Json) -> str:
    then, now = (text if text is not None else "not set" for text in (one["then"], one["now"]))
    return f"{one['name']} was {then}, is {now}"


def _listed(words: Sequence[str]) -> str:
    shown = ", ".join(words[:5])
    return shown if len(words) <= 5 else f"{shown} and {len(words) - 5} more"
