"""Runs `zfs` and `zpool`: lists of arguments, English texts, a time limit, and a look whether it is still wanted.

Invariants: no shell; nothing is forced (`-F` and `-f` are refused before anything starts); a command that hangs
in the kernel is left behind, never waited for.
"""

from __future__ import annotations

import contextlib
import io
import os
import select
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from ..store.failures import FreezeRefused
from .errors import refused
from .names import dataset_of

LIMIT_S = 60.0
_LOOK_S = 0.2
_ENDS_S = 5.0
_NOTHING_CAME = ("zfs-stream-bad", "zfs-stream-cut")
_MORE_PATHS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
_STDERR_MOST = 64 << 10
_PASSED_ON = ("PATH", "HOME", "SSH_AUTH_SOCK")
_PIECE = 256 << 10


def never() -> None:
    """Nothing cancels it."""


@dataclass(frozen=True)
class Zfs:
    """The commands of this host. `check` is called while one runs, and ends it by raising."""

    zfs: str
    zpool: str
    limit_s: float = LIMIT_S
    check: Callable[[], None] = never

    def argv(self, program: str, argv: Sequence[str]) -> list[str]:
        """What is started for a command of this host."""
        return [program, *argv]

    @classmethod
    def find(cls) -> Zfs | None:
        """Those of this host; None where there are none."""
        places = os.pathsep.join((os.environ.get("PATH", os.defpath), *_MORE_PATHS))
        zfs, zpool = shutil.which("zfs", path=places), shutil.which("zpool", path=places)
        return cls(zfs, zpool) if zfs and zpool else None

    def run(self, *argv: str, stdin: IO[bytes] | int | None = None) -> str:
        """What `zfs` prints. Raises FreezeRefused, and what `check` raises."""
        return self._checked(self.zfs, argv, stdin)

    def pool(self, *argv: str) -> str:
        """What `zpool` prints; else as `run`."""
        return self._checked(self.zpool, argv, None)

    def asked(self, *argv: str) -> tuple[int, str]:
        """Exit status and all that `zfs` prints, refused or not. Raises FreezeRefused where it does not answer."""
        code, out, err = self._finished(self.zfs, argv, None)
        return code, (out + err).decode("utf-8", "replace")

    def _checked(self, program: str, argv: Sequence[str], stdin: IO[bytes] | int | None) -> str:
        code, out, err = self._finished(program, argv, stdin)
        if code != 0:
            raise refused(err, subject(argv))
        return out.decode("utf-8", "replace")

    def _finished(
        self, program: str, argv: Sequence[str], stdin: IO[bytes] | int | None
    ) -> tuple[int, bytes, bytes]:
        process = start(self.argv(program, argv), stdin)
        until = time.monotonic() + self.limit_s
        try:
            while True:
                try:
                    out, err = process.communicate(timeout=_LOOK_S)
                    return process.returncode, out, err
                except subprocess.TimeoutExpired:
                    self.check()
                if time.monotonic() > until:
                    raise _no_answer(argv, self.limit_s)
        finally:
            end(process)
            for pipe in (process.stdout, process.stderr):
                if pipe is not None:
                    pipe.close()

    @contextlib.contextmanager
    def reading(self, *argv: str, whole: bool = False) -> Iterator[IO[bytes]]:
        """The output of a command that is read piece by piece; leaving early ends it. When the reader finds
        it wrong (ValueError) because the command failed, FreezeRefused is raised instead. `whole`: it is read to
        its end and passed on; FreezeRefused says what the command failed with, also where a receiver failed after it.
        """
        process = start(self.argv(self.zfs, argv), subprocess.DEVNULL)
        told = Told(process)
        assert process.stdout is not None
        stream = io.BufferedReader(_Patient(process.stdout, self, argv), _PIECE)
        try:
            try:
                yield stream
                if whole and not stream.read(1) and process.wait(_ENDS_S) != 0:
                    raise refused(told.text(), subject(argv))
            except FreezeRefused as failure:
                if whole and failure.code in _NOTHING_CAME:
                    process.stdout.close()
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(_ENDS_S)
                    said = told.text()
                    if said and b"roken pipe" not in said:
                        raise refused(said, subject(argv)) from failure
                raise
            except ValueError as error:  # what was cut off is explained by why it was
                if not stream.read(1) and process.wait() != 0:
                    raise refused(told.text(), subject(argv)) from error
                raise
        finally:
            process.stdout.close()
            end(process)
            told.close()


