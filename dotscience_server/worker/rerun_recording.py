"""What a repetition leaves in the records: finds its runs there, and adds notebook, verdict, or a broken run."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from dotscience._facts import Run

from ..rerun.differences import differences
from ..rerun.execution import Outcome
from ..rerun.recipe import Recipe
from ..rerun.results import Told, told_of
from ..rerun.verdict import Judgement, compare
from ..store.layout import Store
from ..store.objects import ObjectStore
from ..store.records import Draft
from ..store.stamps import rfc3339
from .environments import Environments
from .ledger import Ledger
from .repetitions import LOOKED_BACK, is_alike
from .rerun_planning import Repetition

Json = dict[str, Any]
_RECORDED_WITHIN_S = 20.0
_LOOK_S = 0.05


class Recording:
    """Any thread."""

    def __init__(
        self, store: Store, ledger: Ledger, objects: ObjectStore, environments: Environments
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._objects = objects
        self._environments = environments

    def record(
        self,
        run: Run,
        new: Run,
        judged: Judgement,
        folder: Path,
        again: Repetition,
        paired: Mapping[str, Told],
        found: list[Run],
    ) -> None:
        """The verdict of the repetition, and of the other runs that the same program repeated."""
        then, now = self._environments.shown(run), self._environments.shown(new)
        differing = differences(then, now) if then is not None and now is not None else []
        drafts = [self._draft(run.id, new.id, judged, folder, differing)]
        known = {one.id: one for one in found}
        for original, told in paired.items():
            other = self._ledger.index.run(original)
            if original == run.id or other is None or told.id == new.id or told.id not in known:
                continue
            metrics = compare(told_of(other).metrics, told.metrics, again.wanted.tolerance)
            if metrics and all(one.same for one in metrics):
                sibling = Judgement("same", metrics)
            else:
                causes = judged.causes if judged.verdict == "differs" else ()
                sibling = Judgement("differs" if causes else "unknown", metrics, causes)
            drafts.append(self._draft(original, told.id, sibling, folder, differing))
        self._ledger.record(drafts)

    def _draft(
        self, of: str, new: str, judged: Judgement, folder: Path, differing: list[Json]
    ) -> Draft:
        body = {
            "of": of,
            "verdict": judged.verdict,
            "metrics": [vars(one) for one in judged.metrics],
            "causes": [vars(one) for one in judged.causes],
            "environment": differing,
            "folder": os.fspath(folder),
        }
        return Draft("run.verdict", "worker", body, new)

    def found(
        self, token: str, before: int, outcome: Outcome, check: Callable[[], None]
    ) -> list[Run]:
        """The runs of the repetition, in order, when all that their sessions told is recorded; ``before``: so many runs
        there were when it began."""
        journals = self._store.path / "journal"
        until = time.monotonic() + _RECORDED_WITHIN_S
        while True:
            check()
            found = self._runs_of(token, before)
            names = {
                source.partition(":")[2]
                for one in found
                for source in one.sources
                if source.startswith("journal:")
            }
            open_ones = [name for name in names if (journals / f"{name}.dsj").exists()]
            patience_s = 0.0 if found else _RECORDED_WITHIN_S - 5
            if found and not open_ones:
                return self._runs_of(token, before)  # with what came until the journals went
            if time.monotonic() > until - (patience_s if outcome.error else 0):
                return found
            time.sleep(_LOOK_S)

    def broken(self, again: Repetition, token: str, error: str, took_s: float) -> Run:
        """A run for a repetition that broke off before its program had told anything."""
        run, id, began_ns = again.run, str(uuid4()), time.time_ns() - int(took_s * 1e9)
        context = run.context or {}
        kept = ("argv", "orig_argv", "cwd", "executable", "python", "notebook")
        facts: dict[str, Json] = {
            "run.interrupted": {
                "description": run.description,
                "error": error,
                "start": rfc3339(began_ns),
                "ending": "crashed",
                "base": "",
            },
            "run.context": {
                **{name: context.get(name) for name in kept},
                "duration_s": round(took_s, 6),
                "repeats": run.id,
                "repetition": token,
            },
        }
        self._ledger.record([Draft(kind, "worker", body, id) for kind, body in facts.items()])
        made = self._ledger.index.run(id)
        assert made is not None
        return made

    def _runs_of(self, token: str, before: int) -> list[Run]:
        index = self._ledger.index
        newest = index.summaries_before(index.count() + 1, index.count() - before)
        runs = (index.run(told["id"]) for told in newest)
        found = [one for one in runs if one and (one.context or {}).get("repetition") == token]
        return sorted(found, key=lambda one: one.seq)

    def siblings(self, run: Run) -> list[Told]:
        """The runs of the run's own session, in order; itself among them."""
        source = next((one for one in run.sources if one.startswith("journal:")), None)
        index = self._ledger.index
        near = index.summaries_before(run.seq + LOOKED_BACK, 2 * LOOKED_BACK)
        alike = [told["id"] for told in near if is_alike(told, run)]
        runs = [index.run(id) for id in alike] if source is not None else []
        found = [one for one in runs if one is not None and source in one.sources]
        if run.id not in {one.id for one in found}:
            found.append(run)
        return [told_of(one) for one in sorted(found, key=lambda one: one.seq)]

    def keep_notebook(self, recipe: Recipe, folder: Path, found: list[Run]) -> None:
        """The notebook with the repetition's outputs is the new runs' notebook."""
        if recipe.notebook is None:
            return
        path = folder / recipe.notebook
        status = path.stat()
        body = {
            "path": recipe.notebook,
            "object": self._objects.add_bytes(path.read_bytes()),
            "size": status.st_size,
            "mode": status.st_mode & 0o7777,
            "mtime_ns": str(status.st_mtime_ns),
        }
        source = f"notebook:{recipe.notebook}"
        self._ledger.record([Draft("run.notebook", source, body, one.id) for one in found])
