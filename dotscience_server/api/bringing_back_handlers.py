"""The routes that read old files and bring them back. Methods are named as in the route table."""

from __future__ import annotations

from functools import partial

from ..worker.services import Services
from ..worker.trees import PAGE_FILES
from .calls import Answer, Call, FileBytes, Json


class BringingBackHandlers:
    """Handlers over one worker's services. Methods run in threads."""

    _it: Services

    def files(self, call: Call) -> Answer:
        """A page of a run's or a snapshot's files."""
        version = self._it.refs.stored(call.args["run"])
        limit = max(1, call.integer("limit", PAGE_FILES, PAGE_FILES))
        page = self._it.trees.page(version, call.path("under"), call.path("after"), limit)
        return Json(page)

    def file(self, call: Call) -> Answer:
        """The bytes of one file, or of a range of it."""
        version = self._it.refs.stored(call.args["run"])
        stored = self._it.trees.file(version, call.path("path"))
        name = stored.path.rpartition(b"/")[2].decode("utf-8", "replace")
        shown = partial(self._it.objects.open, stored.object)
        return FileBytes(name, shown, stored.size, stored.object)

    def checkout(self, call: Call) -> Answer:
        """Begin to bring all files back, into a new folder."""
        version = self._it.refs.stored(call.args["run"])
        into = self._it.checkouts.target(version, call.text("into"), call.local)
        job = self._it.jobs.add("checkout", f"Restore {version.what}", "files", version.run_id)
        self._it.run_job(job, lambda: self._it.checkouts.run(job, version, into))
        return Json(job.to_json(), 202)
