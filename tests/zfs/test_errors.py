"""Each text of facts/snapshots.md §3.4, and those that were seen besides, gets its cause in the catalogue."""

from __future__ import annotations

import pytest

from dotscience_server.protocol.errors import ERRORS
from dotscience_server.protocol.failure import ApiError
from dotscience_server.zfs import errors

# As ZFS prints them, line breaks too.
TEXTS = [
    ("zfs-name-taken", "cannot create snapshot 'tp/ws@s1': dataset already exists"),
    ("zfs-name-taken", "cannot create bookmark 'tp/q#a': bookmark exists"),
    ("zfs-gone", "cannot open 'tp/ws@nope': dataset does not exist"),
    ("zfs-gone", "cannot open 'tp': no such pool"),
    ("zfs-gone", "could not find any snapshots to destroy; check snapshot names."),
    ("zfs-gone", "cannot release hold from snapshot 'a@b': no such tag on this dataset"),
    ("zfs-target-modified", "cannot receive incremental stream: destination tp/c has been modified\nsince most recent snapshot"),
    ("zfs-diverged", "cannot receive incremental stream: most recent snapshot of tp/c does not\nmatch incremental source"),
    ("zfs-diverged", "warning: cannot send 'tp/q@a': not an earlier snapshot from the same fs"),
    ("zfs-target-exists", "cannot receive new filesystem stream: destination 'tp/c' exists\nmust specify -F to overwrite it"),
    ("zfs-half-received", 'cannot receive: destination tp/c contains partially-complete state from "zfs receive -s".'),
    ("zfs-stream-cut", "cannot receive resume stream: checksum mismatch or incomplete stream.\nPartially received snapshot is saved.\nA resuming stream can be generated on the sending system by running:\n    zfs send -t 1-abc"),
    ("zfs-stream-cut", "cannot receive new filesystem stream: incomplete stream"),
    ("zfs-stream-bad", "cannot receive: failed to read from stream"),
    ("zfs-stream-bad", "cannot receive: invalid stream (bad magic number)"),
    ("zfs-resume-lost", "cannot resume send: 'P/ws@s8' used in the initial send no longer exists"),
    ("zfs-resume-lost", "cannot resume send: 'P/ws@s8' is no longer the same snapshot used in the initial send"),
    ("zfs-resume-lost", "cannot resume send: resume token is corrupt (invalid format)"),
    ("zfs-quota", "cannot receive new filesystem stream: destination tp/c space quota exceeded."),
    ("zfs-pool-full", "cannot create snapshots : out of space"),
    ("zfs-cloned", "cannot destroy 'tp/ws@s': snapshot has dependent clones\nuse '-R' to destroy the following datasets:\ntp/c"),
    ("zfs-held", "cannot destroy snapshot tp/ws@s1: it's being held. Run 'zfs holds -r tp/ws@s1' to see holders."),
    ("zfs-busy", "cannot destroy 'tp/ws': dataset is busy"),
    ("zfs-busy", "cannot unmount '/tp/ws': pool or dataset is busy"),
    ("zfs-permission", "cannot create snapshots : permission denied"),
    ("zfs-mount-root", "filesystem successfully created, but it may only be mounted by root"),
    ("zfs-raw-mixed", "cannot receive incremental stream: IV set guid mismatch. See the 'zfs receive' man page"),
    ("zfs-feature-missing", "cannot receive: kernel modules must be upgraded to receive this stream."),
    ("zfs-feature-missing", "unrecognized command 'bookmark'\nusage: zfs command args ..."),
    ("zfs-large-blocks", "cannot receive incremental stream: incremental send stream requires -L (--large-block), to match previous receive."),
    ("zfs-key-missing", "cannot send 'tp/e@s': dataset key must be loaded"),
    ("zfs-no-device", "Unable to open /dev/zfs: Permission denied."),
    ("zfs-not-running", "connect: No such file or directory\nPlease make sure that the zfs-fuse daemon is running.\ninternal error: failed to initialize ZFS library"),
    ("zfs-not-running", "The ZFS modules are not loaded.\nTry running '/sbin/modprobe zfs' as root to load them."),
    ("zfs-pool-suspended", "cannot open 'tp': pool I/O is currently suspended"),
    ("zfs-pool-damaged", "cannot open 'tp/ws': I/O error"),
    ("zfs-refused", "cannot create snapshots : multiple snapshots of same fs not allowed"),
    ("zfs-refused", "internal error: cannot create snapshots : Argument list too long"),
    ("zfs-refused", "something of the year 2031"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "text"), TEXTS)
def test_texts(code: str, text: str) -> None:
    failure = errors.refused(text.encode(), "tp/ws")
    assert failure.code == code
    told = ApiError.of(code, **{"who": "?", **failure.fields})  # type: ignore[arg-type]
    assert "{" not in told.message + told.next
    assert "\n" not in failure.fields["detail"]


def test_each_code_is_in_the_catalogue_and_each_of_the_catalogue_can_come() -> None:
    made = {cause.code for cause in errors._CAUSES}
    # Made where more is known than the text tells.
    made |= {"zfs-refused", "zfs-replicated", "zfs-no-answer"}
    assert made <= {code for code in ERRORS if code.startswith("zfs-")}


def test_what_is_no_text_is_shown_all_the_same() -> None:
    assert errors.refused(b"\xff\xfe", "tp").fields["detail"]
    assert errors.refused(b"", "tp").fields["detail"] == "no reason was given"
    assert len(errors.refused(b"x" * 10_000, "tp").fields["detail"]) <= errors.DETAIL_MOST
