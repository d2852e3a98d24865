"""The routes about the store itself: what it holds, its budget, cleaning up. Methods are named as in the route table."""

from __future__ import annotations

from ..protocol.failure import ApiError
from ..worker.gc import set_budget
from ..worker.services import Services
from .calls import Answer, Call, Empty, Json

COUNTED_WITHIN_S = 20.0


class StorageHandlers:
    """Handlers over one worker's services. Methods run in threads."""

    _it: Services

    def storage(self, call: Call) -> Answer:
        """What the store holds; with ``fresh``, counted after the request came where that is quick enough."""
        if call.integer("fresh", 0):
            self._it.care.keeper.fresh(COUNTED_WITHIN_S)
        return Json(self._it.care.storage.shown())

    def set_budget(self, call: Call) -> Answer:
        """What the store may take."""
        if "budget_bytes" not in call.body:
            raise ApiError.of("bad-request", detail="budget_bytes is a number of bytes or null")
        set_budget(self._it.ledger, call.body["budget_bytes"])
        self._it.care.keeper.fresh(COUNTED_WITHIN_S)
        self._it.signals.bump()
        return Empty()

    def keep_runs(self, call: Call) -> Answer:
        """Pin the runs whose large files were to be given up."""
        self._it.care.keeper.keep_announced(self._it.views, self._it.claims)
        return Empty()

    def gc(self, call: Call) -> Answer:
        """Say what would go, or clean up."""
        apply = call.body.get("apply")
        if not isinstance(apply, bool):
            raise ApiError.of("bad-request", detail="apply is true or false")
        title = "Clean the store up" if apply else "See what can go"
        job = self._it.jobs.add("gc", title, "bytes")
        self._it.run_job(job, lambda: self._it.care.collector.run(job, apply))
        return Json(job.to_json(), 202)

    def verified(self, call: Call) -> Answer:
        """What the last check found."""
        return Json(self._it.care.verifier.report())

    def verify(self, call: Call) -> Answer:
        """Check every stored byte; with ``repair``, mend what the workspace's files still hold."""
        repair = call.body.get("repair", False)
        if not isinstance(repair, bool):
            raise ApiError.of("bad-request", detail="repair is true or false")
        job = self._it.jobs.add("verify", "Check the store", "bytes")
        self._it.run_job(job, lambda: self._it.care.verifier.run(job, repair))
        return Json(job.to_json(), 202)
