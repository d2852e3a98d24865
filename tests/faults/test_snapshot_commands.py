"""The list of faults that need no hub, through the commands: two that take snapshots at once (row 6), and
names that hurt (row 11): snapshot, list, bring back, JSON.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dotscience_server.store.layout import locate
from tests.cli.conftest import enter, run_ds
from tests.running_workers import end_workers, worker_pid
from tests.snapshots.trees import HARD_NAMES, describe


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    path = enter(tmp_path, monkeypatch)
    run_ds("init", ".")
    end_workers(tmp_path)
    yield path
    end_workers(tmp_path)


def as_json(*arguments: str) -> Any:
    return json.loads(run_ds("--json", *arguments).stdout)


@pytest.mark.fault
def test_two_that_take_snapshots_at_once_take_turns(workspace: Path) -> None:
    for number in range(300):
        (workspace / f"f{number}").write_bytes(os.urandom(500))
    command = [sys.executable, "-m", "dotscience_server", "--json", "snapshot", "-m"]
    begun = [
        subprocess.Popen([*command, f"n{number}"], stdout=subprocess.PIPE, text=True)
        for number in range(4)
    ]
    told = [json.loads(process.communicate(timeout=120)[0]) for process in begun]
    assert [process.returncode for process in begun] == [0, 0, 0, 0]
    snapshots = {record["body"]["id"]: record["body"] for record in _records(workspace, "snapshot")}
    assert len(snapshots) == 4
    assert {snapshot["message"] for snapshot in snapshots.values()} == {"n0", "n1", "n2", "n3"}
    parents = [snapshot["parent"] for snapshot in snapshots.values()]
    assert parents.count(None) == 1
    assert len(set(parents)) == 4, "a line, no two with one parent"
    assert len({snapshot["tree"] for snapshot in snapshots.values()}) == 1
    assert len(told) == 4
    before = describe(os.fsencode(workspace), lambda path: path == b".dotscience")
    run_ds("checkout", "last", "--into", str(workspace.parent / "out"))
    assert describe(os.fsencode(workspace.parent / "out")) == before


@pytest.mark.fault
def test_two_workers_at_once_and_one_holds_the_workspace(workspace: Path) -> None:
    (workspace / "file").write_bytes(b"1")
    store = locate(workspace).store
    command = [sys.executable, "-m", "dotscience_server.worker", str(workspace)]
    begun = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for _ in range(3)]
    run_ds("snapshot")
    pid = worker_pid(store)
    assert pid is not None
    for process in begun:
        if process.pid != pid:
            process.wait(60)  # it found the workspace held, and left
    end_workers(workspace)
    for process in begun:
        process.wait(60)
    assert len(_records(workspace, "snapshot")) == 1


def test_names_that_hurt_survive_every_command(workspace: Path) -> None:
    for name in HARD_NAMES:
        Path(os.fsdecode(os.path.join(os.fsencode(workspace), name))).write_bytes(name)
    folder = os.path.join(os.fsencode(workspace), b"\xff dir\n")
    os.mkdir(folder)
    Path(os.fsdecode(os.path.join(folder, b"inner"))).write_bytes(b"inner")
    before = describe(os.fsencode(workspace), lambda path: path == b".dotscience")
    run_ds("snapshot")
    listed = {_name(entry["path"]) for entry in _entries(as_json("ls", "last", "-r"))}
    assert set(HARD_NAMES) | {b"\xff dir\n", b"\xff dir\n/inner"} <= listed
    shown = run_ds("ls", "last").stdout
    assert "\x1b" not in shown
    assert len(shown.splitlines()) >= len(HARD_NAMES)
    run_ds("checkout", "last", "--into", str(workspace.parent / "out"))
    assert describe(os.fsencode(workspace.parent / "out")) == before
    for name in HARD_NAMES:
        if not name.startswith(b"\xff"):
            cat = [sys.executable, "-m", "dotscience_server", "cat", b"last:" + name]
            assert subprocess.run(cat, capture_output=True, check=True).stdout == name


def _records(workspace: Path, kind: str) -> list[dict[str, Any]]:
    files = sorted((locate(workspace).store / "records").glob("*.jsonl"))
    lines = [line for file in files for line in file.read_text().splitlines()]
    return [record for line in lines if (record := json.loads(line[9:]))["kind"] == kind]


def _entries(answer: Any) -> list[dict[str, Any]]:
    return list(answer["files"] if "files" in answer else answer["entries"])


def _name(path: Any) -> bytes:
    return path.encode() if isinstance(path, str) else base64.b64decode(path["b64"])
