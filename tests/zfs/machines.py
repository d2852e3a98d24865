"""A second machine for tests: a ZFS, a network and an sshd of its own, in namespaces; gone with this process."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.filesystems.disks import without

from .pools import run

_HERE, _THERE = "10.231.7.1", "10.231.7.2"
_PORT = 2222
_LIMIT_S = 60
_MACHINE = """
set -e
mount --make-rprivate /
for folder in /run/zfs /run/lock/zfs /etc/zfs /var/lib/zfs; do
  mkdir -p $folder; mount -t tmpfs tmpfs $folder
done
mkdir -p /run/sshd
ip link set lo up
touch "$1/up"
while [ ! -e "$1/wired" ]; do sleep 0.05; done
ip addr add {there}/24 dev dsthere; ip link set dsthere up
zfs-fuse --no-daemon --no-kstat-mount -p /run/zfs/pid >"$1/fuse.log" 2>&1 &
while [ ! -S /run/zfs/zfs_socket ]; do sleep 0.05; done
zpool create -m "$1/top" "$2" "$1/vdev"
exec /usr/sbin/sshd -D -e -f "$1/sshd_config"
"""


@dataclass(frozen=True)
class Machine:
    """`pool` is there; `url` begins an ssh target; `path` is a folder for PATH whose `ssh` reaches it."""

    pool: str
    folder: Path
    pid: int
    path: Path
    url: str

    def there(self, *argv: str | Path) -> str:
        """A command on that machine."""
        return run("nsenter", "-m", "-n", "-p", "-t", str(self.pid), *argv).stdout.strip()


@contextlib.contextmanager
def second_machine(folder: Path) -> Iterator[Machine]:
    """Skips where that cannot be, fails in CI."""
    for program in ("/usr/sbin/sshd", "ssh", "ip", "unshare", "zfs-fuse"):
        if shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin") is None:
            without(f"{program} is not installed (openssh-server, iproute2, zfs-fuse)")
    _configure(folder)
    pool = f"b{folder.name[-6:]}".replace("_", "x")
    with (folder / "vdev").open("wb") as file:
        file.truncate(256 << 20)
    argv = ["unshare", "--net", "--mount", "--fork", "--pid", "--kill-child", "--mount-proc"]
    script = _MACHINE.replace("{there}", _THERE)
    log = (folder / "machine.log").open("wb")
    machine = subprocess.Popen(
        [*argv, "bash", "-c", script, "bash", str(folder), pool], stdout=log, stderr=log
    )
    try:
        _wait(folder, machine, lambda: (folder / "up").exists())
        inner = _child(machine.pid)
        _wire(inner)
        (folder / "wired").touch()
        _wait(folder, machine, _answers)
        yield Machine(pool, folder, inner, folder / "bin", f"ssh://root@{_THERE}:{_PORT}/{pool}")
    finally:
        machine.kill()
        machine.wait()
        log.close()
        run("ip", "link", "del", "dshere", ok=False)


def _configure(folder: Path) -> None:
    for name in ("host_key", "user_key"):
        keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(keygen, check=True)
    shutil.copy(folder / "user_key.pub", folder / "authorized")
    (folder / "sshd_config").write_text(
        f"Port {_PORT}\nListenAddress {_THERE}\nHostKey {folder}/host_key\nPidFile none\n"
        f"AuthorizedKeysFile {folder}/authorized\nStrictModes no\nUsePAM no\n"
        "PermitRootLogin yes\nPasswordAuthentication no\n"
    )
    key = " ".join((folder / "host_key.pub").read_text().split()[:2])
    (folder / "known").write_text(f"[{_THERE}]:{_PORT} {key}\n")
    (folder / "ssh_config").write_text(
        f"IdentityFile {folder}/user_key\nIdentitiesOnly yes\nUserKnownHostsFile {folder}/known\n"
    )
    (folder / "bin").mkdir()
    wrapper = folder / "bin" / "ssh"
    wrapper.write_text(f'#!/bin/sh\nexec /usr/bin/ssh -F {folder}/ssh_config "$@"\n')
    wrapper.chmod(0o755)


def _wire(pid: int) -> None:
    link = ["ip", "link", "add", "dshere", "type", "veth", "peer", "name", "dsthere", "netns"]
    done = run(*link, str(pid), ok=False)
    if done.returncode != 0:
        without(f"no network between two machines: {done.stderr.strip()}")
    run("ip", "addr", "add", f"{_HERE}/24", "dev", "dshere")
    run("ip", "link", "set", "dshere", "up")


def _child(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0]) if children else pid


def _answers() -> bool:
    with contextlib.suppress(OSError), socket.create_connection((_THERE, _PORT), 0.5):
        return True
    return False


def _wait(folder: Path, machine: subprocess.Popen[bytes], done: object) -> None:
    deadline = time.monotonic() + _LIMIT_S
    while not done():  # type: ignore[operator]
        if machine.poll() is not None or time.monotonic() > deadline:
            pytest.fail((folder / "machine.log").read_text(errors="replace") + str(sys.platform))
        time.sleep(0.02)
