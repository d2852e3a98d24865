"""What a snapshot could not take is said with its names, and gone with its cause."""

from __future__ import annotations

from dotscience_server.snapshots.contract import TreeResult
from dotscience_server.worker.notices import Notices
from dotscience_server.worker.tree_notices import TreeNotices
from tests.worker.schemas import check


def result(*, unstable: tuple[bytes, ...] = (), unreadable: tuple[bytes, ...] = ()) -> TreeResult:
    return TreeResult("0" * 64, 3, 3, 3, unstable, len(unreadable), unreadable=unreadable)


def test_unreadable_files_are_named_until_a_snapshot_reads_them() -> None:
    notices = Notices(lambda: None)
    told = TreeNotices(notices)
    told.taken(result(unreadable=(b"closed", b"folder\xff")))
    (notice,) = notices.shown()
    check("notice", notice)
    assert notice["text"] == "2 files or folders could not be read."
    assert notice["detail"] == "closed\nfolder\ufffd"
    told.taken(result(unreadable=(b"closed",)))
    assert [one["text"] for one in notices.shown()] == ["1 file or folder could not be read."]
    told.taken(result())
    assert notices.shown() == []


def test_files_in_motion_are_named_until_they_rest() -> None:
    notices = Notices(lambda: None)
    told = TreeNotices(notices)
    told.taken(result(unstable=(b"growing.log",)))
    (notice,) = notices.shown()
    assert (notice["code"], notice["detail"]) == ("files-in-motion", "growing.log")
    told.taken(result())
    assert notices.shown() == []
