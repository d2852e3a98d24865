"""What runs ran in: the fact ``run.environment``, and the answer that shows and compares it.

- The object of an environment is its journal record as canonical JSON without the diff: runs of one session, and equal
  sessions, share it. The diff is an object of its own.
- A journal read again after a kill gives the same facts, though the diff's pin is gone: the record has its hash.
- Records come from processes that may be anybody's: only what has its shape is shown.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from dotscience._facts import Run
from dotscience._records import canonical

from ..detect.journals import Journal
from ..protocol.failure import ApiError
from ..store.failures import StoreFailure
from ..store.layout import Store
from ..store.objects import ObjectStore
from ..store.records import Draft
from .environment_changes import changes
from .ledger import Ledger
from .meter_summary import meter_summary

Json = dict[str, Any]

_SHA256 = re.compile(r"[0-9a-f]{64}")
_DIFF_OF_GIT = ("diff", "diff_sha256")
_DIFF_BYTES = 4 << 20
_LOOKED_BACK = 200
"""Runs looked at for the one before."""
_GENERATIONS = 10
_SEEDS, _SEED_CHARS = 50, 1000


class Environments:
    """`keep` on the storer's thread; `answer` on any."""

    def __init__(self, store: Store, ledger: Ledger, objects: ObjectStore) -> None:
        self._pins = store.path / "pins"
        self._ledger = ledger
        self._objects = objects

    def keep(self, source: str, told: Json, seeds: Mapping[str, Json]) -> None:
        """Record a session's environment for its runs, each with the seeds that were set in code until then.

        They stand in the fact: a sweep whose runs differ in their seeds has one object. Raises ``StoreFailure``: call
        again later.
        """
        git = told.get("git")
        state: Json = git if isinstance(git, dict) else {}
        pin = self._pin(state.get("diff"))
        diff = None if pin is None else self._diff(state, pin)
        drafts = []
        for run, in_code in seeds.items():
            named = self._objects.add_bytes(canonical(_without_diff(told)))
            body: Json = {"object": named, "diff": diff}
            if in_code:
                body["seeds"] = _seeds(in_code)
            drafts.append(Draft("run.environment", source, body, run))
            drafts.append(Draft("run.context", source, {"git": _commit(git)}, run))
        self._ledger.record(drafts)
        if pin is not None and drafts:
            _remove(pin)

    def answer(self, run: Run, to: str | None, find: Callable[[str], Run]) -> Json:
        """``environment.schema.json``. ``to``: ``now``, a run, or None for the run before. Raises ``not-recorded``,
        ``run-not-found``."""
        told = self._shown(run)
        if told is None:
            raise ApiError.of("not-recorded", run=run.id[:8], what="environment")
        return self._answer(run, told, to, find)

    def shown(self, run: Run) -> Json | None:
        """A run's environment in the shape of the answer, without what it is compared with."""
        return self._shown(run)

    def live(self, run: Run, journal: Journal, to: str | None, find: Callable[[str], Run]) -> Json:
        """The same of a run that goes on in ``journal``: ``run`` is what it has told. Any thread."""
        told = journal.environment
        if told is None:
            raise ApiError.of("not-recorded", run=run.id[:8], what="environment")
        shown = _environment(told, journal.session or {}, journal.seeds)
        shown["git"] = _git(told.get("git"), self._pinned(told.get("git")))
        return self._answer(run, shown, to, find)

    def _answer(self, run: Run, told: Json, to: str | None, find: Callable[[str], Run]) -> Json:
        other = self._other(run, to, find)
        return {
            "format": 1,
            "run": run.id,
            **told,
            "meter": meter_summary(run, self._objects.read),
            "compared": None if other is None else self._compared(told, other, to),
        }

    def _compared(self, told: Json, other: Run, to: str | None) -> Json | None:
        shown = self._shown(other)
        if shown is None:
            return None
        # What differs is told from the older to the newer; "now" is newer than any run.
        before, after = (told, shown) if to == "now" else (shown, told)
        return {
            "to": "now" if to == "now" else other.id,
            "title": other.description,
            "time": other.started or other.recorded,
            **changes(before, after),
        }

    def _other(self, run: Run, to: str | None, find: Callable[[str], Run]) -> Run | None:
        if to not in (None, "", "now"):
            return find(str(to))
        index = self._ledger.index
        newest = index.count() + 1
        before = newest if to == "now" or not run.seq else run.seq
        for told in index.summaries_before(before, _LOOKED_BACK):
            if to != "now" and (told["notebook"], told["workload"]) != (run.notebook, run.workload):
                continue
            found = index.run(told["id"])
            alike = _executable if to == "now" else _script
            if found is not None and alike(found) == alike(run):
                return found
        return None

    def _shown(self, run: Run) -> Json | None:
        told, context = self._told(run), run.context or {}
        if told is None:
            return None
        recorded = run.environment or {}
        shown = _environment(told, context, recorded.get("seeds"))
        shown["git"] = _git(told.get("git"), self._read(recorded.get("diff")))
        return shown

    def _told(self, run: Run) -> Json | None:
        """The environment record; for runs of earlier versions what they have of one."""
        named = (run.environment or {}).get("object")
        if named is not None:
            return _object(self._read(named))
        context = run.context or {}
        packages = _object(self._read(context.get("environment")))
        return None if packages is None else {"packages": packages, "git": context.get("git")}

    def _read(self, named: Any) -> bytes | None:
        """An object; None where it is missing or damaged: the rest is still shown."""
        if not isinstance(named, str) or not _SHA256.fullmatch(named):
            return None
        try:
            return self._objects.read(named)
        except StoreFailure:
            return None

    def _diff(self, git: Json, pin: Path) -> str | None:
        """The diff as an object, from its pin or from before."""
        digest = str(git.get("diff_sha256"))
        if pin.is_file() and not pin.is_symlink() and pin.stat().st_size <= _DIFF_BYTES:
            return self._objects.add_file(pin).hash
        is_known = _SHA256.fullmatch(digest) is not None and self._objects.has(digest)
        return digest if is_known else None

    def _pinned(self, git: Any) -> bytes | None:
        """The diff of a session that goes on: from its pin, or as an object where a run of it has published."""
        state: Json = git if isinstance(git, dict) else {}
        pin = self._pin(state.get("diff"))
        if pin is None:
            return None
        try:
            if not pin.is_symlink() and pin.stat().st_size <= _DIFF_BYTES:
                return pin.read_bytes()
        except OSError:
            pass
        return self._read(state.get("diff_sha256"))

    def _pin(self, named: Any) -> Path | None:
        """A pin's file: two names below the folder, never a way out of it (G7)."""
        parts = str(named).split("/")
        if len(parts) != 2 or any(part in ("", ".", "..") for part in parts):
            return None
        path = self._pins.joinpath(*parts)
        return None if path.parent.is_symlink() else path


