"""A workspace with its store and the worker's real parts, in this process."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from dotscience._tree import read_entries
from dotscience_server.chunks.client import engine_for
from dotscience_server.snapshots.contract import Unwatched
from dotscience_server.storage.source import StoreSource
from dotscience_server.store.layout import locate, open_store
from dotscience_server.store.objects import ObjectStore
from dotscience_server.store.records import Draft
from dotscience_server.worker.gc import Collector
from dotscience_server.worker.giving_up import Freezes
from dotscience_server.worker.jobs import Jobs
from dotscience_server.worker.ledger import Ledger
from dotscience_server.worker.notices import Notices
from dotscience_server.worker.snapshotter import Reports, Snapshotter
from dotscience_server.worker.storage import Storage
from dotscience_server.worker.thinned import Thinned
from dotscience_server.worker.tree import Tree
from dotscience_server.worker.verify import Verifier

Json = dict[str, Any]
Files = dict[str, bytes]


class Living:
    """Made by `living()`. Runs are facts that are recorded here, without a library."""

    def __init__(self, workspace: Path) -> None:
        self.root = workspace
        self.store = open_store(locate(workspace))
        self.ledger = Ledger(self.store, lambda: True, lambda lines: None)
        self.objects = ObjectStore(
            self.store.path, self.store.cache, engine_for(self.store.path, self.store.cache)
        )
        self.tree = Tree(self.store, self.ledger, self.objects)
        self.jobs = Jobs(lambda: None)
        self.storage = Storage(
            self.store, self.ledger, self.objects, StoreSource(self.store.path, self.objects)
        )
        self.collector = Collector(
            self.store,
            self.ledger,
            self.objects,
            self.storage,
            self.jobs,
            self._alone,
            self._forget,
            Freezes(self.ledger, self.tree, self.objects),
        )
        self.verifier = Verifier(
            self.store,
            self.ledger,
            self.objects,
            self.tree,
            self.storage,
            Notices(lambda: None),
        )
        self.thinned = Thinned(self.ledger, self.objects)
        reports = Reports(
            taken=lambda result: None,
            failed=lambda error: pytest_fail(error),
            quiet=lambda seconds: False,
            stored=lambda check: True,
            idle=lambda: None,
        )
        self._snapshotter = Snapshotter(self.ledger, self.tree, self.store.replica, reports)

    def close(self) -> None:
        self.objects.close()
        self.ledger.close()

    def publish(self, run: str, block: Json, pins: list[str]) -> None:
        """A run whose outputs `pins` are stored as they are now."""
        files = []
        for path in pins:
            added = self.objects.add_file(self.root / path)
            files.append(
                {
                    "path": path,
                    "object": added.hash,
                    "size": added.size,
                    "mtime_ns": "1",
                    "mode": 420,
                }
            )
        source = "journal:x"
        drafts = [Draft("run.block", source, block, run)]
        self.ledger.record([*drafts, Draft("run.pins", source, {"files": files}, run)])

    def draft(self, run: str) -> None:
        """A session without a run."""
        body = {"notebook": "a.ipynb", "start": None, "end": None, "cells": 1, "last": 1}
        self.ledger.record([Draft("run.draft", "journal:x", body, run)])

    def snapshot(self, reason: str = "run") -> str:
        """Of the workspace as it is; the runs that wait get it."""
        return self._snapshotter._take(None, reason, Unwatched())

    def label(self, run: str, key: str, value: str | None, again: int) -> None:
        body = {"key": key, "value": value, "again": again}
        self.ledger.record([Draft("run.label", "user", body, run)])

    def gc(self, check: Callable[[], None] = lambda: None) -> int:
        return self.collector.apply(check)

    def verify(self) -> Json:
        """The report of a check."""
        job = self.jobs.add("verify", "check", "bytes")
        self.verifier.run(job, repair=False)
        return self.verifier.report()

    def present(self) -> Files:
        """What stands in the workspace."""
        return {
            path.name: path.read_bytes()
            for path in self.root.iterdir()
            if path.is_file() and not path.name.startswith(".")
        }

    def read(self, key: str) -> bytes:
        with self.objects.open(key) as file:
            return file.read()

    def keys(self, snapshot: str) -> dict[str, str]:
        """Content keys of a snapshot's files."""
        found = self.ledger.index.snapshot(snapshot)
        assert found is not None
        entries = read_entries(self.objects.read, found["tree"])
        return {os.fsdecode(one.path): str(one.hash) for one in entries if one.kind == "f"}

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        assert self.objects.engine is not None
        with self.tree.lock, self.objects.engine.paused():
            yield

    def _forget(self) -> None:
        self.objects.forget()
        self.tree.forget()


def pytest_fail(error: BaseException) -> Any:
    raise error


@contextlib.contextmanager
def living() -> Iterator[Living]:
    """A new workspace in a folder of its own."""
    base = Path(tempfile.mkdtemp(prefix="ds-"))
    folders = {f"XDG_{name}_HOME": str(base / name) for name in ("CACHE", "STATE", "CONFIG")}
    with mock.patch.dict(
        os.environ, {**folders, "HOME": str(base), "DOTSCIENCE_TEST_GC_YOUNG_S": "0"}
    ):
        (base / "work").mkdir()
        made = Living(base / "work")
        try:
            yield made
        finally:
            made.close()
            shutil.rmtree(base, ignore_errors=True)
