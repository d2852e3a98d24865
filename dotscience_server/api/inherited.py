"""What a branch has of the workspace that it was made from: runs from before the fork, asked of that workspace's own
worker, so nothing is copied. Where that folder is gone, so are they.

Read only. Runs that the parent recorded after the fork are none of the branch's history.
"""

from __future__ import annotations

import io
import os
from typing import Any, BinaryIO
from urllib.parse import quote

from ..client import WorkerClient, connect
from ..newest import newest_runs
from ..protocol.failure import ApiError
from ..store.layout import Store
from ..worker.ledger import Ledger
from .calls import Answer, Call, FileBytes, Json
from .routes import Route

Told = dict[str, Any]
NOT_OURS = ("run-not-found", "snapshot-not-found")


class Inherited:
    """Any thread; each call asks anew."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._branched = store.branched
        self._ledger = ledger

    def runs(self, before: str | None, limit: int) -> Told:
        """``{"from": [{"name", "path", "reason", "runs"}…]}``, the parent first, then what it was branched from."""
        if self._branched is None:
            return {"from": []}
        fork = min(filter(None, (before, self._forked())))
        told = {"name": self._branched["name"], "path": self._branched["path"]}
        try:
            parent = self._parent()
            found = _newest(parent, fork, limit)
            above = parent.get("inherited", {"before": fork, "limit": limit})["from"]
        except ApiError as error:
            return {"from": [{**told, "reason": error.message, "runs": []}]}
        return {"from": [{**told, "reason": None, "runs": found}, *above]}

    def versions(self, path: str, before: str | None) -> Told:
        """``{"from": [{"name", "path", "reason", "versions"}…]}``: of one file, from before the fork."""
        if self._branched is None:
            return {"from": []}
        fork = min(filter(None, (before, self._forked())))
        told = {"name": self._branched["name"], "path": self._branched["path"]}
        try:
            parent = self._parent()
            found = parent.get("versions", {"path": path})["versions"]
            query = {"path": path, "before": fork}
            above = parent.get("inherited/versions", query)["from"]
        except ApiError as error:
            return {"from": [{**told, "reason": error.message, "versions": []}]}
        known = [one for one in found if one["time"] <= fork]
        return {"from": [{**told, "reason": None, "versions": known}, *above]}

    def answer(self, route: Route, call: Call, error: ApiError) -> Answer:
        """A route of a run that is not ours, by the parent; ``error`` where it has none such from before the fork."""
        refs = [call.args.get("run"), call.query.get("a"), call.query.get("b")]
        asked = [ref for ref in refs if ref and ref not in ("last", "now")]
        if self._branched is None or error.code not in NOT_OURS or not asked:
            raise error
        try:
            parent = self._parent()
            if not any(self._has(parent, ref) for ref in asked):
                raise error
        except ApiError:
            raise error from None
        if route.method != "GET" or "run" not in call.args:
            where = self._branched["path"]
            error.next = (
                f"It is one of {where}, from before the branch: use 'ds -C {where}' for this."
            )
            raise error
        return self._passed(parent, route, call)

    def _has(self, parent: WorkerClient, ref: str) -> bool:
        """Whether it is one of the parent's from before the fork."""
        try:
            if ref.startswith("@"):
                return bool(parent.get(f"runs/{ref}/files", {"limit": 1}))
            return bool(parent.get(f"runs/{ref}")["recorded"] <= self._forked())
        except ApiError:
            return False

    def _passed(self, parent: WorkerClient, route: Route, call: Call) -> Answer:
        named = route.pattern.format(**{**call.args, "id": parent.id, "run": call.args["run"]})
        if route.handler == "file":
            return _file(parent, call)
        if route.stream:
            raise ApiError.of("not-recorded", run=call.args["run"], what="such item here")
        told = parent.request("GET", named, dict(call.query)).json()
        if route.handler == "run" and self._branched is not None:
            told["inherited"] = self._branched["path"]
        return Json(told)

    def _parent(self) -> WorkerClient:
        """Raises ``ApiError`` where it is not there any more, or another."""
        assert self._branched is not None
        client = connect(self._branched["path"])
        if client.id != self._branched["replica"]:
            raise ApiError.of("workspace-not-found", path=self._branched["path"])
        return client

    def _forked(self) -> str:
        """When the branch was made."""
        return str(self._ledger.index.all_of_workspace("workspace")[0].time)


def _newest(parent: WorkerClient, fork: str, limit: int) -> list[Told]:
    _, found = newest_runs(parent, 0)
    return [run for run in found if run["recorded"] <= fork][:limit]


def _file(parent: WorkerClient, call: Call) -> FileBytes:
    path, ref = call.query.get("path", ""), quote(call.args["run"], safe="@")
    listed = parent.get(f"runs/{ref}/files", {"at": path})["files"]
    if not listed or listed[0]["kind"] != "file":
        raise ApiError.of("file-not-found", path=path, what=f"run {call.args['run'][:8]}")
    size = int(listed[0]["size"] or 0)

    def opened() -> BinaryIO:
        return io.BufferedReader(_Ranges(parent, f"runs/{ref}/file", path, size), 1 << 18)

    name = os.path.basename(path) or "file"
    return FileBytes(name, opened, size, str(listed[0]["object"]))


class _Ranges(io.RawIOBase):
    """A file of the parent's, read in ranges; checked there."""

    def __init__(self, parent: WorkerClient, route: str, path: str, size: int) -> None:
        self._parent, self._route, self._path, self._size = parent, route, path, size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = base + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        end = min(self._at + len(buffer), self._size)
        if self._at >= end and self._size:
            return 0
        headers = {"Range": f"bytes={self._at}-{end - 1}"} if self._size else {}
        with self._parent.stream(self._route, {"path": self._path}, headers) as reply:
            data = b"".join(reply.chunks)
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
