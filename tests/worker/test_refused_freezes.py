"""Where the file system refuses a snapshot the files are read and stored, and a notice says why until it takes one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dotscience._tree import read_entries
from dotscience_server.snapshots.contract import Ground, Unwatched
from dotscience_server.store.failures import FreezeRefused
from dotscience_server.worker.notices import Notices
from dotscience_server.worker.tree_notices import TreeNotices
from tests.storage.living import living


def test_a_refused_freeze_is_read_and_stored_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def refuse(_workspace: Path) -> Iterator[Ground]:
        raise FreezeRefused("freeze-not-permitted", "it belongs to root", what="take snapshots")
        yield

    with living() as one:
        (one.root / "data").write_bytes(b"bytes")
        with monkeypatch.context() as refusing, one.tree.lock:
            refusing.setattr(one.tree.driver, "ground", refuse)
            result = one.tree.freeze(Unwatched())
        with one.tree.lock:
            later = one.tree.freeze(Unwatched())
        (entry,) = [e for e in read_entries(one.objects.read, result.tree) if e.path == b"data"]
        assert one.objects.read(str(entry.hash)) == b"bytes"
        assert (result.state, result.freeze) == ("sealed", None)
    notices = Notices(lambda: None)
    told = TreeNotices(notices)
    told.taken(result)
    assert [notice["code"] for notice in notices.shown()] == ["freeze-not-permitted"]
    told.taken(later)
    assert notices.shown() == []
