"""``ds run -- COMMAND``: run a command, pass its output through, keep what it printed with its run.

The command is none the wiser: no shell, its own stdin, its own exit code or signal. Nothing of ours can keep it from
running. Runs it records with the library, or prints as blocks, are its runs; without any, the command itself is one.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any, NoReturn

import dotscience
from dotscience import _observe, _workspace
from dotscience._meter import Meter
from dotscience._observe import _children
from dotscience._query_chunks import SERVER_PYTHON
from dotscience._recorder import COMMAND_JOURNAL
from dotscience._repeats import repeats

from ..client import connect
from ..protocol.failure import ApiError
from .command_journal import CommandJournal
from .command_output import BlockScan, CommandLog
from .command_process import CommandProcess
from .context import Context
from .output import paint, plain

_GRACE_S = 1.0
"""So long a program has to begin a run of its own, before the command is shown as one."""
_NOT_FOUND, _NOT_EXECUTABLE = 127, 126


def configure(parser: argparse.ArgumentParser) -> None:
    parser.usage = "ds run [--description TEXT] [--group NAME] [--param KEY=VALUE] -- COMMAND ..."
    parser.description = (
        "Run a command as it would run by itself: same output, terminal, exit code. Runs that it records with the "
        "library, or prints as blocks, are its runs; a command without any becomes a run itself. What it prints is "
        "their log, files that a Python program opens are seen (DOTSCIENCE_OBSERVE=0: not)."
    )
    parser.epilog = "example: ds run -g sweep -p lr=0.1 -- python train.py --lr 0.1"
    parser.add_argument("-d", "--description", metavar="TEXT", help="what the run is")
    parser.add_argument("-g", "--group", metavar="NAME", help="the group it belongs to")
    parser.add_argument(
        "-p",
        "--param",
        metavar="KEY=VALUE",
        action="append",
        default=[],
        type=_parameter,
        help="a parameter of the run; may be given again",
    )
    parser.add_argument(
        "command",
        metavar="COMMAND",
        nargs=argparse.REMAINDER,
        help="the program and its arguments, no shell",
    )


def run(context: Context, arguments: argparse.Namespace) -> NoReturn:
    command = arguments.command[arguments.command[:1] == ["--"] :]
    if not command:
        print("usage: ds run [options] -- COMMAND ...", file=sys.stderr)
        raise SystemExit(2)
    sys.stdout.flush()
    status = _Command(context, command, arguments).run()
    _end_as(status)


class _Command:
    def __init__(self, context: Context, argv: list[str], arguments: argparse.Namespace) -> None:
        self._argv = argv
        self._id = str(uuid.uuid4())
        self._told = {
            "description": arguments.description,
            "group": arguments.group,
            "parameters": dict(arguments.param),
        }
        repeated = repeats(os.getcwd())
        workspace = _workspace.choose_workspace(context.workspace)
        self._connect_to = workspace.root
        if repeated is not None:
            workspace = _workspace.Workspace(repeated.folder, repeated.store, workspace.reason)
            self._connect_to = repeated.workspace
        self._workspace = workspace
        labels = {"group": arguments.group} if arguments.group else {}
        self._journal = CommandJournal(
            self._id, workspace, argv, arguments.description, labels, dict(arguments.param)
        )
        self._log = CommandLog(Path(workspace.store) / "pins" / self._id / "log")
        self._blocks = BlockScan()
        self._runs: set[str] = set()
        self._journaled: set[str] = set()
        self._began = time.time()
        self._began_s = time.monotonic()
        self._looked_s = 0.0
        self._ended = threading.Event()
        self._worker: Any = None
        self._refused: ApiError | None = None
        self._connecting = threading.Thread(target=self._connect, name="worker", daemon=True)
        self._meter = Meter(lambda: not self._ended.is_set(), self._journal.meter)

    def run(self) -> int:
        """The command's wait status."""
        self._connecting.start()
        try:
            process = CommandProcess(self._argv, self._environment(), self._heard)
        except OSError as error:
            self._log.close()
            self._log.path.unlink(missing_ok=True)
            reason = error.strerror or str(error)
            print(f"ds: {plain(self._argv[0])}: {reason}", file=sys.stderr)
            code = _NOT_FOUND if isinstance(error, FileNotFoundError) else _NOT_EXECUTABLE
            raise SystemExit(code) from None
        self._meter.begin()
        status = process.wait(self._tick)
        self._ended.set()
        self._meter.pause()
        try:
            self._finish(status)
        except (ApiError, OSError) as error:
            print(paint("ds: ", "red", sys.stderr) + plain(str(error)), file=sys.stderr)
        return status

    def _heard(self, fd: int, data: bytes) -> None:
        self._log.add(data)
        if fd == 1:
            self._blocks.feed(data)

    def _tick(self) -> None:
        """Some four times a second: is it a run of its own?"""
        now = time.monotonic()
        if self._runs or now - self._began_s < _GRACE_S or now - self._looked_s < _GRACE_S:
            return
        self._looked_s = now
        self._runs = self._others()
        if not self._runs:
            self._journal.begin()

    def _others(self) -> set[str]:
        self._journaled |= self._journal.runs_of_others(self._began - 1)
        return set(self._blocks.found) | self._journaled

    def _finish(self, status: int) -> None:
        runs = self._runs | self._others()
        if runs:
            self._journal.drop()
        else:
            self._journal.publish(_error(status))
        told = {
            **self._told,
            "id": self._id,
            "argv": self._argv,
            "cwd": os.getcwd(),
            "runs": sorted(runs or {self._id}),
            "journaled": sorted(self._journaled),
            "blocks": list(self._blocks.found.values()),
            "log": self._log.close(),
        }
        self._connecting.join()
        if self._worker is None:
            raise self._refused or ApiError.of("worker-unreachable")
        self._worker.post("commands", told)

    def _connect(self) -> None:
        try:
            self._worker = connect(self._connect_to)
        except ApiError as error:
            self._refused = error

    def _environment(self) -> dict[str, str]:
        """As ours, with the library within reach and the command's name."""
        env = {**os.environ, "DOTSCIENCE_COMMAND": self._id, SERVER_PYTHON: sys.executable}
        journal = self._journal.open()
        if journal is not None:
            env[COMMAND_JOURNAL] = journal
        try:
            from ..jupyter.kernel_library import ensure_library

            library = os.fspath(ensure_library())
        except OSError:
            return env  # a Python with the library installed records all the same
        if os.pathsep not in library:  # which PYTHONPATH could not hold
            there = env.get("PYTHONPATH", "")
            env["PYTHONPATH"] = f"{there}{os.pathsep}{library}" if there else library
            if not _observe.is_off():
                observing = os.path.relpath(
                    _children.FOLDER, os.path.dirname(dotscience.__path__[0])
                )
                _children.put_on_path(self._workspace.root, env, os.path.join(library, observing))
        return env


def _parameter(text: str) -> tuple[str, str]:
    key, sign, value = text.partition("=")
    if not key or not sign:
        raise argparse.ArgumentTypeError(f"{text!r} is not KEY=VALUE")
    return key, value


def _error(status: int) -> str | None:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        return f"killed by {_signal_name(number)}"
    code = os.WEXITSTATUS(status)
    return f"exit code {code}" if code else None


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _end_as(status: int) -> NoReturn:
    """End as the command did: by its exit code or by its signal."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core of ours says nothing
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
        os._exit(128 + number)
    raise SystemExit(os.WEXITSTATUS(status))
