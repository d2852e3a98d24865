"""A dataset that receives: in another pool, or on another host. What is there is never rolled back or overwritten."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from ..store.failures import FreezeRefused
from ..zfs import names
from ..zfs.command import Told, Zfs, end, start
from ..zfs.datasets import Datasets
from ..zfs.errors import is_gone, refused
from .plan import Point, Step
from .pump import Tell, carry

_RECEIVE_ENDS_S = 600.0


@dataclass(frozen=True)
class IntoZfs:
    """Every method raises FreezeRefused."""

    zfs: Zfs
    dataset: str

    @property
    def datasets(self) -> Datasets:
        return Datasets(self.zfs)

    def there(self) -> set[str] | None:
        """The guids of its snapshots; None where there is no such dataset. [] is one without any."""
        try:
            return {one.guid for one in self.datasets.snapshots(self.dataset)}
        except FreezeRefused as failure:
            if is_gone(failure):
                return None
            raise

    def token(self) -> str | None:
        """Where a transfer that was cut off goes on."""
        if not self.datasets.can.resume:
            return None
        try:
            value = self.datasets.get(self.dataset, "receive_resume_token")
        except FreezeRefused as failure:
            if is_gone(failure):
                return None
            raise
        return None if value in ("-", "") else names.token(value)

    def receive(self, stream: IO[bytes], *, first: bool, tell: Tell, resumable: bool = True) -> int:
        """Bytes carried. `first`: the dataset is made by it, read-only and mounted nowhere by itself. `resumable`: what
        arrived of a stream that is cut off is kept; else nothing of it.
        """
        process = start(
            self.zfs.argv(self.zfs.zfs, list(self._argv(first, resumable))),
            subprocess.PIPE,
            subprocess.DEVNULL,
        )
        told = Told(process)
        assert process.stdin is not None
        try:
            count = 0
            with contextlib.suppress(BrokenPipeError):  # its refusal says why
                count = carry(stream, process.stdin.write, tell)
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            if process.wait(_RECEIVE_ENDS_S) != 0:
                raise refused(told.text(), self.dataset)
            return count
        except BaseException:
            # What arrived stays, and its token: it ends by itself at the end of its input.
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            raise
        finally:
            end(process)
            told.close()

    def after_first(self) -> None:
        """Where receiving could not say so: nobody writes into a copy, and it is mounted nowhere."""
        if not self.datasets.can.recv_properties:
            self.zfs.run("set", "readonly=on", self.dataset)
        if "u" not in self.datasets.can.recv_flags:
            with contextlib.suppress(FreezeRefused):
                self.zfs.run("unmount", self.dataset)

    def check(self, step: Step) -> None:
        """Whether the snapshot is there by its guid: exit codes have been wrong."""
        if self.datasets.guid(f"{self.dataset}@{names.short(step.to.name)}") != step.to.guid:
            raise FreezeRefused(
                "zfs-stream-cut", f"{step.to.name} is not there", dataset=self.dataset
            )

    def mark(self, point: Point, properties: dict[str, str]) -> None:
        """Properties of a received snapshot, where we may set them: without them it still restores."""
        name = f"{self.dataset}@{names.short(point.name)}"
        values = [f"{key}={value}" for key, value in properties.items()]
        at_once = [[one] for one in values] if self.datasets.can.fuse else [values]
        with contextlib.suppress(FreezeRefused):
            for some in filter(None, at_once):
                self.zfs.run("set", *some, name)

    def _argv(self, first: bool, resumable: bool) -> Iterator[str]:
        can = self.datasets.can
        yield "receive"
        flags = can.recv_flags if resumable else can.recv_flags.replace("s", "")
        if flags:
            yield f"-{flags}"
        if first and can.recv_properties:
            yield from ("-o", "readonly=on", "-x", "mountpoint")
        yield self.dataset
