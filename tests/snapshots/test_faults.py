"""Faults: killed at every step, full disks, foreign disks, no permission (G2, G3, G6)."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from dotscience_server.snapshots.contract import Unwatched
from dotscience_server.snapshots.failures import CheckoutRefused
from dotscience_server.snapshots.restore import checkout
from dotscience_server.store.failures import StoreUnwritable
from dotscience_server.store.objects import ObjectStore

from .killed import STEPS
from .mounted import CASES
from .trees import describe
from .workspaces import Workspace

PROJECT = Path(__file__).parents[2]
NOBODY = 65534

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: mounts, or becomes nobody")


def filled(base: Path) -> Workspace:
    space = Workspace(base)
    space.file("train.py", b"print()")
    for number in range(40):
        space.file(f"data/{number}", os.urandom(3000))
    space.file("large", os.urandom(3_000_000))
    return space


@pytest.mark.fault
@pytest.mark.parametrize("number", [1, 2, 30])
@pytest.mark.parametrize("step", STEPS)
def test_g2_killed_at_any_step_the_store_stays_whole(
    tmp_path: Path, step: str, number: int
) -> None:
    base = tmp_path / "base"
    base.mkdir()
    filled(base)
    command = [sys.executable, "-m", "tests.snapshots.killed", str(base), step, str(number)]
    with subprocess.Popen(
        command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        reached = child.stdout.readline().strip()
        child.send_signal(signal.SIGKILL)
    assert reached == "at" or number > 1
    space = Workspace(base)
    for path in space.object_files():
        name = path.parent.name + path.name
        assert hashlib.sha256(path.read_bytes()).hexdigest() == name
    space.objects.clear_unfinished()
    out = space.checkout(space.freeze().tree)
    assert describe(os.fsencode(out.path)) == describe(os.fsencode(space.root))


@pytest.mark.fault
@needs_root
@pytest.mark.parametrize("case", CASES)
def test_disks(tmp_path: Path, case: str) -> None:
    command = ["unshare", "-m", sys.executable, "-m", "tests.snapshots.mounted", case, tmp_path]
    subprocess.run(command, cwd=PROJECT, check=True, timeout=120)


@contextlib.contextmanager
def nobody() -> Iterator[Path]:
    """A folder of nobody's, and being nobody in it: root could read everything."""
    base = Path(tempfile.mkdtemp(prefix="ds-nobody-"))
    os.chown(base, NOBODY, NOBODY)
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield base
    finally:
        os.seteuid(0)
        os.setegid(0)
        shutil.rmtree(base)


@needs_root
def test_what_cannot_be_read_is_listed_as_not_kept() -> None:
    with nobody() as base:
        space = Workspace(base)
        space.file("open", b"1")
        space.file("closed", b"2").chmod(0)
        space.file("folder/inner", b"3")
        (space.root / "folder").chmod(0)
        result = space.freeze()
        assert result.unreadable == (b"closed", b"folder")
        assert result.not_kept == 1
        entry = space.entries(result.tree)[b"closed"]
        assert (entry.hash, entry.not_kept, entry.size) == (None, "unreadable", 1)
        out = space.checkout(result.tree)
        assert out.not_kept == (b"closed",)
        assert sorted(os.listdir(out.path)) == ["folder", "open"]


@needs_root
def test_a_place_one_may_not_write_to_is_said() -> None:
    with nobody() as base:
        space = Workspace(base)
        space.file("a", b"1")
        tree = space.freeze().tree
        with pytest.raises(CheckoutRefused):
            checkout(space.objects, tree, {}, Path("/usr/out"), Unwatched())
        (space.store / "objects").chmod(0o500)
        (space.store / "tmp").chmod(0o500)
        with pytest.raises(StoreUnwritable):
            space.objects.add_bytes(b"new")
        with pytest.raises(StoreUnwritable):
            ObjectStore(Path("/usr/store"))


@needs_root
def test_a_checkout_that_fails_removes_folders_without_permissions() -> None:
    with nobody() as base:
        space = Workspace(base)
        space.file("d/e/f", b"1")
        (space.root / "d/e").chmod(0o500)
        (space.root / "d").chmod(0o500)
        tree = space.freeze().tree
        into = base / "out"

        class Racing(Unwatched):
            def check(self) -> None:
                into.mkdir(exist_ok=True)
                (into / "mine").touch()

        with pytest.raises(Exception, match="exists"):
            checkout(space.objects, tree, {}, into, Racing())
        assert os.listdir(into) == ["mine"]
        assert sorted(os.listdir(base)) == ["out", "stat.sqlite", "store", "ws"]
        for folder in ("d", "d/e"):
            (space.root / folder).chmod(0o700)
