"""Runs a command as it would run by itself, and sees what it prints.

    our stdout, stderr: terminals ─► pseudo-terminals (output processing off: bytes pass unchanged), else pipes
    our stdin ─► the command's own

- The command has a process group of its own; where we have the terminal, it is given it, as a shell does, so Ctrl+C and
  Ctrl+Z reach it and nobody else. SIGINT, SIGTERM, SIGHUP sent to us are sent on to its group.
- A reader of ours that goes away is a reader of the command that goes away.
- When the command has ended, `_DRAIN_S` more is waited for the output of what it left behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import FrameType

Hear = Callable[[int, bytes], None]
"""Is given the descriptor (1 or 2) and what the command wrote to it."""

_FORWARDED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
_RESET = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGTTOU)
_READ = 1 << 16
_TICK_S = 0.25
_DRAIN_S = 0.2


@dataclass
class _Stream:
    """What the command writes to ``fd`` comes from ``source``."""

    fd: int
    source: int
    is_terminal: bool


class CommandProcess:
    """One command. Raises OSError where it can't be started."""

    def __init__(self, argv: Sequence[str], env: Mapping[str, str], hear: Hear) -> None:
        self._hear = hear
        self._streams: list[_Stream] = []
        self._sizes: tuple[bytes, ...] = ()
        self._forwarding: dict[int, object] = {}
        self._wakeup, self._woken = os.pipe()
        os.set_blocking(self._wakeup, False)
        os.set_blocking(self._woken, False)
        self._terminal = _terminal()
        self._has_terminal = _is_ours(self._terminal)
        self._begin_signals()
        self.pid = self._spawn(argv, env)
        self._give_terminal(self.pid)

    def wait(self, tick: Callable[[], None]) -> int:
        """The wait status of the command, when it has ended; ``tick`` is called some four times a second."""
        try:
            status = self._passed_on(tick)
            self._drain()
        finally:
            self._take_terminal()
            self._end_signals()
            for stream in self._streams:
                os.close(stream.source)
            if self._terminal is not None:
                os.close(self._terminal)
        return status

    def _spawn(self, argv: Sequence[str], env: Mapping[str, str]) -> int:
        actions: list[tuple[int, int, int]] = []
        given: list[int] = []
        try:
            for fd in (1, 2):
                source, target, is_terminal = _channel(fd)
                self._streams.append(_Stream(fd, source, is_terminal))
                given.append(target)
                actions.append((os.POSIX_SPAWN_DUP2, target, fd))
            return os.posix_spawnp(
                argv[0],
                list(argv),
                dict(env),
                file_actions=actions,
                setpgroup=0,
                setsigmask=(),
                setsigdef=[number for number in _RESET if number not in self._ignored],
            )
        except OSError:
            self._end_signals()
            raise
        finally:
            for target in given:
                os.close(target)

    def _passed_on(self, tick: Callable[[], None]) -> int:
        while True:
            self._pass_on(_TICK_S)
            self._follow_sizes()
            tick()
            done, status = os.waitpid(self.pid, os.WNOHANG | os.WUNTRACED)
            if done and os.WIFSTOPPED(status):
                self._stop_too()
            elif done:
                return status

    def _pass_on(self, seconds: float) -> bool:
        """Pass on what there is, after at most so long; whether there was anything."""
        sources = {stream.source: stream for stream in self._streams}
        ready = select.select([*sources, self._wakeup], [], [], seconds)[0]
        for source in ready:
            if source == self._wakeup:
                with contextlib.suppress(BlockingIOError):
                    os.read(self._wakeup, 512)
            else:
                self._read(sources[source])
        return any(source in sources for source in ready)

    def _read(self, stream: _Stream) -> None:
        try:
            data = os.read(stream.source, _READ)
        except OSError:
            data = b""  # a pseudo-terminal that nobody has open any more
        if data:
            self._hear(stream.fd, data)
        if not data or not _written(stream.fd, data):
            os.close(stream.source)
            self._streams.remove(stream)

    def _drain(self) -> None:
        end = time.monotonic() + _DRAIN_S
        while self._streams and (self._pass_on(_DRAIN_S / 10) or time.monotonic() < end):
            pass

    def _follow_sizes(self) -> None:
        terminals = [stream for stream in self._streams if stream.is_terminal]
        sizes = tuple(_size(stream.fd) for stream in terminals)
        if sizes != self._sizes:
            for stream, size in zip(terminals, sizes, strict=True):
                _set_size(stream.source, size)
            if self._sizes:
                self._signal(signal.SIGWINCH)
            self._sizes = sizes

    def _stop_too(self) -> None:
        """The user pressed Ctrl+Z: we stop as well, and the command goes on when we do."""
        self._take_terminal()
        os.kill(os.getpid(), signal.SIGSTOP)
        self._has_terminal = _is_ours(self._terminal)
        self._give_terminal(self.pid)
        self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)

    def _give_terminal(self, group: int) -> None:
        if self._has_terminal and self._terminal is not None:
            with contextlib.suppress(OSError):
                os.tcsetpgrp(self._terminal, group)

    def _take_terminal(self) -> None:
        self._give_terminal(os.getpgrp())

    def _begin_signals(self) -> None:
        """What was ignored before (`nohup`) stays so, for us and for the command."""
        known = (*_FORWARDED, *_RESET, signal.SIGCHLD)
        before = {number: signal.getsignal(number) for number in known}
        pythons = (signal.SIGPIPE, signal.SIGXFSZ)  # ignored by the interpreter itself
        self._ignored = {
            number for number in known if before[number] == signal.SIG_IGN and number not in pythons
        }
        for number in (*_FORWARDED, signal.SIGCHLD, signal.SIGTTOU):
            if number not in self._ignored:
                handler = signal.SIG_IGN if number == signal.SIGTTOU else self._forward
                self._forwarding[number] = signal.signal(number, handler)
        self._old_wakeup = signal.set_wakeup_fd(self._woken, warn_on_full_buffer=False)

    def _end_signals(self) -> None:
        signal.set_wakeup_fd(self._old_wakeup)
        for number, handler in self._forwarding.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        os.close(self._wakeup)
        os.close(self._woken)

    def _forward(self, number: int, frame: FrameType | None) -> None:
        if number != signal.SIGCHLD:
            self._signal(number)


def _channel(fd: int) -> tuple[int, int, bool]:
    """(our end, the command's end, whether it is a terminal)."""
    if not os.isatty(fd):
        return (*os.pipe(), False)
    source, target = os.openpty()
    mode = termios.tcgetattr(fd)
    mode[1] &= ~termios.OPOST  # the real terminal does it
    termios.tcsetattr(target, termios.TCSANOW, mode)
    _set_size(target, _size(fd))
    return source, target, True


def _size(fd: int) -> bytes:
    try:
        return fcntl.ioctl(fd, termios.TIOCGWINSZ, b"\0" * 8)
    except OSError:
        return b""


def _set_size(fd: int, size: bytes) -> None:
    if size:
        with contextlib.suppress(OSError):
            fcntl.ioctl(fd, termios.TIOCSWINSZ, size)


def _terminal() -> int | None:
    """The terminal that sends us signals, wherever our streams lead."""
    try:
        return os.open("/dev/tty", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None


def _is_ours(terminal: int | None) -> bool:
    """Whether the terminal listens to us now: we are no background job."""
    try:
        return terminal is not None and os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False


def _written(fd: int, data: bytes) -> bool:
    """Write all; False when nobody reads any more."""
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(fd, view) :]
        except BlockingIOError:
            select.select([], [fd], [])
        except OSError:
            return False
    return True
