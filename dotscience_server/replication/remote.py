"""ZFS of another host, through ssh: the remote shell reads its line again, so every word is quoted for it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..zfs.command import LIMIT_S, Zfs, never, refuse_forced
from .failures import ReplicationStopped
from .target import Host

_OPTIONS = ("-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-o", "ServerAliveInterval=15")
_SSH_FAILED = 255
_PATHS = "PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin"


@dataclass(frozen=True)
class RemoteZfs(Zfs):
    """As `Zfs`, on `host`."""

    host: Host = field(default_factory=lambda: Host("localhost"))

    def argv(self, program: str, argv: Sequence[str]) -> list[str]:
        """The line is fixed but for generated names; `--` keeps the host from being an option."""
        refuse_forced(argv)
        port = [] if self.host.port is None else ["-p", str(self.host.port)]
        line = f"LC_ALL=C {_PATHS} {shlex.join([program, *argv])}"
        return ["ssh", *_OPTIONS, *port, "--", self.host.address, line]

    def reached(self) -> None:
        """Raises ReplicationStopped with what ssh says when it cannot connect."""
        code, _, err = self._finished(self.zfs, ["version"], None)
        if code == _SSH_FAILED:
            told = " ".join(err.decode("utf-8", "replace").split())[-300:]
            hint = (
                f"'ssh {self.host.address}' must work without a question: a key, and a known host."
            )
            raise ReplicationStopped(self.host.address, told.removeprefix("ssh: "), hint)


def remote_zfs(
    host: Host, limit_s: float = LIMIT_S, check: Callable[[], None] = never
) -> RemoteZfs:
    """Nothing is started yet."""
    return RemoteZfs("zfs", "zpool", limit_s, check, host)
