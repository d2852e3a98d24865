"""The routes about sessions: drafts, cells, hidden state, claims, labels. Methods are named as in the route table."""

from __future__ import annotations

from dotscience._facts import Run

from ..protocol.failure import ApiError
from ..worker.services import Services
from .calls import Answer, Call, Empty, Json


class SessionHandlers:
    """Handlers over one worker's services. Methods run in threads."""

    _it: Services

    def cells(self, call: Call) -> Answer:
        """Executions of a run, of one that goes on, or of a draft."""
        named = call.args["run"]
        run = self._recorded(named)
        found = self._it.drafts.find(named)
        if run is not None and (run.cells is not None or found is None):
            return Json(self._it.sessions.cells(run))
        if found is not None:
            return Json(self._it.sessions.part_cells(found[0], found[1].part))
        return Json(self._it.sessions.live_cells(named))

    def source(self, call: Call) -> Answer:
        """The text of an executed cell."""
        named, digest = call.args["run"], call.query.get("hash", "")
        run = self._recorded(named)
        named = named if run is None else run.id
        return Json({"source": self._it.sessions.source(run, named, digest)})

    def hidden(self, call: Call) -> Answer:
        """The session that runs a notebook now."""
        return Json(self._it.sessions.hidden(call.query.get("path", "")))

    def claim(self, call: Call) -> Answer:
        """An undeclared file is an input, an output, or nothing of the run."""
        run = self._it.views.find(call.args["run"])
        self._it.claims.claim(run, call.body.get("path"), call.body.get("as"))
        self._it.survey.again()
        return Empty()

    def label(self, call: Call) -> Answer:
        """A label beside the run."""
        run = self._it.views.find(call.args["run"])
        self._it.claims.label(run, call.body.get("key"), call.body.get("value"))
        return Empty()

    def drafts(self, call: Call) -> Answer:
        """Kernel sessions without a published run."""
        return Json(self._it.drafts.shown())

    def keep_draft(self, call: Call) -> Answer:
        """It is a run now."""
        self._it.drafts.keep(call.args["run"], call.text("description"))
        self._it.signals.bump()
        return Empty()

    def drop_draft(self, call: Call) -> Answer:
        """Shown no more."""
        self._it.drafts.drop(call.args["run"])
        self._it.signals.bump()
        return Empty()

    def _recorded(self, named: str) -> Run | None:
        """The run; None where only a session that goes on may know it. Raises ``run-ambiguous``."""
        try:
            return self._it.views.find(named)
        except ApiError as error:
            live = self._it.running.find(named) or self._it.drafts.find(named)
            if live is None:
                raise error
            return None
