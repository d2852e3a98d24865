"""What the other side says is not believed: tokens, lists of streams. Without a pool."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from dotscience_server.cli.replicate import _stopping
from dotscience_server.replication.failures import ReplicationRefused, ReplicationStopped
from dotscience_server.replication.into_folder import Folder, Kept, checked
from dotscience_server.replication.plan import Point
from dotscience_server.replication.replicating import Watch, to_folder
from dotscience_server.replication.source import Source
from dotscience_server.replication.target import TargetRefused, parse_target

from . import streams
from .fake_zfs import FakeZfs

TOKEN = "1-ab-cd-ef"
TARGET = parse_target("zfs:backup/project")


@pytest.mark.parametrize("guid", [str(streams.UNTIL), "99"])
def test_a_token_sends_nothing_but_what_would_be_sent(
    guid: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = streams.stream([])
    fake = FakeZfs(tmp_path)
    fake.on("send", TOKEN, out=os.fsdecode(sent))
    monkeypatch.setattr(Source, "snapshots", lambda *_: [Point("tank/ws@ds-a", guid)])
    source = Source(fake.tools(), "tank/ws", "replica")
    if guid == str(streams.UNTIL):
        with source.resume(TOKEN, TARGET) as stream:
            assert stream.read() == sent
    else:
        with (
            pytest.raises(ReplicationRefused, match="not of this workspace"),
            source.resume(TOKEN, TARGET),
        ):
            pass


@pytest.mark.parametrize(
    "lie", [{"properties": ["ds:a"]}, {"since": ["1"]}, {"since": "x"}, {"bytes": "many"}]
)
def test_a_list_of_streams_may_hold_anything(lie: dict[str, Any]) -> None:
    told: dict[str, Any] = {
        "file": "000001-7.zfs",
        "name": "ds-a",
        "guid": "7",
        "since": None,
        "bytes": 1,
        "sha256": "",
    }
    checked(Kept(**told))
    with pytest.raises((ValueError, TypeError)):
        checked(Kept(**{**told, **lie}))


def test_a_disk_that_is_not_mounted_is_no_new_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = Point("tank/ws#ds-x", "7", bookmark=True)
    monkeypatch.setattr(Source, "bookmarks", lambda *_: [mark])
    fake = FakeZfs(tmp_path)
    target = parse_target(f"dir:{tmp_path}/disk/project")
    watch = Watch(lambda *_: None, lambda _: None)
    with pytest.raises(ReplicationRefused, match="is the disk mounted"):
        to_folder(
            Source(fake.tools(), "tank/ws", "x"), Folder(tmp_path / "disk"), target, "0", watch
        )
    assert fake.commands() == [] and not (tmp_path / "disk").exists()


def test_a_file_that_is_gone_from_the_disk_has_a_next_step(tmp_path: Path) -> None:
    with pytest.raises(ReplicationStopped) as stopped, _stopping(TARGET):
        (tmp_path / "000001-7.zfs").open()
    assert "000001-7.zfs" in stopped.value.fields["detail"] and stopped.value.fields["hint"]


def test_no_password_is_said(tmp_path: Path) -> None:
    with pytest.raises(TargetRefused) as refusal:
        parse_target("ssh://me:secret@host/tank/x")
    assert "secret" not in str(refusal.value)
