"""The routes that read old files and bring them back. Methods are named as in the route table."""

from __future__ import annotations

from functools import partial
from typing import Any

from dotscience._tree import PathError, check_path

from ..protocol.failure import ApiError
from ..worker.refs import Version
from ..worker.restores import Wanted
from ..worker.services import Services
from ..worker.trees import PAGE_FILES
from .calls import Answer, Call, FileBytes, Json, as_path


class BringingBackHandlers:
    """Handlers over one worker's services. Methods run in threads."""

    _it: Services

    def files(self, call: Call) -> Answer:
        """A page of a run's or a snapshot's files; with ``depth=1`` what lies in the folder itself, with ``at`` what
        stands there."""
        version = self._it.refs.stored(call.args["run"])
        if at := call.path("at"):
            return Json(self._it.trees.at(version, at))
        limit = max(1, call.integer("limit", PAGE_FILES, PAGE_FILES))
        under, after, deep = call.path("under"), call.path("after"), _is_deep(call)
        return Json(self._it.trees.page(version, under, after, limit, deep))

    def file(self, call: Call) -> Answer:
        """The bytes of one file, or of a range of it."""
        version = self._it.refs.stored(call.args["run"])
        stored = self._it.trees.file(version, call.path("path"))
        name = stored.path.rpartition(b"/")[2].decode("utf-8", "replace")
        shown = partial(self._it.objects.open, stored.object, stored.ranges, stored.size)
        return FileBytes(name, shown, stored.size, stored.object)

    def checkout(self, call: Call) -> Answer:
        """Begin to bring all files back, into a new folder."""
        version = self._it.refs.stored(call.args["run"])
        into = self._it.checkouts.target(version, call.text("into"), call.local)
        skip = _flag(call, "skip_damaged")
        job = self._it.jobs.add("checkout", f"Restore {version.what}", "files", version.run_id)
        self._it.run_job(job, lambda: self._it.checkouts.run(job, version, into, skip))
        return Json(job.to_json(), 202)

    def restore(self, call: Call) -> Answer:
        """Begin to bring some files back into the workspace; with ``dry_run``, only say which."""
        version = self._it.refs.stored(call.args["run"])
        asked = _asked(call.body.get("paths"))
        wanted = Wanted(_flag(call, "dry_run"), _flag(call, "skip_damaged"))
        self._it.trees.tree(version)
        title = f"Bring files of {version.what} back"
        job = self._it.jobs.add("restore", title, "files", version.run_id)
        self._it.run_job(job, lambda: self._it.restores.run(job, version, asked, wanted))
        return Json(job.to_json(), 202)

    def diff(self, call: Call) -> Answer:
        """The files that differ between two versions."""
        a, b = self._sides(call)
        limit = max(1, call.integer("limit", PAGE_FILES, PAGE_FILES))
        return Json(self._it.diffs.page(a, b, call.path("under"), call.path("after"), limit))

    def diff_file(self, call: Call) -> Answer:
        """How the text of one file differs."""
        return Json(self._it.diffs.file(*self._sides(call), _safe(call.path("path"))))

    def versions(self, call: Call) -> Answer:
        """All that one file ever was."""
        return Json(self._it.versions.answer(_safe(call.path("path"))))

    def branches(self, call: Call) -> Answer:
        """The branches made here, and what this workspace is a branch of."""
        return Json(self._it.branches.listed())

    def make_branch(self, call: Call) -> Answer:
        """Begin to make one; without a run of the last snapshot."""
        version = self._it.refs.stored(call.text("run") or "last")
        name = self._it.branches.name(call.body.get("name"))
        into = self._it.branches.target(name, version, call.text("into"), call.local)
        title = f"Branch from {version.what}"
        job = self._it.jobs.add("branch", title, "files", version.run_id)
        self._it.run_job(job, lambda: self._it.branches.run(job, name, version, into))
        return Json(job.to_json(), 202)

    def _sides(self, call: Call) -> tuple[Version, Version]:
        a, b = (call.query.get(name) or default for name, default in (("a", "last"), ("b", "now")))
        return self._it.refs.find(a), self._it.refs.find(b)


def _flag(call: Call, name: str) -> bool:
    value = call.body.get(name, False)
    if not isinstance(value, bool):
        raise ApiError.of("bad-request", detail=f"{name} is true or false")
    return value


def _is_deep(call: Call) -> bool:
    depth = call.query.get("depth", "")
    if depth not in ("", "1"):
        raise ApiError.of("bad-request", detail="depth is 1, or left out")
    return not depth


def _safe(path: bytes) -> bytes:
    """Raises ``path-refused``."""
    try:
        check_path(path)
    except PathError as error:
        name = path.decode("utf-8", "replace")
        raise ApiError.of("path-refused", path=name, detail=error.detail) from None
    return path


def _asked(told: Any) -> list[bytes]:
    """Paths of files and folders; "" is everything. Raises ``bad-request``, ``path-refused``."""
    if not isinstance(told, list) or not told:
        raise ApiError.of("bad-request", detail="paths is a list of paths")
    paths = [as_path(one, "a path") for one in told]
    return [_safe(path.rstrip(b"/")) if path else path for path in paths]
