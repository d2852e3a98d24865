"""The command ``ds``: arguments in, exit code out.

Exit codes: 0 done, 1 an error (told on stderr: what happened, what is kept, what to do), 2 wrong usage. Results go to
stdout, progress and errors to stderr. A command's module is loaded only when it is the one called: starting stays fast.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True)
class Command:
    """``module`` has ``configure(parser)`` and ``run(context, arguments)``."""

    name: str
    help: str
    module: str


COMMANDS = (
    Command("init", "track a folder", "init"),
    Command("doctor", "what this host and workspace can do, and what is in the way", "doctor"),
    Command("status", "what goes on in the workspace, and what tracking it costs", "status"),
    Command("run", "run any command and record it: ds run -- python train.py", "run"),
    Command("runs", "list runs, newest first", "runs"),
    Command("show", "all detail of one run", "show"),
    Command("cells", "what ran in a run's session, and where that hides state", "cells"),
    Command("claim", "an undeclared file of a run is an input, an output, or none", "claim"),
    Command("drafts", "list notebook sessions that published no run", "drafts"),
    Command("keep", "make a draft a run", "keep"),
    Command("policy", "what is kept of a path and why, and how to change it", "policy"),
    Command("snapshot", "save a snapshot of the workspace now", "snapshot"),
    Command("checkout", "bring the files of a run back into a new folder", "checkout"),
    Command("restore", "bring single files of a run back into the workspace", "restore"),
    Command("diff", "what differs between two runs, snapshots, or one and now", "diff"),
    Command("ls", "what a folder of a run held", "ls"),
    Command("cat", "the bytes of a file of a run", "cat"),
    Command("log", "the versions of a file, and the runs that made or read them", "log"),
    Command("branch", "go on from a run in a folder of its own; list branches", "branch"),
    Command("rerun", "run a run again in a side folder, and compare", "rerun"),
    Command("bisect", "the first run at which a metric went bad, and what changed", "bisect"),
    Command("watch", "follow runs, snapshots and notices, a line each; Ctrl+C ends it", "watch"),
    Command("storage", "what the store takes on the disk, and each run alone", "storage"),
    Command("verify", "check every stored byte; with --repair mend what can be mended", "verify"),
    Command("gc", "clean the store up: what could go, with --apply it goes", "gc"),
    Command("pin", "keep all files of a run, whatever the budget says", "pin"),
    Command("unpin", "take the pin away again", "unpin"),
    Command("replicate", "the workspace with its history a second time, elsewhere", "replicate"),
    Command("rebuild", "make the index anew from the records", "rebuild"),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code. Wrong usage raises SystemExit(2), as argparse does."""
    given = list(sys.argv[1:] if argv is None else argv)
    arguments = _parser(given).parse_args(given)
    try:
        return _run(arguments)
    except BrokenPipeError:
        # Whoever read us has enough (`ds runs | head`); the interpreter must not complain on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(arguments: argparse.Namespace) -> int:
    from ..protocol.failure import ApiError
    from .context import Context
    from .output import tell_error

    context = Context(arguments.workspace, arguments.json)
    try:
        import_module(f".{arguments.module}", __package__).run(context, arguments)
        sys.stdout.flush()
    except ApiError as error:
        if error.code == "bad-request":
            error.next = f"'ds {arguments.module} --help' says what can be given."
        tell_error(error, as_json=arguments.json)
        return 1
    except KeyboardInterrupt:
        tell_error(ApiError.of("cancelled"), as_json=arguments.json)
        return 1
    return 0


def _parser(given: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="ds", description="Dotscience: every run, and its files.")
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    _add_common(parser, workspace=".", json=False)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        sub = commands.add_parser(command.name, help=command.help, description=command.help)
        _add_common(sub, workspace=argparse.SUPPRESS, json=argparse.SUPPRESS)
        sub.set_defaults(module=command.module)
        if command.name in given:
            import_module(f".{command.module}", __package__).configure(sub)
    return parser


def _add_common(parser: argparse.ArgumentParser, workspace: str, json: bool | str) -> None:
    parser.add_argument(
        "-C",
        "--workspace",
        metavar="PATH",
        default=workspace,
        help="a path in the workspace (default: the current folder)",
    )
    parser.add_argument("--json", action="store_true", default=json, help="print JSON")


class _Version(argparse.Action):
    """Like argparse's own, but the version is looked up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_rest: object) -> None:
        from dotscience import __version__

        print(f"ds {__version__}")
        parser.exit()
