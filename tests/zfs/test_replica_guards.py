"""What the other side says is not believed: tokens, lists of streams. Without a pool."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from dotscience_server.replication.failures import ReplicationRefused
from dotscience_server.replication.into_folder import Kept, checked
from dotscience_server.replication.plan import Point
from dotscience_server.replication.source import Source
from dotscience_server.replication.target import parse_target

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