def environment_of(journal: Journal, others: Iterable[Journal]) -> Json | None:
    """A session's environment: its own, else that of the process that started it, and so on."""
    known = {other.path.stem: other for other in others}
    found: Journal | None = journal
    for _ in range(_GENERATIONS):
        if found is None or found.environment is not None:
            break
        found = known.get(str((found.session or {}).get("parent")))
    return None if found is None else found.environment


def environment_shape(told: Json) -> Json:
    """What an interpreter says of itself (`rerun.probe`), as far as ``environment.schema.json`` compares it."""
    return _environment(told, told, None)


def _environment(told: Json, context: Json, in_code: Any) -> Json:
    """The answer's parts but for ``git``; ``context`` has what the session says of the process."""
    return {
        **{name: _text(context.get(name)) for name in ("python", "executable", "platform", "host")},
        "packages": _texts(told.get("packages")),
        "origins": _origins(told.get("origins")),
        "conda": _list(told.get("conda")),
        "machine": _machine(told.get("machine")),
        "container": _container(told.get("container")),
        "seeds": {**_seeds(told.get("seeds")), **_seeds(in_code)},
        "variables": _texts(told.get("variables")) or {},
    }


def _git(told: Any, diff: bytes | None) -> Json | None:
    if not isinstance(told, dict):
        return None
    return {
        "commit": _text(told.get("commit")),
        "branch": _text(told.get("branch")),
        "dirty": _flag(told.get("dirty")),
        "diff": None if diff is None else diff.decode("utf-8", "replace"),
        "diff_bytes": _whole(told.get("diff_bytes")) or 0,
        "untracked": _whole(told.get("untracked")) or 0,
    }


def _seeds(told: Any) -> dict[str, str]:
    texts = list((_texts(told) or {}).items())[:_SEEDS]
    return {name: text[:_SEED_CHARS] for name, text in texts}


def _without_diff(told: Json) -> Json:
    git = told.get("git")
    if not isinstance(git, dict):
        return told
    return {**told, "git": {key: git[key] for key in git if key not in _DIFF_OF_GIT}}


def _commit(git: Any) -> Json | None:
    return {key: git.get(key) for key in ("commit", "branch")} if isinstance(git, dict) else None


def _remove(pin: Path) -> None:
    pin.unlink(missing_ok=True)
    with contextlib.suppress(OSError):
        pin.parent.rmdir()


def _executable(run: Run) -> tuple[Any, Any]:
    context = run.context or {}
    return context.get("host"), context.get("executable")


def _script(run: Run) -> Any:
    """What the run is a run of, where it is of no notebook and names no script itself."""
    argv = (run.context or {}).get("argv")
    named = run.notebook or run.workload
    return named or (argv[:1] if isinstance(argv, list) else None)


def _object(data: bytes | None) -> Json | None:
    try:
        found = json.loads(data) if data is not None else None
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _whole(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value < 1 << 53 else None


def _texts(value: Any) -> dict[str, str] | None:
    if not isinstance(value, dict):
        return None
    return {key: text for key, text in value.items() if isinstance(text, str)}


def _list(value: Any) -> list[str] | None:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else None


def _origins(value: Any) -> Json:
    origins = value.items() if isinstance(value, dict) else ()
    return {
        name: {
            "kind": str(one.get("kind")),
            "url": _text(one.get("url")),
            "commit": _text(one.get("commit")),
            "dirty": _flag(one.get("dirty")),
        }
        for name, one in origins
        if isinstance(one, dict)
    }


def _machine(value: Any) -> Json | None:
    if not isinstance(value, dict):
        return None
    gpus = value.get("gpus")
    return {
        **{name: _text(value.get(name)) for name in ("os", "cpu", "driver", "cuda")},
        "cores": _whole(value.get("cores")),
        "memory_bytes": _whole(value.get("memory_bytes")),
        "gpus": [
            {"name": str(gpu.get("name")), "memory_bytes": _whole(gpu.get("memory_bytes"))}
            for gpu in (gpus if isinstance(gpus, list) else ())
            if isinstance(gpu, dict)
        ],
    }


def _container(value: Any) -> Json | None:
    if not isinstance(value, dict):
        return None
    told = {name: _text(value.get(name)) for name in ("image", "digest")}
    return {"kind": str(value.get("kind")), **told}
