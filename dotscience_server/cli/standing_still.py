"""Keeps everything of ours out of a workspace while a command works on the folder itself.

The worker is ended when it has nothing to do, and its lock is held; whoever else uses the folder is named, never ended.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import stat
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import quote

from dotscience import __version__

from ..client import LOCAL_HEADER, VERSION_HEADER, WorkerClient
from ..protocol.failure import ApiError
from ..relocation.failures import MoveRefused
from ..relocation.users import own_shells, users_of
from ..store.layout import Located
from ..worker.lock import signed_socket, take_lock
from .output import counted, plain

Json = dict[str, Any]
_ENDS_WITHIN_S = 30.0
_LOOK_S = 0.05
_ANSWERS_WITHIN_S = 5.0
_ANSWER_MOST = 16 << 20
_NAMED = 5
_HOW = {"open": "has {path} open", "mapped": "has {path} in memory", "folder": "works in {path}"}


@contextlib.contextmanager
def standing_still(located: Located, *, to_unmount: bool = False) -> Iterator[None]:
    """No worker of ours while the body goes on. Raises MoveRefused when one has work to do, or somebody uses the folder.

    `to_unmount`: nothing of the folder is open afterwards, so the lock is held only until the body begins.
    """
    deadline = time.monotonic() + _ENDS_WITHIN_S
    while (lock := take_lock(located.store)) is None:
        _refuse_working(located)
        _end_worker(located.store)
        if time.monotonic() > deadline:
            raise MoveRefused("its tracking process does not end", "Try again in a minute.")
        time.sleep(_LOOK_S)
    _leave_to_owner(lock.descriptor, located.store)
    try:
        refuse_used(located.path, but_own_shells=not to_unmount)
        if not to_unmount:
            yield
    finally:
        os.close(lock.descriptor)
    if to_unmount:
        os.chdir("/")
        yield


def refuse_used(workspace: Path, *, but_own_shells: bool = True) -> None:
    """Raises MoveRefused with who uses the folder. The shell that the command was given in may stand in it."""
    shells = own_shells() if but_own_shells else set()
    users = [u for u in users_of(workspace) if u.how != "folder" or u.pid not in shells]
    if not users:
        return
    told = [
        f"{plain(user.name)} (pid {user.pid}) {_HOW[user.how].format(path=plain(user.path))}"
        for user in users[:_NAMED]
    ]
    if len(users) > _NAMED:
        told.append(f"and {counted(len(users) - _NAMED, 'more process', 'more processes')}")
    raise MoveRefused(
        "; ".join(told), "End them (kernels, Jupyter), leave the folder (cd /), and give it again."
    )


def _leave_to_owner(descriptor: int, store: Path) -> None:
    """Root may have made the lock's file: the user's worker must be able to open it."""
    owner = store.stat()
    if os.geteuid() == 0:
        os.fchown(descriptor, owner.st_uid, owner.st_gid)


def _refuse_working(located: Located) -> None:
    """What the worker does now is not interrupted."""
    try:
        status = _status(located)
    except (ApiError, OSError, ValueError, KeyError, HTTPException):
        return  # it ends already, or is somebody else's; its lock tells
    if status is None:
        return
    jobs = [job["title"] for job in status["jobs"] if job["state"] in ("waiting", "running")]
    if status["running"]:
        raise MoveRefused(
            f"{counted(len(status['running']), 'run')} of it goes on", "Wait until it has ended."
        )
    if jobs:
        raise MoveRefused(f"it is at work: {plain(jobs[0])}", "Wait until that is done.")


def _status(located: Located) -> Json | None:
    """What the worker says. As root it is the owner's, which listens in the owner's folder."""
    if located.socket.exists():
        client = WorkerClient(located, _ANSWERS_WITHIN_S, None)
        client.shake_hands()
        return client.get("status")
    named = signed_socket(located.store)
    if named is None or not _is_private_of(named.parent, located.store.stat().st_uid):
        return None
    connection = _Connection(named)
    try:
        replica = _asked(connection, "workspace")["id"]
        return _asked(connection, f"w/{quote(str(replica), safe='')}/status")
    finally:
        connection.close()


class _Connection(HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("worker", timeout=_ANSWERS_WITHIN_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(os.fspath(self._path))


def _asked(connection: HTTPConnection, what: str) -> Json:
    connection.request(
        "GET", f"/v1/{what}", headers={VERSION_HEADER: __version__, LOCAL_HEADER: "1"}
    )
    told = json.loads(connection.getresponse().read(_ANSWER_MOST))
    if not isinstance(told, dict):
        raise ValueError("no answer of a worker")
    return told


def _is_private_of(folder: Path, owner: int) -> bool:
    info = folder.lstat()
    mine = stat.S_ISDIR(info.st_mode) and not info.st_mode & 0o077
    return mine and info.st_uid == owner and os.geteuid() in (0, owner)


def _end_worker(store: Path) -> None:
    """Ask the lock's holder to end in order. The file may say anything, and we may be root: only who has it open."""
    lock = store / "worker.lock"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        pid = int(json.loads(lock.read_bytes())["pid"])
        if pid > 1 and _has_open(pid, lock.stat()):
            os.kill(pid, signal.SIGTERM)


def _has_open(pid: int, file: os.stat_result) -> bool:
    for one in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            if os.path.samestat(os.stat(f"/proc/{pid}/fd/{one}"), file):
                return True
    return False
