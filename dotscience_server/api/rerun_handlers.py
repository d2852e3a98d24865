"""The routes about running a run again. Methods are named as in the route table."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from ..protocol.failure import ApiError
from ..worker.reruns import Wanted
from ..worker.services import Services
from .calls import Answer, Call, Json


class RerunHandlers:
    """Handlers over one worker's services. Methods run in threads."""

    _it: Services

    def rerun_plan(self, call: Call) -> Answer:
        """What running it again would do."""
        return Json(self._it.reruns.plan(self._it.views.find(call.args["run"])))

    def rerun(self, call: Call) -> Answer:
        """Begin to run it again; with ``files``, a snapshot's, only for its metrics."""
        reruns, run = self._it.reruns, self._it.views.find(call.args["run"])
        wanted = _wanted(call)
        reruns.check(run, wanted)
        files = call.text("files")
        if files is not None:
            version = self._it.refs.stored(files)
            job = self._it.jobs.add(
                "rerun", f"Run {version.what} as run {run.id[:8]}", "files", run.id
            )
            self._it.run_long(job, lambda: reruns.trial(job, run, wanted, version))
        else:
            folder = self._it.rerun_files.target(run, call.text("into"), call.local)
            job = self._it.jobs.add("rerun", f"Files of run {run.id[:8]}", "files", run.id)
            self._it.run_long(job, lambda: reruns.run(job, run, wanted, folder))
        return Json(job.to_json(), 202)

    def verdict(self, call: Call) -> Answer:
        """Whether a repetition gave the same."""
        return Json(self._it.reruns.verdict(self._it.views.find(call.args["run"])))


def _wanted(call: Call) -> Wanted:
    environment = call.text("environment") or "current"
    if environment not in ("current", "rebuild"):
        raise ApiError.of("bad-request", detail="environment is current or rebuild")
    return Wanted(
        "rebuild" if environment == "rebuild" else "current",
        _flag(call, "why"),
        _flag(call, "as_ran"),
        _number(call, "tolerance"),
        _number(call, "timeout_s"),
        _variables(call) if call.local else None,
    )


def _flag(call: Call, name: str) -> bool:
    value = call.body.get(name)
    if value is not None and not isinstance(value, bool):
        raise ApiError.of("bad-request", detail=f"{name} is true or false")
    return bool(value)


def _number(call: Call, name: str) -> float | None:
    value = call.body.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ApiError.of("bad-request", detail=f"{name} is a number")
    if not isfinite(value) or value < 0:
        raise ApiError.of("bad-request", detail=f"{name} is a number from 0")
    return float(value)


def _variables(call: Call) -> Mapping[str, str] | None:
    """The environment of the program that asks: of the user's own alone."""
    told = call.body.get("variables")
    if told is None:
        return None
    if not isinstance(told, dict) or not all(isinstance(text, str) for text in told.values()):
        raise ApiError.of("bad-request", detail="variables are texts")
    return {str(name): text for name, text in told.items()}
