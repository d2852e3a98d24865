"""Pools on files for tests: of the kernel's ZFS where there is one, else of a zfs-fuse that is started for it, where only
this process and its children see it.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from dotscience_server.snapshots.freezes import Freeze
from dotscience_server.zfs.freezer import ZfsFreezer, zfs_freezer
from tests.filesystems.disks import own_mounts, without

KERNEL = Path("/dev/zfs").exists()
_SIZE = 512 << 20
# The socket, the lock, and the pools that it opens at its start.
_FUSE_FOLDERS = ("/run/zfs", "/run/lock/zfs", "/etc/zfs", "/var/lib/zfs")
_LIMIT_S = 30
_PR_SET_PDEATHSIG = 1


def run(*argv: str | Path, ok: bool = True) -> subprocess.CompletedProcess[str]:
    """A command of root's, by itself."""
    path = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
    env = {"LC_ALL": "C.UTF-8", "PATH": path}
    done = subprocess.run(argv, capture_output=True, text=True, env=env)
    assert not ok or done.returncode == 0, f"{argv}: {done.stderr}"
    return done


def zfs(*argv: str | Path, ok: bool = True) -> str:
    """What `zfs` prints."""
    return run("zfs", *argv, ok=ok).stdout.strip()


def zfs_once_idle(*argv: str | Path) -> None:
    """As `zfs`: what was unmounted or closed is in use for a moment longer."""
    until = time.monotonic() + _LIMIT_S
    while (done := run("zfs", *argv, ok=False)).returncode != 0:
        assert "busy" in done.stderr and time.monotonic() < until, done.stderr
        time.sleep(0.05)


@contextlib.contextmanager
def served() -> Iterator[None]:
    """While it lasts there is a ZFS. Skips where that cannot be, fails in CI."""
    if not sys.platform.startswith("linux"):
        without("ZFS is tested on Linux alone")
    if os.geteuid() != 0:
        pytest.skip("needs root: makes a pool")
    if KERNEL:
        yield
        return
    for program in ("zfs-fuse", "zfs", "zpool"):
        if shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") is None:
            without(f"{program} is not installed (zfs-fuse)")
    if not Path("/dev/fuse").exists():
        without("there is no /dev/fuse")
    with _fuse():
        yield


@contextlib.contextmanager
def _fuse() -> Iterator[None]:
    own_mounts()
    with contextlib.ExitStack() as stack:
        for folder in _FUSE_FOLDERS:
            Path(folder).mkdir(parents=True, exist_ok=True)
            run("mount", "-t", "tmpfs", "tmpfs", folder)
            stack.callback(run, "umount", "-l", folder, ok=False)
        log = stack.enter_context(tempfile.TemporaryFile())
        argv = ["zfs-fuse", "--no-daemon", "--no-kstat-mount", "-p", "/run/zfs/pid"]
        daemon = subprocess.Popen(argv, stdout=log, stderr=log, preexec_fn=_dies_with_us)
        stack.callback(_ended, daemon)
        until = time.monotonic() + _LIMIT_S
        while not Path("/run/zfs/zfs_socket").exists():
            if daemon.poll() is not None or time.monotonic() > until:
                log.seek(0)
                without(f"zfs-fuse does not start: {log.read().decode(errors='replace')}")
            time.sleep(0.01)
        yield


def _dies_with_us() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _ended(daemon: subprocess.Popen[bytes]) -> None:
    daemon.terminate()
    try:
        daemon.wait(_LIMIT_S)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def destroyed(name: str, *options: str) -> None:
    """A dataset is gone on return; zfs-fuse calls it busy for a moment after it was used."""
    until = time.monotonic() + _LIMIT_S
    while (done := run("zfs", "destroy", *options, name, ok=False)).returncode != 0:
        assert time.monotonic() < until, done.stderr
        time.sleep(0.05)


class Pool:
    """A pool on one file, mounted below `folder`."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self.folder = folder

    def dataset(self, *options: str) -> tuple[str, Path]:
        """A new one with a name of its own, and where it is mounted."""
        name = f"{self.name}/{uuid4().hex[:12]}"
        flags = [part for option in options for part in ("-o", option)]
        zfs("create", *flags, name)
        return name, self.folder / "top" / name.rpartition("/")[2]


@contextlib.contextmanager
def fresh_pool(size: int = _SIZE) -> Iterator[Pool]:
    """A pool that is destroyed at the end. Others may enter its folder."""
    folder = Path(tempfile.mkdtemp(prefix="ds-pool-"))
    folder.chmod(0o755)
    name = f"t{uuid4().hex[:8]}"
    try:
        with served():
            with (folder / "vdev").open("wb") as file:
                file.truncate(size)
            run("zpool", "create", "-m", folder / "top", name, folder / "vdev")
            try:
                yield Pool(name, folder)
            finally:
                _destroyed(name, folder)
    finally:
        shutil.rmtree(folder)


def _destroyed(name: str, folder: Path) -> None:
    """zfs-fuse calls a pool busy for a moment after it was used."""
    until = time.monotonic() + _LIMIT_S
    while (done := run("zpool", "destroy", "-f", name, ok=False)).returncode != 0:
        assert time.monotonic() < until, done.stderr
        time.sleep(0.05)
    while any(str(folder) in line for line in Path("/proc/self/mounts").read_text().splitlines()):
        assert time.monotonic() < until, "it is still mounted"
        time.sleep(0.05)


class ZfsGround:
    """A workspace in a dataset of its own, its store outside; `Ground` of the contract."""

    def __init__(self, pool: Pool, below: str = "a/b c/ü", user: int = 0) -> None:
        self.pool = pool
        self.dataset, self.top = pool.dataset()
        self.workspace = self.top / below
        self.workspace.mkdir(parents=True, exist_ok=True)
        self.store = pool.folder / f"store-{uuid4().hex[:8]}"
        self.store.mkdir()
        self.replica = str(uuid4())
        about = {"replica": self.replica}
        (self.store / "workspace.json").write_text(json.dumps(about))
        for path in (self.top, *self.top.rglob("*"), self.store):
            os.chown(path, user, user)

    def freezer(self) -> ZfsFreezer:
        found = zfs_freezer(self.workspace, self.store)
        assert found is not None
        return found

    def foreign(self) -> object:
        name = f"{self.dataset}@{uuid4().hex[:12]}"
        zfs("snapshot", name)
        return name

    def foreigners(self) -> list[object]:
        rows = zfs("get", "-H", "-d", "1", "-o", "name,value", "ds:replica", self.dataset)
        pairs = [row.split("\t") for row in rows.splitlines()]
        return [name for name, value in pairs if "@" in name and value == "-"]

    def destroy(self, freeze: Freeze) -> None:
        zfs("release", "dotscience", freeze.name)
        zfs_once_idle("destroy", freeze.name)

    def make_again(self, freeze: Freeze) -> None:
        zfs("snapshot", freeze.name)
