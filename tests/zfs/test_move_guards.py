"""What a move must never do, whoever wrote its note: without a pool, where only the order of things matters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from dotscience_server.cli import standing_still
from dotscience_server.cli.moving import _system_told
from dotscience_server.relocation import dataset as of_dataset
from dotscience_server.relocation import moving
from dotscience_server.relocation.failures import MoveRefused
from dotscience_server.relocation.note import Note, find_note, note_path, read_note, write_note
from dotscience_server.store.failures import FreezeRefused
from dotscience_server.store.layout import locate
from dotscience_server.zfs.command import Zfs
from dotscience_server.zfs.places import Place
from tests.cli.conftest import enter, run_ds
from tests.filesystems.disks import own_mounts
from tests.running_workers import end_workers

from .fake_zfs import FakeZfs
from .pools import run

IDENTITY = "0190aaaa-bbbb-cccc-dddd-eeeeff001122"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    (folder / ".dotscience").mkdir(parents=True)
    (folder / ".dotscience/worker.lock").touch()
    (folder / "data").write_text("mine")
    return folder


@pytest.fixture
def fake(tmp_path: Path) -> FakeZfs:
    (tmp_path / "bin").mkdir()
    made = FakeZfs(tmp_path / "bin")
    made.on("get", "ds:move", out=IDENTITY + "\n")
    made.on("get", "name", out="tank/ds-work-001122\n")
    made.on("get", "mounted", out="no\n")
    return made


def note_of(workspace: Path) -> Note:
    return Note(
        IDENTITY,
        "tank/ds-work-001122",
        str(workspace),
        f"{workspace}.before-zfs",
        str(workspace.with_name(".zfs-copy-001122")),
    )


def aside(workspace: Path) -> tuple[Note, Path]:
    """As after the swap, with the dataset mounted nowhere."""
    write_note(workspace, note_of(workspace))
    note = replace(note_of(workspace), checked_ns=newest(workspace))
    there = Path(note.aside)
    workspace.rename(there)
    workspace.mkdir()
    write_note(there, note.at("swapped"))
    return note, there


def newest(folder: Path) -> int:
    return max(path.lstat().st_ctime_ns for path in (folder, *folder.rglob("*")))


def watch(tools: Zfs) -> moving.Watch:
    return moving.Watch(lambda *_: None, lambda *_: None, lambda: None, lambda _step: None)


@pytest.mark.parametrize(
    "lie",
    [
        {"identity": "-"},  # what ZFS answers where there is no such property
        {"dataset": "tank/home"},
        {"dataset": "-r"},
        {"aside": "/etc"},
        {"temporary": "/tmp/elsewhere"},
    ],
)
def test_a_note_that_says_anything_else_is_none(workspace: Path, lie: dict[str, str]) -> None:
    note = note_of(workspace)
    write_note(workspace, note)
    assert read_note(workspace) == note
    told = {"move": {**asdict(note), **lie}}
    note_path(workspace, note).write_text(json.dumps(told))
    assert find_note(workspace) is None


def test_no_note_is_written_through_a_link(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (workspace / ".dotscience/unfinished").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        write_note(workspace, note_of(workspace))
    assert not list((tmp_path / "elsewhere").iterdir())


def test_an_undo_that_was_killed_destroys_nothing_when_it_is_given_again(
    workspace: Path, fake: FakeZfs, monkeypatch: pytest.MonkeyPatch
) -> None:
    note, _there = aside(workspace)
    tools = fake.tools()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(moving, "forget_note", killed)
        with pytest.raises(KeyboardInterrupt):
            moving.undo(tools, note)
    assert (workspace / "data").read_text() == "mine"
    if any("inherit" in command for command in fake.commands()):
        fake.on("get", "ds:move", out="-\n")
    moving.undo(tools, note)
    assert not [command for command in fake.commands() if "destroy" in command]


def test_a_dataset_that_could_not_be_mounted_is_not_mounted_by_the_next_start(
    workspace: Path, fake: FakeZfs
) -> None:
    note, _there = aside(workspace)
    fake.on("zfs mount", err="cannot mount: no such device")
    with pytest.raises(FreezeRefused):
        moving.move(fake.tools(), note, watch(fake.tools()))
    assert (workspace / "data").read_text() == "mine"
    kept = [command[2] for command in fake.commands() if "canmount" in command[2]]
    assert kept[-1] == "canmount=noauto"


def test_what_was_written_before_a_killed_move_went_on_is_seen(
    workspace: Path, fake: FakeZfs, monkeypatch: pytest.MonkeyPatch
) -> None:
    note, there = aside(workspace)
    (there / "late").write_text("from an old terminal")
    write_note(there, note.at("swapped"))  # the move goes on
    monkeypatch.setattr(of_dataset, "place_of", lambda _at: Place(note.dataset, b"", b"/", False))
    with pytest.raises(MoveRefused, match="late was written"):
        moving.confirm(fake.tools(), note)
    assert (there / "late").exists()
    (there / "late").unlink()
    moving.confirm(fake.tools(), note)
    assert not there.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts")
def test_what_is_mounted_from_the_same_disk_is_never_removed(
    workspace: Path, fake: FakeZfs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_mounts()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "theirs").touch()
    (workspace / "inside").mkdir()
    note, there = aside(workspace)
    monkeypatch.setattr(of_dataset, "place_of", lambda _at: Place(note.dataset, b"", b"/", False))
    run("mount", "--bind", elsewhere, there / "inside")
    try:
        with pytest.raises(MoveRefused, match="mounted in it, at inside"):
            moving.confirm(fake.tools(), note)
        with pytest.raises(MoveRefused, match="mounted in it, at inside"):
            moving._measured(there)
    finally:
        run("umount", there / "inside")
    assert (elsewhere / "theirs").exists()


def test_a_refusal_of_the_system_has_a_next_step(workspace: Path) -> None:
    with pytest.raises(MoveRefused) as refusal, _system_told("Everything."):
        (workspace / "gone").stat()
    assert str(workspace / "gone") in str(refusal.value) and refusal.value.fields["hint"]


def test_only_who_holds_the_lock_is_asked_to_end(
    workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, _signal: ended.append(pid))
    store = workspace / ".dotscience"
    for pid in (-1, 0, 1, os.getppid(), os.getpid()):
        (store / "worker.lock").write_text(json.dumps({"pid": pid}))
        standing_still._end_worker(store)
    assert ended == []
    with (store / "worker.lock").open():
        standing_still._end_worker(store)
    assert ended == [os.getpid()]


@pytest.mark.slow
def test_root_asks_the_worker_of_the_owner_whether_a_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its socket lies in the owner's runtime folder, not in root's."""
    folder = enter(tmp_path, monkeypatch)
    run_ds("-C", str(folder), "init", str(folder))
    script = (
        "import dotscience as ds, sys; ds.start('x'); print('up', flush=True); sys.stdin.read()"
    )
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", script]
    with subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as running:
        assert running.stdout is not None and running.stdin is not None
        try:
            assert running.stdout.readline()
            wait_for(folder, running_runs=1)
            (tmp_path / "roots").mkdir(mode=0o700)
            with monkeypatch.context() as other:
                other.setenv("XDG_RUNTIME_DIR", str(tmp_path / "roots"))
                with pytest.raises(MoveRefused, match="1 run of it goes on"):
                    standing_still._refuse_working(locate(folder))
        finally:
            running.stdin.close()
    end_workers(tmp_path)


def wait_for(folder: Path, running_runs: int) -> None:
    until = time.monotonic() + 30
    while (
        len(json.loads(run_ds("-C", str(folder), "--json", "status").stdout)["running"])
        < running_runs
    ):
        assert time.monotonic() < until
        time.sleep(0.05)
