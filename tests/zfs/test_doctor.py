"""``ds doctor``: what works, what does not and what to do, each with its state and exit code."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dotscience_server.doctor.file_system import zfs as about_zfs
from dotscience_server.doctor.finding import Finding
from dotscience_server.doctor.programs import socket
from dotscience_server.zfs.command import Zfs
from tests.cli.conftest import enter, run_ds, valid
from tests.filesystems.disks import being
from tests.running_workers import end_workers

from .pools import KERNEL, Pool, zfs


def told(folder: Path, code: int = 0) -> dict[str, Any]:
    """By what was looked at."""
    answer = valid("doctor", json.loads(run_ds("doctor", "--json", str(folder), code=code).stdout))
    assert answer["healthy"] == (code == 0)
    return {one["what"]: one for one in answer["findings"]} | {"zfs": answer["zfs"]}


def test_a_plain_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = enter(tmp_path, monkeypatch)
    found = told(folder)
    assert found["Workspace"]["state"] == "note" and "ds init" in found["Workspace"]["next"]
    assert not (folder / ".dotscience").exists()
    assert "free of" in found["Disk"]["text"] and found["Chunk engine"]["state"] == "good"
    run_ds("init")
    shown = run_ds("doctor").stdout
    assert "Snapshots by" in shown and shown.endswith("\nNothing is broken.\n")
    end_workers(tmp_path)


def test_a_socket_folder_that_others_may_enter(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = enter(tmp_path, monkeypatch)
    (tmp_path / "run" / "dotscience").mkdir(mode=0o755)
    found = told(folder, code=1)["Socket"]
    assert found["state"] == "problem" and "XDG_RUNTIME_DIR" in found["next"]
    assert run_ds("doctor", code=1).stdout.endswith("\n1 problem.\n")
    assert socket(tmp_path / "none" / "x.sock").state == "good"


def test_no_word_of_zfs_is_needed_where_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Zfs, "find", classmethod(lambda cls: None))
    assert about_zfs(tmp_path) == ([Finding("ZFS", "good", "not installed; not needed")], None)


@pytest.mark.slow
def test_on_a_dataset(pool: Pool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = enter(tmp_path, monkeypatch)
    assert str(told(outside)["Pools"]["next"]).endswith(f" init --zfs {pool.name} {outside}")
    name, at = pool.dataset()
    found = told(at, code=1)
    assert [one for one in found if found[one] and found[one].get("state") == "problem"] == ["Disk"]
    assert name in found["File system"]["text"] and found["File system"]["state"] == "good"
    assert found["Rights"]["state"] == "good"
    assert found["zfs"]["fuse"] == (not KERNEL)
    assert ("resume tokens" in found["ZFS"]["text"]) == (not KERNEL)


@pytest.mark.openzfs
def test_the_grant_it_prints_is_enough(pool: Pool) -> None:
    """What a user is told to have root do makes the problem go away."""
    name, at = pool.dataset()
    with being(1000):
        before = rights(at)
    assert before.state == "problem" and before.next is not None
    command = before.next.removeprefix("As root: ").split()
    assert command[:2] == ["zfs", "allow"] and command[-1] == name
    subprocess.run(command, check=True)
    with being(1000):
        assert rights(at).state == "good"
        subprocess.run(["zfs", "snapshot", f"{name}@by-user"], check=True)
    zfs("destroy", "-r", name)


def rights(at: Path) -> Finding:
    return next(one for one in about_zfs(at)[0] if one.what == "Rights")
