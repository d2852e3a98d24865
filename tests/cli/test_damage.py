"""Damaged files are in the way of nothing else: ``--skip-damaged`` brings the rest, and says that it is not all."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from dotscience_server.client import connect
from tests.cli.conftest import Ds, valid

FILES = {f"data-{n}.bin": os.urandom(200_000) for n in range(3)}


@pytest.fixture
def damaged(ds: Ds, workspace: Path) -> str:
    """A snapshot of which the bytes of `data-1.bin` (and its second name) are damaged, and all is edited since."""
    for name, content in FILES.items():
        (workspace / name).write_bytes(content)
    os.link(workspace / "data-1.bin", workspace / "second-name")
    ds("init")
    ds("snapshot")
    listed = connect(workspace).get("runs/last/files", {"at": "data-1.bin"})["files"]
    assert listed[0]["object"][0] == "x"
    position = _place(workspace, FILES["data-1.bin"][100_000:100_032])
    with open(position[0], "r+b") as xorb:
        xorb.seek(position[1])
        xorb.write(b"\0" * 32)
    for name in FILES:
        (workspace / name).write_bytes(b"edited " + name.encode())
    return "last"


def _place(workspace: Path, piece: bytes) -> tuple[Path, int]:
    for xorb in (workspace / ".dotscience" / "chunks").rglob("*.xorb"):
        at = xorb.read_bytes().find(piece)
        if at >= 0:
            xorb.chmod(0o600)
            return xorb, at
    raise AssertionError("random bytes are stored as they are")


def test_a_checkout_goes_on_without_and_says_so(ds: Ds, workspace: Path, damaged: str) -> None:
    refused = ds("checkout", damaged, "--into", "whole", code=1)
    assert "--skip-damaged" in refused.stderr and not (workspace / "whole").exists()
    done = ds("checkout", damaged, "--into", "rest", "--skip-damaged", code=1)
    assert "data-1.bin: its stored bytes are damaged" in done.stdout
    made = {path.name for path in (workspace / "rest").iterdir()}
    assert made == {"data-0.bin", "data-2.bin", "INCOMPLETE"}
    assert (workspace / "rest" / "data-2.bin").read_bytes() == FILES["data-2.bin"]
    mark = (workspace / "rest" / "INCOMPLETE").read_text()
    assert '"data-1.bin"' in mark and '"second-name"' in mark and "data-2" not in mark
    told = ds("checkout", damaged, "--into", "again", "--skip-damaged", "--json", code=1)
    job = json.loads(told.stdout)
    valid("job", job)
    assert job["result"]["incomplete"] is True and job["result"]["restored"] == 2
    assert job["result"]["lacking"] == [
        {"path": "data-1.bin", "why": "damaged"},
        {"path": "second-name", "why": "damaged"},
    ]


def test_files_come_back_without_it(ds: Ds, workspace: Path, damaged: str) -> None:
    refused = ds("restore", damaged, ".", code=1)
    assert "--skip-damaged" in refused.stderr
    assert (workspace / "data-0.bin").read_bytes() == b"edited data-0.bin"
    done = ds("restore", damaged, ".", "--skip-damaged", code=1)
    assert "Brought back 2 files" in done.stdout and "data-1.bin: its stored" in done.stdout
    assert (workspace / "data-0.bin").read_bytes() == FILES["data-0.bin"]
    assert (workspace / "data-1.bin").read_bytes() == b"edited data-1.bin"


def test_a_whole_one_is_whole(ds: Ds, workspace: Path) -> None:
    (workspace / "INCOMPLETE").write_text("a file of mine")
    ds("init")
    ds("snapshot")
    ds("checkout", "last", "--into", "copy", "--skip-damaged")
    assert [path.name for path in (workspace / "copy").iterdir()] == ["INCOMPLETE"]


def test_a_damaged_part_of_the_list_hides_only_itself(ds: Ds, workspace: Path) -> None:
    for number in range(700):
        (workspace / f"f{number:04}").write_text(str(number))
    ds("init")
    ds("snapshot")
    before = json.loads(ds("ls", "last", "--json").stdout)["files"]
    _harm_a_page(workspace, lambda page: b'"p":"f0500"' in page)
    done = ds("checkout", "last", "--into", "rest", "--skip-damaged", code=1)
    assert "the list of files is damaged here" in done.stdout
    made = {path.name for path in (workspace / "rest").iterdir()} - {"INCOMPLETE"}
    assert 0 < len(made) < len(before) and "f0500" not in made


def _harm_a_page(workspace: Path, is_it: Callable[[bytes], bool]) -> None:
    for path in (workspace / ".dotscience" / "objects").rglob("*"):
        if path.is_file() and is_it(path.read_bytes()):
            path.chmod(0o600)
            path.write_bytes(b"damaged")
            return
    raise AssertionError("there is such a page")
