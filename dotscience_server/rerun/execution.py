"""Executes one repetition in a folder that holds the run's files: a command, or the cells of its notebook."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..cli.command_output import BlockScan
from .notebook import Step
from .processes import run_process

Json = dict[str, Any]
Progress = Callable[[int, int | None], None]
"""Cells done and of how many; lines of output and None."""

_START = """
import os, sys, threading, signal
source, folder, alive = sys.argv[1:4]
alive = int(alive)
os.set_inheritable(alive, False)
def end_with_the_worker():
    os.read(alive, 1)
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=end_with_the_worker, daemon=True).start()
sys.path[0] = source
os.chdir(folder)
del sys.argv[1:4]
from dotscience_server.cli import main
sys.exit(main())
"""
_KERNEL = """
import sys
sys.path[0] = sys.argv[1]
from dotscience_server.rerun.kernel_main import main
sys.exit(main())
"""
SOURCE = os.fspath(Path(__file__).resolve().parents[2])
_AGAIN = "__import__('sys').modules['_dotscience_again'].again()"
_TAIL = 2_000


@dataclass
class Outcome:
    """How it ended: ``error`` is None where it did so in order; ``printed`` are blocks on its stdout."""

    error: str | None = None
    printed: list[str] = field(default_factory=list)


def run_command(
    argv: Sequence[str],
    env: Mapping[str, str],
    cwd: Path,
    progress: Progress,
    check: Callable[[], None],
    *,
    recorded: bool,
    within_s: float | None,
    say: Callable[[bytes], None] = lambda line: None,
) -> Outcome:
    """A command; ``recorded``: as ``ds run`` does it, else unseen. Raises OSError, `TooLong`, what ``check`` raises."""
    scan, lines, tail = BlockScan(), 0, bytearray()

    def hear(line: bytes) -> None:
        nonlocal lines
        lines += 1
        known = len(scan.found)
        scan.feed(line)
        tail.extend(line)
        del tail[:-_TAIL]
        if not scan.is_within and len(scan.found) == known:
            say(line)  # blocks are for us
        progress(lines, None)

    if recorded:
        code = _recorded(argv, env, cwd, hear, check, within_s)
    else:
        code = run_process(argv, env, cwd, hear, check, within_s=within_s)
    return Outcome(_error(code, bytes(tail)), list(scan.found.values()))


def run_notebook(
    notebook: Path,
    interpreter: str,
    steps: Sequence[Step],
    env: Mapping[str, str],
    progress: Progress,
    check: Callable[[], None],
    *,
    seeded: bool,
    within_s: float | None,
) -> Outcome:
    """Cells of a notebook, which is saved with their outputs. Raises as `run_command`."""
    outcome, total = Outcome(), len(steps)
    argv = [interpreter, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    task = {
        "argv": [*argv, "--ext=dotscience._kernel"],
        "cwd": os.fspath(notebook.parent),
        "env": {**env, "JPY_SESSION_NAME": os.fspath(notebook)},
        "path": os.fspath(notebook),
        "steps": [step.to_json() for step in steps],
        "prelude": _AGAIN if seeded else None,
    }

    def hear(line: bytes) -> None:
        told = _object(line)
        if "done" in told:
            progress(int(told["done"]), total)
        if told.get("error"):
            outcome.error = str(told["error"])

    progress(0, total)
    code = run_process(
        [sys.executable, "-c", _KERNEL, SOURCE],
        {name: text for name, text in os.environ.items() if name != "PYTHONPATH"},
        "/",
        hear,
        check,
        within_s=within_s,
        say=json.dumps(task).encode() + b"\n",
        keep_open=True,
    )
    if code and outcome.error is None:
        outcome.error = "the kernel could not be used"
    return outcome


def _recorded(
    argv: Sequence[str],
    env: Mapping[str, str],
    cwd: Path,
    hear: Callable[[bytes], None],
    check: Callable[[], None],
    within_s: float | None,
) -> int:
    alive, held = os.pipe()
    try:
        command = [sys.executable, "-c", _START, SOURCE, os.fspath(cwd), str(alive)]
        return run_process(
            [*command, "run", "--", *argv],
            env,
            "/",
            hear,
            check,
            within_s=within_s,
            pass_fds=(alive,),
        )
    finally:
        os.close(alive)
        os.close(held)


def _error(code: int, tail: bytes) -> str | None:
    if code == 0:
        return None
    lines = [line for line in tail.decode("utf-8", "replace").splitlines() if line.strip()]
    ended = f"killed by signal {-code}" if code < 0 else f"exit code {code}"
    return f"{lines[-1].strip()[:300]} ({ended})" if lines else ended


def _object(line: bytes) -> Json:
    try:
        told = json.loads(line)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