class _Patient(io.RawIOBase):
    """A pipe that is waited for no longer than the limit at a time."""

    def __init__(self, pipe: IO[bytes], zfs: Zfs, argv: Sequence[str]) -> None:
        self._pipe = pipe
        self._zfs = zfs
        self._argv = argv

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        until = time.monotonic() + self._zfs.limit_s
        while not select.select([self._pipe], [], [], _LOOK_S)[0]:
            self._zfs.check()
            if time.monotonic() > until:
                raise _no_answer(self._argv, self._zfs.limit_s)
        data = os.read(self._pipe.fileno(), len(buffer))
        buffer[: len(data)] = data
        return len(data)


class Told:
    """What a running process says on stderr, read beside it so that it never waits for us."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._data = b""
        self._thread = threading.Thread(target=self._read, name="zfs-stderr", daemon=True)
        self._thread.start()

    def text(self) -> bytes:
        """All of it, its end when it is long; waits for the process to close it."""
        self._thread.join(5)
        return self._data

    def close(self) -> None:
        """Once the process has ended."""
        self._thread.join(5)
        if not self._thread.is_alive() and self._process.stderr is not None:
            self._process.stderr.close()

    def _read(self) -> None:
        assert self._process.stderr is not None
        with contextlib.suppress(OSError, ValueError):
            while data := self._process.stderr.read1(8192):  # type: ignore[attr-defined]
                self._data = (self._data + data)[-_STDERR_MOST:]


def start(
    argv: Sequence[str], stdin: IO[bytes] | int | None, stdout: IO[bytes] | int = subprocess.PIPE
) -> subprocess.Popen[bytes]:
    """A command in a session of its own. Raises FreezeRefused where it cannot be started."""
    refuse_forced(argv[1:])
    try:
        return subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL if stdin is None else stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            # In plain C it makes no mount points with other letters than ASCII's.
            env={"PATH": os.defpath, **_environment(), "LC_ALL": "C.UTF-8"},
            cwd="/",
            start_new_session=True,
        )
    except OSError as error:
        detail = f"{argv[0]}: {error.strerror}"
        raise FreezeRefused("zfs-not-running", detail, dataset=subject(argv[1:])) from error


def refuse_forced(argv: Sequence[str]) -> None:
    """Raises ValueError for a command that would throw something away without asking."""
    forced = [one for one in argv if one.startswith("-") and set("Ff") & set(one.split("=")[0])]
    if forced:
        raise ValueError(f"never forced: {forced}")


def _environment() -> dict[str, str]:
    """What a command may know of ours: where programs lie, and for ssh who we are."""
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill it if it still runs, and reap it; one that hangs in the kernel is reaped when it gets out."""
    if process.poll() is not None:
        return
    process.kill()
    try:
        process.wait(_LOOK_S)
    except subprocess.TimeoutExpired:
        threading.Thread(target=process.wait, name="zfs-reaper", daemon=True).start()


def subject(argv: Sequence[str]) -> str:
    """The dataset that a command is about, for texts: the last argument."""
    return dataset_of(argv[-1]) if argv else "?"


def _no_answer(argv: Sequence[str], limit_s: float) -> FreezeRefused:
    detail = f"'zfs {argv[0]}' did not answer within {limit_s:.0f} s"
    return FreezeRefused("zfs-no-answer", detail, dataset=subject(argv))
