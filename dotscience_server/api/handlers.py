"""The worker's side of the route table: one method a route, named as there.

Methods run in threads, block only for reading (`status` for a count, where asked to), and raise ``ApiError`` or a failure of the store; `changes` alone
runs on the loop, because it waits.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

from dotscience import __version__
from dotscience._facts import unite

from ..protocol.failure import ApiError
from ..snapshots.policy import Policy
from ..store.failures import StoreGone
from ..worker.logs import PAGE_LINES
from ..worker.series import Wanted
from ..worker.services import Services
from ..worker.views import live_detail
from .bringing_back_handlers import BringingBackHandlers
from .calls import Answer, Call, Empty, FileBytes, Json, Packed
from .inherited import Inherited
from .policy_handlers import PolicyHandlers
from .rerun_handlers import RerunHandlers
from .routes import Route
from .session_handlers import SessionHandlers
from .storage_handlers import StorageHandlers

LONGEST_WAIT_S = 30
FRESH_WITHIN_S = 5.0
SNAPSHOTS = 100
INHERITED = 20
POINTS, LEAST_POINTS, MOST_POINTS = 1_000, 10, 10_000
_WRITE_NOTHING = ("checkout", "cancel_job", "report", "dismiss_notice", "notify")
"""Methods other than GET that need no writable store."""
_REPORTED = ("library-clash",)


class Api(BringingBackHandlers, PolicyHandlers, SessionHandlers, RerunHandlers, StorageHandlers):
    """All handlers over one worker's services."""

    def __init__(self, services: Services) -> None:
        self._it = services
        self._inherited = Inherited(services.store, services.ledger)

    def inherited(self, call: Call) -> Answer:
        """The runs of the workspace that this one is a branch of, from before the fork."""
        limit = call.integer("limit", INHERITED, 10_000)
        return Json(self._inherited.runs(call.query.get("before"), limit))

    def inherited_versions(self, call: Call) -> Answer:
        """The same for the versions of one file."""
        path = call.query.get("path", "")
        return Json(self._inherited.versions(path, call.query.get("before")))

    def of_parent(self, route: Route, call: Call, error: ApiError) -> Answer:
        """What of a run that is not ours the parent has; else raises ``error``."""
        return self._inherited.answer(route, call, error)

    def check_writable(self, route: Route) -> None:
        """Raises ``store-unwritable`` where nothing can be written and this route would."""
        writes = (
            route.method != "GET" or route.handler == "storage"
        )  # whose counting is work of its own
        writes = writes and route.handler not in _WRITE_NOTHING
        if self._it.store.read_only and writes:
            raise self._it.read_only_error()

    def workspace(self, call: Call) -> Answer:
        """Who we are. Where the store is gone: nobody any more, the client finds the next worker."""
        if not self._it.stands():
            raise StoreGone
        store, index = self._it.store, self._it.ledger.index
        driver = self._it.tree.driver
        return Json(
            {
                "format": 1,
                "id": store.replica,
                "lineage": store.lineage,
                "name": store.workspace.name or "/",
                "path": os.fspath(store.workspace),
                "api_path": None,
                "reason": store.located.reason,
                "driver": driver.name,
                "driver_reason": driver.reason,
                "hub": None,
                "revision": index.revision(),
                "runs": index.count(),
                "version": __version__,
            }
        )

    async def changes(self, call: Call) -> Answer:
        """Long poll."""
        self._it.survey.looked()
        since = call.integer("since", 0)
        known = call.integer("status", -1)
        wait_s = call.integer("wait", 0, LONGEST_WAIT_S)
        moment = await self._it.signals.wait(since, None if known < 0 else known, wait_s)
        return Json({"revision": moment.revision, "status": moment.status})

    def feed(self, call: Call) -> Answer:
        """``feed.schema.json``, put together from stored texts."""
        index, replica = self._it.ledger.index, self._it.store.replica
        since = call.integer("since", 0)
        feed = index.feed(since)
        blocks = [
            {
                "index": number,
                "revision": revision,
                "url": f"w/{replica}/blocks/{number}?revision={revision}",
            }
            for number, revision in feed.blocks
        ]
        head = {
            "format": 1,
            "workspace": replica,
            "revision": feed.revision,
            "reset": since > feed.revision,
            "total": feed.total,
            "blocks": blocks,
        }
        return Json(
            json.dumps(head)[:-1].encode() + b', "runs": [' + ",".join(feed.runs).encode() + b"]}"
        )

    def block(self, call: Call) -> Answer:
        """A column block. One of another revision is gone: the feed names the new one."""
        found = self._it.ledger.index.block(int(call.args["n"]))
        wanted = call.integer("revision", 0)
        if found is None or wanted not in (0, found[0]):
            raise ApiError.of("bad-request", detail="no such block; read the feed again")
        return Packed(found[1])

    def run(self, call: Call) -> Answer:
        """One run's detail; also of one that is still going on."""
        try:
            run = self._it.views.find(call.args["run"])
        except ApiError:
            named = call.args["run"]
            told = self._it.running.told(named) or self._it.drafts.told(named)
            if told is None:
                raise
            return Json(live_detail(call.args["run"], told))
        detail = self._it.views.detail(run)
        return Json({**detail, "alone_bytes": self._it.care.storage.alone_bytes(run.id)})

    def environment(self, call: Call) -> Answer:
        """What a run ran in, and how that differs; also of a run that is still going on."""
        named, to, find = call.args["run"], call.query.get("to") or None, self._it.views.find
        live, told = self._it.running.find(named), self._it.running.told(named)
        if live is None or told is None:
            return Json(self._it.environments.answer(find(named), to, find))
        return Json(self._it.environments.live(unite(told), live.journal, to, find))

    def series(self, call: Call) -> Answer:
        """Curves for a chart; also of a run that is still going on."""
        return Json(self._it.curves.answer(call.args["run"], _wanted(call)))

    def media(self, call: Call) -> Answer:
        """The bytes of one thing that was logged beside the metrics."""
        shown = self._it.shown_media.find(call.args["run"], int(call.args["n"]))
        return FileBytes(shown.name, shown.open, shown.size, shown.etag, shown.inline)

    def log(self, call: Call) -> Answer:
        """What a run printed; also of a command that goes on."""
        named, after = call.args["run"], call.integer("after", 0)
        limit = call.integer("limit", PAGE_LINES, PAGE_LINES)
        if self._it.running.told(named):
            path = self._it.commands.log_path(named)
            return Json(self._it.logs.live(path, named, after, limit))
        return Json(self._it.logs.of(self._it.views.find(named), after, limit))

    def command(self, call: Call) -> Answer:
        """``ds run`` tells that its command has ended."""
        if not call.local:
            raise ApiError.of("forbidden", detail="only programs of the user tell of commands")
        self._it.commands.ended(dict(call.body))
        return Empty()

    def snapshots(self, call: Call) -> Answer:
        """Newest first."""
        limit = call.integer("limit", SNAPSHOTS, 10_000)
        return Json({"snapshots": self._it.ledger.index.snapshots(limit)})

    def snapshot(self, call: Call) -> Answer:
        """The user wants one."""
        message = call.text("message")
        job = self._it.jobs.add("snapshot", "Save snapshot", "files")
        self._it.snapshotter.request(job, message)
        return Json(job.to_json(), 202)

    def status(self, call: Call) -> Answer:
        """What goes on now; with ``fresh``, counted after the request came where that is quick enough."""
        if call.integer("fresh", 0):
            self._it.survey.fresh(FRESH_WITHIN_S)
        return Json(self._it.status())

    def job(self, call: Call) -> Answer:
        """One job."""
        return Json(self._it.jobs.get(call.args["job"]).to_json())

    def cancel_job(self, call: Call) -> Answer:
        """Ask it to end."""
        self._it.jobs.get(call.args["job"]).cancel()
        return Empty()

    def report(self, call: Call) -> Answer:
        """A client tells what only it can see."""
        code, fields = call.text("code"), call.body.get("fields")
        if code not in _REPORTED or not isinstance(fields, dict):
            raise ApiError.of("bad-request", detail="that is nothing a client reports")
        texts = {str(key): str(value)[:500] for key, value in fields.items()}
        error = ApiError.of("library-clash", **texts)
        self._it.notices.post(error, json.dumps(texts, sort_keys=True))
        return Empty()

    def dismiss_notice(self, call: Call) -> Answer:
        """Show it no more."""
        self._it.notices.dismiss(call.args["notice"])
        return Empty()

    def track(self, call: Call) -> Answer:
        """The user's answer to *Track this folder*."""
        keep = call.body.get("keep")
        if not isinstance(keep, bool):
            raise ApiError.of("bad-request", detail="keep is true or false")
        self._it.set_policy(self._it.tree.policy, keep)
        return Empty()

    def set_policy(self, call: Call) -> Answer:
        """A new policy; the user's agreement stays as it is, and the driver where the client names none."""
        policy = Policy.from_json({"driver": self._it.tree.policy.driver, **call.body})
        self._it.set_policy(policy, self._it.tree.agreed)
        return Json(policy.to_json())

    def notify(self, call: Call) -> Answer:
        """A notebook was saved: look now."""
        named = call.text("path") or ""
        path = self._it.store.workspace / named
        inside = path.parent.resolve().is_relative_to(self._it.store.workspace)
        if not inside or path.suffix != ".ipynb":
            raise ApiError.of("path-refused", path=named, detail="no notebook of this workspace")
        self._it.ingest.look_at(Path(os.path.realpath(path.parent)) / path.name)
        return Empty()

    def rebuild(self, call: Call) -> Answer:
        """Drop the index and make it from the records."""
        job = self._it.jobs.add("rebuild", "Rebuild the index", "records")
        self._it.run_job(job, lambda: self._it.rebuild(job))
        return Json(job.to_json(), 202)


def _wanted(call: Call) -> Wanted:
    axis = call.query.get("axis", "") or "step"
    if axis not in ("step", "time"):
        raise ApiError.of("bad-request", detail="axis is step or time")
    points = max(LEAST_POINTS, call.integer("points", POINTS, MOST_POINTS))
    keys = call.lists.get("key", ())
    return Wanted(
        keys, points, "time" if axis == "time" else "step", call.number("from"), call.number("to")
    )
