"""The routes that read old files and bring them back. Methods are named as in the route table."""

from __future__ import annotations

from functools import partial
from typing import Any

from dotscience._tree import PathError, check_path

from ..protocol.failure import ApiError
from ..worker.services import Services
from ..worker.trees import PAGE_FILES
from .calls import Answer, Call, FileBytes, Json, as_path


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

    def restore(self, call: Call) -> Answer:
        """Begin to bring some files back into the workspace; with ``dry_run``, only say which."""
        version = self._it.refs.stored(call.args["run"])
        asked, dry_run = _asked(call.body.get("paths")), call.body.get("dry_run", False)
        if not isinstance(dry_run, bool):
            raise ApiError.of("bad-request", detail="dry_run is true or false")
        self._it.trees.tree(version)
        title = f"Bring files of {version.what} back"
        job = self._it.jobs.add("restore", title, "files", version.run_id)
        self._it.run_job(job, lambda: self._it.restores.run(job, version, asked, dry_run))
        return Json(job.to_json(), 202)


def _asked(told: Any) -> list[bytes]:
    """Paths of files and folders; "" is everything. Raises ``bad-request``, ``path-refused``."""
    if not isinstance(told, list) or not told:
        raise ApiError.of("bad-request", detail="paths is a list of paths")
    paths = [as_path(one, "a path").rstrip(b"/") for one in told]
    for path in filter(None, paths):
        try:
            check_path(path)
        except PathError as error:
            name = path.decode("utf-8", "replace")
            raise ApiError.of("path-refused", path=name, detail=error.detail) from None
    return paths
