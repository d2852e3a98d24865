"""Branches: a new folder with the files of a run or snapshot that goes on as a workspace of its own.

    checkout into the unfinished folder ─► a store in it that shares objects and chunks by hard links ─► its name

Invariants: stored bytes are never kept twice where the file system has hard links (they are never changed, so sharing
is safe); the new store is whole before the folder gets its name; it has the same lineage and a replica of its own.
"""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from dotscience._tree import is_hash, read_root

from ..protocol.failure import ApiError
from ..store.layout import Store, make_folders, write_whole
from ..store.objects import ObjectStore
from ..store.records import Draft, RecordWriter
from ..store.stamps import new_id, now
from .checkouts import Checkouts
from .jobs import Job, JobResult
from .ledger import Ledger
from .refs import Version
from .trees import Trees

Json = dict[str, Any]
NAME_MOST = 100
_NO_LINKS = (errno.EXDEV, errno.EPERM, errno.ENOTSUP, errno.EMLINK)
_CHUNKS = ("xorbs", "shards")


class Branches:
    """Any thread."""

    def __init__(
        self, store: Store, ledger: Ledger, objects: ObjectStore, trees: Trees, checkouts: Checkouts
    ) -> None:
        self._store = store
        self._ledger = ledger
        self._objects = objects
        self._trees = trees
        self._checkouts = checkouts

    def name(self, told: object) -> str:
        """A name that is free. Raises ``bad-request``, ``branch-exists``."""
        name = told.strip() if isinstance(told, str) else ""
        if not name or len(name) > NAME_MOST or not name.isprintable():
            detail = f"a branch's name is printable text of 1 to {NAME_MOST} characters"
            raise ApiError.of("bad-request", detail=detail)
        taken = {one["name"] for one in self.listed()["branches"] if one["state"] == "there"}
        if name in taken:
            raise ApiError.of("branch-exists", name=name)
        return name

    def target(self, name: str, version: Version, into: str | None, local: bool) -> Path:
        """The folder to make. Raises as `Checkouts.target` does."""
        slug = re.sub(r"[^\w.-]+", "-", name).strip("-.")[:60] or "branch"
        return self._checkouts.target(version, into or f"branches/{slug}", local)

    def run(self, job: Job, name: str, version: Version, into: Path) -> None:
        """Do the job."""
        into = Path(os.path.realpath(into.parent)) / into.name
        result = self._checkouts.make(
            job, version, into, lambda folder: self._make_store(folder, name, version, into)
        )
        self._checkouts.record(version, into, name)
        job.succeed(
            JobResult(
                path=os.fspath(into),
                snapshot=version.snapshot_id,
                restored=result.files,
                not_kept=(*result.not_kept, *result.left_out),
                bytes=result.bytes,
                lacking=result.lacking,
            )
        )

    def listed(self) -> Json:
        """``branches.schema.json``."""
        records = self._ledger.index.all_of_workspace("checkout")
        branches = [
            self._shown(record.body, record.time) for record in records if record.body.get("branch")
        ]
        parent = self._store.branched
        told = None
        if parent is not None:
            told = {key: parent.get(key) for key in ("name", "path", "run", "snapshot")}
        return {"branches": branches[::-1], "parent": told}

    def _shown(self, body: Json, time: str) -> Json:
        path = self._store.workspace / body["path"]
        try:
            status = path.stat()
            there = (status.st_dev, status.st_ino) == (body["dev"], body["ino"])
        except OSError:
            there = False
        return {
            "name": body["branch"],
            "path": os.fspath(path),
            "api_path": None,
            "run": body["run"],
            "snapshot": body["snapshot"],
            "time": time,
            "state": "there" if there else "gone",
        }

    def _make_store(self, folder: Path, name: str, version: Version, into: Path) -> None:
        """A store in the folder that will be called ``into``."""
        store = folder / ".dotscience"
        make_folders(store)
        _share(self._store.path, store, self._shared(version))
        info = {
            "format": 1,
            "lineage": self._store.lineage,
            "replica": new_id(),
            "created": now(),
            "host": self._store.host,
            "path": os.fspath(into),
            "dev": folder.stat().st_dev,
            "ino": folder.stat().st_ino,
            "branched": {
                "name": name,
                "replica": self._store.replica,
                "run": version.run_id,
                "snapshot": version.snapshot_id,
                "path": os.fspath(self._store.workspace),
            },
        }
        self._first_records(store, info)
        data = json.dumps(info, indent=1, sort_keys=True).encode() + b"\n"
        write_whole(store / "workspace.json", data)

    def _first_records(self, store: Path, info: Json) -> None:
        """Who it is, and what it keeps: the same as here."""
        told = {key: info[key] for key in ("replica", "lineage", "path", "host", "branched")}
        drafts = [Draft("workspace", "worker", told)]
        policy = self._ledger.index.last_of_workspace("policy")
        if policy is not None:
            drafts.append(Draft("policy", "user", policy.body))
        writer = RecordWriter(store, 0)
        try:
            writer.append(drafts)
        finally:
            writer.close()

    def _shared(self, version: Version) -> Iterator[str]:
        """What its first snapshot would store again, relative to the store: the manifest, contents, all chunks."""
        tree = self._trees.sealed_tree(version)
        pages = [page.hash for page in read_root(self._objects.read, tree).pages]
        contents = [entry.hash for entry in self._trees.entries(version)]
        for name in dict.fromkeys([tree, *pages, *contents]):
            if name is not None and is_hash(name):
                yield f"objects/{name[:2]}/{name[2:]}"
        for kind in _CHUNKS:
            top = self._store.path / "chunks" / kind
            for file in top.rglob("*") if top.is_dir() else ():
                if file.suffix in (".xorb", ".mdb") and file.is_file():
                    yield os.fspath(file.relative_to(self._store.path))


def _share(source: Path, target: Path, names: Iterable[str]) -> None:
    """Hard links. Where there are none the bytes are stored anew by the first snapshot."""
    for name in names:
        place = target / name
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            os.link(source / name, place, follow_symlinks=False)
        except FileNotFoundError:
            continue
        except OSError as error:
            if error.errno in _NO_LINKS:
                return
            raise
